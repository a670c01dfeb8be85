"""First instalments of one county in Django's own ways: bulk_create with rules in dictionaries, and a naive save()."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from benchmarks._settlement_outside import LINE_INDEXES
from benchmarks._settlement_world import LAST
from core.money import yuan


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
    for statement in LINE_INDEXES:
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
