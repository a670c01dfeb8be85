"""Every route × role × scope: strangers get 404, wrong roles 403, nobody gets in unsigned.

The routes are found by walking the URLconf. What a view demands is read from the view;
whose a row is, from `subjects`; what neither tells, from `expectations`.
"""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from core.views.base import may
from core.views.lists import PortalListView
from tests.sweep import world as worlds
from tests.sweep.expectations import ADMIN, ALSO_RIGHT, PUBLIC
from tests.sweep.routes import Route, routes
from tests.sweep.subjects import Subject, maker

pytestmark = pytest.mark.django_db
NOBODY = "nobody"
WHO = [
    "channel_manager",
    "county_supervisor",
    "city_manager",
    "finance_clerk",
    "finance_approver",
    "keeper",
    "auditor",
    "inspector",
    "dealer",
    "administrator",
    "stranger_city_manager",
    "stranger_administrator",
    NOBODY,
]
PORTAL = [route for route in routes() if not route.name.startswith(ADMIN) and "admin/" not in route.pattern]


@pytest.fixture
def world() -> worlds.World:
    return worlds.build()


def client_of(world: worlds.World, who: str) -> Client:
    client = Client(raise_request_exception=False)
    if who != NOBODY:
        client.force_login(world.users[who])
    return client


def subjects(world: worlds.World, route: Route, who: str, method: str) -> list[Subject]:
    """The rows to ask for: one will do for those whom the route is closed to anyway."""
    if not route.kwargs:
        return [Subject({}, everyone=True)]
    make = maker(route.name)
    found = make(world) if make else []  # test_every_route_is_known tells of it
    closed = who == NOBODY or not may(world.users[who], route.permission(method))
    return found[:1] if closed else found


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_every_route_is_known() -> None:
    """A new route declares its permission, and its address can be filled."""
    undeclared = [
        f"{route.name} ({method})"
        for route in PORTAL
        if route.name not in PUBLIC
        for method in route.methods
        if route.permission(method) is None
    ]
    unfilled = [route.name for route in PORTAL if route.kwargs and maker(route.name) is None]
    assert not undeclared, f"declare a permission, or say in PUBLIC why there is none: {undeclared}"
    assert not unfilled, f"say in tests/sweep/subjects.py which rows fill the address of: {unfilled}"


def test_every_open_door_still_exists() -> None:
    assert set(PUBLIC) <= {route.name for route in PORTAL}


@pytest.mark.parametrize("who", WHO)
def test_reading(world: worlds.World, who: str) -> None:
    """GET: the right status everywhere, and no secret of another's rows in what comes back."""
    client, wrong = client_of(world, who), []
    for route in PORTAL:
        for subject in subjects(world, route, who, "get"):
            url = route.url(subject.kwargs)
            for address in variants(world, route, url):
                with transaction.atomic():
                    response = client.get(address)
                    transaction.set_rollback(True)
                wrong += judge(world, who, route, subject, "get", address, response)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", WHO)
def test_writing(world: worlds.World, who: str) -> None:
    """POST, PUT, PATCH and DELETE with an empty body: the same statuses; each is undone afterwards."""
    client, wrong = client_of(world, who), []
    for route in PORTAL:
        for method in sorted(route.methods - {"get"}):
            for subject in subjects(world, route, who, method):
                url = route.url(subject.kwargs)
                body = {"content_type": "application/json"} if route.name.startswith("api:") else {}
                cookies = client.cookies.copy()
                with transaction.atomic():
                    response = getattr(client, method)(url, **body)
                    transaction.set_rollback(True)
                client.cookies = cookies
                wrong += judge(world, who, route, subject, method, url, response)
    assert not wrong, "\n".join(wrong)


def variants(world: worlds.World, route: Route, url: str) -> list[str]:
    """The address, and those of its exports, of another unit and of searches for others' rows."""
    found = [url]
    if isinstance(route.view, type) and issubclass(route.view, PortalListView):
        found.append(f"{url}?export=csv&unit={world.b.unit.code}")
    if route.name == "core:search":
        found += [f"{url}?q={text}" for text in ("ZB0", "YA0", "8986Z", "532602-2026", "丙店", "乙店")]
    return found


def judge(
    world: worlds.World, who: str, route: Route, subject: Subject, method: str, url: str, response: Any
) -> list[str]:
    """What is wrong with the answer, if anything, in a line that names everything."""
    label = f"{who}: {method.upper()} {url} [{route.name}]"
    status = response.status_code
    also = ALSO_RIGHT.get((route.name, method), (set(), ""))[0]
    if status >= 500:
        return [f"{label}: {status}"]
    if route.name in PUBLIC:
        return [f"{label}: {status} where anybody may"] if status in (401, 403, 404) and who != NOBODY else []
    if who == NOBODY:
        turned = status == 401 or (status in (301, 302) and "sign-in" in response["Location"])
        return [] if turned else [f"{label}: {status} without a sign-in"]
    user = world.users[who]
    if method not in route.methods:
        return [] if status in (403, 404, 405) else [f"{label}: {status} instead of 405"]
    if not may(user, route.permission(method)):
        return [] if status == 403 else [f"{label}: {status} instead of 403"]
    if not subject.seen_by(user):
        return [] if status == 404 or status in also else [f"{label}: {status} instead of 404"]
    return _as_one_who_may(world, user, method, label, response, also)


def _as_one_who_may(
    world: worlds.World, user: Any, method: str, label: str, response: Any, also: set[int]
) -> list[str]:
    status = response.status_code
    if status in (301, 302) and "sign-in/?next" in response["Location"]:
        return [f"{label}: sent to the sign-in"]
    if method == "get":
        if status not in {200, 302} | also:
            return [f"{label}: {status} instead of 200"]
        return leaks(world, user, label, response) if status == 200 else []
    if status in {401, 404} - also or (status == 403 and status not in also and not _by_duty(response)):
        return [f"{label}: {status} for one who may"]
    return []


def _by_duty(response: Any) -> bool:
    """A 403 of the domain: the role may, but not this person now."""
    if "problem+json" not in response.get("Content-Type", ""):
        return False
    return response.json().get("code") != "permission_denied"


def leaks(world: worlds.World, user: Any, label: str, response: Any) -> list[str]:
    """Secrets of rows that the user may not see."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    text = content.decode("utf-8", errors="ignore")
    hidden = [
        (worlds.SECRET, Subject({}, unit=world.z.dealer.org_unit, dealer=world.z.dealer)),
        (worlds.OTHER_SECRET, Subject({}, unit=world.y.dealer.org_unit, dealer=world.y.dealer)),
    ]
    return [f"{label}: shows {secret}" for secret, row in hidden if secret in text and not row.seen_by(user)]
