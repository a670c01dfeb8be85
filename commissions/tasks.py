"""Settlement as jobs: one per county, so that counties run side by side on any number of workers."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import OrgUnit
from commissions.services import settlement
from core import clock, jobs
from core.models import Job
from core.periods import Period, parse_period


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
