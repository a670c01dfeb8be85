"""``./script/server``: starts database, broker, web, worker and beat, and keeps them alive."""

import argparse
import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from channels_portal.runtime import processes, servers
from channels_portal.runtime.home import CHECKOUT, Busy, Home
from channels_portal.runtime.postgres import Postgres
from channels_portal.runtime.programs import portal_programs
from channels_portal.runtime.server import CannotStart

FIRST_PORT = 8000
LOOK_EVERY = 0.2
LONGEST_PAUSE = 30.0
STEADY_AFTER = 30.0
LARGEST_LOG = 50 * 1024 * 1024


class Kept(Protocol):
    name: str
    log: Path

    def pid(self) -> int | None: ...
    def start(self, *, tied: bool) -> None: ...
    def stop(self) -> None: ...


class Keeper:
    """Starts one thing again whenever it is gone; after failures in a row with growing pauses."""

    def __init__(self, kept: Kept, home: Home) -> None:
        self.kept = kept
        self.home = home
        self.failures = 0
        self.started = time.monotonic()

    def look_after(self) -> None:
        now = time.monotonic()
        if self.kept.pid():
            if now - self.started > STEADY_AFTER:
                self.failures = 0
            return
        pause = min(0.5 * 2**self.failures, LONGEST_PAUSE) if self.failures else 0.0
        if now - self.started < pause:
            return
        with self.home.lock("starting"):  # a command may be bringing the same server back, on the same data
            if self.kept.pid():
                return
            say(f"{self.kept.name} has ended and is started again; its log is {self.kept.log}")
            self.failures += 1
            self.started = now
            try:
                self.kept.start(tied=True)
            except CannotStart as error:
                say(str(error))


def main() -> None:
    options = arguments()
    home = Home.from_environment()
    try:
        with home.lock("supervisor", wait=False), ended_by_signals():
            if options.reset and not reset(home):
                sys.exit("Nothing was changed.")
            serve(home, options)
        say("Stopped.")
    except Busy:
        sys.exit(f"A portal with the data in {home.root} is running: {state(home).get('address', '')}")
    except CannotStart as error:
        sys.exit(str(error))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./script/server", description=__doc__)
    parser.add_argument("--port", type=int, help="of the web pages; default 8000 or the next free")
    parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")
    parser.add_argument("--reset", action="store_true", help="delete all data first; asks before")
    return parser.parse_args()


def serve(home: Home, options: argparse.Namespace) -> None:
    home.create()
    processes.kill(processes.strays_of_supervisor(home.root))
    host = os.environ.get("PORTAL_HOST", "127.0.0.1")
    os.environ[processes.MARK] = str(home.root)
    with web_port(host, options.port) as port, servers.in_use(home, tied=True) as embedded:
        say(f"Starting the portal; data and logs are in {home.root}")
        users = prepare(no_demo=options.no_demo)
        programs = portal_programs(home, host=host, port=port)
        try:
            for program in programs:
                program.start(tied=True)
            everything: list[Kept] = [*embedded.values(), *programs]
            keepers = [Keeper(kept, home) for kept in everything]
            address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/"  # noqa: S104
            wait_for_first_page(host, port, keepers)
            announce(address, users)
            remember(home, address, keepers)
            keep(home, address, keepers)
        finally:
            say("Stopping ...")
            (home.run / "supervisor.json").unlink(missing_ok=True)
            for program in programs:
                program.stop()


def keep(home: Home, address: str, keepers: list[Keeper]) -> None:
    pids = [keeper.kept.pid() for keeper in keepers]
    while True:
        time.sleep(LOOK_EVERY)
        for keeper in keepers:
            keeper.look_after()
            shorten(keeper.kept.log)
        if pids != (pids := [keeper.kept.pid() for keeper in keepers]):
            remember(home, address, keepers)


