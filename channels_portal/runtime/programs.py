"""The portal's own processes: web, worker, beat."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from channels_portal.runtime import processes
from channels_portal.runtime.home import CHECKOUT, Home


@dataclass
class Program:
    """A process of ours with its children: when the first is gone, the others are ended too."""

    name: str
    command: list[str]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 10.0
    when_orphaned: signal.Signals = signal.SIGTERM
    environment: Mapping[str, str] = field(default_factory=dict)
    child: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def pid(self) -> int | None:
        return self.child.pid if self.child and self.child.poll() is None else None

    def start(self, *, tied: bool) -> None:
        self._end_children()
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(
                self.command,
                cwd=CHECKOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=processes.tied_to_parent(self.when_orphaned) if tied else None,
            )

    def stop(self) -> None:
        if pid := self.pid():
            processes.stop(pid, self.stop_signal, patience=self.patience)
        self._end_children()

    def _end_children(self) -> None:
        if self.child:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.child.pid, signal.SIGKILL)


def portal_programs(home: Home, *, host: str, port: int) -> list[Program]:
    """In the order in which they are started, and stopped."""
    cores = os.cpu_count() or 1
    web_workers = os.environ.get("PORTAL_WEB_WORKERS") or str(min(cores, 4))
    job_workers = os.environ.get("PORTAL_JOB_WORKERS") or str(min(cores, 4))
    python = [sys.executable, "-m"]
    web = [
        *(*python, "granian", "channels_portal.wsgi:application", "--interface", "wsgi"),
        *("--host", host, "--port", str(port), "--no-ws"),
        *("--workers", web_workers, "--blocking-threads", "8", "--backlog", "2048"),
        *("--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "8"),
        *("--static-path-mount", str(home.static), "--static-path-expires", "30d"),
    ]
    celery = [*python, "celery", "-A", "channels_portal"]
    worker = [
        *(*celery, "worker", "--loglevel", "INFO", "--concurrency", job_workers),
        *("-O", "fair", "--without-gossip", "--without-mingle"),
    ]
    beat = [*celery, "beat", "--loglevel", "INFO", "--pidfile="]
    return [
        Program("web", web, home.logs / "web.log"),
        Program("beat", beat, home.logs / "beat.log"),
        # SIGQUIT lets running jobs go on for the time that settings allow, then gives them back;
        # an orphan cannot: its broker ends with it.
        Program("worker", worker, home.logs / "worker.log", signal.SIGQUIT, 20, signal.SIGKILL),
    ]
