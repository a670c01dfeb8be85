"""Stock nodes, cards and sales records, as each role may see them."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from core import search
from core.views import may
from inventory.models import Card, Product, SalesRecord, StockNode
from tests.factories import make_city, make_dealer, make_user, moment

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(client: Client) -> dict[str, Any]:
    _, first, second = make_city(counties=2)
    sim = Product.objects.create(code="SIM", name="套卡", family="sim", item_kind="sim", face_value=50)
    nodes = [
        StockNode.objects.create(code=f"N{unit.code}", name=f"{unit.name}仓", kind="county", org_unit=unit)
        for unit in (first, second)
    ]
    for node in nodes:
        for index in range(3):
            Card.objects.create(
                serial=f"8986{node.code[1:]}{index:04}",
                product=sim,
                node=node,
                msisdn="13887651234",
                expires_on=date(2027, 1, 1),
                state="sold" if index == 2 else "in_stock",
            )
    keeper = make_user("keeper", Role.KEEPER, first)
    client.force_login(keeper)
    return {"units": (first, second), "nodes": nodes, "sim": sim, "keeper": keeper}


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_nodes_with_what_they_hold(client: Client, world: dict[str, Any]) -> None:
    shown = page(client, "/stock/nodes/")
    assert "文山市仓" in shown
    assert "砚山县仓" not in shown
    assert "?node=N532601&amp;state=in_stock" in shown


def test_cards_are_found_by_the_start_of_their_serial(client: Client, world: dict[str, Any]) -> None:
    shown = page(client, "/stock/cards/?serial=89865326010002")
    assert "89865326010002" in shown
    assert "89865326010001" not in shown
    assert "138****1234" in shown
    assert "13887651234" not in shown
    assert "89865326020001" not in page(client, "/stock/cards/")


def test_a_cards_page_tells_its_story(client: Client, world: dict[str, Any]) -> None:
    dealer = make_dealer(world["units"][0])
    card = Card.objects.get(serial="89865326010000")
    card.state = "activated"
    card.save()
    SalesRecord.objects.create(
        event_no="E1",
        business_type="activation",
        occurred_at=moment("2026-09-01"),
        product=world["sim"],
        dealer=dealer,
        seller=dealer,
        serial=card.serial,
    )
    shown = page(client, f"/stock/cards/{card.serial}/")
    assert "E1" in shown
    assert "文山市仓" in shown
    assert "13887651234" not in shown
    assert client.get("/stock/cards/89865326020000/").status_code == 404


def test_sales_records(client: Client, world: dict[str, Any]) -> None:
    here, there = (make_dealer(unit) for unit in world["units"])
    for index, dealer in enumerate((here, here, there)):
        SalesRecord.objects.create(
            event_no=f"E{index}",
            business_type="activation",
            occurred_at=moment(f"2026-09-0{index + 1}"),
            product=world["sim"],
            dealer=dealer,
            seller=dealer,
            msisdn="13887651234",
            amount=-5,
        )
    shown = page(client, f"/stock/sales/?dealer={here.code}&since=2026-09-02")
    assert "E1" in shown
    assert ">E0<" not in shown
    assert "−5.00" in shown
    assert "13887651234" not in shown
    assert ">E2<" not in page(client, "/stock/sales/")
    assert client.get("/stock/sales/?since=yesterday").status_code == 200


def test_serials_are_found_from_six_digits_on_and_within_the_scope(world: dict[str, Any]) -> None:
    def hits(user: User, text: str) -> list[str]:
        return [str(hit.title) for _, found in search.find(user, text, may) for hit in found]

    assert hits(world["keeper"], "8986532601") == ["89865326010000", "89865326010001", "89865326010002"]
    assert hits(world["keeper"], "8986532602") == []
    assert hits(world["keeper"], "89865") == []
    clerk = make_user("clerk", Role.FINANCE_CLERK, world["units"][0])
    assert hits(clerk, "8986532601") == []


def test_the_number_of_queries_does_not_grow(
    client: Client, world: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    dealer = make_dealer(world["units"][0])
    SalesRecord.objects.bulk_create(
        SalesRecord(
            event_no=f"E{index}",
            business_type="activation",
            occurred_at=moment("2026-09-01"),
            product=world["sim"],
            dealer=dealer,
            seller=dealer,
        )
        for index in range(60)
    )
    for url in ("/stock/nodes/", "/stock/cards/", "/stock/sales/?size=100"):
        with django_assert_max_num_queries(10):
            page(client, url)
