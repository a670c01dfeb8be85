"""The past of the demo: the months before the last are settled, approved and paid by its people.

All through the services that the pages use, dated as if it had been done in time. The last
month waits in every county at another step, so that each role finds something to do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from django.conf import settings
from django.db.models import Count

from accounts.models import OrgUnit, User
from channels_portal.demo import loading_sales, users
from channels_portal.demo.plan import Plan
from channels_portal.demo.sales import Book
from commissions.models import Payment, SettlementBatch, Statement
from commissions.services import batch as batches
from commissions.services import budget, payments, settlement, statement
from core.models import Transition
from core.periods import Month
from dealers.models import DealerUser

Progress = Callable[[float, str], None]

# How far the last month's batches go, county by county; "returned" is submitted and given back.
LAST_MONTH = ("calculated", "submitted", "reviewed", "returned", "submitted", "reviewed", "calculated", "calculated")
# How far the month before has gone: all approved, some still to be paid.
MONTH_BEFORE = ("paid", "paid", "approved", "paid", "paying", "paid", "approved", "paid")
RETURN_REASON = "有未定价记录, 请核实产品资费后重新结算"
OVER_BUDGET = "促销月放号增量, 市公司同意由年度预算内调剂"
FAILURE = "账户名与户名不符"


@dataclass(frozen=True)
class Desk:
    """Who does what for one county, and on which day they stop."""

    today: date
    supervisor: User
    reviewer: User
    approver: User
    clerk: User

    def at(self, month: Month, day: int, hour: int) -> datetime:
        """When they do it: on the `day`th of the month after `month`."""
        return moment(month, day, hour, today=self.today)


def settle(plan: Plan, book: Book, late: pl.DataFrame, *, progress: Progress) -> None:
    """Bring every batch to where the demo wants it; what is there already is left as it is."""
    counties = list(OrgUnit.objects.filter(level="county").order_by("code"))
    desks = {county.pk: _desk(county, plan.today) for county in counties}
    for place, month in enumerate(plan.months):
        is_last, is_before = month == plan.last, month == plan.last + -1
        progress(place / len(plan.months), str(month))
        if is_last:
            loading_sales.Writer(book).write_late(late)
        _settle_month(plan, month, counties)
        for number, county in enumerate(counties):
            goal = LAST_MONTH[number % 8] if is_last else MONTH_BEFORE[number % 8] if is_before else "paid"
            batch = SettlementBatch.objects.exclude(state="void").get(county=county, period=str(month))
            _bring(batch, goal, desks[county.pk], month, one_fails=is_before and number % 3 == 0)
    _confirm(plan)


def _desk(county: OrgUnit, today: date) -> Desk:
    city = county.city.code if county.city else users.CITY
    by_name = User.objects.in_bulk(
        [users.city_managers(city)[0], users.at_city("approver", city), users.at_city("clerk", city)],
        field_name="username",
    )
    supervisor = User.objects.filter(role="county_supervisor", org_unit=county).order_by("username")[0]
    return Desk(
        today,
        supervisor,
        by_name[users.city_managers(city)[0]],
        by_name[users.at_city("approver", city)],
        by_name[users.at_city("clerk", city)],
    )


def _settle_month(plan: Plan, month: Month, counties: list[OrgUnit]) -> None:
    there = set(
        SettlementBatch.objects.filter(period=str(month))
        .exclude(state__in=("void", "calculating"))
        .values_list("county_id", flat=True)
    )
    outcome = settlement.settle_period(
        period=month,
        counties=[county for county in counties if county.pk not in there],
        by=None,
        at=moment(month, 2, 3, today=plan.today),
        today=plan.today,
    )
    if outcome.refused:
        raise RuntimeError(f"{month}: {[(refusal.county.name, refusal.reason) for refusal in outcome.refused]}")


def moment(month: Month, day: int, hour: int, *, today: date) -> datetime:
    """A time on the `day`th of the month after `month`; if that has not come yet, the beginning of `today`."""
    wanted = datetime.combine((month + 1).first + timedelta(days=day - 1), time(hour))
    return min(wanted, datetime.combine(today, time(0))).replace(tzinfo=ZoneInfo(settings.TIME_ZONE))


def _bring(batch: SettlementBatch, goal: str, desk: Desk, month: Month, *, one_fails: bool) -> None:
    """Step by step up to `goal`, or to where a payment on hold keeps it."""
    while batch.state != goal:
        match batch.state:
            case "calculated":
                if (
                    goal == "returned"
                    and Transition.objects.filter(
                        subject_type=batch._meta.label_lower, subject_id=batch.pk, action="return"
                    ).exists()
                ):
                    return
                _submit(batch, desk, month)
            case "submitted":
                if goal == "returned":
                    batches.return_to_county(
                        batch=batch, by=desk.reviewer, at=desk.at(month, 4, 9), reason=RETURN_REASON
                    )
                    return
                batches.review(batch=batch, by=desk.reviewer, at=desk.at(month, 4, 15))
            case "reviewed":
                batches.approve(batch=batch, by=desk.approver, at=desk.at(month, 5, 11))
            case "approved":
                payments.export(batch=batch, by=desk.clerk, at=desk.at(month, 6, 10))
            case "paying":
                _record(batch, desk, month, fail=one_fails)
                batch.refresh_from_db()
                if batch.state == "paying":
                    return
            case _:
                return
        batch.refresh_from_db()


def _submit(batch: SettlementBatch, desk: Desk, month: Month) -> None:
    """The county submits; where a budget does not reach, finance lets the batch pass."""
    try:
        batches.submit(batch=batch, by=desk.supervisor, at=desk.at(month, 3, 10))
    except budget.BudgetRefused:
        budget.grant(batch=batch, by=desk.approver, at=desk.at(month, 3, 11), reason=OVER_BUDGET)
        batches.submit(batch=batch, by=desk.supervisor, at=desk.at(month, 3, 14))


def _record(batch: SettlementBatch, desk: Desk, month: Month, *, fail: bool) -> None:
    """The bank's results: all paid, but for one that failed if `fail`."""
    issued = Payment.objects.filter(statement__batch=batch, state="issued").order_by("statement__number")
    rows = [
        {"statement": number, "result": "failed", "reason": FAILURE}
        if fail and place == 0
        else {"statement": number, "result": "ok", "reason": ""}
        for place, number in enumerate(issued.values_list("statement__number", flat=True))
    ]
    if rows:
        payments.record(rows=rows, by=desk.clerk, at=desk.at(month, 8, 16))


def _confirm(plan: Plan) -> None:
    """The dealers with a user have confirmed their statements, but for the newest."""
    waits = (plan.last + -1).first
    for link in DealerUser.objects.select_related("user").order_by("user__username"):
        frozen = Statement.objects.visible_to(link.user).filter(batch__month__lt=waits, confirmation=None)
        for one in frozen.select_related("batch").order_by("pk"):
            statement.confirm(statement=one, by=link.user, at=moment(Month.of(one.batch.month), 7, 9, today=plan.today))


def facts() -> dict[str, Any]:
    """What there is to see of the past."""
    rows = SettlementBatch.objects.values("state").annotate(count=Count("pk")).order_by("state")
    return {"batches": {row["state"]: row["count"] for row in rows}, "statements": Statement.objects.count()}
