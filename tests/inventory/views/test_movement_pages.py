"""The pages of stock movements, and the same by the API."""

import re
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from inventory.models import Card, StockMovement
from tests.inventory.moving_world import World, build

pytestmark = pytest.mark.django_db
MOVEMENTS = "/api/v1/movements/"


@pytest.fixture
def world() -> World:
    return build()


def page_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(row: StockMovement, name: str = "") -> str:
    return reverse(f"inventory:movement{name and '-'}{name}", args=[row.number])


def test_a_movement_from_the_form_to_the_county(world: World) -> None:
    serials = world.cards(5)
    keeper, county = page_of(world.city_keeper), page_of(world.keeper)
    form = {"kind": "transfer", "origin": world.city.pk, "destination": world.county.pk}
    answer = keeper.post(reverse("inventory:movement-new"), form)
    row = StockMovement.objects.get()
    assert answer["Location"] == url(row)
    text = f"{serials[0]}\n{serials[1]} 8986999 nonsense!"
    said = keeper.post(url(row, "serials"), {"text": text}, follow=True).content.decode()
    assert "已加入 2 张卡" in said
    assert "8986999: 系统中没有" in said
    upload = SimpleUploadedFile("卡号.txt", f"{serials[2]}–{serials[3]}\r\n".encode())
    assert "已加入 2 张卡" in keeper.post(url(row, "serials"), {"file": upload}, follow=True).content.decode()
    row.refresh_from_db()
    assert row.quantity == 4
    line = row.lines.order_by("pk").first()
    removed = keeper.post(reverse("inventory:movement-line-remove", args=[row.number, line.pk]))
    assert removed.status_code == 302
    row.refresh_from_db()
    assert row.quantity == 2
    keeper.post(url(row, "submit"))
    assert "待审批" in keeper.get(url(row)).content.decode()
    assert keeper.post(url(row, "approve")).status_code == 403
    page_of(world.manager).post(url(row, "approve"))
    assert county.post(url(row, "ship"), {"carrier": "顺丰"}).status_code in (403, 422)
    keeper.post(url(row, "ship"), {"carrier": "顺丰"})
    sheet = county.get(url(row, "sheet")).content.decode()
    assert "<svg" in sheet
    assert serials[2] in sheet
    strange = county.post(url(row, "receive"), {"how": "only", "text": serials[4]})
    assert strange.status_code == 422
    assert "不属于本单" in strange.content.decode()
    county.post(url(row, "receive"), {"how": "but", "text": serials[3]})
    assert "收货有差异" in county.get(url(row)).content.decode()
    wrong = row.discrepancies.get()
    county.post(url(row, "resolve"), {"discrepancies": [wrong.pk], "resolution": "found"})
    row.refresh_from_db()
    assert row.state == "closed"
    assert Card.objects.filter(node=world.county, state="in_stock").count() == 2


def test_a_wrong_form_says_what_is_wrong_and_keeps_what_was_typed(world: World) -> None:
    keeper = page_of(world.city_keeper)
    form = {"kind": "transfer", "origin": world.city.pk, "destination": world.agent.pk}
    answer = keeper.post(reverse("inventory:movement-new"), form)
    assert answer.status_code == 422
    assert "没有此路径" in answer.content.decode()
    row = world.move(world.cards(1)[0], to="submitted")
    late = keeper.post(url(row, "serials"), {"text": "89860190000000"})
    assert (late.status_code, "明细不能再改" in late.content.decode()) == (422, True)
    for bad in ({}, {"file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04\xff\xfe")}):
        assert keeper.post(url(row, "serials"), bad).status_code == 422


def test_an_agent_orders_on_his_phone(world: World) -> None:
    dealer = page_of(world.dealer)
    page = dealer.get(reverse("inventory:movement-new")).content.decode()
    assert 'value="loan"' not in page
    form = {"kind": "issue", "origin": world.county.pk, "destination": world.agent.pk}
    dealer.post(reverse("inventory:movement-new"), form)
    row = StockMovement.objects.get()
    dealer.post(url(row, "quantity"), {"product": world.product.pk, "quantity": 30})
    assert "待配号" in page_of(world.keeper).get(url(row)).content.decode()
    assert "提交" not in dealer.get(url(row)).content.decode().split("<main")[1].split("制单")[0]


