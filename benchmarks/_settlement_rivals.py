"""The same settlement in other ways: pandas, Django's bulk_create, a naive save() loop."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._settlement_world import LAST
from core.money import yuan

INDEXES = (
    "CREATE UNIQUE INDEX {name}_once ON {name} (record_id, kind, instalment, line_type) WHERE record_id IS NOT NULL",
    "CREATE UNIQUE INDEX {name}_id ON {name} (id)",
    "CREATE INDEX {name}_dealer ON {name} (dealer_id)",
)

ENTITLEMENT_COLUMNS = [
    *("record_id", "kind", "dealer_id", "rule_id", "event_month", "subscriber_no", "total"),
    *("county_id", "value", "batch_id"),
]


def lines_table(name: str, *, indexed: bool) -> None:
    """An empty table with the columns and checks of the lines, and perhaps their indexes."""
    from core import sql

    sql.execute(f"DROP TABLE IF EXISTS {name}")
    sql.execute(f"CREATE TABLE {name} (LIKE commissions_commissionline INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    if indexed:
        index(name)


def index(name: str) -> None:
    from core import sql

    for statement in INDEXES:
        sql.execute(statement.format(name=name))


def keep_prices() -> None:
    """A table of the prices of the months before LAST, with the keys and indexes of the real one."""
    from core import sql

    sql.execute("DROP TABLE IF EXISTS bench_entitlement")
    sql.execute("CREATE TABLE bench_entitlement (LIKE commissions_entitlement INCLUDING ALL)")
    sql.execute(
        "INSERT INTO bench_entitlement SELECT * FROM commissions_entitlement WHERE event_month < %s ORDER BY batch_id",
        [LAST.first],
    )
    forget_prices()


def forget_prices() -> None:
    """As if the last month had never been priced there."""
    from core import sql

    sql.execute("DELETE FROM bench_entitlement WHERE event_month = %s", [LAST.first])
    sql.execute("VACUUM ANALYZE bench_entitlement")
    sql.execute("CHECKPOINT")


def frame(query: str, params: dict[str, Any]) -> pd.DataFrame:
    """A query's rows, by the fastest way into pandas: COPY as CSV."""
    from django.db import connection

    with connection.cursor() as cursor:
        text = cursor.mogrify(query, params).decode()
        data = io.BytesIO()
        cursor.cursor.copy_expert(f"COPY ({text}) TO STDOUT (FORMAT csv, HEADER)", data)
    data.seek(0)
    return pd.read_csv(data)


def copy(rows: pd.DataFrame, table: str) -> None:
    from core import sql

    data = io.BytesIO()
    rows.to_csv(data, index=False, header=False)
    data.seek(0)
    sql.copy_in(table, list(rows.columns), data)


def by_pandas() -> pd.DataFrame:
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
        sales = frame(
            """SELECT sale.id AS record_id, sale.seller_id AS dealer_id, sale.product_id, sale.occurred_at,
                      sale.event_no, sale.subscriber_no
                 FROM inventory_salesrecord sale WHERE event_date BETWEEN %(first)s AND %(last)s""",
            params,
        )
        dealers = frame(
            """SELECT dealer.id AS dealer_id, dealer.tier, unit.county_id, unit.code AS county
                 FROM dealers_dealer dealer JOIN accounts_orgunit unit ON unit.id = dealer.org_unit_id""",
            params,
        )
        goods = frame("SELECT id AS product_id, code, family, monthly_fee FROM inventory_product", params)
        known = frame(
            """SELECT record_id, kind, dealer_id, rule_id, event_month, subscriber_no, total, county_id
                 FROM commissions_entitlement WHERE event_month >= %(before)s AND event_month < %(first)s""",
            params,
        )
        seen = frame(
            "SELECT subscriber_no, in_network, arrears FROM inventory_subscribermonth WHERE month = %(first)s", params
        )
        fresh = _price(sales, dealers, goods, rules)
        lines = _lines(fresh, known, seen, {rules[code] for code in ("I1", "I2", "I3", "I4")}, batches)
        lines_table("bench_pandas", indexed=False)
        copy(lines, "bench_pandas")
        index("bench_pandas")
        fresh["batch_id"] = fresh.county_id.map(batches)
        copy(fresh[ENTITLEMENT_COLUMNS], "bench_entitlement")
        return lines.groupby("dealer_id")[["amount", "withheld", "pool_amount"]].sum().round(2)


