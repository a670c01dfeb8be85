"""Real portals in homes of their own, for the tests of the supervisor."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from channels_portal.runtime import processes
from channels_portal.runtime.home import CHECKOUT

NAMES = ("postgres", "valkey", "web", "worker", "beat")


class Portal:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.output = root.parent / f"{root.name}.out"
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("PORTAL_", "PYTEST_"))},
            "PORTAL_HOME": str(root),
            "PORTAL_WEB_WORKERS": "1",
            "PORTAL_JOB_WORKERS": "1",
            "PORTAL_POSTGRES_OPTIONS": "fsync=off synchronous_commit=off shared_buffers=32MB",
        }
        for variable in ("DATABASE_URL", "REDIS_URL"):
            self.environment.pop(variable, None)
        self.supervisor: subprocess.Popen[bytes] | None = None

    def begin(self, *options: str) -> None:
        with open(self.output, "ab") as output:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", "channels_portal.runtime.supervisor", "--no-demo", *options],
                cwd=CHECKOUT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def wait_until_ready(self) -> None:
        """The first page, a worker and everything else are up, started by the last `begin`."""
        supervisor = self.supervisor
        assert supervisor
        eventually(lambda: self.state().get("pid") == supervisor.pid, seconds=240, why=self.tail)
        eventually(self.answers, seconds=120, why=self.tail)

    def state(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.root / "run" / "supervisor.json").read_text()))
        except (OSError, ValueError):
            return {}

    def pids(self) -> dict[str, int]:
        return dict(self.state().get("processes", {}))

    def children(self, name: str) -> set[int]:
        """Living processes below the one of that name."""
        try:
            children = psutil.Process(self.pids()[name]).children()
            return {child.pid for child in children if child.status() != psutil.STATUS_ZOMBIE}
        except (psutil.Error, KeyError, TypeError):
            return set()

    def answers(self) -> bool:
        """Whether a page that needs the database comes."""
        try:
            with urllib.request.urlopen(f"{self.state()['address']}admin/login/", timeout=10) as answer:
                return bool(answer.status == 200)
        except (OSError, KeyError):
            return False

    def manage(self, *arguments: str) -> str:
        done = self.managing(*arguments)
        output, errors = done.communicate(timeout=180)
        assert done.returncode == 0, output + errors
        return output

    def managing(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=CHECKOUT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def everything(self) -> list[int]:
        """Every process that belongs to this home, however it was started."""
        found = []
        for process in psutil.process_iter():
            try:
                mine = process.environ().get("PORTAL_HOME") == str(self.root)
                mine = mine or str(process.cwd()).startswith(str(self.root))
                if mine and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process.pid)
            except (psutil.Error, OSError):
                continue
        return found

    def stop(self) -> int:
        assert self.supervisor
        self.supervisor.send_signal(signal.SIGINT)
        return self.supervisor.wait(180)

    def tail(self) -> str:
        logs = [self.output, *sorted((self.root / "logs").glob("*.log"))]
        return "\n".join(f"== {log.name}\n{log.read_text()[-1500:]}" for log in logs if log.exists())


@contextlib.contextmanager
def open_folder(prefix: str) -> Iterator[Path]:
    """A folder that root's PostgreSQL may enter as another user; pytest's own are closed to it."""
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def eventually(holds: Callable[[], Any], *, seconds: float, why: Callable[[], str] = str) -> None:
    for _ in processes.until(seconds, step=0.1):
        if holds():
            return
    raise AssertionError(f"Not within {seconds} s\n{why()}")


def ask(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
