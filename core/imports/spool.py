"""Rejected rows: the first hundred problems in memory, all of them on disk.

One JSON line per rejected row with its cells as they came and its problems as codes, so
that the error file can be written in the language of whoever reads it (`errorfile`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from core.imports.parsing import LOST

SHOWN = 100


class Spool:
    """Collects rejected rows; `path` None keeps only the first hundred problems."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.header: list[str] = []
        self.first: list[dict[str, Any]] = []
        self.rejected = 0

    def add(self, raw: pl.DataFrame, problems: pl.DataFrame) -> None:
        """Reject the rows that `problems` names; `raw` has their cells."""
        if not problems.height:
            return
        problems = problems.sort("__row", maintain_order=True)
        grouped = problems.group_by("__row", maintain_order=True).agg(pl.struct("column", "value", "code", "params"))
        self.rejected += grouped.height
        for row in problems.head(SHOWN).iter_rows(named=True) if len(self.first) < 2 * SHOWN else ():
            self.first.append(_problem(row) | {"row": row["__row"]})
        if self.path is None:
            return
        if not self.path.exists():
            self.path.write_text(json.dumps({"header": self.header}, ensure_ascii=False) + "\n", encoding="utf-8")
        names = [name for name in raw.columns if name != "__row"]
        rows = grouped.join(raw.unique("__row", keep="any"), on="__row", how="left", maintain_order="left")
        with self.path.open("a", encoding="utf-8") as file:
            for row in rows.iter_rows(named=True):
                cells = [(row[name] or "").removeprefix(LOST) for name in names]
                found = [_problem(problem) for problem in row["column"]]
                line = {"row": row["__row"], "cells": cells, "problems": found}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def shown(self) -> list[dict[str, Any]]:
        """The first hundred problems by row."""
        return sorted(self.first, key=lambda problem: problem["row"])[:SHOWN]


def _problem(row: dict[str, Any]) -> dict[str, Any]:
    params = row["params"]
    return {
        "column": row["column"],
        "value": row["value"] or "",
        "code": row["code"],
        "params": json.loads(params) if params else {},
    }


def read(path: Path) -> tuple[list[str], Iterator[dict[str, Any]]]:
    """The header and the rejected rows of a spool file."""

    def rows() -> Iterator[dict[str, Any]]:
        with path.open(encoding="utf-8") as file:
            file.readline()
            for line in file:
                yield json.loads(line)

    with path.open(encoding="utf-8") as file:
        return json.loads(file.readline())["header"], rows()
