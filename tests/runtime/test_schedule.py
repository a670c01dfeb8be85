import pytest
from django_celery_beat.models import PeriodicTask

from channels_portal import schedule, upkeep
from core import jobs
from core.models import Job

pytestmark = pytest.mark.django_db


def test_migrating_made_every_default() -> None:
    tasks = PeriodicTask.objects.filter(enabled=True).values_list("task", flat=True)
    assert set(tasks) >= {task for task, _ in schedule.DEFAULTS.values()}


def test_what_was_changed_stays() -> None:
    PeriodicTask.objects.filter(task="portal.nightly").update(enabled=False, name="Ours")
    schedule.ensure_defaults()
    assert PeriodicTask.objects.get(task="portal.nightly").name == "Ours"


def test_nightly_clears_and_checks() -> None:
    upkeep.nightly()
    job = Job.objects.get(kind=upkeep.KIND)
    result = upkeep.run(job, lambda done, total, note="": None)
    assert result["broken"] == []
    upkeep.nightly()
    assert Job.objects.filter(kind=upkeep.KIND).count() == 1


def test_every_job_of_the_portal_has_a_handler() -> None:
    assert {"nightly", "demo"} <= set(jobs._handlers)
