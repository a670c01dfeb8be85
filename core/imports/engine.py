"""One import, from a file to the database: read, check, merge, all in one transaction.

    file → blocks of text → typed rows and problems → COPY into the table → `after`

Reading and checking run ahead in a thread while the database takes the rows before. Nothing
is kept of the file but the current chunk, so memory does not grow with it (kinds that are merged
as a whole are bounded by a row limit). See docs/data-contracts.md and docs/adr/0004-optimistic-copy.md.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl
from django.db import DataError, IntegrityError, connection, transaction

from core.errors import Refused
from core.imports import csvread, headers, sniff, xlsxread
from core.imports.checks import Checked, Checker
from core.imports.context import Context
from core.imports.csvread import Chunk
from core.imports.limits import limit
from core.imports.lookups import Lookups
from core.imports.merge import Table
from core.imports.pipeline import read_ahead
from core.imports.problems import FileRefused
from core.imports.spec import Column, Kind
from core.imports.spool import Spool
from core.scoping import may_change_globals

Progress = Callable[[int, int, str], None]
LOCK_CLASS = 71_002


@dataclass(frozen=True)
class Outcome:
    """What became of a file. `applied` False: nothing was changed."""

    rows: int
    accepted: int
    unchanged: int
    rejected: int
    errors: list[dict[str, Any]]
    applied: bool
    inserted: int = 0
    updated: int = 0


class _Undo(Exception):
    """Leaves the transaction without a trace."""


def sha256(path: Path) -> str:
    """The file's content hash, by which the same file is recognised."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load(
    *,
    kind: Kind,
    path: Path,
    user: Any,
    at: dt.datetime,
    today: dt.date,
    partial: bool = False,
    dry_run: bool = False,
    spool: Path | None = None,
    progress: Progress | None = None,
    finish: Callable[[Outcome], None] | None = None,
) -> Outcome:
    """Load `path` as `kind` with the rights of `user` (None: the system).

    All or nothing, unless `partial` applies the good rows. `dry_run` does everything and takes it
    back. `finish` runs in the transaction that applies the rows. Raises FileRefused if the file
    as a whole is not accepted; rejected rows are no exception but counted and spooled.
    """
    allowed(kind, user)
    if kind.json:
        raise FileRefused("is_json")
    ctx = Context(kind=kind, user=user, at=at, today=today, spool=Spool(spool))
    outcomes: list[Outcome] = []
    try:
        with transaction.atomic():
            _lock(kind)
            with _database_words():
                _run(ctx, path, progress or (lambda done, total, note: None))
                applied = not dry_run and (partial or not ctx.rejected)
                if kind.after and ctx.accepted and (applied or dry_run):
                    kind.after(ctx)
                outcomes.append(outcome := _outcome(ctx, applied))
                if applied and finish:
                    finish(outcome)
            if not applied:
                raise _Undo
    except _Undo:
        pass
    return outcomes[0]


def may(kind: Kind, user: Any) -> bool:
    """Whether the user (None: the system) may import this kind."""
    return user is None or (user.can(kind.permission) and (not kind.everybody or may_change_globals(user)))


def allowed(kind: Kind, user: Any) -> None:
    """FileRefused if the user may not import this kind."""
    if not may(kind, user):
        raise FileRefused("permission")


def _lock(kind: Kind) -> None:
    """One import of a kind at a time: two could not see each other's keys."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK_CLASS, kind.name])


@contextmanager
def _database_words() -> Iterator[None]:
    """A constraint that the checks did not foresee refuses the file in words."""
    try:
        yield
    except (IntegrityError, DataError) as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        name = getattr(diagnosis, "constraint_name", None) or str(error).split("\n")[0][:120]
        raise FileRefused("database", constraint=name) from error


def _outcome(ctx: Context, applied: bool) -> Outcome:
    accepted = ctx.accepted if applied or not ctx.rejected else 0
    return Outcome(
        rows=ctx.rows,
        accepted=accepted,
        unchanged=ctx.unchanged,
        rejected=ctx.rejected,
        errors=ctx.spool.shown(),
        applied=applied,
        inserted=ctx.inserted,
        updated=ctx.updated,
    )


def _run(ctx: Context, path: Path, progress: Progress) -> None:
    """Read, check and merge the whole file within the caller's transaction."""
    size = path.stat().st_size
    merge = _Whole(ctx) if ctx.kind.whole else _Chunks(ctx)
    for checked in _checked(ctx, path):
        ctx.rows += checked.rows
        ctx.spool.add(checked.raw, checked.problems)
        merge.take(checked)
        progress(min(checked.bytes_done, size), size, "")
    if not ctx.rows:
        raise FileRefused("no_rows")
    merge.close()


def _checked(ctx: Context, path: Path) -> Iterator[Checked]:
    """Checked chunks; the checks run in the reading thread unless they need the database."""
    found: list[Column | None] = []

    def accept(header: list[str]) -> list[Column | None]:
        found.extend(headers.match(ctx.kind, header))
        ctx.spool.header = header
        ctx.columns = [column for column in found if column]
        ctx.positions = {column.name: f"c{index}" for index, column in enumerate(found) if column}
        return found

    read = xlsxread.read if sniff.kind_of(path) == "xlsx" else csvread.read
    chunks: Iterator[Chunk] = read(path, accept)
    first = next(chunks, None)
    if first is None:
        return
    lookups = Lookups(ctx.kind, found, ctx.user)
    checker = Checker(ctx.kind, found, lookups)
    chunks = chain([first], chunks)
    ahead: Generator[Any, None, None] = read_ahead(chunks if lookups.per_chunk else map(checker, chunks))
    try:
        yield from map(checker, ahead) if lookups.per_chunk else ahead
    finally:
        ahead.close()


class _Chunks:
    """Merges chunk by chunk into the kind's table."""

    def __init__(self, ctx: Context) -> None:
        self.ctx, self.table = ctx, Table(ctx)

    def take(self, checked: Checked) -> None:
        ctx = self.ctx
        ctx.raw = [checked.raw]
        good = ctx.kind.prepare(checked.good, ctx) if ctx.kind.prepare and checked.good.height else checked.good
        self.table.write(good)

    def close(self) -> None:
        pass


class _Whole:
    """Collects all rows and hands them to the kind's own merge in one go."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.good: list[pl.DataFrame] = []

    def take(self, checked: Checked) -> None:
        most = limit("IMPORT_MAX_WHOLE_ROWS")
        if self.ctx.rows > most:
            raise FileRefused("too_many_rows", limit=most)
        self.ctx.raw.append(checked.raw)
        self.good.append(checked.good)

    def close(self) -> None:
        good = pl.concat(self.good)
        if not good.height:
            return
        if self.ctx.kind.merge:
            self.ctx.kind.merge(self.ctx, good)
        else:
            Table(self.ctx).write(good)


__all__ = ["Context", "FileRefused", "Outcome", "Refused", "allowed", "load", "sha256"]
