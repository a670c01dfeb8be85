"""The nightly job: what is over is cleared, what is due is done, and the ledgers are checked."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_portal import nightly as night
from commissions.services import ledgers
from commissions.services.ledgers import check_url
from core import clock, jobs
from core.api import idempotency
from core.models import Job

KIND = "nightly"
KEPT = timedelta(days=2)  # answers of the API to writes with an Idempotency-Key


@shared_task(name="portal.nightly", ignore_result=True)
def nightly() -> None:
    jobs.enqueue(kind=KIND, key=clock.today().isoformat(), label=_("Nightly upkeep"), args={})


@jobs.handler(KIND)
def run(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Safe to run twice. The result names every invariant of the ledgers that does not hold."""
    progress(0, 3, _("Sessions"))
    call_command("clearsessions")
    idempotency.forget(before=timezone.now() - KEPT)
    progress(1, 3, _("Dealers and pools"))
    done = night.run(today=clock.today(), at=clock.now())
    progress(2, 3, _("Ledgers"))
    check, report = ledgers.check_books(cause="nightly", by=None)
    progress(3, 3)
    return {**done, **report.as_dict(), "url": check_url(check)}
