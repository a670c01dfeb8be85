"""The same settlement in Polars: read from PostgreSQL, worked out in whole fen, written back to it."""

from __future__ import annotations

import io
from typing import Any

import polars as pl

from benchmarks import _settlement_outside as outside
from benchmarks._settlement_outside import COMBINATION, PRICED, RATE, TEXTS, YUAN, Settings
from benchmarks._settlement_world import LAST

LINES = "bench_polars"


def by_polars() -> None:
    """Settle LAST for all counties: lines into LINES, prices and statements beside those of the months before."""
    from django.db import transaction

    with transaction.atomic():
        settings = Settings.read()
        units, tiers = _read(outside.UNITS, settings), _read(outside.TIERS, settings)
        closed, false_sales = _read(outside.CLOSED, settings), _read(outside.FALSE_SALES, settings)
        sales = _placed(_read(outside.SALES, settings), units, tiers, closed, settings)
        fresh = _priced(sales, false_sales, settings)
        lines = _due(fresh, _read(outside.KNOWN, settings), settings)
        lines = _judged(lines, false_sales, tiers, closed, settings)
        beside = _beside(lines, units, settings)
        lines = lines.sort("batch_id", "dealer_id", "record_id", "place")
        beside = beside.sort("batch_id", "dealer_id", "line_type", "reason")
        lines = pl.concat([lines, beside], how="diagonal_relaxed")
        place = pl.int_range(1, pl.len() + 1).over("batch_id")
        lines = lines.with_columns((pl.col("batch_id") * 2**32 + place).alias("id"))
        outside.lines_table(LINES, indexed=False)
        _write(lines, LINES, outside.LINE_COLUMNS, texts="kind, reason")
        outside.index(LINES)
        _write(fresh, outside.PRICES, outside.PRICE_COLUMNS, texts="subscriber_no")
        _write(_statements(lines, units, settings), outside.STATEMENTS, outside.STATEMENT_COLUMNS)


def _read(query: str, settings: Settings, **more: Any) -> pl.DataFrame:
    data = outside.read(query, {**settings.params, **more})
    return pl.read_csv(data, schema_overrides=dict.fromkeys(TEXTS, pl.String))


def _write(rows: pl.DataFrame, table: str, columns: list[str], *, texts: str = "") -> None:
    """Whole fen become yuan on the way."""
    data = io.BytesIO()
    ready = rows.select(pl.col(name) / 100 if name in YUAN else pl.col(name) for name in columns)
    ready.write_csv(data, include_header=False, quote_style="never")
    outside.write(table, columns, data, texts=texts)


