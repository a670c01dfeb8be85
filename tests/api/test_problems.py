"""Errors: one shape, the right status, nothing told to those who may not know."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.sweep import world as worlds

pytestmark = pytest.mark.django_db


def test_without_signing_in_it_is_401_and_says_how() -> None:
    found = APIClient().get("/api/v1/dealers/")
    assert (found.status_code, found["Content-Type"], found["WWW-Authenticate"]) == (
        401,
        "application/problem+json",
        "Token",
    )
    assert found.json()["type"] == "urn:channels-portal:problem:not_authenticated"


def test_a_role_without_the_permission_gets_403(as_: Any) -> None:
    found = as_("inspector").get("/api/v1/dealers/")
    assert (found.status_code, found.json()["code"]) == (403, "permission_denied")


def test_a_strangers_row_and_no_row_are_the_same_404(as_: Any, world: worlds.World) -> None:
    there = as_("county_supervisor").get(f"/api/v1/dealers/{world.z.dealer.code}/").json()
    not_there = as_("county_supervisor").get("/api/v1/dealers/NOBODY/").json()
    assert {**there, "instance": ""} == {**not_there, "instance": ""}
    assert there["status"] == 404


@pytest.mark.parametrize("address", ["/api/v1/nothing/", "/api/v2/dealers/", "/api/"])
def test_addresses_that_do_not_exist_are_problems_too(as_: Any, address: str) -> None:
    found = as_("city_manager").get(address)
    assert (found.status_code, found["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/dealers/%00/",
        "/api/v1/dealers/?search=%00",
        "/api/v1/lines/?batch=%00",
        "/api/v1/dealers/?page=99999999999999999999",
        "/api/v1/sales/?cursor=rubbish",
        "/api/v1/visits/999999999999999999/",
        "/api/v1/visits/?client_id=rubbish",
        "/api/v1/batches/?month=0000-01",
        "/api/v1/rules/?on=31-31-31",
    ],
)
def test_rubbish_is_refused_not_crashed_on(as_: Any, address: str) -> None:
    found = as_("city_manager").get(address)
    assert found.status_code in (400, 404), found.content
    assert found["Content-Type"] == "application/problem+json"


def test_a_refusal_is_409_with_code_message_and_params(as_: Any, world: worlds.World) -> None:
    found = as_("county_supervisor").post(f"/api/v1/batches/{world.a.approved.number}/submit/")
    body = found.json()
    assert (found.status_code, body["code"], body["params"]["state"]) == (409, "move_refused", "approved")
    assert body["detail"]


def test_a_breach_of_duties_is_403_with_its_own_code(as_: Any, world: worlds.World) -> None:
    number = world.a.calculated.number
    batch = type(world.a.calculated).objects.filter(number=number)
    batch.update(state="submitted", submitted_by=world.users["city_manager"])
    found = as_("city_manager").post(f"/api/v1/batches/{number}/review/")
    assert (found.status_code, found.json()["code"]) == (403, "separation_of_duties")


def test_what_the_body_lacks_is_named(as_: Any, world: worlds.World) -> None:
    found = as_("city_manager").post(f"/api/v1/batches/{world.a.calculated.number}/void/", {}, format="json")
    assert found.status_code == 400
    assert [(one["pointer"], one["code"]) for one in found.json()["errors"]] == [("#/reason", "required")]


def test_messages_come_in_the_callers_language(world: worlds.World) -> None:
    api = APIClient()
    assert api.get("/api/v1/dealers/", headers={"accept-language": "en"}).json()["title"] == "Sign in first"


def test_requests_are_limited_by_user(as_: Any, settings: Any) -> None:
    settings.API_RATES = {**settings.API_RATES, "requests": "2/min"}
    api = as_("city_manager")
    found = [api.get("/api/v1/org-units/").status_code for _ in range(3)]
    assert found == [200, 200, 429]
    assert as_("auditor").get("/api/v1/org-units/").status_code == 200


def test_without_the_cache_requests_still_go_through(as_: Any, settings: Any, monkeypatch: Any) -> None:
    from django.core.cache import cache
    from redis.exceptions import ConnectionError as Away

    def away(*args: Any, **kwargs: Any) -> None:
        raise Away

    monkeypatch.setattr(
        type(cache._connections["default"]) if hasattr(cache, "_connections") else type(cache),
        "get",
        away,
        raising=False,
    )
    assert as_("city_manager").get("/api/v1/org-units/").status_code == 200
