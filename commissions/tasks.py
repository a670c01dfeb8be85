"""Jobs: settlement, one per county, so that counties run side by side; the check of the books; simulations."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import OrgUnit
from commissions.models import CommissionPolicy
from commissions.services import ledgers, settlement
from commissions.services import simulation as simulations
from core import clock, jobs
from core.models import Job
from core.periods import Month, Period, parse_period


def start_settlement(*, period: Period, counties: Iterable[OrgUnit], by: Any) -> list[Job]:
    """Enqueue the settlement of each county; a job that is under way already is returned as it is."""
    return [
        jobs.enqueue(
            kind="settle",
            key=f"{period}:{county.code}",
            label=_("Settle %(period)s, %(county)s") % {"period": period, "county": county.name},
            args={"period": str(period), "county": county.code},
            owner=by,
            org_unit=county,
        )[0]
        for county in counties
    ]


@jobs.handler("settle")
def settle(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Calculate one county's batch. Safe to run again: the same facts give the same batch."""
    batch = settlement.settle_county(
        county=OrgUnit.objects.get(code=job.args["county"]),
        period=parse_period(job.args["period"]),
        by=job.owner,
        at=clock.now(),
        today=clock.today(),
        progress=progress,
    )
    return {"batch": batch.number, "lines": batch.lines, "paid": str(batch.paid)}


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
