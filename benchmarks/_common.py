"""What every benchmark needs: Django, medians, memory, a database of its own, and one JSON object."""

from __future__ import annotations

import gc
import json
import os
import platform
import re
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def setup_django() -> None:
    """Make the portal's models available to a script."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "channels_portal.settings")
    import django

    django.setup()


@contextmanager
def scratch_database(name: str = "benchmark", *, keep: str = "") -> Iterator[None]:
    """A migrated database of its own on the configured server, dropped afterwards.

    With `keep` it has that name, stays, and is used again by the next run.
    """
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    own = keep or f"{settings.DATABASES['default']['NAME']}_{name}_{os.getpid()}"
    connection = connections["default"]
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [own])
        if not cursor.fetchone():
            cursor.execute(f'CREATE DATABASE "{own}"')
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = own
    try:
        say("migrating a scratch database")
        call_command("migrate", verbosity=0)
        yield
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = before
        if not keep:
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'DROP DATABASE IF EXISTS "{own}" WITH (FORCE)')


@contextmanager
def statement_times(times: dict[str, list[float]]) -> Iterator[None]:
    """Collects the seconds of every statement of this process, by its first words (COPY is not seen)."""
    from django.db import connection

    def watch(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            name = " ".join(re.sub(r"\d+", "#", sql if isinstance(sql, str) else str(sql)).split())[:110]
            times.setdefault(name, []).append(time.perf_counter() - start)

    with connection.execute_wrapper(watch):
        yield


def say_times(times: dict[str, list[float]], *, shown: int = 40) -> None:
    """The slowest statements on standard error: total seconds, calls, first words."""
    total = sum(sum(values) for values in times.values())
    say(f"{sum(len(values) for values in times.values())} statements, {total:.2f} s")
    for name, values in sorted(times.items(), key=lambda item: -sum(item[1]))[:shown]:
        print(f"  {sum(values):8.3f} s {len(values):5d} ×  {name}", file=sys.stderr)


def database_url() -> str:
    """The address of the database in use, for a child process."""
    from urllib.parse import quote

    from django.db import connection

    place = connection.settings_dict
    host, port = quote(str(place["HOST"]), safe=""), place["PORT"]
    person = quote(place["USER"]) + (f":{quote(place['PASSWORD'])}" if place["PASSWORD"] else "")
    return f"postgres://{person}@{host}{f':{port}' if port else ''}/{place['NAME']}"


def in_child(code: str, *arguments: str) -> dict[str, Any]:
    """Run Python code in a fresh process on the same database; the JSON that it prints, and its peak memory in MB."""
    import subprocess

    watched = (
        "import json, resource\nfrom benchmarks import _common\n_common.setup_django()\n"
        f"{code}\nprint(json.dumps({{'peak_mb': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, **result}}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", watched, *arguments],
        env={**os.environ, "DATABASE_URL": database_url()},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def say(text: str) -> None:
    """Progress on standard error."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def seconds(work: Callable[[], object]) -> float:
    """How long one run takes, garbage collected before."""
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def side_by_side(
    works: dict[str, tuple[Callable[[], None], Callable[[], object]]], *, rounds: int = 3, warm_up: int = 1
) -> dict[str, dict[str, Any]]:
    """Run (prepare, work) pairs in turns, so that a slow minute of the machine hits all of them.

    Returns for each the median and all timed rounds in seconds; warm-up rounds are not counted.
    """
    times: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(warm_up + rounds):
        for name, (prepare, work) in works.items():
            prepare()
            taken = seconds(work)
            say(f"{name}: {taken:.2f} s{' (warm-up)' if turn < warm_up else ''}")
            if turn >= warm_up:
                times[name].append(taken)
    return {
        name: {"median": round(statistics.median(values), 3), "rounds": [round(value, 3) for value in values]}
        for name, values in times.items()
    }


def rss_mb() -> float:
    """This process's resident memory in MB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


@contextmanager
def peak_memory(result: dict[str, float]) -> Iterator[None]:
    """Writes `before` and `peak` resident memory of the block, in MB, into `result`."""
    stop = threading.Event()
    result["before"] = result["peak"] = rss_mb()

    def watch() -> None:
        while not stop.wait(0.02):
            result["peak"] = max(result["peak"], rss_mb())

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        for key in result:
            result[key] = round(result[key], 1)


def versions(*names: str) -> dict[str, str]:
    """Versions of Python, PostgreSQL and the named distributions."""
    from importlib.metadata import version

    from core import sql

    return {
        "python": platform.python_version(),
        "postgresql": str(sql.fetch_value("SHOW server_version")),
        **{name: version(name) for name in names},
    }


def machine() -> dict[str, Any]:
    return {"cores": os.cpu_count(), "processor": platform.machine(), "system": platform.system()}


def publish(result: dict[str, Any]) -> None:
    """Print the one JSON object of a benchmark."""
    print(json.dumps(result, ensure_ascii=False, indent=2, default=str))
