"""The same settlement in pandas: read from PostgreSQL, worked out in whole fen, written back to it."""

from __future__ import annotations

import io
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import _settlement_outside as outside
from benchmarks._settlement_outside import COMBINATION, PRICED, RATE, SUMS, TEXTS, YUAN, Settings
from benchmarks._settlement_world import LAST

LINES = "bench_pandas"


def by_pandas(*, own_reader: bool = False) -> None:
    """Settle LAST for all counties: lines into LINES, prices and statements beside those of the months before.

    It reads by COPY, or with `own_reader` as its manual has it.
    """
    from django.db import transaction

    with transaction.atomic():
        settings = replace(Settings.read(), own_reader=own_reader)
        units, tiers = _read(outside.UNITS, settings), _read(outside.TIERS, settings)
        closed = _read(outside.CLOSED, settings)
        sales = _placed(_read(outside.SALES, settings), units, tiers, closed, settings)
        false_sales = set(_read(outside.FALSE_SALES, settings).record_id)
        fresh = _priced(sales, false_sales, settings)
        lines = _due(fresh, _read(outside.KNOWN, settings), settings)
        lines = _judged(lines, false_sales, tiers, closed, settings)
        beside = _beside(lines, units, settings)
        lines = lines.sort_values(["batch_id", "dealer_id", "record_id", "place"])
        beside = beside.sort_values(["batch_id", "dealer_id", "line_type", "reason"])
        lines = pd.concat([lines, beside], ignore_index=True)
        lines["id"] = (lines.batch_id.to_numpy() << 32) + lines.groupby("batch_id").cumcount().to_numpy() + 1
        outside.lines_table(LINES, indexed=False)
        _write(lines, LINES, outside.LINE_COLUMNS, texts="kind, reason")
        outside.index(LINES)
        _write(fresh, outside.PRICES, outside.PRICE_COLUMNS, texts="subscriber_no")
        _write(_statements(lines, units, settings), outside.STATEMENTS, outside.STATEMENT_COLUMNS)


def _read(query: str, settings: Settings, **more: Any) -> pd.DataFrame:
    if settings.own_reader:
        from django.db import connection

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # it has only tried connections of SQLAlchemy
            return pd.read_sql_query(query, connection.connection, params={**settings.params, **more})
    return pd.read_csv(
        outside.read(query, {**settings.params, **more}), dtype=dict.fromkeys(TEXTS, "str"), keep_default_na=False,
        na_values={"fee_fen": [""]},
    )  # fmt: skip


def _write(rows: pd.DataFrame, table: str, columns: list[str], *, texts: str = "") -> None:
    """Whole fen become yuan on the way."""
    ready = rows[columns].copy()
    for name in YUAN.intersection(columns):
        ready[name] = ready[name] / 100
    data = io.BytesIO()
    ready.to_csv(data, index=False, header=False)
    outside.write(table, columns, data, texts=texts)


