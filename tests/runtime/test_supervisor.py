"""``./script/server`` with real processes: two homes at once, and anything killed at any time."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import psutil
import psycopg2
import pytest
import redis

from channels_portal.runtime import processes, servers
from channels_portal.runtime.home import Home
from tests.runtime.running import NAMES, Portal, ask, eventually, open_folder

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def two() -> Iterator[tuple[Portal, Portal]]:
    """Two portals started at the same moment, in folders with spaces and Chinese characters."""
    with open_folder("渠道 门户 ") as folder:
        portals = Portal(folder / "第一 个"), Portal(folder / "the second")
        try:
            for portal in portals:
                portal.begin()
            for portal in portals:
                portal.wait_until_ready()
            yield portals
        finally:
            for portal in portals:
                if portal.supervisor and portal.supervisor.poll() is None:
                    portal.stop()
                processes.kill(portal.everything())


@pytest.fixture
def portal(two: tuple[Portal, Portal]) -> Portal:
    first = two[0]
    if first.supervisor is None or first.supervisor.poll() is not None:
        first.begin()
    first.wait_until_ready()
    return first


@pytest.fixture
def addresses(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for variable in servers.VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    return servers.running_addresses(Home(portal.root))


def test_two_homes_share_nothing(two: tuple[Portal, Portal]) -> None:
    first, second = (portal.pids() for portal in two)
    assert set(first) == set(second) == set(NAMES)
    assert not set(first.values()) & set(second.values())
    assert two[0].state()["address"] != two[1].state()["address"]


def test_database_asks_for_the_password(addresses: dict[str, str]) -> None:
    parts = urlsplit(addresses["DATABASE_URL"])
    for password in ("", "wrong"):
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(host=parts.hostname, port=parts.port, user="portal", dbname="portal", password=password)
    with psycopg2.connect(addresses["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT setting FROM pg_settings WHERE name = 'max_locks_per_transaction'")
        assert cursor.fetchone() == ("1024",)
        cursor.execute("SELECT type, auth_method FROM pg_hba_file_rules")
        assert {method for _, method in cursor.fetchall()} == {"scram-sha-256"}
        cursor.execute("SELECT datcollate, datctype FROM pg_database WHERE datname = 'portal'")
        assert cursor.fetchone() == ("C.UTF-8", "C.UTF-8")


def test_broker_asks_for_the_password_and_keeps_what_it_has(addresses: dict[str, str]) -> None:
    parts = urlsplit(addresses["REDIS_URL"])
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(host=str(parts.hostname), port=int(parts.port or 0)).ping()
    broker = redis.from_url(addresses["REDIS_URL"])
    assert broker.config_get("appendonly") == {"appendonly": "yes"}
    assert broker.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_secrets_are_private(portal: Portal) -> None:
    for path in (portal.root / "secrets", *(portal.root / "secrets").iterdir(), portal.root / "run" / "valkey.conf"):
        assert path.stat().st_mode & 0o077 == 0, path
    secret = (portal.root / "secrets" / "postgres").read_text()
    for pid in portal.everything():
        assert secret not in " ".join(psutil.Process(pid).cmdline())


def test_a_second_start_says_where_the_first_is(portal: Portal) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "channels_portal.runtime.supervisor"],
        env=portal.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert portal.state()["address"] in second.stderr


@pytest.mark.parametrize("name", NAMES)
def test_what_is_killed_comes_back(portal: Portal, name: str) -> None:
    before = portal.pids()
    os.kill(before[name], signal.SIGKILL)
    eventually(lambda: portal.pids().get(name) not in (None, before[name]), seconds=90, why=portal.tail)
    eventually(portal.answers, seconds=90, why=portal.tail)
    for other in {"postgres", "valkey", "web"} - {name}:
        assert portal.pids()[other] == before[other]


@pytest.mark.parametrize("name", ["web", "worker"])
def test_killed_children_come_back(portal: Portal, name: str) -> None:
    eventually(lambda: portal.children(name), seconds=90, why=portal.tail)
    killed = portal.children(name)
    processes.kill(list(killed))
    eventually(lambda: portal.children(name) - killed, seconds=90, why=portal.tail)
    eventually(portal.answers, seconds=90, why=portal.tail)


def test_a_worker_does_jobs_after_the_broker_died(portal: Portal) -> None:
    os.kill(portal.pids()["valkey"], signal.SIGKILL)
    eventually(lambda: "pong" in ping_worker(portal), seconds=90, why=portal.tail)


def test_a_server_that_a_command_brings_back_is_not_started_twice(portal: Portal, addresses: dict[str, str]) -> None:
    """Else the second start ends the first, takes another port, and the worker looks for the old one for ever."""
    home = Home(portal.root)
    with home.lock("starting"):  # as a command holds it that found the broker dead
        os.kill(portal.pids()["valkey"], signal.SIGKILL)
        time.sleep(2)
        broker = servers.needed(home)["REDIS_URL"]
        assert broker.pid() is None
        broker.start(tied=False)
        pid = broker.pid()
    eventually(lambda: portal.pids().get("valkey") == pid, seconds=90, why=portal.tail)
    assert servers.running_addresses(home) == addresses
    eventually(lambda: "pong" in ping_worker(portal), seconds=90, why=portal.tail)
    os.kill(portal.pids()["valkey"], signal.SIGKILL)  # from here on it is the supervisor's again
    eventually(lambda: portal.pids().get("valkey") not in (None, pid), seconds=90, why=portal.tail)
    assert servers.running_addresses(home) == addresses


def ping_worker(portal: Portal) -> str:
    code = "from channels_portal.celery import app; print(app.control.inspect(timeout=2).ping())"
    done = portal.managing("shell", "-v0", "-c", code)
    return done.communicate(timeout=180)[0]


def test_commands_attach_and_leave_everything_running(portal: Portal) -> None:
    before = portal.pids()
    port = portal.manage("shell", "-v0", "-c", "from django.db import connection as c; print(c.settings_dict['PORT'])")
    assert int(port) == postgres_port(portal)
    for name in ("postgres", "valkey"):
        assert portal.pids()[name] == before[name]
    assert portal.answers()


def postgres_port(portal: Portal) -> int:
    return int((portal.root / "run" / "postgres.port").read_text())


def test_children_end_with_a_killed_supervisor_and_the_next_starts(portal: Portal) -> None:
    assert portal.supervisor
    portal.supervisor.kill()
    portal.supervisor.wait()
    eventually(lambda: not portal.everything(), seconds=90, why=lambda: f"{portal.everything()} {portal.tail()}")
    portal.begin()
    portal.wait_until_ready()


def test_start_after_everything_was_killed_at_once(portal: Portal) -> None:
    """Even when the pid that the database noted is somebody else's by then."""
    assert portal.supervisor
    processes.kill(portal.everything())
    portal.supervisor.wait()
    pid_file = servers.Postgres(Home(portal.root)).pid_file
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    portal.begin()
    portal.wait_until_ready()


def test_jobs_end_with_a_killed_worker(portal: Portal) -> None:
    """They are given to another worker, so the first must not go on with them."""
    eventually(lambda: portal.children("worker"), seconds=90, why=portal.tail)
    orphan = portal.children("worker").pop()
    os.kill(orphan, signal.SIGSTOP)
    os.kill(portal.pids()["worker"], signal.SIGKILL)
    eventually(lambda: not processes.alive(orphan), seconds=60, why=portal.tail)


def test_ctrl_c_stops_everything_in_order(portal: Portal) -> None:
    began = time.monotonic()
    assert portal.stop() == 0
    assert time.monotonic() - began < 90
    assert portal.everything() == []
    assert "database system is shut down" in (portal.root / "logs" / "postgres.log").read_text()[-500:]
    assert portal.output.read_text().rstrip().endswith("Stopped.")


def test_the_second_home_did_not_notice(two: tuple[Portal, Portal]) -> None:
    assert ask(f"{two[1].state()['address']}admin/login/") == 200
