"""Which column of a file fills which column of the table, and what fills the rest."""

from __future__ import annotations

from typing import Any, TypeAlias

import polars as pl
from django.db import connection, models

from core.imports.context import Context

Field: TypeAlias = "models.Field[Any, Any]"


class Plan:
    """The mapping of one kind's columns to its model's fields.

    `pairs` are (file column, field) of the rows to be written; `fixed` the values of
    columns that the file does not give and that must not be empty.
    """

    def __init__(self, ctx: Context) -> None:
        self.ctx, self.kind = ctx, ctx.kind
        self.model: Any = ctx.kind.table
        self.table = f'"{self.model._meta.db_table}"'
        self.declared = {column.name: column for column in self.kind.columns}
        self.bits = {column.name: 1 << bit for bit, column in enumerate(ctx.columns)}
        self.pairs: list[tuple[str, Field]] = []
        self.fixed: dict[str, Any] = {}
        self.first_id = 0
        if self.kind.repeat == "duplicate":
            rows: Any = self.model
            self.first_id = rows.objects.order_by("-pk").values_list("pk", flat=True).first() or -1

    def fit(self, good: pl.DataFrame) -> None:
        """Settle the mapping for a frame; the first one decides."""
        if self.pairs:
            return
        for name in good.columns:
            if not name.startswith("__"):
                target = self.declared[name].target if name in self.declared else name
                self.pairs.append((name, self.model._meta.get_field(target)))  # type: ignore[arg-type]
        self.columns: list[str] = [str(field.column) for _, field in self.pairs]
        self.key_names = [name for name, _ in self.pairs if name in self.kind.key]
        self.key_fields = [field for name, field in self.pairs if name in self.kind.key]
        self.others = [(name, field) for name, field in self.pairs if name not in self.kind.key]
        for field in self.model._meta.concrete_fields:
            skipped = field.generated or field.primary_key or field.column in self.columns
            if not skipped and not field.null and field.db_default is models.NOT_PROVIDED:
                self.fixed[field.column] = self._constant(field)

    def _constant(self, field: Field) -> Any:
        """What a new row has in a column that the file does not give."""
        column = next((column for column in self.kind.columns if column.target == field.name), None)
        if column is not None and column.default is not None:
            return column.default
        if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
            return self.ctx.at
        return field.get_default()

    def empty(self, name: str, field: Field) -> Any:
        """What a blank cell is on a new row."""
        column = self.declared.get(name)
        if column is not None and column.default is not None:
            return column.default
        return self.bare(field)

    def bare(self, field: Field) -> Any:
        """What a cleared field holds."""
        if field.null:
            return None
        if field.has_default():
            return field.get_default()
        return "" if isinstance(field, models.CharField | models.TextField) else None

    def cells(self, *, fill: bool) -> list[pl.Expr]:
        """The file's columns for COPY; blanks become what they are on a new row if `fill` (keys always)."""
        out = []
        for name, field in self.pairs:
            empty = self.empty(name, field) if fill or name in self.kind.key else None
            out.append(pl.col(name) if empty is None else pl.col(name).fill_null(_literal(empty)))
        return out

    def complete(self, good: pl.DataFrame) -> tuple[list[str], pl.DataFrame]:
        """Columns and whole new rows for a COPY straight into the table."""
        fixed = [pl.lit(_text(value)).alias(f"__{column}") for column, value in self.fixed.items()]
        return [*self.columns, *self.fixed], good.select(*self.cells(fill=True), *fixed)

    def insert_value(self, name: str, field: Field) -> str:
        """SQL of a new row's value from the staging table `s`."""
        empty = self.empty(name, field)
        return f's."{field.column}"' if empty is None else f'coalesce(s."{field.column}", {_quoted(empty, field)})'

    def update_value(self, name: str, field: Field, clears: bool) -> str:
        """SQL of a known row's new value: blank keeps what is there, `-` clears it."""
        keep = f'coalesce(s."{field.column}", t."{field.column}")'
        if not clears or name not in self.bits:
            return keep
        return f"CASE WHEN s.__clear & {self.bits[name]} <> 0 THEN {_quoted(self.bare(field), field)} ELSE {keep} END"


def _literal(value: Any) -> pl.Expr:
    return pl.lit(value if isinstance(value, bool) else str(value))


def _text(value: Any) -> str | bool | None:
    return value if value is None or isinstance(value, bool) else str(value)


def _quoted(value: Any, field: Field) -> str:
    """A default of our own code as an SQL literal of the field's type."""
    if value is None:
        return "NULL"
    text = str(value).replace("'", "''")
    return f"'{text}'::{field.db_type(connection)}"
