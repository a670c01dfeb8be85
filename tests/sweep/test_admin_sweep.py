"""The admin site as every role: closed to all but administrators, and to them outside their unit."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db import models, transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.roles import Role
from core.scoping import Scope
from tests.sweep import world as worlds
from tests.sweep.expectations import ADMIN
from tests.sweep.routes import Route, routes
from tests.sweep.subjects import Subject

pytestmark = pytest.mark.django_db
ROUTES = [route for route in routes() if route.name.startswith(ADMIN)]
OTHERS = [role.value for role in Role if role != Role.ADMINISTRATOR]
# Parts of addresses that name no row.
FIXED = {"app_label": "dealers", "content_type_id": "1", "url": "nothing/", "id": "1"}


DOORS = ("admin:login", "admin:logout", "admin:jsi18n")
WRITING = ("_add", "_change", "_delete", "_changelist")


@pytest.fixture
def world() -> worlds.World:
    return worlds.build()


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def client_of(user: Any = None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


def model_of(route: Route) -> type[models.Model] | None:
    """The model whose row the address names."""
    name = route.name.removeprefix(ADMIN)
    found = [m for m in admin.site._registry if name.startswith(f"{m._meta.app_label}_{m._meta.model_name}_")]
    if name == "auth_user_password_change":
        return next(m for m in admin.site._registry if m._meta.model_name == "user")
    return found[0] if found else None


def address(route: Route, row: Any = None) -> str | None:
    values = {name: FIXED.get(name, quote(row.pk) if row is not None else "1") for name in route.kwargs}
    if row is not None:
        values = {name: quote(row.pk) if name in ("object_id", "id") else value for name, value in values.items()}
    try:
        return reverse(route.name, kwargs=values)
    except NoReverseMatch:
        return None


def test_everything_is_looked_at() -> None:
    """An admin address whose parts are of a new kind has to be filled here."""
    known = {"object_id", *FIXED}
    assert not [route.name for route in ROUTES if set(route.kwargs) - known]


def test_nobody_comes_in_unsigned(world: worlds.World) -> None:
    client, wrong = client_of(), []
    for route in ROUTES:
        for method in ("get", "post"):
            url = address(route)
            if url is None or route.name in DOORS:
                continue
            response = getattr(client, method)(url)
            turned = response.status_code in (301, 302) and "/accounts/sign-in/" in _end(client, response)
            if not turned:
                wrong.append(f"{method.upper()} {url}: {response.status_code}")
    assert not wrong, "\n".join(wrong)


def _end(client: Client, response: Any) -> str:
    """Where a redirect leads in the end; the admin's own door leads on to the portal's."""
    target = response["Location"]
    return client.get(target).get("Location", "") if target.startswith("/admin/login/") else target


@pytest.mark.parametrize("role", OTHERS)
def test_other_roles_are_turned_away(world: worlds.World, role: str) -> None:
    client, wrong = client_of(world.users[role]), []
    for route in ROUTES:
        if route.name in DOORS:
            continue
        for method in ("get", "post") if route.name.endswith(WRITING) else ("get",):
            url = address(route)
            if url is None:
                continue
            with transaction.atomic():
                status = getattr(client, method)(url).status_code
                transaction.set_rollback(True)
            if status != 403:
                wrong.append(f"{role}: {method.upper()} {url}: {status} instead of 403")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", ["administrator", "stranger_administrator"])
def test_an_administrator_sees_his_unit_only(world: worlds.World, who: str) -> None:
    """Every row of every model: there for those whose unit it is of, not found for others, never a crash."""
    user = world.users[who]
    client, wrong = client_of(user), []
    for route in ROUTES:
        if route.name == "admin:logout":
            continue
        for row, seen in rows_of(route, user):
            url = address(route, row)
            if url is None:
                continue
            with transaction.atomic():
                response = client.get(url)
                transaction.set_rollback(True)
            status = response.status_code
            if status >= 500 or (seen is False and status not in (302, 403, 404)) or (seen is True and status == 404):
                wrong.append(f"{who}: GET {url} [{route.name}]: {status}")
            elif status == 200 and not Subject({}, unit=world.a.unit).seen_by(user) and "XA001" in text(response):
                wrong.append(f"{who}: GET {url}: shows a dealer of county A")
    assert not wrong, "\n".join(wrong)


def rows_of(route: Route, user: Any) -> list[tuple[Any, bool | None]]:
    """Rows for the address, each with whether `user` may see it (None: has no rows, anything but a crash)."""
    model = model_of(route)
    if "object_id" not in route.kwargs and "id" not in route.kwargs:
        return [(None, None)]
    if model is None:
        return [(None, None)]
    rows = list(model._default_manager.all()[:6]) if issubclass(model, models.Model) else []
    return [(row, _seen(row, user)) for row in rows] or [(None, None)]


def _seen(row: Any, user: Any) -> bool:
    """By the path from the row to its unit, followed in Python."""
    scope = getattr(row, "scope", None)
    if not isinstance(scope, Scope) or scope.everyone:
        return True
    at = row
    for step in (scope.unit or "").split("__"):
        at = getattr(at, step) if step and at is not None else at
    if at is None:  # a dealer's user without a unit of his own
        at = row.dealer_link.dealer.org_unit
    return str(at.path).startswith(user.org_unit.path)


def text(response: Any) -> str:
    return response.content.decode(errors="ignore")
