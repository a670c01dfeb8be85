"""What runs by the clock (Asia/Shanghai): defaults that an administrator may change in the admin.

A task that is missing is made at each migration; one that is there is left as it is, so to stop
one for good, disable it instead of deleting it.
"""

from dataclasses import dataclass

from django.conf import settings
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask


@dataclass(frozen=True)
class Nightly:
    hour: int
    minute: int


@dataclass(frozen=True)
class Every:
    seconds: int


DEFAULTS: dict[str, tuple[str, Nightly | Every]] = {
    "Send lost jobs again": ("core.sweep_jobs", Every(10)),
    "Nightly upkeep and ledger check": ("portal.nightly", Nightly(1, 30)),
}


def ensure_defaults() -> None:
    for name, (task, when) in DEFAULTS.items():
        if PeriodicTask.objects.filter(task=task).exists():
            continue
        if isinstance(when, Every):
            interval, _ = IntervalSchedule.objects.get_or_create(every=when.seconds, period=IntervalSchedule.SECONDS)
            PeriodicTask.objects.create(name=name, task=task, interval=interval, expire_seconds=when.seconds)
        else:
            crontab, _ = CrontabSchedule.objects.get_or_create(
                hour=when.hour, minute=when.minute, timezone=settings.TIME_ZONE
            )
            PeriodicTask.objects.create(name=name, task=task, crontab=crontab)
