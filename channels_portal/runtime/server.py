"""What the embedded PostgreSQL and the embedded Valkey have in common."""

import contextlib
import os
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from channels_portal.runtime import processes
from channels_portal.runtime.home import Home


class CannotStart(Exception):
    """A server did not come up; the message says where to look."""


class EmbeddedServer(ABC):
    """A server on 127.0.0.1 with a generated password, and its data below PORTAL_HOME."""

    name: str
    program: str
    stop_signal: signal.Signals
    folder: Path  # where its data are and where it works
    account: Mapping[str, Any] = {}  # whom it runs as, for Popen

    def __init__(self, home: Home) -> None:
        self.home = home
        self.log = home.logs / f"{self.name}.log"
        self.port: int | None = None

    @property
    @abstractmethod
    def url(self) -> str: ...

    @property
    @abstractmethod
    def pid_file(self) -> Path: ...

    @abstractmethod
    def prepare(self) -> None:
        """Make the data folder where there is none, and clear what a crash left."""

    @abstractmethod
    def command(self, port: int) -> list[str | Path]: ...

    @abstractmethod
    def is_ready(self) -> bool: ...

    @abstractmethod
    def running_port(self) -> int | None: ...

    def pid(self) -> int | None:
        """The living server of this home; a pid that something else got since does not count."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(self.pid_file.read_text().split()[0])
            if processes.is_server(pid, program=self.program, folder=self.folder):
                self.port = self.running_port() or self.port
                return pid
        return None

    def start(self, *, tied: bool) -> None:
        """Bring it up and wait until it answers; `tied` to this process, or going on without it."""
        self.home.create()
        processes.kill(processes.strays_of_server(program=self.program, folder=self.folder))
        self.prepare()
        port = self.port or self._usual_port()
        with open(self.log, "ab") as log:
            child = subprocess.Popen(
                self.command(port),
                cwd=self.folder,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=processes.tied_to_parent(self.stop_signal) if tied else None,
                **self.account,
            )
        for _ in processes.until(600):  # recovery after a crash may take its time
            if child.poll() is not None:
                break
            if self.pid() and self.is_ready():
                self.port = port
                (self.home.run / f"{self.name}.port").write_text(str(port))
                child.returncode = 0  # watched by its pid from here on, by whoever is there
                return
        raise CannotStart(f"{self.name} did not start; its last words are in {self.log}")

    def stop(self) -> None:
        if pid := self.pid():
            processes.stop(pid, self.stop_signal, patience=60)

    def _usual_port(self) -> int:
        """The port of the last time, so that addresses that people noted stay valid."""
        with contextlib.suppress(OSError, ValueError):
            port = int((self.home.run / f"{self.name}.port").read_text())
            if processes.port_is_free(port):
                return port
        return processes.free_port()


def package_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise CannotStart(f"The package {package} is missing: start with ./script/server")
    return Path(spec.origin).parent
