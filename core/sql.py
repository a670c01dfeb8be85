"""Set-based SQL: small helpers around Django's connection.

Only constants and identifiers from our own code go into SQL text; values always
travel as parameters.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

Params = Sequence[Any] | dict[str, Any] | None


def execute(sql: str, params: Params = None) -> int:
    """Run one statement; the number of rows that it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def fetch_all(sql: str, params: Params = None) -> list[dict[str, Any]]:
    """All rows as dictionaries by column name."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def fetch_one(sql: str, params: Params = None) -> dict[str, Any] | None:
    """The first row as a dictionary, or None."""
    rows = fetch_all(sql, params)
    return rows[0] if rows else None


def fetch_value(sql: str, params: Params = None) -> Any:
    """The first column of the first row, or None."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
        return row[0] if row else None


def stream(sql: str, params: Params = None, *, size: int = 5_000) -> Iterator[tuple[Any, ...]]:
    """Rows as tuples through a server-side cursor, so that memory does not grow with them."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(size):
            yield from rows


def copy_in(table: str, columns: Sequence[str], data: io.BytesIO | io.StringIO) -> int:
    """COPY CSV text (no header, empty unquoted = NULL) into `table`; the number of rows."""
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN (FORMAT csv)", data)
        return cursor.rowcount


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY small tables of plain values (None = NULL) into `table`."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow(["" if value is None else value for value in row])
    buffer.seek(0)
    return copy_in(table, columns, buffer)


def drop_temporary(*names: str) -> None:
    """Drop temporary tables that an earlier step of the same transaction may have left."""
    execute("DROP TABLE IF EXISTS " + ", ".join(f"pg_temp.{name}" for name in names))


def plan_for_many_rows(*, work_mem: str = "128MB") -> None:
    """Until the transaction ends: plan for large joins of tables that are mostly in memory.

    No just-in-time compilation, which costs more than it saves in statements that run once; no sort where a few groups
    can be hashed; a small sample tells enough of the temporary tables that are analysed on the way.
    """
    execute(
        "SELECT set_config('jit', 'off', true), set_config('random_page_cost', '1.1', true),"
        "       set_config('enable_incremental_sort', 'off', true),"
        "       set_config('default_statistics_target', '3', true), set_config('work_mem', %s, true)",
        [work_mem],
    )


@contextmanager
def hash_joins_only() -> Iterator[None]:
    """Statements that read whole sets, planned alike whatever the planner believes of tables just filled."""
    with _without("nestloop", "mergejoin"):
        yield


@contextmanager
def by_index() -> Iterator[None]:
    """Statements that go from a few rows to a large table by its keys, whatever the planner believes of these rows."""
    with _without("hashjoin", "mergejoin", "seqscan", "memoize"):
        yield


@contextmanager
def _without(*ways: str) -> Iterator[None]:
    """Within the transaction; if a statement fails, so do the settings."""
    execute("SELECT " + ", ".join(f"set_config('enable_{way}', 'off', true)" for way in ways))
    yield
    execute("SELECT " + ", ".join(f"set_config('enable_{way}', 'on', true)" for way in ways))


@contextmanager
def snapshot() -> Iterator[None]:
    """A transaction that sees one state of the data from its first statement on.

    Inside an open transaction (tests) it is a savepoint of that transaction.
    """
    nested = connection.in_atomic_block
    with transaction.atomic():
        if not nested:
            execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
