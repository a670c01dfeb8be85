"""What one import knows while it runs: who, when, which columns, and what became of the rows."""

from __future__ import annotations

import datetime as dt
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
    raw: list[pl.DataFrame] = field(default_factory=list)
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def accepted(self) -> int:
        return self.inserted + self.updated

    @property
    def rejected(self) -> int:
        return self.spool.rejected

    def has(self, column: str) -> bool:
        """Whether the file has that column."""
        return any(present.name == column for present in self.columns)

    def reject(self, problems: pl.DataFrame | list[tuple[int, str, str | None, str]]) -> None:
        """Reject rows of the current chunk: a problem frame, or (row, column, value, code) one by one."""
        if isinstance(problems, list):
            rows = [(row, column, value or "", code, None) for row, column, value, code in problems]
            problems = pl.DataFrame(rows, schema=PROBLEM, orient="row")
        if problems.height:
            wanted = problems["__row"].unique()
            raw = [frame.filter(pl.col("__row").is_in(wanted.implode())) for frame in self.raw]
            self.spool.add(pl.concat(raw, how="diagonal"), problems)
