"""A day of visits with photos, under load. `python -m benchmarks.visits [--minutes 10] [--phones 20]`.

Phones send visits without a pause, as the page without connection does: check-in, every answer, three photos,
check-out. The reception is bad: every tenth request is sent twice, and of every twentieth the answer never arrives, so
that it is sent again. At the same time finance and dealers read their pages and the counties' month is settled over and
over. At the end every visit must be there once with all that was sent. The figure is how many visits an hour the
machine takes, against what ten thousand in a working day of eight hours ask for.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from benchmarks import _common as common
from benchmarks.pages import p95, prepare, server

A_DAY, HOURS = 10_000, 8
PHOTOS = 3
TWICE, CUT = 0.1, 0.05  # of the requests
READERS = {"finance_clerk": 5, "dealer": 200}
THINK = 15.0  # seconds between two pages of a reader, on average
CSRF = "a" * 32
WORDS = {"distance_reason": "定位漂移", "length_reason": "客户较多", "summary": "经营正常"}


@dataclass
class Sent:
    """A visit as the phone holds it: what must be found in the end."""

    client_id: UUID
    answers: dict[int, str]
    photos: set[str] = field(default_factory=set)


@dataclass
class Tally:
    """What all phones and readers met."""

    sent: list[Sent] = field(default_factory=list)
    times: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def took(self, what: str, seconds: float) -> None:
        with self.lock:
            self.times.setdefault(what, []).append(seconds)


class Line:
    """One person's connection to the server."""

    def __init__(self, port: int, session: str, tally: Tally, chance: random.Random) -> None:
        from django.conf import settings

        self.port, self.tally, self.chance = port, tally, chance
        self.headers = {
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={CSRF}",
            "X-CSRFToken": CSRF,
            "Accept": "application/json",
        }
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=300)

    def ask(self, what: str, path: str, body: bytes | None = None, kind: str = "application/json") -> Any:
        """Send until there is an answer; waits as a phone does when it is told that it sends too much."""
        while True:
            begin = time.perf_counter()
            headers = self.headers | ({"Content-Type": kind} if body is not None else {})
            try:
                self.line.request("POST" if body is not None else "GET", path, body=body, headers=headers)
                if body is not None and self.chance.random() < CUT:
                    raise ConnectionError("the answer never arrives")
                answer = self.line.getresponse()
                data = answer.read()
            except (ConnectionError, http.client.HTTPException):
                self.line.close()
                self.tally.repeated += 1
                continue
            if answer.status == 429:
                time.sleep(2)
                continue
            self.tally.took(what, time.perf_counter() - begin)
            if answer.status >= 400:
                with self.tally.lock:
                    self.tally.errors[f"{what}: {answer.status} {data[:200]!r}"] += 1
                return None
            if body is not None and self.chance.random() < TWICE:
                self.tally.repeated += 1
                self.line.request("POST", path, body=body, headers=headers)
                self.line.getresponse().read()
            return json.loads(data) if "json" in (answer.getheader("Content-Type") or "") else data


