"""Jobs: rating rounds, asked for or by the calendar."""

from typing import Any

from celery import shared_task
from django.utils.translation import gettext as _

from core import clock, jobs
from core.models import Job
from core.periods import Quarter
from dealers.queries import ratings
from dealers.rules.rating import RatingPeriod
from dealers.services import rating


def start_rating(*, period: RatingPeriod, by: Any) -> Job:
    """Enqueue the rating of a period in the cities of `by` (None: those that are due).

    One under way is returned as it is.
    """
    return jobs.enqueue(
        kind="rate",
        key=f"{period}:{by.org_unit.code if by else ''}",
        label=_("Rating of %(period)s") % {"period": period},
        args={"period": str(period)},
        owner=by,
        org_unit=by.org_unit if by else None,
    )[0]


@jobs.handler("rate")
def rate(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Rate the owner's cities. Safe to run again: the same facts give the same proposals."""
    period = RatingPeriod.parse(job.args["period"])
    outcome = rating.rate_period(
        period=period,
        cities=ratings.cities(job.owner) if job.owner else ratings.due(period),
        by=job.owner,
        at=clock.now(),
        today=clock.today(),
        progress=progress,
    )
    return {
        "rounds": [ratings.summary(found) for found in outcome.rounds],
        "refused": [f"{city.name}: {refusal}" for city, refusal in outcome.refused],
        "url": ratings.address(job.args["period"]),
    }


@shared_task(name="dealers.rate_by_calendar", ignore_result=True)
def rate_by_calendar() -> None:
    """Rate the quarter that ended, in January the year too, where that is not done or sales were not known."""
    over = Quarter.of(clock.today()) + -1
    periods = [RatingPeriod(over.year, over.quarter), *([RatingPeriod(over.year)] if over.quarter == 4 else [])]
    for period in periods:
        if ratings.due(period).exists():
            start_rating(period=period, by=None)
