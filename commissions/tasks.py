"""Jobs: settlement, one per county, so that counties run side by side; the check of the books; simulations."""

from collections.abc import Iterable
from typing import Any

from celery import shared_task
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import OrgUnit
from commissions.models import CommissionPolicy
from commissions.rules.pool import RoundPeriod
from commissions.services import by_calendar as calendar
from commissions.services import ledgers, notices, settlement
from commissions.services import simulation as simulations
from core import clock, jobs
from core.models import Job
from core.periods import Month, Period, parse_period


def start_settlement(*, period: Period, counties: Iterable[OrgUnit], by: Any, by_calendar: bool = False) -> list[Job]:
    """Enqueue the settlement of each county; a job that is under way already is returned as it is.

    `by_calendar` says that nobody waits for it, so that the county is told what came of it.
    """
    return [
        jobs.enqueue(
            kind="settle",
            key=f"{period}:{county.code}",
            label=_("Settle %(period)s, %(county)s") % {"period": period, "county": county.name},
            args={"period": str(period), "county": county.code, "by_calendar": by_calendar},
            owner=by,
            org_unit=county,
        )[0]
        for county in counties
    ]


@jobs.handler("settle")
def settle(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Calculate one county's batch. Safe to run again: the same facts give the same batch."""
    county, by_calendar = OrgUnit.objects.get(code=job.args["county"]), job.args.get("by_calendar", False)
    try:
        batch = settlement.settle_county(
            county=county,
            period=parse_period(job.args["period"]),
            by=job.owner,
            at=clock.now(),
            today=clock.today(),
            progress=progress,
        )
    except settlement.SettlementRefused as refusal:
        if by_calendar:
            notices.batch_waits(county=county, period=job.args["period"], why=str(refusal))
        raise
    if by_calendar:
        notices.batch_calculated(batch)
    return {"batch": batch.number, "lines": batch.lines, "paid": str(batch.paid)}


@shared_task(name="commissions.settle_week", ignore_result=True)
def settle_week() -> None:
    """Begin the weekly batches of the week that ended, of counties that sold something in it."""
    week = calendar.week_before(clock.today())
    if not calendar.pays_by_week(week):
        return
    ready, _waiting = calendar.to_settle(week)
    start_settlement(period=week, counties=ready, by=None, by_calendar=True)


@shared_task(name="commissions.settle_month", ignore_result=True)
def settle_month() -> None:
    """Begin the monthly batches that do not exist yet, county by county as their data come in."""
    month = calendar.month_before(clock.today())
    ready, waiting = calendar.to_settle(month)
    start_settlement(period=month, counties=ready, by=None, by_calendar=True)
    calendar.tell_waiting(month, waiting)


@shared_task(name="commissions.draft_rounds", ignore_result=True)
def draft_rounds() -> None:
    """Enqueue the payout rounds that the calendar asks for."""
    for period in calendar.rounds_due(clock.today()):
        jobs.enqueue(
            kind="draft_rounds",
            key=str(period),
            label=_("Draft the payout rounds of %(period)s") % {"period": period},
            args={"period": str(period)},
        )


@jobs.handler("draft_rounds")
def run_draft_rounds(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Calculate the rounds that do not exist. Safe to run again; the result names what waits for what."""
    return calendar.draft_rounds(period=RoundPeriod.parse(job.args["period"]), at=clock.now(), today=clock.today())


def start_ledger_check(*, by: Any) -> Job:
    """Enqueue a check of the books; one that is under way already is returned as it is."""
    return jobs.enqueue(kind="ledgers", key="now", label=_("Check of the books"), args={}, owner=by)[0]


@jobs.handler("ledgers")
def check_ledgers(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Look at everything and keep the outcome. Safe to run again: it only adds another outcome."""
    check, report = ledgers.check_books(cause="asked", by=job.owner, progress=progress)
    return {"broken": report.count, "url": ledgers.check_url(check)}


def start_simulation(*, policy: CommissionPolicy, month: Month, by: Any) -> Job:
    """Enqueue a simulation; one of this policy and month that is under way is returned as it is."""
    return jobs.enqueue(
        kind="simulate",
        key=f"{policy.code}:{month}",
        label=_("Simulate %(policy)s on %(month)s") % {"policy": policy.code, "month": month},
        args={"policy": policy.code, "month": str(month)},
        owner=by,
        org_unit=policy.org_unit,
    )[0]


@jobs.handler("simulate")
def simulate(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Try a policy on a settled month. Safe to run again: the result takes the former one's place."""
    simulation = simulations.simulate(
        policy=CommissionPolicy.objects.select_related("org_unit").get(code=job.args["policy"]),
        month=Month.parse(job.args["month"]),
        by=job.owner,
        at=clock.now(),
        progress=progress,
    )
    totals = simulation.result["totals"]
    return {
        "policy": job.args["policy"],
        "before": totals["before"]["gross"],
        "after": totals["after"]["gross"],
        "url": reverse("commissions:simulation", args=[job.args["policy"], job.args["month"]]),
    }
