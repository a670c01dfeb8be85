"""Long work: one row, one progress bar, one way to run it, whatever it is.

A job is enqueued as a row and sent to Celery when the transaction commits. The worker
that runs it holds an advisory lock for as long as its process lives, so that a job never
runs twice at once and a sweeper can tell a dead worker from a slow one; a thread with its
own connection publishes progress and heartbeat, whatever transaction the work is in. See docs/architecture.md, "Jobs".
"""

import threading
import traceback
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

import structlog
from celery import current_app
from django.db import close_old_connections, connection, transaction
from django.utils import timezone, translation
from kombu.exceptions import OperationalError

from core.errors import Refused
from core.models import Job

LOCK_CLASS = 71_001
HEARTBEAT_SECONDS = 1.0
LOST_AFTER = timedelta(seconds=20)
MAX_ATTEMPTS = 5

log = structlog.get_logger(__name__)


class Progress(Protocol):
    def __call__(self, done: int, total: int, note: str = "") -> None: ...


Handler = Callable[[Job, Progress], dict[str, Any] | None]
_handlers: dict[str, Handler] = {}


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of `kind`; it must be safe to run again."""

    def register(function: Handler) -> Handler:
        _handlers[kind] = function
        return function

    return register


def enqueue(
    *, kind: str, key: str, label: str, args: dict[str, Any], owner: Any = None, org_unit: Any = None
) -> tuple[Job, bool]:
    """The active job of (kind, key), and whether it is new. Sent to a worker on commit."""
    if kind not in _handlers:
        raise LookupError(f"No handler for jobs of kind {kind!r}.")
    job, created = Job.objects.get_or_create(
        kind=kind,
        key=key,
        state__in=("queued", "running"),
        defaults={"label": label, "args": args, "owner": owner, "org_unit": org_unit, "state": "queued"},
    )
    if created:
        transaction.on_commit(lambda: send(job.pk))
    return job, created


def send(job_id: int) -> None:
    """Hand the job to the broker. If the broker is away the sweeper will do it later."""
    try:
        current_app.send_task("core.run_job", (job_id,), retry=False)
    except OperationalError as error:
        log.warning("job_not_sent", job=job_id, error=str(error))


def run(job_id: int) -> None:
    """Do the job in this process, unless it is over or another process is doing it."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None or not job.active:
        return
    with _Pulse(job) as pulse:
        if not pulse.owned:
            return
        _run(job, pulse)


def _run(job: Job, pulse: "_Pulse") -> None:
    Job.objects.filter(pk=job.pk).update(
        state="running", attempts=job.attempts + 1, started_at=timezone.now(), heartbeat=timezone.now()
    )
    language = getattr(job.owner, "language", None) or "zh-hans"
    state, result, error = "done", None, ""
    try:
        with translation.override(language):
            result = _handlers[job.kind](job, pulse)
    except Refused as refusal:
        state = "failed"
        with translation.override(language):
            error = str(refusal)
    except Exception:
        log.exception("job_failed", job=job.pk, kind=job.kind)
        state, error = "failed", traceback.format_exc(limit=8)
    pulse.stop()
    Job.objects.filter(pk=job.pk).update(
        state=state,
        result=result,
        error=error,
        done=pulse.done,
        total=pulse.total,
        note=pulse.note[:300],
        finished_at=timezone.now(),
    )


def sweep() -> dict[str, int]:
    """Send again what the broker lost: active jobs that no living process holds."""
    silent = timezone.now() - LOST_AFTER
    sent = given_up = 0
    for job in Job.objects.filter(state__in=("queued", "running"), created_at__lt=silent):
        if (job.heartbeat and job.heartbeat > silent) or _held(job.pk):
            continue
        if job.attempts >= MAX_ATTEMPTS:
            Job.objects.filter(pk=job.pk, state__in=("queued", "running")).update(
                state="failed", error="Its worker died each time that it was tried.", finished_at=timezone.now()
            )
            given_up += 1
            continue
        Job.objects.filter(pk=job.pk).update(state="queued")
        send(job.pk)
        sent += 1
    return {"sent": sent, "given_up": given_up}


def _held(job_id: int) -> bool:
    """Whether a living process holds the job's lock."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLASS, job_id % 2**31])
        return not cursor.fetchone()[0]


class _Pulse:
    """The thread that holds the job's lock and writes its progress while the work runs."""

    def __init__(self, job: Job) -> None:
        self.job_id = job.pk
        self.done, self.total, self.note = 0, 0, ""
        self.owned = False
        self._ready = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"job-{job.pk}", daemon=True)

    def __call__(self, done: int, total: int, note: str = "") -> None:
        self.done, self.total, self.note = done, total, note

    def __enter__(self) -> "_Pulse":
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, self.job_id % 2**31])
                self.owned = cursor.fetchone()[0]
            self._ready.set()
            while self.owned and not self._stop.wait(HEARTBEAT_SECONDS):
                self._publish()
        except Exception:
            log.exception("job_pulse_failed", job=self.job_id)
        finally:
            self._ready.set()
            connection.close()
            close_old_connections()

    def _publish(self) -> None:
        Job.objects.filter(pk=self.job_id).update(
            heartbeat=timezone.now(), done=self.done, total=self.total, note=self.note[:300]
        )