def phones(count: int) -> list[tuple[str, list[Any]]]:
    """Sessions of channel managers made for this, each with stores of one county of his own."""
    from accounts.models import OrgUnit, User
    from accounts.roles import Role
    from dealers import states
    from dealers.models import Dealer

    counties = list(OrgUnit.objects.filter(level="county").order_by("code"))
    found = []
    for number in range(count):
        county = counties[number % len(counties)]
        manager, _new = User.objects.get_or_create(
            username=f"phone{number:03d}",
            defaults={"name": f"巡店员{number}", "role": Role.CHANNEL_MANAGER, "org_unit": county},
        )
        own = Dealer.objects.filter(org_unit__county=county, stage__in=states.STORE).order_by("code")
        part = list(own)[number // len(counties) :: max(count // len(counties), 1)] or list(own)
        found.append((session(manager), part))
    return found


def readers() -> list[str]:
    """Sessions of finance and of dealers' users; a dealer has one for each time that he is needed."""
    from accounts.models import User
    from accounts.roles import Role
    from dealers.models import Dealer, DealerUser

    for dealer in Dealer.objects.filter(users=None).order_by("pk")[: READERS["dealer"]]:
        user, _new = User.objects.get_or_create(
            username=f"owner{dealer.pk}", defaults={"name": dealer.contact_name or "店主", "role": Role.DEALER}
        )
        DealerUser.objects.get_or_create(user=user, defaults={"dealer": dealer})
    found = []
    for role, count in READERS.items():
        users = list(User.objects.filter(role=role, is_active=True).order_by("pk")[:count])
        sessions = [session(user) for user in users]
        found += [sessions[place % len(sessions)] for place in range(count)]
    return found


def session(user: Any) -> str:
    from django.conf import settings
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def pictures(megapixels: float, count: int = 4) -> list[bytes]:
    """Noisy JPEGs of that size, as cameras make them."""
    import numpy as np
    from PIL import Image

    high = round((megapixels * 1_000_000 * 3 / 4) ** 0.5)
    found = []
    for seed in range(count):
        chance = np.random.default_rng(seed)
        coarse = chance.integers(0, 255, (high // 8, high // 6, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize((high * 4 // 3, high), Image.Resampling.BICUBIC)
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=85)
        found.append(data.getvalue())
    return found


def marked(picture: bytes) -> bytes:
    """The picture with a comment of its own, so that no two photos are the same file."""
    text = uuid4().hex.encode()
    return picture[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2) + text + picture[2:]


def answer_to(question: dict[str, Any], chance: random.Random) -> str:
    match question["kind"]:
        case "yes_no":
            return str(question.get("good_answer") or "yes")
        case "score":
            return str(chance.randint(question["max_score"] // 2, question["max_score"]))
        case "choice":
            return str(question["choices"][0])
        case "number":
            return str(chance.randint(0, 9))
        case "text":
            return "现场培训了本月政策"
    return ""


def form(fields: dict[str, Any], photo: bytes) -> tuple[bytes, str]:
    """A multipart body with a photo."""
    mark = uuid4().hex
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{mark}\r\nContent-Disposition: form-data; name="photo"; filename="p.jpg"\r\n'
    parts.append(head.encode() + b"Content-Type: image/jpeg\r\n\r\n" + photo + f"\r\n--{mark}--\r\n".encode())
    return b"".join(parts), f"multipart/form-data; boundary={mark}"


def phone(line: Line, stores: list[Any], shots: list[bytes], until: float) -> None:
    """Send one visit after the other; one that is begun is finished."""
    tally, chance = line.tally, line.chance
    luggage = line.ask("luggage", "/audits/offline/luggage/")
    turn = 0
    while time.monotonic() < until:
        dealer, turn = stores[turn % len(stores)], turn + 1
        began = datetime.now(UTC) - timedelta(hours=2, seconds=chance.random())
        template = luggage["fitting"][f"{dealer.visit_regime}:routine"]
        checklist = luggage["checklists"][str(template)]
        questions = [one for section in checklist["sections"] for one in section["questions"]]
        visit = Sent(uuid4(), {})
        begin = time.perf_counter()
        body = {
            "dealer": dealer.code, "kind": "routine", "client_id": str(visit.client_id), "late": True,
            "phone_at": began.isoformat(), "template": template, "latitude": float(dealer.latitude or 23.4),
            "longitude": float(dealer.longitude or 104.2), "accuracy_m": 12,
        }  # fmt: skip
        said = line.ask("check-in", "/api/v1/visits/", json.dumps(body).encode())
        if said is None:
            continue
        place = f"/api/v1/visits/{said['id']}/"
        for question in questions:
            value = answer_to(question, chance)
            if value:
                visit.answers[question["id"]] = value
                line.ask("answer", f"{place}answer/", json.dumps({"question": question["id"], "value": value}).encode())
        wanted = [one["id"] for one in questions if one["kind"] == "photo"]
        for number in range(max(PHOTOS, len(wanted))):
            shot = marked(chance.choice(shots))
            fields = {"question": wanted[number]} if number < len(wanted) else {}
            taken = line.ask("photo", f"{place}photos/", *form(fields, shot))
            if taken is not None:
                visit.photos.add(str(taken["id"]))
        ended = began + timedelta(minutes=75)
        body = {
            "phone_at": ended.isoformat(),
            "distance_reason": "定位漂移",
            "length_reason": "客户较多",
            "summary": "正常",
        }
        if line.ask("check-out", f"{place}check-out/", json.dumps(body).encode()) is not None:
            with tally.lock:
                tally.sent.append(visit)
            tally.took("visit", time.perf_counter() - begin)


PAGES = ("/", "/commissions/statements/", "/notices/")


def reader(line: Line, until: float) -> None:
    """Look at a page, think, look at the next one."""
    while time.monotonic() < until:
        line.ask("page", line.chance.choice(PAGES))
        time.sleep(min(line.chance.expovariate(1 / THINK), max(until - time.monotonic(), 0)))


def settle(until: float, tally: Tally) -> None:
    """Settle last month again and again, in a process of its own."""
    from core import clock
    from core.periods import Month

    month = str(Month.of(clock.today()) + -1)
    while time.monotonic() < until:
        begin = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "manage.py", "settle", month],
            env={**os.environ, "DATABASE_URL": common.database_url()},
            capture_output=True,
            check=False,
        )
        tally.took("settlement", time.perf_counter() - begin)
        if done.returncode not in (0, 1):
            with tally.lock:
                tally.errors[f"settle: {done.returncode} {done.stderr[-300:]!r}"] += 1


def lost(tally: Tally) -> list[str]:
    """What was sent and is not there, or is there twice."""
    from django.core.files.storage import default_storage
    from PIL import Image

    from audits.models import Visit, VisitPhoto

    wrong = []
    mine = Visit.objects.filter(manager__username__startswith="phone")
    found = {visit.client_id: visit for visit in mine.prefetch_related("answers", "photos")}
    for sent in tally.sent:
        visit = found.get(sent.client_id)
        if visit is None or visit.state != "done":
            wrong.append(f"{sent.client_id}: {visit.state if visit else 'not there'}")
            continue
        if {one.question: one.value for one in visit.answers.all()} != sent.answers:
            wrong.append(f"{sent.client_id}: other answers")
        if {str(photo.pk) for photo in visit.photos.all()} != sent.photos:
            wrong.append(f"{sent.client_id}: {len(visit.photos.all())} photos of {len(sent.photos)}")
    if mine.filter(state="done").count() != len(tally.sent):
        wrong.append(f"{mine.filter(state='done').count()} visits of {len(tally.sent)}")
    for photo in VisitPhoto.objects.filter(visit__manager__username__startswith="phone").order_by("?")[:200]:
        with default_storage.open(photo.file) as file:
            Image.open(file).load()
    return wrong


def spread(values: list[float]) -> dict[str, float]:
    return {"count": len(values), "median": round(statistics.median(values), 3), "p95": round(p95(values), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--phones", type=int, default=20)
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--alone", action="store_true", help="without readers and settlements")
    parser.add_argument("--workers", type=int, default=2, help="processes of the web server")
    parser.add_argument("--keep", metavar="DATABASE", default="", help="make or use this database, and leave it")
    options = parser.parse_args()
    common.setup_django()
    media = tempfile.TemporaryDirectory()
    os.environ["PORTAL_MEDIA"] = media.name
    from django.conf import settings

    settings.MEDIA_ROOT = media.name
    with media, common.scratch_database("visits", keep=options.keep):
        prepare("small")
        crowd, watching = phones(options.phones), [] if options.alone else readers()
        shots, tally = pictures(options.megapixels), Tally()
        common.say(f"photos of {statistics.mean(map(len, shots)) / 2**20:.1f} MB; {len(watching)} readers")
        with server(options.workers) as port:
            begin = time.monotonic()
            until = begin + options.minutes * 60
            lines = [Line(port, cookie, tally, random.Random(place)) for place, (cookie, _own) in enumerate(crowd)]
            works = [
                threading.Thread(target=phone, args=(line, own, shots, until))
                for line, (_cookie, own) in zip(lines, crowd, strict=True)
            ]
            works += [
                threading.Thread(target=reader, args=(Line(port, cookie, tally, random.Random(-place)), until))
                for place, cookie in enumerate(watching)
            ]
            if not options.alone:
                works.append(threading.Thread(target=settle, args=(until, tally)))
            for work in works:
                work.start()
            for work in works:
                work.join()
            taken = time.monotonic() - begin
        hourly = len(tally.sent) / taken * 3600
        photos = sum(len(one.photos) for one in tally.sent)
        wrong = lost(tally)
        result = {
            "phones": options.phones,
            "readers": len(watching),
            "megapixels": options.megapixels,
            "photo_mb": round(statistics.mean(map(len, shots)) / 2**20, 2),
            "minutes": round(taken / 60, 1),
            "visits": len(tally.sent),
            "photos": photos,
            "photo_files_mb": round(sum(one.stat().st_size for one in Path(media.name).rglob("*.*")) / 2**20),
            "requests_sent_again": tally.repeated,
            "visits_an_hour": round(hourly),
            "needed_an_hour": A_DAY / HOURS,
            "ratio": round(hourly / (A_DAY / HOURS), 2),
            "errors": dict(tally.errors.most_common(10)),
            "lost_or_twice": wrong[:10],
            "seconds": {
                what: {
                    "count": len(values),
                    "median": round(statistics.median(values), 3),
                    "p95": round(p95(values), 3),
                }
                for what, values in sorted(tally.times.items())
                if len(values) > 1
            },
            "versions": common.versions("Django", "granian", "pillow"),
            "machine": common.machine(),
        }
    common.publish(result)


if __name__ == "__main__":
    main()
