"""Batches and payout rounds that the calendar asks for: begun as soon as their data are there.

Each function is safe to run twice: what exists is left as it is, what could not be begun is tried again by
the next run. Who has to act is told once. See docs/operations.md, "What runs by the clock".
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts.models import OrgUnit
from commissions.models import CommissionRule, PoolAccount, PoolRound, SettlementBatch
from commissions.rules.pool import RoundPeriod
from commissions.services import notices, pool_notices, pool_round
from core.periods import Month, Period, Week
from inventory.models import SalesRecord


def counties() -> list[OrgUnit]:
    return list(OrgUnit.objects.filter(level="county").order_by("code"))


def to_settle(period: Period) -> tuple[list[OrgUnit], list[OrgUnit]]:
    """Counties without a live batch of the period: those with sales of it, and those that wait for them."""
    live = set(
        SettlementBatch.objects.filter(period=str(period))
        .exclude(state__in=["void", "calculating"])
        .values_list("county_id", flat=True)
    )
    given_up = set(SettlementBatch.objects.filter(period=str(period), state="void").values_list("county_id", flat=True))
    sold = set(
        SalesRecord.objects.filter(event_date__range=(period.first, period.last), seller__isnull=False)
        .values_list("seller__org_unit__county_id", flat=True)
        .distinct()
    )
    open_ = [county for county in counties() if county.pk not in live | given_up]
    return [county for county in open_ if county.pk in sold], [county for county in open_ if county.pk not in sold]


def tell_waiting(period: Period, waiting: Iterable[OrgUnit]) -> None:
    """Tell the counties whose sales of the period are not there, once."""
    for county in waiting:
        notices.batch_waits(county=county, period=str(period), why="")


def pays_by_week(week: Week) -> bool:
    """Whether any rule in force in the week has a first instalment that a weekly batch takes."""
    rules = CommissionRule.objects.filter(published=True, brackets__isnull=True, effective_from__lte=week.last).exclude(
        effective_to__lt=week.first
    )
    return any(not instalments[0].get("conditions") for instalments in rules.values_list("instalments", flat=True))


def month_before(today: date) -> Month:
    return Month.of(today) + -1


def week_before(today: date) -> Week:
    return Week.of(today) + -1


def rounds_due(today: date) -> list[RoundPeriod]:
    """What the calendar asks for: H1 in July; H2 and the year in January; nothing in other months."""
    if today.month == 7:
        return [RoundPeriod(today.year, 1)]
    if today.month == 1:
        return [RoundPeriod(today.year - 1, 2), RoundPeriod(today.year - 1, 0)]
    return []


def draft_rounds(*, period: RoundPeriod, at: datetime, today: date) -> dict[str, Any]:
    """Calculate the rounds that do not exist, of counties with something in a pool of that rhythm.

    {"drafted": [numbers], "waiting": [{"county", "reason"}]}.
    """
    there = set(PoolRound.objects.filter(period=str(period)).values_list("county_id", flat=True))
    full = set(
        PoolAccount.objects.filter(balance__gt=0, dealer__payout_rhythm=period.rhythm).values_list(
            "dealer__org_unit__county_id", flat=True
        )
    )
    drafted, waiting = [], []
    for county in counties():
        if county.pk in there or county.pk not in full:
            continue
        try:
            with transaction.atomic():
                round_ = pool_round.calculate(county=county, period=period, by=None, at=at, today=today)
                pool_notices.round_moved(round_, action="calculate", by=None)
        except pool_round.RoundRefused as refusal:
            waiting.append({"county": county.code, "reason": str(refusal)})
        else:
            drafted.append(round_.number)
    return {"drafted": drafted, "waiting": waiting}