def _half_up(figure: Any, rate: Any) -> Any:
    """figure × rate ÷ RATE in whole fen, halves away from zero."""
    product = figure * rate
    return np.sign(product) * ((np.abs(product) * 2 + RATE) // (2 * RATE))


def _as_of(rows: pd.DataFrame, spans: pd.DataFrame) -> pd.DataFrame:
    """`rows` with what was true of their dealer on their day; those before the first span are left out."""
    found = pd.merge_asof(
        rows.sort_values("day", kind="stable"),
        spans.sort_values("from_day"),
        left_on="day",
        right_on="from_day",
        by="dealer_id",
    )
    return found[found.from_day.notna()].drop(columns="from_day")


def _ended(rows: pd.DataFrame, closed: pd.DataFrame) -> np.ndarray:
    """Which of `rows` were in a span in which their dealer was closed on their day."""
    if closed.empty:
        return np.zeros(len(rows), dtype=bool)
    met = rows[["dealer_id", "day"]].assign(place=range(len(rows))).merge(closed, on="dealer_id")
    inside = met[(met.day >= met.from_day) & (met.day < met.until_day)].place
    return np.isin(np.arange(len(rows)), inside)


def _placed(
    sales: pd.DataFrame, units: pd.DataFrame, tiers: pd.DataFrame, closed: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """The records that may be priced, with unit, county and tier of their day, their month and the rules in force."""
    rows = _as_of(_as_of(sales, units), tiers)
    rows = rows[~_ended(rows, closed)]
    day = rows.day.to_numpy()
    first = np.datetime64(outside.EPOCH)
    month = (first + day).astype("datetime64[M]").astype("datetime64[D]")
    return rows.assign(
        segment=np.searchsorted(settings.edges, day, side="right"), month_day=(month - first).astype(np.int64)
    )


def _priced(sales: pd.DataFrame, false_sales: set[int], settings: Settings) -> pd.DataFrame:
    """What each record earns in all under each kind."""
    combinations = sales[[*COMBINATION, "day"]].drop_duplicates(COMBINATION)
    prices = pd.DataFrame(settings.prices(combinations.to_dict("records")))
    rows = sales.merge(prices, on=COMBINATION)
    rows["count"] = pd.array([pd.NA] * len(rows), dtype="Int64")
    claims = rows[rows.bracketed]
    if len(claims):
        claims = claims.sort_values(["moment", "event_no"], kind="stable")
        is_false = claims.record_id.isin(false_sales)
        groups = (~is_false).astype(int).groupby([claims.dealer_id, claims.month_day, claims.rule_id], sort=False)
        counts = np.where(claims.rule_id.isin(settings.marginal), groups.cumsum(), groups.transform("sum"))
        rows.loc[claims.index, "count"] = counts + is_false.to_numpy()
        for rule, (starts, rates) in settings.brackets().items():
            of = (rows.rule_id == rule).to_numpy()
            reached = np.searchsorted(starts, rows["count"][of].to_numpy(dtype=np.int64), side="right") - 1
            rows.loc[of, "rate"] = np.array(rates)[reached]
    basis = np.where(rows.of_amount, rows.amount_fen, rows.basis_fen)
    rows["fen"] = _half_up(basis, rows.rate.to_numpy())
    first = np.datetime64(outside.EPOCH)
    return rows.assign(
        batch_id=rows.county_id.map(settings.batches),
        event_month=first + rows.month_day.to_numpy(),
        value=rows.rate / RATE,
        fee=rows.fee_fen,
        total=rows.fen,
    )


def _due(fresh: pd.DataFrame, known: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """The instalments that are due: of what is priced now, and of what earlier months have priced."""
    instalments = settings.instalments(
        fresh=set(fresh.month_day.unique().tolist()), known=set(known.month_day.unique().tolist())
    )
    rows = pd.concat([fresh[PRICED].assign(fresh=True), known[PRICED].assign(fresh=False)], ignore_index=True)
    rows = rows.merge(pd.DataFrame(instalments), on=["fresh", "rule_id", "month_day"])
    rows["share"] = _half_up(rows.fen, rows.after) - _half_up(rows.fen, rows.before)
    return rows


def _judged(
    rows: pd.DataFrame, false_sales: set[int], tiers: pd.DataFrame, closed: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """The record lines: what is withheld and why, what is paid, what goes to the pool."""
    asked = outside.figures_asked(rows.drop_duplicates(["rule_id", "instalment", "due_day"]).to_dict("records"))
    parts = [rows[~rows.due_day.isin(asked)]]
    for day, names in asked.items():
        seen = _read(outside.subscribers(names), settings, month=outside.as_date(day))
        part = rows[rows.due_day == day].merge(seen, on="subscriber_no", how="left")
        parts.append(part)
    rows = pd.concat(parts, ignore_index=True)
    last = rows.due_day.map({day: outside.last_day(day) for day in rows.due_day.unique().tolist()})
    tests: list[tuple[Any, str]] = [
        (rows.record_id.isin(false_sales), "clawed_back"),
        (rows.later & _ended(rows.assign(day=last), closed), "dealer_terminated"),
    ]
    for name in outside.OF_SUBSCRIBER:
        if rows[name].any():
            tests.append((rows[name] & (rows[f"is_{name}"] != 1), name))
    if (rows.min_billed >= 0).any():
        tests.append(((rows.min_billed >= 0) & ~(rows.billed >= rows.min_billed), "min_billed"))
    if rows.fee_kept.any():
        tests.append((rows.fee_kept & ~(rows.billed >= rows.fee_fen.fillna(0)), "fee_kept"))
    if rows.exclusive.any():
        tier = _as_of(rows[["dealer_id"]].assign(day=last, place=range(len(rows))), tiers)
        high = np.isin(np.arange(len(rows)), tier[tier.tier.isin(["exclusive", "mall"])].place)
        tests.append((rows.exclusive & ~high, "exclusive"))
    if rows.pure_new.any():
        tests.append((rows.pure_new & rows.record_id.isin(_read(outside.SUSPECTS, settings).record_id), "pure_new"))
    reason = np.select([test for test, _ in tests], [name for _, name in tests], "")
    amount = np.where(reason == "", rows.share, 0)
    pool = _half_up(np.maximum(amount, 0), rows.pool.to_numpy())
    return rows.assign(
        batch_id=rows.county_id.map(settings.batches),
        part=0,
        line_type="record",
        due_month=np.datetime64(outside.EPOCH) + rows.due_day.to_numpy(),
        total=rows.fen,
        amount=amount,
        withheld=rows.share - amount,
        pool_amount=pool,
        payable=amount - pool,
        reason=reason,
    )[["part", "place", *(name for name in outside.LINE_COLUMNS if name != "id")]]


def _home(units: pd.DataFrame, settings: Settings) -> pd.Series:
    """By dealer: the batch of the county in which it is on the month's last day."""
    now = (
        units[units.from_day <= outside.days(LAST.last)]
        .sort_values("from_day")
        .drop_duplicates("dealer_id", keep="last")
    )
    return now.set_index("dealer_id").county_id.map(settings.batches)


def _beside(lines: pd.DataFrame, units: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Subsidies, deductions and penalties, as lines."""
    rows = _read(outside.BESIDE, settings)
    gross = rows.dealer_id.map(lines.groupby("dealer_id").amount.sum()).fillna(0).astype(np.int64).clip(lower=0)
    amount = np.where(rows.line_type == "subsidy", rows.fen, -_half_up(gross, rows.rate))
    rows = rows.assign(
        amount=amount, payable=amount, withheld=0, pool_amount=0, part=1, kind="",
        batch_id=rows.dealer_id.map(_home(units, settings)), due_month=np.datetime64(LAST.first),
        total=np.nan, record_id=pd.NA, rule_id=pd.NA, instalment=pd.NA,
    )  # fmt: skip
    kinds = {"record_id": "Int64", "rule_id": "Int64", "instalment": "Int64", "batch_id": "int64"}
    return rows[(rows.amount != 0) & rows.batch_id.notna()].astype(kinds)


def _statements(lines: pd.DataFrame, units: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    from dealers.models import Dealer

    key = ["batch_id", "dealer_id"]
    record = lines[lines.part == 0].groupby(key)[SUMS].sum().rename(columns={"amount": "gross", "pool_amount": "pool"})
    extra = lines[lines.part == 1].pivot_table("amount", key, "line_type", "sum", fill_value=0)
    carries = _read(outside.CARRIES, settings)
    carried = carries.assign(batch_id=carries.dealer_id.map(_home(units, settings))).dropna().set_index(key).fen
    found = record.join(extra, how="outer").join(carried.rename("carried_in"), how="outer")
    found = found.reindex(
        columns=["gross", "withheld", "pool", "payable", "subsidy", "deduction", "penalty", "carried_in"]
    )
    found = found.fillna(0).astype(np.int64)
    found["lines"] = lines.groupby(key).size().reindex(found.index, fill_value=0)
    found["net"] = found.payable + found.subsidy + found.deduction + found.penalty + found.carried_in
    found["paid"], found["carried_out"] = found.net.clip(lower=0), found.net.clip(upper=0)
    found["deduction"], found["penalty"] = -found.deduction, -found.penalty
    found["clawback"] = found["adjustments"] = 0
    found = found.reset_index()
    codes = dict(Dealer.objects.values_list("pk", "code"))
    found["number"] = found.batch_id.map(settings.numbers) + "-" + found.dealer_id.map(codes)
    return found