def _half_up(fen: np.ndarray, share: int, of: int) -> np.ndarray:
    """fen × share ÷ of in whole fen; nothing here is negative."""
    return (fen * share * 2 + of) // (2 * of)


def _price(sales: pd.DataFrame, dealers: pd.DataFrame, goods: pd.DataFrame, rules: dict[str, int]) -> pd.DataFrame:
    rows = sales.merge(dealers, on="dealer_id").merge(goods, on="product_id")
    base, incentive = rows.assign(kind="base"), rows.assign(kind="incentive")
    code = np.select([base.tier == "exclusive", base.tier == "mall"], ["B2", "B3"], "B1")
    base["rule_id"] = pd.Series(code, index=base.index).map(rules)
    base = base.sort_values(["occurred_at", "event_no"], kind="stable")
    count = base.groupby("dealer_id").record_id.transform("size")
    rank = base.groupby("dealer_id").cumcount() + 1
    base["value"] = np.select(
        [base.tier == "mall", base.tier == "exclusive"],
        [18, np.where(rank >= 16, 15, 12)],
        np.select([count >= 41, count >= 21], [15, 12], 10),
    )
    base["fen"] = base.value * 100
    code = np.select(
        [incentive.code == "P6", (incentive.family == "5G") & (incentive.county == 53260801), incentive.family == "5G"],
        ["I3", "I4", "I2"],
        "I1",
    )
    share = pd.Series(code, index=incentive.index).map({"I1": 50, "I2": 60, "I3": 65, "I4": 70})
    incentive["rule_id"] = pd.Series(code, index=incentive.index).map(rules)
    incentive["value"] = share / 100
    incentive["fen"] = _half_up((incentive.monthly_fee * 100).round().astype(int), share, 100)
    found = pd.concat([base, incentive], ignore_index=True)
    return found.assign(total=found.fen / 100, event_month=LAST.first.isoformat(), batch_id=0)


def _lines(
    fresh: pd.DataFrame, known: pd.DataFrame, seen: pd.DataFrame, pooled: set[int], batches: dict[int, int]
) -> pd.DataFrame:
    known = known.assign(fen=(known.total * 100).round().astype(int)).merge(seen, on="subscriber_no", how="left")
    age = np.where(known.event_month == (LAST + -1).first.isoformat(), 1, 2)
    cumulated = (0, 60, 85, 100)
    parts = [fresh.assign(instalment=1, share=_half_up(fresh.fen.to_numpy(), 60, 100), reason="")]
    for number in (1, 2):
        rows = known[age == number]
        fen = rows.fen.to_numpy()
        share = _half_up(fen, cumulated[number + 1], 100) - _half_up(fen, cumulated[number], 100)
        there = (rows.in_network == "t").to_numpy()
        owes = (rows.arrears.fillna(0) != 0).to_numpy() if number == 2 else np.zeros(len(rows), dtype=bool)
        reason = np.select([~there, owes], ["in_network", "no_arrears"], "")
        parts.append(rows.assign(instalment=number + 1, share=share, reason=reason))
    lines = pd.concat(parts, ignore_index=True)
    amount = np.where(lines.reason == "", lines.share, 0)
    pool = np.where(lines.rule_id.isin(pooled), _half_up(amount, 30, 100), 0)
    batch = lines.county_id.map(batches)
    lines = lines.sort_values(["dealer_id", "record_id", "kind", "instalment"])
    amount, pool, batch = (pd.Series(x, index=range(len(amount))).loc[lines.index] for x in (amount, pool, batch))
    return pd.DataFrame(
        {
            "id": (batch.to_numpy().astype(np.int64) << 32) + np.arange(1, len(lines) + 1),
            "batch_id": batch.to_numpy(),
            "dealer_id": lines.dealer_id.to_numpy(),
            "record_id": lines.record_id.to_numpy(),
            "rule_id": lines.rule_id.to_numpy(),
            "line_type": "record",
            "kind": lines.kind.to_numpy(),
            "instalment": lines.instalment.to_numpy(),
            "due_month": LAST.first.isoformat(),
            "total": lines.fen.to_numpy() / 100,
            "amount": amount.to_numpy() / 100,
            "withheld": (lines.share.to_numpy() - amount.to_numpy()) / 100,
            "pool_amount": pool.to_numpy() / 100,
            "payable": (amount.to_numpy() - pool.to_numpy()) / 100,
            "reason": np.where(lines.reason == "", '""', lines.reason),
        }
    )


