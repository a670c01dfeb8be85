"""A settlement in a real portal whose database or broker is killed under it ends as if nothing had been."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import pytest

from channels_portal.runtime import processes, servers
from channels_portal.runtime.home import Home
from tests.runtime.running import Portal, eventually, open_folder

pytestmark = pytest.mark.processes

WORLD = """
from tests.commissions.books import Books
from tests.commissions.faults.test_kills import content, give_up, settle
books = Books(paid_only=True)
settle()
print(content())
give_up(books)
"""
BEGIN = """
from accounts.models import OrgUnit
from commissions import tasks
from core.periods import Month
from tests.commissions.books import A
county = OrgUnit.objects.get(code=A)
print(tasks.start_settlement(period=Month.parse("2026-09"), counties=[county], by=None)[0].pk)
"""
OUTCOME = """
import json
from commissions.models import SettlementBatch
from commissions.services import ledgers
from core.models import Job
from tests.commissions.books import A
from tests.commissions.faults.test_kills import content
job = Job.objects.latest("pk")
live = SettlementBatch.objects.filter(county__code=A, period="2026-09").exclude(state="void")
print(json.dumps({"job": job.pk, "state": job.state, "error": job.error, "attempts": job.attempts,
                  "batches": live.count(), "content": content() if live.filter(state="calculated") else "",
                  "broken": ledgers.verify()["broken"]}))
"""
AGAIN = """
from commissions.services import batch as batches
from django.utils import timezone
from accounts.models import User
from tests.commissions.faults.test_kills import live
batches.void(batch=live(), by=User.objects.filter(role="city_manager").first(), at=timezone.now(), reason="again")
"""


def shell(portal: Portal, script: str) -> str:
    return portal.manage("shell", "-v0", "-c", script).strip()


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    with open_folder("结算 ") as folder:
        running = Portal(folder / "home")
        running.environment["PORTAL_TODAY"] = "2026-11-05"
        try:
            running.begin()
            running.wait_until_ready()
            yield running
        finally:
            if running.supervisor and running.supervisor.poll() is None:
                running.stop()
            processes.kill(running.everything())


@pytest.fixture(scope="module")
def undisturbed(portal: Portal) -> str:
    """The content of the batch when nothing happens; it is given up afterwards."""
    return shell(portal, WORLD)


@contextmanager
def held(portal: Portal) -> Iterator[Any]:
    """Nobody reads subscriber months as long as the context, or as the server lives; a cursor of the session."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in servers.VARIABLES:
            patch.delenv(variable, raising=False)
        url = servers.running_addresses(Home(portal.root))["DATABASE_URL"]
    session = psycopg2.connect(url)
    try:
        with session.cursor() as cursor:
            cursor.execute("LOCK TABLE inventory_subscribermonth IN ACCESS EXCLUSIVE MODE")
            yield cursor
    finally:
        session.close()


def somebody_waits(cursor: Any) -> bool:
    cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
    return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("killed", ["valkey", "postgres"])
def test_what_is_killed_under_a_settlement(portal: Portal, undisturbed: str, killed: str) -> None:
    with held(portal) as cursor:
        job = int(shell(portal, BEGIN))
        eventually(lambda: somebody_waits(cursor), seconds=30, why=portal.tail)
        os.kill(portal.pids()[killed], signal.SIGKILL)
        if killed == "valkey":
            eventually(portal.answers, seconds=90, why=portal.tail)
    eventually(portal.answers, seconds=90, why=portal.tail)

    def done() -> dict[str, Any] | None:
        found = dict(json.loads(shell(portal, OUTCOME)))
        return found if found["state"] not in ("queued", "running") else None

    eventually(done, seconds=180, why=portal.tail)
    outcome = done()
    assert outcome is not None
    assert (outcome["job"], outcome["state"], outcome["error"]) == (job, "done", ""), outcome
    assert (outcome["batches"], outcome["content"], outcome["broken"]) == (1, undisturbed, [])
    shell(portal, AGAIN)