def _half_up(figure: pl.Expr, rate: pl.Expr) -> pl.Expr:
    """figure × rate ÷ RATE in whole fen, halves away from zero."""
    product = figure * rate
    return product.sign() * ((product.abs() * 2 + RATE) // (2 * RATE))


def _as_of(rows: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """`rows` with what was true of their dealer on their day; those before the first span are left out."""
    found = rows.sort("day").join_asof(
        spans.sort("from_day"), left_on="day", right_on="from_day", by="dealer_id", check_sortedness=False
    )
    return found.filter(pl.col("from_day").is_not_null()).drop("from_day")


def _ended(rows: pl.DataFrame, closed: pl.DataFrame) -> pl.Series:
    """Which of `rows` were in a span in which their dealer was closed on their day."""
    place = pl.Series("place", range(len(rows)) if len(closed) else [0] * len(rows), dtype=pl.Int64)
    if closed.is_empty():
        return place == 1
    met = rows.select("dealer_id", "day").with_columns(place).join(closed, on="dealer_id")
    inside = met.filter(pl.col("day").is_between("from_day", "until_day", closed="left"))
    return place.is_in(inside["place"].implode())


def _placed(
    sales: pl.DataFrame, units: pl.DataFrame, tiers: pl.DataFrame, closed: pl.DataFrame, settings: Settings
) -> pl.DataFrame:
    """The records that may be priced, with unit, county and tier of their day, their month and the rules in force."""
    rows = _as_of(_as_of(sales, units), tiers)
    rows = rows.filter(~_ended(rows, closed))
    edges = pl.Series(settings.edges, dtype=pl.Int64)
    month = _date(pl.col("day")).dt.month_start().cast(pl.Int32)
    return rows.with_columns(
        edges.search_sorted(rows["day"], side="right").cast(pl.Int64).alias("segment"),
        month.cast(pl.Int64).alias("month_day"),
    )


def _priced(sales: pl.DataFrame, false_sales: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """What each record earns in all under each kind."""
    combinations = sales.select(*COMBINATION, "day").unique(COMBINATION)
    prices = pl.DataFrame(settings.prices(combinations.to_dicts()), infer_schema_length=None)
    rows = sales.join(prices, on=COMBINATION)
    is_false = pl.col("record_id").is_in(false_sales["record_id"].cast(pl.Int64).implode())
    counts, group = (~is_false).cast(pl.Int64), ["dealer_id", "month_day", "rule_id"]
    at = (
        pl.when(pl.col("rule_id").is_in(settings.marginal))
        .then(counts.cum_sum().over(group))
        .otherwise(counts.sum().over(group))
    )
    counted = rows.filter("bracketed").sort("moment", "event_no")
    counted = counted.with_columns((at + is_false.cast(pl.Int64)).alias("count")).sort("count").drop("rate")
    starts = [
        (rule, start, rate) for rule, found in settings.brackets().items() for start, rate in zip(*found, strict=True)
    ]
    whole = dict.fromkeys(["rule_id", "count", "rate"], pl.Int64)
    brackets = pl.DataFrame(starts, schema=whole, orient="row").sort("count")
    counted = counted.join_asof(brackets, on="count", by="rule_id", check_sortedness=False)
    rows = pl.concat([counted, rows.filter(~pl.col("bracketed"))], how="diagonal")
    basis = pl.when("of_amount").then("amount_fen").otherwise("basis_fen")
    return rows.with_columns(
        _half_up(basis, pl.col("rate")).alias("fen"),
        pl.col("county_id").replace_strict(settings.batches).alias("batch_id"),
        _date(pl.col("month_day")).alias("event_month"),
        (pl.col("rate") / RATE).alias("value"),
        pl.col("fee_fen").alias("fee"),
    ).with_columns(pl.col("fen").alias("total"))


def _date(day: pl.Expr) -> pl.Expr:
    return day.cast(pl.Int32).cast(pl.Date)


def _due(fresh: pl.DataFrame, known: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The instalments that are due: of what is priced now, and of what earlier months have priced."""
    months = {name: set(rows["month_day"].unique()) for name, rows in (("fresh", fresh), ("known", known))}
    instalments = pl.DataFrame(settings.instalments(**months), infer_schema_length=None)
    rows = pl.concat(
        [
            fresh.select(*PRICED, pl.lit(value=True).alias("fresh")),
            known.select(
                *(pl.col(name).cast(fresh.schema[name]) for name in PRICED), pl.lit(value=False).alias("fresh")
            ),
        ]
    ).join(instalments, on=["fresh", "rule_id", "month_day"])
    fen = pl.col("fen")
    return rows.with_columns((_half_up(fen, pl.col("after")) - _half_up(fen, pl.col("before"))).alias("share"))


def _judged(
    rows: pl.DataFrame, false_sales: pl.DataFrame, tiers: pl.DataFrame, closed: pl.DataFrame, settings: Settings
) -> pl.DataFrame:
    """The record lines: what is withheld and why, what is paid, what goes to the pool."""
    asked = outside.figures_asked(rows.unique(["rule_id", "instalment", "due_day"]).to_dicts())
    parts = [rows.filter(~pl.col("due_day").is_in(list(asked)))]
    for day, names in asked.items():
        seen = _read(outside.subscribers(names), settings, month=outside.as_date(day))
        parts.append(rows.filter(pl.col("due_day") == day).join(seen, on="subscriber_no", how="left"))
    rows = pl.concat(parts, how="diagonal")
    last = {day: outside.last_day(day) for day in rows["due_day"].unique()}
    dated = rows.select("dealer_id", pl.col("due_day").replace_strict(last).alias("day"))
    is_false = pl.col("record_id").is_in(false_sales["record_id"].cast(pl.Int64).implode())
    tests = [(is_false, "clawed_back"), (pl.col("later") & pl.lit(_ended(dated, closed)), "dealer_terminated")]
    for name in outside.OF_SUBSCRIBER:
        if rows[name].any():
            tests.append((pl.col(name) & (pl.col(f"is_{name}").fill_null(0) != 1), name))
    billed = pl.col("billed") if "billed" in rows.columns else pl.lit(None, dtype=pl.Int64)
    if (rows["min_billed"] >= 0).any():
        tests.append(
            ((pl.col("min_billed") >= 0) & ~(billed >= pl.col("min_billed")).fill_null(value=False), "min_billed")
        )
    if rows["fee_kept"].any():
        kept = (billed >= pl.col("fee_fen").fill_null(0)).fill_null(value=False)
        tests.append((pl.col("fee_kept") & ~kept, "fee_kept"))
    if rows["exclusive"].any():
        placed = _as_of(dated.with_columns(pl.int_range(pl.len()).alias("place")), tiers)
        high = placed.filter(pl.col("tier").is_in(["exclusive", "mall"]))["place"]
        tests.append((pl.col("exclusive") & ~pl.int_range(pl.len()).is_in(high.implode()), "exclusive"))
    if rows["pure_new"].any():
        suspects = _read(outside.SUSPECTS, settings)["record_id"].cast(pl.Int64)
        tests.append((pl.col("pure_new") & pl.col("record_id").is_in(suspects.implode()), "pure_new"))
    reason: Any = pl.lit("")
    for test, name in reversed(tests):
        reason = pl.when(test).then(pl.lit(name)).otherwise(reason)
    amount = pl.when(pl.col("reason") == "").then("share").otherwise(0)
    return (
        rows.with_columns(reason.alias("reason"))
        .with_columns(amount.alias("amount"))
        .with_columns(_half_up(pl.col("amount").clip(lower_bound=0), pl.col("pool")).alias("pool_amount"))
        .select(
            pl.lit(0).alias("part"), "place", pl.col("county_id").replace_strict(settings.batches).alias("batch_id"),
            "dealer_id", "record_id", "rule_id", pl.lit("record").alias("line_type"), "kind", "instalment",
            _date(pl.col("due_day")).alias("due_month"), pl.col("fen").alias("total"), "amount",
            (pl.col("share") - pl.col("amount")).alias("withheld"), "pool_amount",
            (pl.col("amount") - pl.col("pool_amount")).alias("payable"), "reason",
        )
    )  # fmt: skip


def _home(units: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """By dealer: the batch of the county in which it is on the month's last day."""
    now = units.filter(pl.col("from_day") <= outside.days(LAST.last)).sort("from_day").unique("dealer_id", keep="last")
    batch = pl.col("county_id").replace_strict(settings.batches, default=None)
    return now.select("dealer_id", batch.alias("batch_id"))


def _beside(lines: pl.DataFrame, units: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Subsidies, deductions and penalties, as lines."""
    gross = lines.group_by("dealer_id").agg(pl.col("amount").sum().clip(lower_bound=0).alias("gross"))
    rate = _half_up(pl.col("gross").fill_null(0), pl.col("rate"))
    return (
        _read(outside.BESIDE, settings)
        .join(gross, on="dealer_id", how="left")
        .join(_home(units, settings), on="dealer_id")
        .with_columns(pl.when(pl.col("line_type") == "subsidy").then("fen").otherwise(-rate).alias("amount"))
        .filter((pl.col("amount") != 0) & pl.col("batch_id").is_not_null())
        .select(
            pl.lit(1).alias("part"), "batch_id", "dealer_id", "line_type", pl.lit("").alias("kind"),
            pl.lit(LAST.first).alias("due_month"), "amount", pl.lit(0).alias("withheld"),
            pl.lit(0).alias("pool_amount"), pl.col("amount").alias("payable"), "reason",
        )
    )  # fmt: skip


def _statements(lines: pl.DataFrame, units: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    from dealers.models import Dealer

    def of(name: str, line_type: str) -> pl.Expr:
        return pl.col(name).filter(pl.col("line_type") == line_type).sum()

    key = ["batch_id", "dealer_id"]
    found = lines.group_by(key).agg(
        pl.len().alias("lines"),
        of("amount", "record").alias("gross"),
        of("withheld", "record").alias("withheld"),
        of("pool_amount", "record").alias("pool"),
        of("amount", "subsidy").alias("subsidy"),
        -of("amount", "deduction").alias("deduction"),
        -of("amount", "penalty").alias("penalty"),
        pl.lit(0).alias("clawback"),
        pl.lit(0).alias("adjustments"),
        pl.col("payable").sum().alias("payable"),
    )
    carries = _read(outside.CARRIES, settings).with_columns(pl.col("dealer_id", "fen").cast(pl.Int64))
    carried = carries.join(_home(units, settings), on="dealer_id").select(*key, pl.col("fen").alias("carried_in"))
    found = found.join(carried, on=key, how="full", coalesce=True).fill_null(0)
    codes = dict(Dealer.objects.values_list("pk", "code"))
    net = pl.col("payable") + pl.col("carried_in")
    return found.with_columns(
        (pl.col("batch_id").replace_strict(settings.numbers) + "-" + pl.col("dealer_id").replace_strict(codes)).alias(
            "number"
        ),
        net.alias("net"),
        net.clip(lower_bound=0).alias("paid"),
        net.clip(upper_bound=0).alias("carried_out"),
    )
