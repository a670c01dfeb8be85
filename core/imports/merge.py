# ruff: noqa: S608 - table and column names come from models, values travel as parameters
"""Checked rows into their table: COPY, or through a staging table where keys meet.

A chunk is first copied straight into the final table under a savepoint. If one of its
keys is already there, it goes to a temporary table instead and is compared in SQL: new
rows are inserted, equal ones are unchanged, others are a conflict or an update.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import polars as pl
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from core import sql
from core.imports.context import Context
from core.imports.plan import Plan

UNIQUE_VIOLATION = "23505"
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
        with connection.wrap_database_errors:
            cursor.cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", buffer, size=1 << 18)
        rows = int(cursor.rowcount)
        cursor.execute("SELECT set_config('timezone', %s, true)", [connection.timezone_name])
        return rows


class Table:
    """The default merge: rows of one kind into one model's table."""

    def __init__(self, ctx: Context) -> None:
        self.ctx, self.kind = ctx, ctx.kind
        self.plan = Plan(ctx)
        self.table = self.plan.table
        self.stage_ready = False
        if self.kind.track:
            sql.execute("CREATE TEMP TABLE IF NOT EXISTS import_touched (id bigint) ON COMMIT DROP")
            sql.execute("TRUNCATE import_touched")

    def write(self, good: pl.DataFrame) -> None:
        """Merge the rows of one chunk."""
        if not good.height:
            return
        absent = [name for name in self.kind.key if name not in good.columns]
        if absent:
            good = good.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)
        self.plan.fit(good)
        if not self.kind.track and not self._known(good):
            try:
                with transaction.atomic():
                    self.ctx.inserted += copy_frame(self.table, *self.plan.complete(good))
                return
            except IntegrityError as error:
                if getattr(error.__cause__, "pgcode", "") != UNIQUE_VIOLATION:
                    raise
        for wave in self._waves(good):
            self._stage(wave)
            self._guard()
            if self.kind.updates:
                self._update(bool((wave["__clear"] != 0).any()))
            else:
                self._compare()
            self._insert()

    def _known(self, good: pl.DataFrame) -> bool:
        """Whether some of the chunk's keys seem to be there already: a sample is asked."""
        names = self.plan.key_names
        sample = good.gather_every(max(1, good.height // PROBE)).head(2 * PROBE).select(names)
        types = [field.cast_db_type(connection) for field in self.plan.key_fields]
        row = "(" + ", ".join(f"%s::{type_}" for type_ in types) + ")"
        keys = ", ".join(f't."{field.column}"' for field in self.plan.key_fields)
        query = f"SELECT EXISTS (SELECT 1 FROM {self.table} t WHERE ({keys}) IN ({', '.join([row] * sample.height)}))"
        return bool(sql.fetch_value(query, [value for row in sample.rows() for value in row]))

    def _waves(self, good: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """The rows in parts without repeated keys, earlier rows first."""
        names = self.plan.key_names
        if not good.select(names).is_duplicated().any():
            yield good
            return
        if self.kind.repeat == "compare" and not self.kind.updates:
            before = good.height
            good = good.unique([name for name in good.columns if name != "__row"], keep="first", maintain_order=True)
            self.ctx.unchanged += before - good.height
        good = good.with_columns(__turn=pl.int_range(pl.len()).over(names))
        most = 1 if self.kind.repeat == "duplicate" else MAX_REPEATS
        late = good.filter(pl.col("__turn") >= most)
        code = "duplicate" if self.kind.repeat == "duplicate" else "repeated"
        self.ctx.reject([(row, self.kind.key[0], None, code) for row in late["__row"]])
        for turn in range(min(most, int(good["__turn"].max() or 0) + 1)):  # type: ignore[arg-type]
            yield good.filter(pl.col("__turn") == turn).drop("__turn")

    def _stage(self, rows: pl.DataFrame) -> None:
        """Put rows without repeated keys into the staging table."""
        plan = self.plan
        if not self.stage_ready:
            columns = ", ".join(f'"{column}"' for column in plan.columns)
            sql.execute(f"DROP TABLE IF EXISTS {STAGE}")
            sql.execute(f"CREATE TEMP TABLE {STAGE} ON COMMIT DROP AS SELECT {columns} FROM {self.table} WITH NO DATA")
            sql.execute(f"ALTER TABLE {STAGE} ADD __row bigint, ADD __clear bigint")
            self.stage_ready = True
        sql.execute(f"TRUNCATE {STAGE}")
        frame = rows.select(
            "__row", *(["__clear"] if self.kind.updates else []), *plan.cells(fill=not self.kind.updates)
        )
        extra = ["__row", "__clear"] if self.kind.updates else ["__row"]
        copy_frame(STAGE, [*extra, *plan.columns], frame)
        sql.execute(f"ANALYZE {STAGE}")

    @property
    def _join(self) -> str:
        return " AND ".join(f't."{field.column}" = s."{field.column}"' for field in self.plan.key_fields)

    def _guard(self) -> None:
        """Reject updates of rows that lie outside the user's units."""
        user = self.ctx.user
        if user is None or not self.kind.guard or not self.kind.updates:
            return
        units = apps.get_model("accounts", "OrgUnit").objects.visible_to(user).values_list("pk", flat=True)
        found = sql.fetch_all(
            f"DELETE FROM {STAGE} s USING {self.table} t WHERE {self._join} AND NOT ({self.kind.guard} = ANY(%s))"
            " RETURNING s.__row",
            [list(units)],
        )
        self.ctx.reject([(row["__row"], self.kind.key[0], None, "out_of_scope") for row in found])

    def _compare(self) -> None:
        """Count equal rows, reject contradicting ones, leave the new ones in the staging table."""
        others = self.plan.others
        differs = " ".join(
            f"""WHEN t."{field.column}" IS DISTINCT FROM s."{field.column}" THEN '{name}'"""
            for name, field in others
            if name not in self.kind.keep
        )
        which = f"CASE {differs} END" if differs else "NULL::text"
        sql.execute(
            f"CREATE TEMP TABLE import_met ON COMMIT DROP AS SELECT s.__row, {which} AS differs"
            f" FROM {STAGE} s JOIN {self.table} t ON {self._join}"
        )
        if self.kind.repeat == "duplicate" and self.plan.first_id:
            sql.execute(
                f"UPDATE import_met m SET differs = '*' FROM {STAGE} s JOIN {self.table} t ON {self._join}"
                " WHERE s.__row = m.__row AND t.id > %s",
                [self.plan.first_id],
            )
        met = sql.fetch_all("SELECT __row, differs FROM import_met WHERE differs IS NOT NULL ORDER BY __row")
        self.ctx.unchanged += int(sql.fetch_value("SELECT count(*) FROM import_met")) - len(met)
        key = self.kind.key[0]
        self.ctx.reject(
            [
                (row["__row"], key, None, "duplicate")
                if row["differs"] == "*"
                else (row["__row"], row["differs"], None, "conflict")
                for row in met
            ]
        )
        sql.execute(f"DELETE FROM {STAGE} s USING import_met m WHERE m.__row = s.__row")
        sql.execute("DROP TABLE import_met")

    def _update(self, clears: bool) -> None:
        """Update the known rows that differ and take all known ones out of the staging table."""
        plan = self.plan
        known = int(sql.fetch_value(f"SELECT count(*) FROM {STAGE} s JOIN {self.table} t ON {self._join}"))
        if not known:
            return
        changed = 0
        sets = {
            field.column: plan.update_value(name, field, clears)
            for name, field in plan.others
            if name not in self.kind.keep
        }
        if sets:
            columns = ", ".join(f'"{column}" = {value}' for column, value in sets.items())
            old = ", ".join(f't."{column}"' for column in sets)
            update = (
                f"UPDATE {self.table} t SET {columns} FROM {STAGE} s WHERE {self._join}"
                f" AND ({old}) IS DISTINCT FROM ({', '.join(sets.values())})"
            )
            changed = self._touch(update, "t")
        self.ctx.updated += changed
        self.ctx.unchanged += known - changed
        sql.execute(f"DELETE FROM {STAGE} s USING {self.table} t WHERE {self._join}")

    def _insert(self) -> None:
        """Insert what is left in the staging table."""
        plan = self.plan
        fixed = list(plan.fixed)
        columns = ", ".join(f'"{column}"' for column in [*plan.columns, *fixed])
        values = [plan.insert_value(name, field) for name, field in plan.pairs] + ["%s"] * len(fixed)
        insert = f"INSERT INTO {self.table} AS n ({columns}) SELECT {', '.join(values)} FROM {STAGE} s ORDER BY s.__row"
        self.ctx.inserted += self._touch(insert, "n", [plan.fixed[column] for column in fixed])

    def _touch(self, statement: str, alias: str, params: list[Any] | None = None) -> int:
        """Run a write; keep the ids that it wrote if the kind asks for them."""
        if not self.kind.track:
            return sql.execute(statement, params)
        return sql.execute(
            f"WITH w AS ({statement} RETURNING {alias}.id) INSERT INTO import_touched SELECT id FROM w", params
        )
