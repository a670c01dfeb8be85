"""Signing in to the API: tokens, sessions, and what they do not let through."""

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from tests import factories as make
from tests.sweep import world as worlds

pytestmark = pytest.mark.django_db


def get_token(**changes: Any) -> Any:
    given = {"username": "city_manager", "password": make.PASSWORD, **changes}
    return APIClient().post("/api/v1/token/", given, format="json")


def bearer(key: str) -> APIClient:
    return APIClient(headers={"authorization": f"Token {key}"})


def test_a_token_opens_what_the_role_may(world: worlds.World) -> None:
    key = get_token().json()["token"]
    assert bearer(key).get("/api/v1/dealers/").json()["count"] == 3
    assert bearer(key).post("/api/v1/token/end/").status_code == 204
    assert bearer(key).get("/api/v1/dealers/").status_code == 401


def test_a_token_ends(world: worlds.World, settings: Any) -> None:
    key = get_token().json()["token"]
    Token.objects.update(created=worlds.AT - timedelta(days=365))
    found = bearer(key).get("/api/v1/dealers/")
    assert (found.status_code, found.json()["code"]) == (401, "token_ended")
    assert get_token().json()["token"] != key


def test_wrong_passwords_lock_as_on_the_page(world: worlds.World) -> None:
    assert [get_token(password="wrong").status_code for _ in range(5)] == [401] * 4 + [429]
    locked = get_token()
    assert (locked.status_code, locked["Content-Type"]) == (429, "application/problem+json")


def test_attempts_are_limited_by_address(world: worlds.World, settings: Any) -> None:
    settings.API_RATES = {**settings.API_RATES, "sign_in": "2/min"}
    assert [get_token(username=f"u{n}").status_code for n in range(3)] == [401, 401, 429]


def test_who_has_to_change_the_password_does_that_first(world: worlds.World) -> None:
    key = get_token().json()["token"]
    user = world.users["city_manager"]
    user.must_change_password = True
    user.save()
    assert get_token().json()["code"] == "password_must_change"
    assert bearer(key).get("/api/v1/dealers/").status_code == 403


def test_an_inactive_user_has_no_token(world: worlds.World) -> None:
    key = get_token().json()["token"]
    type(world.users["city_manager"]).objects.filter(username="city_manager").update(is_active=False)
    assert bearer(key).get("/api/v1/dealers/").status_code == 401


def test_a_session_writes_only_with_its_csrf_token(world: worlds.World) -> None:
    api = APIClient(enforce_csrf_checks=True)
    api.force_login(world.users["county_supervisor"])
    found = api.post(f"/api/v1/batches/{world.a.calculated.number}/submit/", {}, format="json")
    assert found.status_code == 403


def test_changing_the_password_ends_the_token(world: worlds.World) -> None:
    from accounts.services import user as users

    key = get_token().json()["token"]
    users.change_password(user=world.users["city_manager"], new="A-new-one-2026!")
    assert bearer(key).get("/api/v1/dealers/").status_code == 401
