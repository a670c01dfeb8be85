"""What one import knows while it runs: who, when, which columns, and what became of the rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from core.imports.checks import PROBLEM
from core.imports.spec import Column, Kind
from core.imports.spool import Spool


@dataclass
class Context:
    """Handed to a kind's `prepare`, `merge` and `after`. `user` None is the system itself."""

    kind: Kind
    user: Any
    at: dt.datetime
    today: dt.date
    spool: Spool
    columns: list[Column] = field(default_factory=list)
    rows: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    positions: dict[str, str] = field(default_factory=dict)
    raw: list[pl.DataFrame] = field(default_factory=list)
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def accepted(self) -> int:
        return self.inserted + self.updated

    @property
    def rejected(self) -> int:
        return self.spool.rejected

    def bit(self, column: str) -> int:
        """The column's bit in `__clear`."""
        return next(1 << bit for bit, present in enumerate(self.columns) if present.name == column)

    def has(self, column: str) -> bool:
        """Whether the file has that column."""
        return any(present.name == column for present in self.columns)

    def reject(self, problems: pl.DataFrame | Sequence[tuple[int, str, str | None, str]]) -> None:
        """Reject rows of the current chunk: a problem frame, or (row, column, value, code) one by one.

        A value of None is taken from the row as it came.
        """
        if not len(problems):
            return
        if not isinstance(problems, pl.DataFrame):
            rows = [(row, column, value, code, None) for row, column, value, code in problems]
            problems = pl.DataFrame(rows, schema=PROBLEM, orient="row")
        wanted = problems["__row"].unique()
        raw = pl.concat([frame.filter(pl.col("__row").is_in(wanted.implode())) for frame in self.raw], how="diagonal")
        for column in problems.filter(pl.col("value").is_null())["column"].unique():
            if column in self.positions:
                cells = raw.select("__row", __cell=pl.col(self.positions[column]).str.strip_chars())
                mine = pl.col("value").is_null() & (pl.col("column") == column)
                value = pl.when(mine).then(pl.col("__cell").fill_null("")).otherwise(pl.col("value"))
                problems = problems.join(cells, on="__row", how="left", maintain_order="left")
                problems = problems.with_columns(value=value).drop("__cell")
        self.spool.add(raw, problems)
