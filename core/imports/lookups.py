"""Codes that a file names, looked up in the database within the importing user's scope.

Small tables are read once; large ones are asked per chunk for the codes in it.
"""

from typing import Any

import polars as pl
from django.db import connection

from core.imports.spec import Column, Kind, Lookup

SMALL = 150_000
SCHEMA = pl.Schema({"code": pl.String, "id": pl.Int64})


class Lookups:
    def __init__(self, kind: Kind, columns: list[Column | None], user: Any) -> None:
        self.user = user
        self.frames: dict[str, pl.DataFrame | None] = {}
        for column in columns:
            if column and column.lookup:
                self.frames[column.name] = self._all(column.lookup)

    @property
    def per_chunk(self) -> bool:
        """Whether the checks need the database while they run."""
        return any(frame is None for frame in self.frames.values())

    def find(self, column: Column, cells: pl.Series) -> pl.Series:
        """The id of each code; null for an unknown one."""
        frame = self.frames[column.name]
        if frame is None and column.lookup:
            frame = self._some(column.lookup, cells.drop_nulls().unique().to_list())
        if frame is None:
            raise LookupError(column.name)
        wanted = pl.DataFrame({"code": cells})
        return wanted.join(frame, on="code", how="left", maintain_order="left")["id"]

    def _all(self, lookup: Lookup) -> pl.DataFrame | None:
        if _about(lookup.model()._meta.db_table) > SMALL:
            return None
        rows = lookup.queryset(self.user).values_list(lookup.code, lookup.value)[: SMALL + 1]
        frame = _frame(list(rows), lookup)
        return None if frame.height > SMALL else frame

    def _some(self, lookup: Lookup, codes: list[str]) -> pl.DataFrame:
        rows: list[tuple[Any, Any]] = []
        for start in range(0, len(codes), 20_000):
            part = {f"{lookup.code}__in": codes[start : start + 20_000]}
            rows += lookup.queryset(self.user).filter(**part).values_list(lookup.code, lookup.value)
        return _frame(rows, lookup)


def _frame(rows: list[tuple[Any, Any]], lookup: Lookup) -> pl.DataFrame:
    schema = SCHEMA if all(isinstance(row[1], int) for row in rows) else {"code": pl.String, "id": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _about(table: str) -> int:
    """The planner's idea of a table's size."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [table])
        return int(cursor.fetchone()[0])