def prepare(*, no_demo: bool) -> list[dict[str, str]]:
    command = [sys.executable, "-m", "channels_portal.runtime.prepare"]
    done = subprocess.run(
        [*command, *(["--no-demo"] if no_demo else [])],
        cwd=CHECKOUT,
        env={**os.environ, "PORTAL_LOG_LEVEL": "WARNING"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        start_new_session=True,  # Ctrl-C is for the supervisor, which ends it
        preexec_fn=processes.tied_to_parent(signal.SIGTERM),
    )
    if done.returncode:
        raise CannotStart("The database could not be prepared; the reason is above.")
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


@contextlib.contextmanager
def web_port(host: str, wanted: int | None) -> Iterator[int]:
    """The port for the pages: the one that is asked for, or the first that is free."""
    wanted = wanted or int(os.environ.get("PORTAL_PORT") or 0)
    for port in [wanted] if wanted else range(FIRST_PORT, 65_536):
        with processes.reserved_port(port, host) as reserved:
            if reserved:
                yield port
                return
    raise CannotStart(f"Port {wanted} is in use; choose another with --port.")


def wait_for_first_page(host: str, port: int, keepers: list[Keeper]) -> None:
    for _ in processes.until(120):
        for keeper in keepers:
            keeper.look_after()
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(host, port, timeout=10)
            connection.request("GET", "/")
            connection.getresponse()
            return
    raise CannotStart("The web server does not answer; see web.log in the logs.")


def announce(address: str, users: list[dict[str, str]]) -> None:
    say(f"\nThe portal is ready: {address}\n")
    if users:
        one_each = list({user["role"]: user for user in reversed(users)}.values())[::-1]
        rows = [[str(value) for value in user.values()] for user in one_each]
        widths = [max(columns(cell) for cell in column) for column in zip(*rows, strict=True)]
        for row in rows:
            say("  " + "  ".join(cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True)))
        say(f"\nThese and {len(users) - len(rows)} more: ./script/python manage.py demo_users")
    else:
        say("The first user: ./script/python manage.py createsuperuser")
    say("Ctrl-C stops it.")


def columns(text: str) -> int:
    """The width of `text` on a terminal, where a Chinese character takes two columns."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def remember(home: Home, address: str, keepers: list[Keeper]) -> None:
    """For the next `./script/server`, and for people: what runs, and where."""
    pids = {keeper.kept.name: keeper.kept.pid() for keeper in keepers}
    draft = home.run / "supervisor.json.new"
    draft.write_text(json.dumps({"pid": os.getpid(), "address": address, "processes": pids}))
    draft.replace(home.run / "supervisor.json")


def state(home: Home) -> dict[str, str]:
    try:
        return json.loads((home.run / "supervisor.json").read_text())  # type: ignore[no-any-return]
    except (OSError, ValueError):
        return {}


def reset(home: Home) -> bool:
    """Delete the embedded data after a yes; what DATABASE_URL names is never touched."""
    if os.environ.get("DATABASE_URL"):
        raise CannotStart("--reset only deletes the embedded database; DATABASE_URL names another.")
    say(f"This deletes the database, the uploaded files and the secrets in {home.root}.")
    with contextlib.suppress(EOFError):
        if input("Type yes to delete them: ").strip().lower() != "yes":
            return False
        processes.kill(processes.strays_of_supervisor(home.root))
        for server in reversed(servers.needed(home).values()):
            server.stop()
        for folder in (Postgres(home).base, home.root / "valkey", home.media, home.secrets):
            shutil.rmtree(folder, ignore_errors=True)
        return True
    return False


def shorten(log: Path) -> None:
    """Keep one older part of a log that has grown large; its writer appends, so it goes on."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LARGEST_LOG:
            shutil.copyfile(log, log.with_suffix(".1.log"))
            os.truncate(log, 0)


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal end what runs inside, in order, whatever it waits for."""

    def end(*_: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        signal.signal(number, end)
    with contextlib.suppress(KeyboardInterrupt):
        yield


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
