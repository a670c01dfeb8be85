"""The pages of stocktakes, and the same by the API."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from inventory.models import Card, Difference, Stocktake
from tests.inventory.moving_world import World, build

pytestmark = pytest.mark.django_db
STOCKTAKES = "/api/v1/stocktakes/"


@pytest.fixture
def world() -> World:
    return build()


def page_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(row: Stocktake, name: str = "") -> str:
    return reverse(f"inventory:stocktake{name and '-'}{name}", args=[row.number])


def finish(client: Client, row: Stocktake) -> str:
    """Press the button of the page; what is answered in the end."""
    turn = client.get(url(row, "finish")).context["form"].initial["turn"]
    return client.post(url(row, "finish"), {"turn": turn}, follow=True).content.decode()


def test_a_blind_count_from_the_plan_to_the_verification(world: World) -> None:
    serials = world.cards(3, node=world.county)
    keeper, auditor = page_of(world.keeper), page_of(world.auditor)
    keeper.post(reverse("inventory:stocktake-new"), {"node": world.county.pk, "blind": "on"})
    row = Stocktake.objects.get()
    answer = keeper.post(url(row, "start"))
    assert answer["Location"] == url(row, "count")
    assert "还没有登记" in keeper.get(url(row, "count")).content.decode()
    text = f"{serials[0]} {serials[0]} {serials[1]} 898600001 nonsense!"
    said = keeper.post(url(row, "count"), {"text": text}, follow=True).content.decode()
    assert "已登记 2 张卡" in said
    assert "系统中没有，已照此登记；请核对是否读错：898600001" in said
    assert "nonsense!" in said
    wrong = row.lines.get(serial="898600001")
    keeper.post(reverse("inventory:stocktake-line-forget", args=[row.number, wrong.pk]))
    assert not row.lines.filter(serial="898600001").exists()
    assert "1 处差异" in finish(keeper, row)
    assert "该次盘点已完成" in keeper.post(url(row, "finish"), {"turn": 1}, follow=True).content.decode()
    # Blind: neither the page nor the list tells which card is missing.
    assert serials[2] not in keeper.get(url(row)).content.decode()
    assert serials[2] not in keeper.get(url(row, "differences")).content.decode()
    assert serials[2] not in keeper.get(url(row, "count")).content.decode()
    finish(keeper, row)
    assert serials[2] in keeper.get(url(row, "differences")).content.decode()
    assert keeper.get(url(row, "verify")).status_code == 403
    assert "请说明差异" in auditor.post(url(row, "verify"), {"finding": ""}).content.decode()
    auditor.post(url(row, "verify"), {"finding": "运输途中遗失"})
    said = auditor.get(url(row)).content.decode()
    assert "调整待审批" in said
    assert "运输途中遗失" in said
    document = row.adjustments.get()
    manager = page_of(world.manager)
    manager.post(reverse("inventory:movement-approve", args=[document.number]))
    assert Card.objects.get(serial=serials[2]).state == "lost"
    assert "已结束" in manager.get(url(row)).content.decode()
    listed = manager.get(reverse("inventory:stocktakes"), {"state": "closed"}).content.decode()
    assert row.number in listed
    assert row.number not in manager.get(reverse("inventory:stocktakes"), {"sample": "true"}).content.decode()


def test_a_sample_in_a_shop_is_ticked_on_the_phone(world: World) -> None:
    world.cards(8, node=world.agent)
    manager = page_of(world.keeper)
    address = f"{reverse('inventory:stocktake-new')}?node=A1&sample=4"
    assert 'value="4"' in manager.get(address).content.decode()
    manager.post(reverse("inventory:stocktake-new"), {"node": world.agent.pk, "sample": 4})
    row = Stocktake.objects.get()
    assert not row.blind
    manager.post(url(row, "start"))
    form = manager.get(url(row, "count")).context["form"]
    drawn = [serial for serial, _label in form.fields["found"].choices]
    assert len(drawn) == 4
    manager.post(url(row, "count"), {"found": drawn[:3]})
    left = manager.get(url(row, "count")).context["form"]
    assert [serial for serial, _label in left.fields["found"].choices] == drawn[3:]
    assert manager.post(url(row, "count"), {"text": ""}).status_code == 422
    manager.post(url(row, "count"), {"found": drawn[3:]})
    assert "待复核" in finish(manager, row)


def test_the_auditor_has_it_counted_again_and_a_material_is_corrected(world: World) -> None:
    keeper, auditor = page_of(world.keeper), page_of(world.auditor)
    keeper.post(reverse("inventory:stocktake-new"), {"node": world.county.pk, "products": [world.gifts.pk]})
    row = Stocktake.objects.get()
    keeper.post(url(row, "start"))
    assert keeper.get(url(row, "quantity")).status_code == 200
    keeper.post(url(row, "quantity"), {"product": world.gifts.pk, "quantity": 4})
    keeper.post(url(row, "quantity"), {"product": world.gifts.pk, "quantity": 5})
    assert "5" in keeper.get(url(row, "count")).content.decode()
    for _turn in range(2):
        finish(keeper, row)
    assert Difference.objects.get().counted == 5
    auditor.post(url(row, "recount"), {"reason": "请再数"})
    keeper.post(url(row, "quantity"), {"product": world.gifts.pk, "quantity": 0})
    finish(keeper, row)
    row.refresh_from_db()
    assert row.differing == 0
    auditor.post(url(row, "verify"), {"finding": ""})
    row.refresh_from_db()
    assert row.state == "closed"
    keeper.post(reverse("inventory:stocktake-new"), {"node": world.county.pk})
    other = Stocktake.objects.exclude(pk=row.pk).get()
    keeper.post(url(other, "cancel"), {"reason": "重复"})
    assert "已取消" in keeper.get(url(other)).content.decode()


def test_the_same_by_the_api(world: World) -> None:
    serials = world.cards(3, node=world.county)
    keeper, auditor = APIClient(), APIClient()
    keeper.force_authenticate(world.keeper)
    auditor.force_authenticate(world.auditor)
    made = keeper.post(STOCKTAKES, {"node": "COUNTY", "products": ["SIM"]}, format="json")
    assert made.status_code == 201, made.content
    place = f"{STOCKTAKES}{made.json()['number']}/"
    assert keeper.post(STOCKTAKES, {"node": "CITY"}, format="json").status_code == 400
    assert keeper.post(f"{place}start/").json()["state"] == "counting"
    said = keeper.post(f"{place}count/", {"serials": f"{serials[0]}–{serials[1]} 8986000!"}, format="json").json()
    assert said == {"added": 2, "twice": 0, "unknown": [], "unreadable": ["8986000!"]}
    assert keeper.post(f"{place}finish/", {"turn": 1}, format="json").json()["state"] == "recounting"
    assert keeper.post(f"{place}finish/", {"turn": 1}, format="json").status_code == 409
    assert keeper.get(f"{place}differences/").json() == []
    assert keeper.post(f"{place}finish/", {"turn": 2}, format="json").json()["differing"] == 1
    [found] = keeper.get(f"{place}differences/").json()
    assert (found["serial"], found["kind"], found["stands"]) == (serials[2], "missing", True)
    assert keeper.post(f"{place}verify/", {"finding": "遗失"}, format="json").status_code == 403
    assert auditor.post(f"{place}recount/", {"reason": "再数"}, format="json").json()["turn"] == 3
    assert keeper.post(f"{place}finish/", {"turn": 3}, format="json").json()["state"] == "counted"
    assert auditor.post(f"{place}verify/", {"finding": "遗失"}, format="json").json()["state"] == "verified"
    other = keeper.post(STOCKTAKES, {"node": "COUNTY", "sample": 2}, format="json").json()["number"]
    assert keeper.post(f"{STOCKTAKES}{other}/cancel/", {"reason": "不用"}, format="json").json()["state"] == "cancelled"
    materials = keeper.post(STOCKTAKES, {"node": "COUNTY"}, format="json").json()["number"]
    keeper.post(f"{STOCKTAKES}{materials}/start/")
    answer = keeper.post(f"{STOCKTAKES}{materials}/quantity/", {"product": "GIFT", "quantity": 3}, format="json")
    assert answer.status_code == 200
    listed = keeper.get(STOCKTAKES, {"node": "COUNTY", "state": "cancelled"}).json()["results"]
    assert [one["number"] for one in listed] == [other]
