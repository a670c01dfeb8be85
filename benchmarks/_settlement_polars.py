"""The same settlement in Polars: lines and prices, read from PostgreSQL and written back to it."""

from __future__ import annotations

import io
from typing import Any

import polars as pl

from benchmarks import _settlement_rivals as rivals
from benchmarks._settlement_world import LAST

SALES = """
SELECT id AS record_id, seller_id AS dealer_id, product_id, occurred_at, event_no, subscriber_no
  FROM inventory_salesrecord WHERE event_date BETWEEN %(first)s AND %(last)s"""
DEALERS = """
SELECT dealer.id AS dealer_id, dealer.tier, unit.county_id, unit.code AS county
  FROM dealers_dealer dealer JOIN accounts_orgunit unit ON unit.id = dealer.org_unit_id"""
GOODS = "SELECT id AS product_id, code, family, (monthly_fee * 100)::integer AS fee_fen FROM inventory_product"
KNOWN = """
SELECT record_id, kind, dealer_id, rule_id, event_month, subscriber_no, (total * 100)::integer AS fen, county_id
  FROM commissions_entitlement WHERE event_month >= %(before)s AND event_month < %(first)s"""
SEEN = """
SELECT subscriber_no, in_network = true AS in_network, coalesce(arrears, 0) <> 0 AS owes
  FROM inventory_subscribermonth WHERE month = %(first)s"""
FRESH = ["record_id", "kind", "dealer_id", "rule_id", "event_month", "subscriber_no", "fen", "county_id"]


def _frame(query: str, params: dict[str, Any]) -> pl.DataFrame:
    from django.db import connection

    with connection.cursor() as cursor:
        text = cursor.mogrify(query, params).decode()
        data = io.BytesIO()
        cursor.cursor.copy_expert(f"COPY ({text}) TO STDOUT (FORMAT csv, HEADER)", data)
    data.seek(0)
    return pl.read_csv(data)


def _copy(rows: pl.DataFrame, table: str) -> None:
    from core import sql

    data = io.BytesIO()
    rows.write_csv(data, include_header=False, quote_style="necessary")
    data.seek(0)
    sql.copy_in(table, rows.columns, data)


def _half_up(fen: pl.Expr, share: int, of: int) -> pl.Expr:
    """fen × share ÷ of in whole fen; nothing here is negative."""
    return (fen * (share * 2) + of) // (2 * of)


def by_polars() -> pl.DataFrame:
    """Lines and sums of LAST: read, compute in whole fen, write back. Returns the sums per dealer."""
    from django.db import transaction

    from core import sql

    params = {"first": LAST.first, "last": LAST.last, "before": (LAST + -2).first}
    with transaction.atomic():
        rules = {row["code"]: row["id"] for row in sql.fetch_all("SELECT id, code FROM commissions_commissionrule")}
        batches = {
            row["county_id"]: row["id"]
            for row in sql.fetch_all(
                "SELECT id, county_id FROM commissions_settlementbatch WHERE month = %(first)s", params
            )
        }
        fresh = _price(_frame(SALES, params), _frame(DEALERS, params), _frame(GOODS, params), rules)
        lines = _lines(fresh, _frame(KNOWN, params), _frame(SEEN, params), rules, batches)
        rivals.lines_table("bench_polars", indexed=False)
        _copy(lines, "bench_polars")
        rivals.index("bench_polars")
        owned = fresh.with_columns(
            pl.col("county_id").replace_strict(batches).alias("batch_id"), (pl.col("fen") / 100).alias("total")
        )
        _copy(owned.select(rivals.ENTITLEMENT_COLUMNS), "bench_entitlement")
        return lines.group_by("dealer_id").agg(pl.col("amount", "withheld", "pool_amount").sum().round(2))


