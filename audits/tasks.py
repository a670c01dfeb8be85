"""Jobs: the search for cross-region sales of the month that ended."""

from typing import Any

from celery import shared_task
from django.utils.translation import gettext as _

from audits.services import cross_region
from core import clock, jobs
from core.models import Job
from core.periods import Month


@shared_task(name="audits.detect_cross_region", ignore_result=True)
def detect_cross_region() -> None:
    """Enqueue the search in last month's activations."""
    month = Month.of(clock.today()) + -1
    jobs.enqueue(
        kind="detect_cross_region",
        key=str(month),
        label=_("Look for cross-region sales of %(month)s") % {"month": month},
        args={"month": str(month)},
    )


@jobs.handler("detect_cross_region")
def run_detect_cross_region(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Flags and cases of one month. Safe to run again: it brings them up to date."""
    found = cross_region.detect(month=Month.parse(job.args["month"]), by=job.owner, at=clock.now())
    return {**found, "cases": len(found["cases"])}
