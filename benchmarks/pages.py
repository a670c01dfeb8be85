"""Every page of every role, under load. `python -m benchmarks.pages --scale city [--people 20] [--keep DATABASE]`.

Each role's demo user follows the links of the portal from the first page on; of each kind of page some are kept with
their number of queries and bytes. Then a production server answers many people at once, who ask for all of them in
another order each; the smallest signed-in page is asked for as often as all others together. A page's ratio is the 95th
percentile of its times against that of the smallest page in the same run.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from benchmarks import _common as common

LINK = re.compile(r'<a\b[^>]*\bhref="([^"#]+)')
OUTSIDE = ("/static/", "/media/", "/admin/", "/api/", "/i18n/")
SMALLEST = "accounts:password"
SMALLEST_EVERY = 10
OF_A_KIND = 2
QUERIES, KILOBYTES, TIMES_THE_SMALLEST = 20, 200, 5


@dataclass
class Page:
    """A page as one role sees it; `times` in seconds under load."""

    role: str
    view: str
    path: str
    queries: int
    kilobytes: float
    times: list[float] = field(default_factory=list)


def prepare(scale: str) -> None:
    from django.core.management import call_command

    from accounts.models import User

    call_command("collectstatic", interactive=False, verbosity=0)
    if not User.objects.exists():
        common.say(f"loading the demo data: {scale}")
        call_command("seed_demo", scale=scale, stdout=sys.stderr)


def crawl() -> tuple[list[Page], dict[str, str]]:
    """The pages that each role's user reaches by links, and each role's session cookie."""
    from django.conf import settings
    from django.test import Client

    from accounts.models import User
    from accounts.roles import Role

    pages, cookies = [], {}
    for role in Role.values:
        user = User.objects.filter(role=role, is_active=True).order_by("pk").first()
        if user is None:
            continue
        client = Client(headers={"host": "127.0.0.1"})
        client.force_login(user)
        found = list(_reached(client, role))
        common.say(f"{role}: {len(found)} pages")
        pages += found
        cookies[role] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return pages, cookies


def _reached(client: Any, role: str) -> Iterator[Page]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.urls import resolve, reverse

    smallest = reverse(SMALLEST)
    waiting, known, kinds = deque([smallest, "/"]), {smallest, "/"}, dict[str, int]()
    while waiting:
        path = waiting.popleft()
        view = resolve(urlsplit(path).path).view_name
        if kinds.get(view, 0) >= OF_A_KIND:
            continue
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(path)
        assert answer.status_code in (200, 302), f"{role}: {path}: {answer.status_code}"
        if answer.status_code != 200 or answer.streaming or "html" not in answer["Content-Type"]:
            continue
        kinds[view] = kinds.get(view, 0) + 1
        count = sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")) for query in asked)
        yield Page(role, view, path, count, round(len(answer.content) / 1024, 1))
        for link in LINK.findall(answer.content.decode()):
            to = urljoin(path, unescape(link))
            if to.startswith("/") and to not in known and not to.startswith(OUTSIDE) and "export=" not in to:
                known.add(to)
                waiting.append(to)


@contextmanager
def server(workers: int) -> Iterator[int]:
    """The web server as in production, on a free port."""
    from django.conf import settings

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = f"-m granian channels_portal.wsgi:application --interface wsgi --host 127.0.0.1 --port {port} --no-ws"
    more = {"DATABASE_URL": common.database_url(), "PORTAL_SECRET_KEY": settings.SECRET_KEY}
    running = subprocess.Popen(
        [
            *(
                sys.executable,
                *command.split(),
                "--workers",
                str(workers),
                "--blocking-threads",
                "8",
                "--backlog",
                "2048",
            ),
            *("--log-level", "warning"),
        ],
        env={**os.environ, **more, "PORTAL_LOG_LEVEL": "WARNING"},
        stdout=sys.stderr,
    )
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        running.terminate()
        running.wait()


def load(pages: list[Page], cookies: dict[str, str], *, port: int, people: int, turns: int) -> None:
    """Each person asks for every page and, in between, for the smallest one, after all have been asked for once.

    Fails on any answer but 200.
    """
    from django.conf import settings

    smallest = [page for page in pages if page.view == SMALLEST]
    wrong: list[str] = []

    def ask(line: http.client.HTTPConnection, page: Page, *, counts: bool) -> None:
        headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookies[page.role]}"}
        begin = time.perf_counter()
        line.request("GET", page.path, headers=headers)
        answer = line.getresponse()
        answer.read()
        if answer.status != 200:
            wrong.append(f"{page.role} {page.path}: {answer.status}")
        if counts:
            page.times.append(time.perf_counter() - begin)

    def person(number: int) -> None:
        chance = random.Random(number)
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        for page in pages[number::people]:
            ask(line, page, counts=False)
        ready.wait()
        for _ in range(turns):
            for place, page in enumerate(chance.sample(pages, len(pages))):
                ask(line, page, counts=True)
                if place % SMALLEST_EVERY == 0:
                    ask(line, chance.choice(smallest), counts=True)
        line.close()

    ready = threading.Barrier(people)
    with ThreadPoolExecutor(people) as crowd:
        for done in [crowd.submit(person, number) for number in range(people)]:
            done.result()
    assert not wrong, "\n".join(wrong[:20])


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def figures(pages: list[Page]) -> dict[str, Any]:
    floor = p95([value for page in pages if page.view == SMALLEST for value in page.times])
    views: dict[str, list[Page]] = {}
    for page in pages:
        views.setdefault(page.view, []).append(page)
    rows = [
        {
            "page": view,
            "queries": max(page.queries for page in same),
            "kilobytes": max(page.kilobytes for page in same),
            "median_ms": round(statistics.median([value for page in same for value in page.times]) * 1000, 1),
            "p95_ms": round(p95([value for page in same for value in page.times]) * 1000, 1),
            "times_the_smallest": round(p95([value for page in same for value in page.times]) / floor, 2),
            "slowest": "{0.role} {0.path}".format(max(same, key=lambda page: statistics.median(page.times))),
        }
        for view, same in views.items()
    ]
    rows.sort(key=lambda row: -row["times_the_smallest"])
    return {
        "smallest": {"page": SMALLEST, "p95_ms": round(floor * 1000, 1)},
        "over": {
            "queries": [row["page"] for row in rows if row["queries"] > QUERIES],
            "kilobytes": [row["page"] for row in rows if row["kilobytes"] > KILOBYTES],
            "times_the_smallest": [row["page"] for row in rows if row["times_the_smallest"] > TIMES_THE_SMALLEST],
        },
        "pages": rows,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--scale", choices=("small", "city", "province"), default="city")
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--turns", type=int, default=1, help="how often each person asks for every page")
    parser.add_argument("--workers", type=int, default=2, help="processes of the web server")
    parser.add_argument("--keep", metavar="DATABASE", default="", help="make or use this database, and leave it")
    parser.add_argument("--prepare", action="store_true", help="only make the data")
    options = parser.parse_args()
    common.setup_django()
    with common.scratch_database("pages", keep=options.keep):
        from core import sql

        prepare(options.scale)
        if options.prepare:
            return
        pages, cookies = crawl()
        with server(options.workers) as port:
            load(pages, cookies, port=port, people=options.people, turns=options.turns)
        result = {
            "scale": options.scale,
            "people": options.people,
            "lines": sql.fetch_value("SELECT count(*) FROM commissions_commissionline"),
            "sales": sql.fetch_value("SELECT count(*) FROM inventory_salesrecord"),
            **figures(pages),
            "versions": common.versions("Django", "granian"),
            "machine": common.machine(),
        }
    common.publish(result)


if __name__ == "__main__":
    main()
