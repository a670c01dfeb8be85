"""What runs by the clock (Asia/Shanghai): defaults that an administrator may change in the admin.

A task that is missing is made at each migration; one that is there is left as it is, so to stop
one for good, disable it instead of deleting it.
"""

from dataclasses import asdict, dataclass

from django.conf import settings
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask


@dataclass(frozen=True)
class At:
    """A time of day in the crontab's words: on which days of the week, of the month, in which months."""

    hour: int
    minute: int
    day_of_week: str = "*"
    day_of_month: str = "*"
    month_of_year: str = "*"


@dataclass(frozen=True)
class Every:
    seconds: int


DEFAULTS: dict[str, tuple[str, At | Every]] = {
    "Send lost jobs again": ("core.sweep_jobs", Every(10)),
    "Nightly upkeep and ledger check": ("portal.nightly", At(1, 30)),
    "Weekly batches of the week that ended": ("commissions.settle_week", At(3, 0, day_of_week="1")),
    "Monthly batches, tried each night until the data are there": (
        "commissions.settle_month",
        At(3, 0, day_of_month="2-31"),
    ),
    "Cross-region flags and cases of the month that ended": ("audits.detect_cross_region", At(3, 0, day_of_month="2")),
    "Assessment scores of the month that ended, until they are published": (
        "audits.score_month",
        At(3, 30, day_of_month="2-10"),
    ),
    "Rating of the quarter that ended, in January of the year too": (
        "dealers.rate_by_calendar",
        At(4, 0, day_of_month="3-31", month_of_year="1,4,7,10"),
    ),
    "Payout rounds as drafts": ("commissions.draft_rounds", At(3, 30, day_of_month="5-31", month_of_year="1,7")),
}


def ensure_defaults() -> None:
    for name, (task, when) in DEFAULTS.items():
        if PeriodicTask.objects.filter(task=task).exists():
            continue
        if isinstance(when, Every):
            interval, _ = IntervalSchedule.objects.get_or_create(every=when.seconds, period=IntervalSchedule.SECONDS)
            PeriodicTask.objects.create(name=name, task=task, interval=interval, expire_seconds=when.seconds)
        else:
            crontab, _ = CrontabSchedule.objects.get_or_create(**asdict(when), timezone=settings.TIME_ZONE)
            PeriodicTask.objects.create(name=name, task=task, crontab=crontab)
