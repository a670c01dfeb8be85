"""Jobs: cross-region sales and assessment scores of the month that ended."""

from typing import Any

from celery import shared_task
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import OrgUnit
from audits.models import ScoreRound
from audits.services import cross_region, score
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


@shared_task(name="audits.score_month", ignore_result=True)
def score_month() -> None:
    """Enqueue the scores of the month that ended, of each county that has not published them."""
    month = Month.of(clock.today()) + -1
    published = ScoreRound.objects.filter(month=month.first, state="published").values("county")
    for county in OrgUnit.objects.filter(level="county").exclude(pk__in=published).order_by("code"):
        start_scores(county=county, month=month, by=None)


def start_scores(*, county: OrgUnit, month: Month, by: Any) -> Job:
    """Enqueue the scores of a county's month; a job under way is returned as it is."""
    return jobs.enqueue(
        kind="score_month",
        key=f"{month}:{county.code}",
        label=_("Assessment scores of %(month)s, %(county)s") % {"month": month, "county": county.name},
        args={"month": str(month), "county": county.code},
        owner=by,
        org_unit=county,
    )[0]


@jobs.handler("score_month")
def run_score_month(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Compute one county's scores. Safe to run again: the same facts give the same."""
    row = score.compute(
        county=OrgUnit.objects.get(code=job.args["county"]),
        month=Month.parse(job.args["month"]),
        by=job.owner,
        at=clock.now(),
        today=clock.today(),
    )
    return {"dealers": row.rows.count(), "url": reverse("audits:scores", args=[row.pk])}