def test_the_list_finds_a_movement_by_a_serial_in_it(world: World) -> None:
    serials = world.cards(4)
    first, _second = world.move(f"{serials[0]}-{serials[1]}"), world.move(serials[3])
    found = page_of(world.keeper).get(reverse("inventory:movements"), {"serial": serials[1]}).content.decode()
    assert first.number in found
    assert _second.number not in found
    assert _second.number in page_of(world.keeper).get(reverse("inventory:movements")).content.decode()


def test_the_same_by_the_api(world: World) -> None:
    serials = world.cards(3)
    api: dict[str, APIClient] = {}
    for name in ("city_keeper", "keeper", "manager"):
        api[name] = APIClient()
        api[name].force_authenticate(getattr(world, name))
    made = api["city_keeper"].post(
        MOVEMENTS, {"kind": "transfer", "origin": "CITY", "destination": "COUNTY"}, format="json"
    )
    assert made.status_code == 201
    at = f"{MOVEMENTS}{made.json()['number']}/"

    def step(who: str, name: str, status: int = 200, **given: Any) -> Any:
        answer = api[who].post(f"{at}{name}/", given, format="json")
        assert answer.status_code == status, answer.json()
        return answer.json()

    done = step("city_keeper", "serials", serials=f"{serials[0]}-{serials[2]} 8986777")
    assert (done["added"], [one["code"] for one in done["problems"]]) == (3, ["unknown"])
    step("city_keeper", "submit")
    step("city_keeper", "approve", 403)
    step("manager", "approve")
    step("city_keeper", "ship", carrier="顺丰")
    assert step("keeper", "receive", missing=serials[1])["state"] == "received"
    step("keeper", "receive", 409)
    wrong = api["keeper"].get(f"{at}discrepancies/").json()
    assert [one["serial"] for one in wrong] == [serials[1]]
    assert step("keeper", "resolve", discrepancies=[wrong[0]["id"]], resolution="returned")["state"] == "closed"
    lines = api["keeper"].get(f"{at}lines/").json()
    assert (lines[0]["first"], lines[0]["last"], lines[0]["quantity"]) == (serials[0], serials[2], 3)
    assert [one["number"] for one in api["keeper"].get(MOVEMENTS).json()["results"]] == [made.json()["number"]]


def test_a_node_shows_what_it_holds_and_whom_it_supplies(world: World) -> None:
    world.move(" ".join(world.cards(7)[:4]), to="shipped")
    client = page_of(world.city_keeper)
    shown = client.get(reverse("inventory:node", args=["CITY"])).content.decode()
    assert re.findall(r'<span class="number">(\d+)</span></td>', shown)[:3] == ["3", "0", "4"]
    assert reverse("inventory:node", args=["COUNTY"]) in shown
    assert page_of(world.keeper).get(reverse("inventory:node", args=["CITY"])).status_code == 404
    listed = client.get(reverse("inventory:nodes")).content.decode()
    assert reverse("inventory:node", args=["FAR"]) in listed


def test_the_first_page_says_what_waits(world: World) -> None:
    cards = world.cards(6)
    world.move(cards[0])
    world.move(cards[1], to="approved")
    world.move(cards[2], to="shipped")
    lent = world.cards(2, node=world.county, start=100)
    lend = {"kind": "loan", "origin": world.county, "destination": world.agent, "sender": world.keeper}
    loan = world.move(" ".join(lent), to="shipped", due_on=date(2026, 9, 10), **lend)
    world.move(world.cards(1, node=world.county, start=200)[0], to="shipped", due_on=date(2030, 1, 1), **lend)

    def waits(user: Any) -> dict[str, int]:
        shown = page_of(user).get("/").content.decode()
        found = re.findall(
            r'wait-count"><span class="number">(\d+)</span></span><span class="wait-label">([^<]+)<', shown
        )
        return {label: int(count) for count, label in found}

    assert waits(world.city_keeper) == {"待发货": 1, "待收货": 3, "逾期借卡": 1}
    assert waits(world.keeper) == {"待收货": 3, "逾期借卡": 1}
    assert waits(world.manager)["待审批的调拨单"] == 1
    assert waits(world.dealer) == {"待收货": 2, "逾期借卡": 1}
    found = page_of(world.keeper).get(reverse("inventory:movements"), {"overdue": "true"}).content.decode()
    assert loan.number in found
    assert found.count("/stock/movements/M") == 1
