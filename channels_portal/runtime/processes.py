"""Finding, tying and ending processes."""

import contextlib
import ctypes
import os
import random
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

MARK = "PORTAL_SUPERVISED_HOME"  # in the environment of everything that a supervisor starts
PR_SET_PDEATHSIG = 1


def tied_to_parent(stop_signal: signal.Signals) -> Callable[[], None] | None:
    """For ``Popen(preexec_fn=...)``: the child gets `stop_signal` when its parent dies (Linux only)."""
    if not sys.platform.startswith("linux"):
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(stop_signal))
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return tie


def tie_to_parent(stop_signal: signal.Signals) -> None:
    """This process gets `stop_signal` when its parent dies (Linux only)."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(stop_signal))


def is_server(pid: int, *, program: str, folder: Path) -> bool:
    """Whether `pid` lives, is that program and works in `folder`: a reused pid is neither."""
    try:
        process = psutil.Process(pid)
        return (
            process.status() != psutil.STATUS_ZOMBIE
            and Path(process.exe()).name.startswith(program)
            and Path(process.cwd()).samefile(folder)
        )
    except (psutil.Error, OSError):
        return False


def strays_of_server(*, program: str, folder: Path) -> list[int]:
    """Processes of a server that works in `folder`, its own children included."""
    return [pid for pid in psutil.pids() if is_server(pid, program=program, folder=folder)]


def strays_of_supervisor(home: Path) -> list[int]:
    """Processes that an earlier supervisor of `home`, or a child of it, left behind."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == str(home):
                found.append(process.pid)
    return found


def kill(pids: list[int]) -> None:
    """End them at once and wait until they are gone."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for _ in until(10):
        if not any(alive(pid) for pid in pids):
            return


def stop(pid: int, stop_signal: signal.Signals, *, patience: float) -> None:
    """Ask `pid` to end, wait for `patience` seconds, then end it."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, stop_signal)
    for _ in until(patience):
        if not alive(pid):
            return
    kill([pid])


def alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # a child of ours that died must not count as a zombie
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def until(seconds: float, *, step: float = 0.05) -> Iterator[None]:
    """Yield every `step` seconds, for `seconds`."""
    end = time.monotonic() + seconds
    yield
    while time.monotonic() < end:
        time.sleep(step)
        yield


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def reserved_port(port: int, host: str) -> Iterator[bool]:
    """Whether `port` is free; then no other portal takes it while this lasts.

    Looking alone is not enough: the web server shares its port with whoever comes later. So each
    portal also holds a name of its port, which the system frees when the portal dies (Linux only).
    """
    with socket.socket(socket.AF_UNIX) as name:
        try:
            if sys.platform.startswith("linux"):
                name.bind(f"\0channels-portal-{port}")
        except OSError:
            yield False
        else:
            yield port_is_free(port, host)


def free_port() -> int:
    """A free port below those that the system hands to outgoing connections, so that it stays free."""
    while True:
        port = random.randrange(20_000, 30_000)  # noqa: S311 - not a secret
        if port_is_free(port):
            return port