def _price(sales: pl.DataFrame, dealers: pl.DataFrame, goods: pl.DataFrame, rules: dict[str, int]) -> pl.DataFrame:
    rows = sales.join(dealers, on="dealer_id").join(goods, on="product_id").sort("occurred_at", "event_no")
    tier, family = pl.col("tier"), pl.col("family")
    count, rank = pl.len().over("dealer_id"), pl.int_range(1, pl.len() + 1).over("dealer_id")
    base = rows.with_columns(
        pl.lit("base").alias("kind"),
        pl.when(tier == "exclusive").then(rules["B2"]).when(tier == "mall").then(rules["B3"]).otherwise(rules["B1"])
        .alias("rule_id"),
        pl.when(tier == "mall").then(18)
        .when(tier == "exclusive").then(pl.when(rank >= 16).then(15).otherwise(12))
        .when(count >= 41).then(15).when(count >= 21).then(12).otherwise(10)
        .cast(pl.Int64).alias("value"),
    ).with_columns((pl.col("value") * 100).alias("fen"), pl.col("value").cast(pl.Float64))  # fmt: skip
    code = (
        pl.when(pl.col("code") == "P6").then(pl.lit("I3"))
        .when((family == "5G") & (pl.col("county") == 53260801)).then(pl.lit("I4"))
        .when(family == "5G").then(pl.lit("I2")).otherwise(pl.lit("I1"))
    )  # fmt: skip
    share = code.replace_strict({"I1": 50, "I2": 60, "I3": 65, "I4": 70}, return_dtype=pl.Int64)
    incentive = rows.with_columns(
        pl.lit("incentive").alias("kind"),
        code.replace_strict(rules, return_dtype=pl.Int64).alias("rule_id"),
        (share / 100).alias("value"),
        ((pl.col("fee_fen") * share * 2 + 100) // 200).alias("fen"),
    )
    chosen = [*FRESH, "value"]
    month = pl.lit(LAST.first.isoformat()).alias("event_month")
    found = [
        part.with_columns(month, pl.col("rule_id").cast(pl.Int64)).select(chosen)
        for part in (base, incentive)
    ]  # fmt: skip
    return pl.concat(found)


def _lines(
    fresh: pl.DataFrame, known: pl.DataFrame, seen: pl.DataFrame, rules: dict[str, int], batches: dict[int, int]
) -> pl.DataFrame:
    known = known.join(seen, on="subscriber_no", how="left")
    there = pl.col("in_network").is_not_null() & (pl.col("in_network") == "t")
    owes = pl.col("owes").is_not_null() & (pl.col("owes") == "t")
    fen = pl.col("fen")
    wanted = ["dealer_id", "record_id", "kind", "rule_id", "county_id", "fen", "instalment", "share", "reason"]
    parts = [
        fresh.with_columns(
            pl.lit(1).alias("instalment"), _half_up(fen, 60, 100).alias("share"), pl.lit("").alias("reason")
        ).select(wanted)
    ]
    for number, (before, after), reason in (
        (1, (60, 85), pl.when(~there).then(pl.lit("in_network")).otherwise(pl.lit(""))),
        (2, (85, 100), pl.when(~there).then(pl.lit("in_network")).when(owes).then(pl.lit("no_arrears"))
         .otherwise(pl.lit(""))),
    ):  # fmt: skip
        rows = known.filter(pl.col("event_month") == (LAST + -number).first.isoformat())
        parts.append(
            rows.with_columns(
                pl.lit(number + 1).alias("instalment"),
                (_half_up(fen, after, 100) - _half_up(fen, before, 100)).alias("share"),
                reason.alias("reason"),
            ).select(wanted)
        )
    pooled = [rules[code] for code in ("I1", "I2", "I3", "I4")]
    amount = pl.when(pl.col("reason") == "").then(pl.col("share")).otherwise(0)
    pool = pl.when(pl.col("rule_id").is_in(pooled)).then(_half_up(pl.col("amount_fen"), 30, 100)).otherwise(0)
    lines = (
        pl.concat(parts)
        .with_columns(amount.alias("amount_fen"), pl.col("county_id").replace_strict(batches).alias("batch_id"))
        .with_columns(pool.alias("pool_fen"))
        .sort("dealer_id", "record_id", "kind", "instalment")
    )
    place = pl.int_range(1, pl.len() + 1)
    return lines.select(
        (pl.col("batch_id") * 2**32 + place).alias("id"), "batch_id", "dealer_id", "record_id", "rule_id",
        pl.lit("record").alias("line_type"), "kind", "instalment",
        pl.lit(LAST.first.isoformat()).alias("due_month"), (fen / 100).alias("total"),
        (pl.col("amount_fen") / 100).alias("amount"),
        ((pl.col("share") - pl.col("amount_fen")) / 100).alias("withheld"),
        (pl.col("pool_fen") / 100).alias("pool_amount"),
        ((pl.col("amount_fen") - pl.col("pool_fen")) / 100).alias("payable"),
        "reason",
    )  # fmt: skip
