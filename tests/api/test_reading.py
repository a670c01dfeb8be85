"""Lists and rows of the API: shape, scope, filters, order, pages."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.sweep import world as worlds

pytestmark = pytest.mark.django_db
LISTS = [
    "org-units",
    "dealers",
    "agreements",
    "stock-nodes",
    "cards",
    "sales",
    "policies",
    "rules",
    "batches",
    "statements",
    "adjustments",
    "disputes",
    "lines",
    "pool-entries",
    "visits",
    "findings",
    "violations",
    "imports",
]


def client(user: Any) -> APIClient:
    api = APIClient()
    api.force_login(user)
    return api


@pytest.mark.parametrize("name", LISTS)
def test_a_list_has_the_rows_of_the_scope_and_each_can_be_read(world: worlds.World, name: str) -> None:
    api = client(world.users["city_manager"])
    body = api.get(f"/api/v1/{name}/").json()
    assert body["results"], body
    key = next(k for k in ("id", "event_no", "reference", "code", "number", "serial") if k in body["results"][0])
    one = api.get(f"/api/v1/{name}/{body['results'][0][key]}/")
    assert one.status_code == 200, one.content
    assert one.json()[key] == body["results"][0][key]


@pytest.mark.parametrize("name", LISTS)
def test_the_number_of_queries_does_not_grow_with_the_rows(
    world: worlds.World, name: str, django_assert_max_num_queries: Any
) -> None:
    api = client(world.users["city_manager"])
    with django_assert_max_num_queries(8):
        assert api.get(f"/api/v1/{name}/").status_code == 200


def test_money_is_text_and_months_are_short(world: worlds.World) -> None:
    row = client(world.users["dealer"]).get("/api/v1/statements/").json()["results"][0]
    assert (row["paid"], row["month"]) == ("7.00", "2026-08")


def test_a_grids_manager_reads_the_lines_of_his_dealers_only(world: worlds.World) -> None:
    rows = client(world.users["channel_manager"]).get("/api/v1/lines/").json()["results"]
    assert [row["dealer_code"] for row in rows] == ["XA001"]


def test_filters_narrow_and_say_what_they_do_not_take(world: worlds.World) -> None:
    api = client(world.users["city_manager"])
    assert [row["code"] for row in api.get("/api/v1/dealers/?org_unit=532602").json()["results"]] == ["ZB001"]
    assert api.get("/api/v1/batches/?month=2026-08").json()["count"] == 2
    bad = api.get("/api/v1/batches/?month=August")
    assert (bad.status_code, bad["Content-Type"]) == (400, "application/problem+json")
    assert bad.json()["errors"][0]["pointer"] == "#/month"


def test_order_and_pages_together_give_every_row_once(world: worlds.World) -> None:
    api = client(world.users["city_manager"])
    seen, url = [], "/api/v1/sales/?page_size=1&ordering=-event_date"
    while url:
        body = api.get(url).json()
        seen += [row["event_no"] for row in body["results"]]
        url = body["next"]
    assert len(seen) == len(set(seen)) == 3
    page = api.get("/api/v1/dealers/?page=2&page_size=2&ordering=-code").json()
    assert ([row["code"] for row in page["results"]], page["count"]) == (["XA001"], 3)


def test_personal_data_is_whole_only_for_those_who_need_it(world: worlds.World) -> None:
    url = f"/api/v1/dealers/{world.y.dealer.code}/"
    assert client(world.users["county_supervisor"]).get(url).json()["contact_phone"] == "13900001111"
    assert client(world.users["finance_clerk"]).get(url).json()["contact_phone"] == "139****1111"
    account = f"/api/v1/dealers/{world.x.dealer.code}/accounts/"
    assert client(world.users["finance_clerk"]).get(account).json()[0]["number"] == world.x.account.number
    assert "*" in client(world.users["auditor"]).get(account).json()[0]["number"]


def test_a_card_tells_what_happened_to_it(world: worlds.World) -> None:
    card = world.x.card
    card.state = "activated"
    card.save()
    events = client(world.users["county_supervisor"]).get(f"/api/v1/cards/{card.serial}/history/").json()
    assert {(one["event"], one["state"], one["reference"]) for one in events} == {
        ("changed", "in_stock", None),
        ("changed", "activated", None),
        ("sale", None, world.x.sale.event_no),
    }


def test_a_dealers_history_is_there(world: worlds.World) -> None:
    found = client(world.users["dealer"]).get("/api/v1/dealers/XA001/history/").json()
    assert found["tiers"][0] == {"first": "2024-01-01", "last": None, "value": "partner"}
