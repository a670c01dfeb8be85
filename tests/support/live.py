"""The portal as people meet it: a web server and a worker, as processes, on the test database."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from channels_portal.runtime import processes
from channels_portal.runtime.home import CHECKOUT, Home
from channels_portal.runtime.programs import Program, portal_programs


@dataclass
class LivePortal:
    """`url` has no slash at its end; `web` and `worker` are the processes, with their logs."""

    url: str
    web: Program
    worker: Program
    environment: dict[str, str]

    def manage(self, *arguments: str) -> str:
        """Run a management command on the same database; its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=CHECKOUT,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def running(folder: Path, **more: str) -> Iterator[LivePortal]:
    """A portal on the test database as long as the context; `more` joins its environment."""
    home = Home(folder)
    home.create()
    environment = {
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "PORTAL_REDIS_PREFIX": settings.REDIS_PREFIX,
        "PORTAL_HOME": str(home.root),
        "PORTAL_MEDIA": str(settings.MEDIA_ROOT),
        "PORTAL_SECRET_KEY": settings.SECRET_KEY,
        "PORTAL_WEB_WORKERS": "1",
        "PORTAL_JOB_WORKERS": "2",
        **more,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        port = processes.free_port()
        named = {program.name: program for program in portal_programs(home, host="127.0.0.1", port=port)}
    web, worker = named["web"], named["worker"]
    web.environment = worker.environment = environment
    worker.stop_signal = signal.SIGTERM
    portal = LivePortal(f"http://127.0.0.1:{port}", web, worker, environment)
    portal.manage("collectstatic", "--noinput", "-v0")
    try:
        web.start(tied=True)
        worker.start(tied=True)
        wait_until_answering(portal.url, web.log)
        yield portal
    finally:
        web.stop()
        worker.stop()


RUNNING: list[LivePortal] = []


@pytest.fixture(scope="session")
def _live_processes(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivePortal]:
    with running(tmp_path_factory.mktemp("live")) as portal:
        RUNNING.append(portal)
        yield portal
        RUNNING.remove(portal)


@pytest.fixture
def nobody_works() -> Iterator[None]:
    """The live worker, if earlier tests have started it, leaves jobs alone until the test is over."""
    for portal in RUNNING:
        portal.worker.stop()
    yield
    for portal in RUNNING:
        portal.worker.start(tied=True)


@pytest.fixture
def live_portal(transactional_db: None, _live_processes: LivePortal) -> LivePortal:
    """Running web and worker processes. What the test commits they see; it is gone after the test."""
    assert _live_processes.web.pid(), _live_processes.web.log.read_text()[-2000:]
    assert _live_processes.worker.pid(), _live_processes.worker.log.read_text()[-2000:]
    return _live_processes


def database_url() -> str:
    values = {key: quote(str(value), safe="") for key, value in connection.settings_dict.items()}
    return "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**values)


def wait_until_answering(url: str, log: Path) -> None:
    for _ in processes.until(60, step=0.1):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            continue
    raise AssertionError(f"{url} does not answer:\n{log.read_text()[-2000:]}")
