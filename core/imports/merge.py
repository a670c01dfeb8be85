"""Checked rows into their table: COPY, or through a staging table where keys meet.

A chunk is first copied straight into the final table under a savepoint. If one of its
keys is already there, it goes to a temporary table instead and is compared in SQL: new
rows are inserted, equal ones are unchanged, others are a conflict or an update.
"""

from __future__ import annotations

import io
from typing import Any

import polars as pl
from django.conf import settings
from django.db import IntegrityError, connection, models, transaction

from core import sql
from core.imports.checks import PROBLEM
from core.imports.context import Context
from core.imports.spec import Column

STAGE = "import_stage"
PROBE = 40
MAX_REPEATS = 50


def copy_frame(table: str, columns: list[str], frame: pl.DataFrame) -> int:
    """COPY a frame's columns, in order, as text; times are local. The number of rows."""
    texts = [name for name, type_ in frame.schema.items() if type_ == pl.String]
    escape = [name for name in texts if frame[name].str.contains("\\", literal=True).any()]
    if escape:
        frame = frame.with_columns(pl.col(escape).str.replace_all("\\", "\\\\", literal=True))
    buffer = io.BytesIO()
    frame.write_csv(
        buffer,
        include_header=False,
        separator="\t",
        quote_style="never",
        null_value="\\N",
        datetime_format="%Y-%m-%d %H:%M:%S%.f",
    )
    buffer.seek(0)
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('timezone', %s, true)", [settings.TIME_ZONE])
        cursor.cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", buffer, size=1 << 18)
        rows = int(cursor.rowcount)
        cursor.execute("SELECT set_config('timezone', %s, true)", [connection.timezone_name])
        return rows


class Table:
    """The default merge: rows of one kind into one model's table."""

    def __init__(self, ctx: Context) -> None:
        assert ctx.kind.model
        self.ctx, self.kind = ctx, ctx.kind
        self.model = ctx.kind.model()
        self.table = f'"{self.model._meta.db_table}"'
        self.staged = False
        self.fixed = ctx.memory.setdefault("fixed", {})
        if self.kind.track:
            sql.execute("CREATE TEMP TABLE IF NOT EXISTS import_touched (id bigint) ON COMMIT DROP")
            sql.execute("TRUNCATE import_touched")

    def write(self, good: pl.DataFrame) -> None:
        """Merge the rows of one chunk."""
        if not good.height:
            return
        self._plan(good)
        if not self.kind.track and not self._known(good):
            try:
                with transaction.atomic():
                    frame = good.select(self._filled(name) for name in self.names)
                    self.ctx.inserted += copy_frame(self.table, [*self.targets], frame)
                return
            except IntegrityError as error:
                if getattr(error.__cause__, "pgcode", "") != "23505":
                    raise
        self._staged(good)

    def _plan(self, good: pl.DataFrame) -> None:
        """Which column of the frame fills which column of the table."""
        declared = {column.name: column for column in self.kind.columns}
        self.names = [name for name in good.columns if name not in ("__row", "__clear")]
        self.fields = [self.model._meta.get_field(_target(declared.get(name), name)) for name in self.names]
        self.targets = [field.column for field in self.fields]
        self.key = [target for name, target in zip(self.names, self.targets, strict=True) if name in self.kind.key]
        self.defaults = {name: declared[name].default if name in declared else None for name in self.names}
        given = set(self.targets)
        for field in self.model._meta.concrete_fields:
            if field.column in given or field.generated or field.null or field.primary_key:
                continue
            if field.column in self.fixed or field.db_default is not models.NOT_PROVIDED:
                continue
            self.fixed[field.column] = self._constant(field)

    def _constant(self, field: models.Field[Any, Any]) -> Any:
        """What a new row has in a column that the file does not give."""
        column = next((column for column in self.kind.columns if column.target == field.name), None)
        if column is not None and column.default is not None:
            return column.default
        if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
            return self.ctx.at
        return field.get_default()

    def _empty(self, name: str, field: models.Field[Any, Any]) -> Any:
        """What a blank cell is on a new row."""
        if self.defaults[name] is not None:
            return self.defaults[name]
        if field.null:
            return None
        return field.get_default() if field.has_default() else ""

    def _filled(self, name: str) -> pl.Expr:
        empty = self._empty(name, self.fields[self.names.index(name)])
        return pl.col(name) if empty is None else pl.col(name).fill_null(_literal(empty))

    def _known(self, good: pl.DataFrame) -> bool:
        """Whether some of the chunk's keys seem to be there already: a sample is asked."""
        names = [name for name in self.names if name in self.kind.key]
        sample = good.select(names).gather_every(max(1, good.height // PROBE)).head(2 * PROBE).rows()
        types = [self.model._meta.get_field(_attname(self.kind.column(name), name)).cast_db_type(connection) for name in names]
        row = "(" + ", ".join(f"%s::{type_}" for type_ in types) + ")"
        keys = ", ".join(f't."{key}"' for key in self.key)
        query = f"SELECT EXISTS (SELECT 1 FROM {self.table} t WHERE ({keys}) IN ({', '.join([row] * len(sample))}))"
        return bool(sql.fetch_value(query, [value for values in sample for value in values]))