def scratch_batch(county: Any) -> Any:
    """A batch of its own with an empty, attached partition, for the Django rivals."""
    from commissions.models import SettlementBatch
    from core import sql

    number = SettlementBatch.objects.count()
    batch = SettlementBatch.objects.create(
        number=f"bench-{number}", county=county, kind="weekly", period=f"x{number}", first_day=LAST.first,
        last_day=LAST.last, month=LAST.first,
    )  # fmt: skip
    sql.fetch_value("SELECT commissions_open_lines(%s)", [batch.pk])
    sql.fetch_value("SELECT commissions_attach_lines(%s)", [batch.pk])
    for statement in INDEXES:
        sql.execute(statement.format(name=f"commissions_line_b{batch.pk}"))
    return batch


def by_bulk_create(batch: Any, *, lines: int) -> int:
    """First instalments with rules in dictionaries and bulk_create; how many lines it wrote."""
    from django.db import transaction

    from commissions.models import CommissionLine, CommissionRule
    from dealers.models import Dealer
    from inventory.models import SalesRecord

    rules = {rule.code: rule for rule in CommissionRule.objects.all()}
    tiers = dict(Dealer.objects.filter(org_unit=batch.county).values_list("pk", "tier"))
    records = SalesRecord.objects.filter(seller__org_unit=batch.county, event_date__range=(LAST.first, LAST.last))
    counts: dict[int, int] = {}
    rows: list[Any] = []
    with transaction.atomic():
        chosen = list(records.select_related("product").order_by("occurred_at", "event_no")[: lines // 2])
        for record in chosen:
            counts[record.seller_id] = counts.get(record.seller_id, 0) + 1
        ranks: dict[int, int] = {}
        for record in chosen:
            ranks[record.seller_id] = ranks.get(record.seller_id, 0) + 1
            for kind in ("base", "incentive"):
                rule = _rule(rules, kind, record, tiers[record.seller_id])
                rows.append(
                    _line(batch, record, rule, counts[record.seller_id], ranks[record.seller_id], len(rows) + 1)
                )
        CommissionLine.objects.bulk_create(rows, batch_size=1_000)
    return len(rows)


def by_save(batch: Any, *, lines: int) -> int:
    """As a first try would be written: queries and a save() for every line."""
    from commissions.models import CommissionRule
    from dealers.models import DealerTier
    from inventory.models import SalesRecord

    number = 0
    records = SalesRecord.objects.filter(seller__org_unit=batch.county, event_date__range=(LAST.first, LAST.last))
    for record in records.order_by("occurred_at", "event_no")[: lines // 2]:
        tier = (
            DealerTier.objects.filter(dealer_id=record.seller_id, valid_from__lte=record.event_date)
            .latest("valid_from")
            .tier
        )
        same = SalesRecord.objects.filter(seller_id=record.seller_id, event_date__range=(LAST.first, LAST.last))
        for kind in ("base", "incentive"):
            rules = {rule.code: rule for rule in CommissionRule.objects.filter(kind=kind, published=True)}
            rule = _rule(rules, kind, record, tier)
            count, rank = same.count(), same.filter(occurred_at__lte=record.occurred_at).count()
            number += 1
            _line(batch, record, rule, count, rank, number).save()
    return number


def _rule(rules: dict[str, Any], kind: str, record: Any, tier: str) -> Any:
    if kind == "base":
        return rules[{"exclusive": "B2", "mall": "B3"}.get(tier, "B1")]
    if record.product.code == "P6":
        return rules["I3"]
    return rules["I2" if record.product.family == "5G" else "I1"]


def _line(batch: Any, record: Any, rule: Any, count: int, rank: int, number: int) -> Any:
    from commissions.models import CommissionLine

    if rule.brackets:
        reached = rank if rule.bracket_mode == "marginal" else count
        total = yuan([Decimal(one["value"]) for one in rule.brackets if one["from"] <= reached][-1])
    else:
        total = yuan(rule.value * (record.product.monthly_fee if rule.basis == "percent_of_fee" else 1))
    amount = yuan(total * Decimal("0.60"))
    pool = yuan(amount * rule.pool_share)
    return CommissionLine(
        id=(batch.pk << 32) + number, batch=batch, dealer_id=record.seller_id, record=record, rule=rule,
        line_type="record", kind=rule.kind, instalment=1, due_month=LAST.first, total=total, amount=amount,
        withheld=0, pool_amount=pool, payable=amount - pool, reason="",
    )  # fmt: skip
