"""Column-wise checks: a chunk of text cells becomes typed rows and a list of problems."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from core.imports import parsing
from core.imports.csvread import Chunk
from core.imports.lookups import Lookups
from core.imports.spec import Column, Kind

CLEAR = "-"
BLANK: dict[str, pl.DataType] = {
    "date": pl.Date(),
    "month": pl.Date(),
    "datetime": pl.Datetime("us"),
    "bool": pl.Boolean(),
    "lookup": pl.Int64(),
}
PROBLEM = pl.Schema(
    {"__row": pl.Int64, "column": pl.String, "value": pl.String, "code": pl.String, "params": pl.String}
)


@dataclass
class Checked:
    """`good`: `__row`, (for updates `__clear`, a bit per column) and typed columns by field name.

    `problems`: one line per bad cell. `raw`: every row as it came, for the error file.
    """

    raw: pl.DataFrame
    good: pl.DataFrame
    problems: pl.DataFrame
    rows: int
    bytes_done: int


class Checker:
    """The checks of one kind for the columns that a file has, position by position."""

    def __init__(self, kind: Kind, columns: list[Column | None], lookups: Lookups) -> None:
        self.kind, self.lookups = kind, lookups
        self.positions = [(f"c{index}", column) for index, column in enumerate(columns) if column]
        self.columns = [column for column in columns if column]

    def __call__(self, chunk: Chunk) -> Checked:
        cells = self._cells(chunk.frame)
        problems: list[pl.DataFrame] = []
        values = {"__row": cells["__row"]}
        bad = pl.Series("bad", [False]).new_from_index(0, cells.height)
        clear = None
        for bit, column in enumerate(self.columns):
            series = cells[column.name]
            cleared = None
            if self.kind.updates and column.name not in self.kind.key:
                dash = (series == CLEAR).fill_null(False)
                if dash.any():
                    cleared = dash
                    series = pl.select(pl.when(~dash).then(series)).to_series().alias(column.name)
            typed = self._typed(series, column)
            wrong = typed.is_null() & series.is_not_null() if typed.null_count() != series.null_count() else None
            values[column.name] = typed.alias(column.name)
            found = self._problems(cells, column, series, wrong, cleared)
            if found is not None:
                problems.append(found)
                bad |= cells["__row"].is_in(found["__row"].implode())
            if cleared is not None and not column.required:
                bits = cleared.cast(pl.Int64) * (1 << bit)
                clear = bits if clear is None else clear + bits
        good = pl.DataFrame(values)
        if self.kind.updates:
            zero = pl.Series("__clear", [0], dtype=pl.Int64).new_from_index(0, cells.height)
            good = good.with_columns(__clear=zero if clear is None else clear)
        if bad.any():
            good = good.filter(~bad)
        good, more = self._row_checks(good)
        problems += more
        ragged = self._ragged(chunk)
        return Checked(
            raw=chunk.frame if not chunk.ragged else self._with_ragged(chunk),
            good=good,
            problems=pl.concat([pl.DataFrame(schema=PROBLEM), *problems, *ragged]),
            rows=cells.height + len(chunk.ragged),
            bytes_done=chunk.bytes_done,
        )

    def _cells(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The kind's columns under their names, stripped, blank as null; rows without any cell left out."""
        strip = [pl.col(position).str.strip_chars().alias(column.name) for position, column in self.positions]
        cells = frame.select("__row", *strip)
        names = [column.name for column in self.columns]
        empty = cells.select((pl.col(names) == "").any().fill_null(False)).row(0) if cells.height else ()
        blank = [name for name, has in zip(names, empty, strict=False) if has]
        if blank:
            cells = cells.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in blank)
        first = cells[names[0]]
        if first.null_count():
            nothing = cells.select(pl.all_horizontal(pl.col(names).is_null())).to_series()
            if nothing.any():
                cells = cells.filter(~nothing)
        return cells

    def _typed(self, series: pl.Series, column: Column) -> pl.Series:
        if series.null_count() == series.len():
            return series.cast(BLANK.get(column.type, pl.String()))
        if column.type == "lookup":
            return self.lookups.find(column, series)
        return parsing.PARSERS[column.type](series, column)

    def _problems(
        self, cells: pl.DataFrame, column: Column, series: pl.Series, wrong: pl.Series | None, cleared: pl.Series | None
    ) -> pl.DataFrame | None:
        parts = []
        if wrong is not None:
            rows = pl.DataFrame({"__row": cells["__row"], "value": series}).filter(wrong)
            parts.append(rows.with_columns(code=parsing.why(column)))
        if column.required:
            missing = series.is_null()
            if cleared is not None:
                missing &= ~cleared
                rows = cells.select("__row", value=pl.lit(CLEAR)).filter(cleared)
                parts.append(rows.with_columns(code=pl.lit("clear")))
            if missing.any():
                rows = cells.select("__row", value=pl.lit("")).filter(missing)
                parts.append(rows.with_columns(code=pl.lit("required")))
        return problem_frame(pl.concat(parts), column.name) if parts else None

    def _row_checks(self, good: pl.DataFrame) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
        """Checks between the columns of a row: the kind names those that fail."""
        if self.kind.check is None or not good.height:
            return good, []
        problems = []
        for fails, column, code in self.kind.check(good):
            hit = good.filter(fails.fill_null(False))
            if hit.height:
                value = pl.col(column).cast(pl.String).fill_null("")
                problems.append(problem_frame(hit.select("__row", value=value, code=pl.lit(code)), column))
                good = good.filter(~fails.fill_null(False))
        return good, problems

    def _ragged(self, chunk: Chunk) -> list[pl.DataFrame]:
        if not chunk.ragged:
            return []
        width = len(chunk.frame.columns) - 1
        rows = [
            (row, "", ",".join(cells)[:200], "fields", f'{{"found": {len(cells)}, "expected": {width}}}')
            for row, cells in chunk.ragged
        ]
        return [pl.DataFrame(rows, schema=PROBLEM, orient="row")]

    def _with_ragged(self, chunk: Chunk) -> pl.DataFrame:
        names = [name for name in chunk.frame.columns if name != "__row"]
        rows = [(row, *(cells + [None] * len(names))[: len(names)]) for row, cells in chunk.ragged]
        schema = {"__row": pl.Int64, **dict.fromkeys(names, pl.String)}
        odd = pl.DataFrame(rows, schema=schema, orient="row")
        return pl.concat([chunk.frame.select("__row", *names), odd])


def problem_frame(rows: pl.DataFrame, column: str, params: str | None = None) -> pl.DataFrame:
    """Problems of one column from rows with `__row`, `value`, `code`."""
    value = pl.col("value").str.strip_prefix(parsing.LOST).str.slice(0, 200)
    return rows.select(
        "__row", pl.lit(column).alias("column"), value, "code", pl.lit(params, dtype=pl.String).alias("params")
    )
