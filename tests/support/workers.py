"""Real processes that work on the tests' database, to be raced against each other and killed.

A worker is forked from the tests' process, so that it starts at once; it opens connections
of its own.
"""

import json
import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from django.db import connection, connections

FORK = multiprocessing.get_context("fork")
PATIENCE = 40.0  # seconds


class Worker:
    """One process that does `work` and leaves its answer, or what went wrong, in a file."""

    def __init__(self, work: Callable[[], Any], answer: Path, *, start: Any = None) -> None:
        connections.close_all()
        self.answer = answer
        # A daemon, or one that hangs would keep the tests from ending.
        self.process = FORK.Process(target=self._run, args=(work, start), daemon=True)
        self.process.start()

    def _run(self, work: Callable[[], Any], start: Any) -> None:
        if start is not None:
            start.wait(PATIENCE)
        try:
            found = {"did": work()}
        except Exception as error:
            found = {"refused": type(error).__name__, "why": str(error), "trace": traceback.format_exc()}
        self.answer.write_text(json.dumps(found, default=str))
        connections.close_all()
        os._exit(0)

    def kill(self) -> None:
        """As `kill -9` does: without a chance to tidy up."""
        os.kill(self.process.pid or 0, signal.SIGKILL)
        self.process.join(PATIENCE)

    def result(self) -> dict[str, Any]:
        """{"did": …} or {"refused": the error's name, "why", "trace"}; waits for the end."""
        self.process.join(PATIENCE)
        if self.process.is_alive():
            self.kill()
        assert self.process.exitcode == 0, "the worker did not end by itself"
        return json.loads(self.answer.read_text())


def race(folder: Path, *works: Callable[[], Any]) -> list[dict[str, Any]]:
    """The answers of processes that begin at the same moment."""
    start = FORK.Barrier(len(works))
    workers = [Worker(work, folder / f"{place}.json", start=start) for place, work in enumerate(works)]
    return [worker.result() for worker in workers]


@contextmanager
def trap(table: str, rows: str = "") -> Iterator["Trap"]:
    """While it is open whoever touches `table` waits; with `rows`, a condition, who changes one of these."""
    settings = connection.settings_dict
    held = psycopg2.connect(
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"] or None,
        host=settings["HOST"],
        port=settings["PORT"],
    )
    with held.cursor() as cursor:
        lock = (
            f"SELECT FROM {table} WHERE {rows} FOR UPDATE" if rows else f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"
        )
        cursor.execute(lock)
    try:
        yield Trap(held, table)
    finally:
        held.close()


class Trap:
    """A table that is locked by a session of its own."""

    def __init__(self, held: Any, table: str) -> None:
        self.held, self.table = held, table

    def caught(self, worker: Worker) -> list[int]:
        """The sessions that wait for the table; none if the worker ended without touching it."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with self.held.cursor() as cursor:
                cursor.execute(
                    "SELECT pid FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
                )
                if waiting := [row[0] for row in cursor.fetchall()]:
                    return waiting
            if not worker.process.is_alive():
                return []
            time.sleep(0.005)
        raise AssertionError(f"Nobody came to {self.table}, and nobody ended.")

    def end(self, sessions: list[int]) -> None:
        """Let the server end these sessions, as it does when it stops."""
        with self.held.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s) pid", [sessions])


def quiet() -> None:
    """Wait until no session but ours has a transaction open."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"""
            )
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.005)
    raise AssertionError("A session does not end.")
