"""The pages of material plans and accounts, and the same by the API."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.roles import Role
from core import clock
from inventory.bulk import material_months
from inventory.models import MaterialMonth, MaterialPlan, PlanItem, StockMovement
from tests import factories as make
from tests.inventory.moving_world import World, build
from tests.inventory.test_materials import stock

pytestmark = pytest.mark.django_db
PLANS = "/api/v1/material-plans/"


@pytest.fixture
def world() -> World:
    return build()


def page_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def api_of(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def url(row: MaterialPlan, name: str = "", *more: Any) -> str:
    return reverse(f"inventory:plan{name and '-'}{name}", args=[row.number, *more])


def test_a_plan_and_a_use_of_it(world: World) -> None:
    stock(world, 20)
    supervisor, manager = page_of(world.supervisor), page_of(world.manager)
    form = {
        "activity": "中秋送礼",
        "org_unit": world.county.org_unit_id,
        "starts_on": "2026-01-01",
        "ends_on": "2099-12-31",
    }
    supervisor.post(reverse("inventory:plan-new"), form)
    row = MaterialPlan.objects.get()
    answer = supervisor.post(url(row, "enter"), {"text": "A1 GIFT ten"})
    assert answer.status_code == 422
    assert "第 1 行" in answer.content.decode()
    supervisor.post(url(row, "enter"), {"text": "A1 GIFT 10\nA2 GIFT 5"})
    second = PlanItem.objects.get(dealer__code="A2")
    supervisor.post(reverse("inventory:plan-item-remove", args=[row.number, second.pk]))
    supervisor.post(url(row, "submit"))
    dealer = page_of(world.dealer)
    assert dealer.get(url(row)).status_code == 404
    manager.post(url(row, "reject"), {"reason": "先核对"})
    supervisor.post(url(row, "reopen"))
    supervisor.post(url(row, "submit"))
    manager.post(url(row, "approve"))
    item = PlanItem.objects.get()
    page = dealer.get(url(row)).content.decode()
    assert url(row, "use", item.pk) in page
    assert dealer.get(url(row, "use", item.pk)).status_code == 200
    use = {"origin": world.county.pk, "quantity": 3, "purpose": "开卡赠送"}
    dealer.post(url(row, "use", item.pk), use)
    document = StockMovement.objects.get(kind="use")
    address = reverse("inventory:movement", args=[document.number])
    assert "开卡赠送" in dealer.get(address).content.decode()
    supervisor.post(reverse("inventory:movement-approve", args=[document.number]))
    keeper = page_of(world.keeper)
    assert reverse("inventory:movement-ship", args=[document.number]) in keeper.get(address).content.decode()
    keeper.post(reverse("inventory:movement-ship", args=[document.number]), {"carrier": ""})
    assert [(one["spent"], one["planned"]) for one in supervisor.get(url(row)).context["totals"]] == [(3, 10)]
    assert "A1" in supervisor.get(url(row, "items"), {"dealer": "A1"}).content.decode()
    dealer.post(url(row, "use", item.pk), use)
    other = StockMovement.objects.filter(kind="use", state="submitted").get()
    dealer.post(reverse("inventory:movement-cancel", args=[other.number]), {"reason": "不用了"})
    other.refresh_from_db()
    assert other.state == "cancelled"
    supervisor.post(url(row, "close"), {"reason": "活动结束"})
    assert "已结束" in supervisor.get(reverse("inventory:plans"), {"state": "closed"}).content.decode()
    assert dealer.get(url(row, "use", item.pk)).status_code == 404


def test_accounts_are_listed_and_reconciled(world: World) -> None:
    stock(world, 20)
    material_months.nightly(today=date(2026, 10, 2))
    account = MaterialMonth.objects.get(node=world.county, month=date(2026, 9, 1))
    auditor, accounts = page_of(world.auditor), reverse("inventory:material-accounts")
    address = reverse("inventory:material-reconcile", args=[account.pk])
    listed = auditor.get(accounts, {"month": "2026-09", "reconciled": "false"}).content.decode()
    assert address in listed
    assert address not in page_of(world.keeper).get(accounts).content.decode()
    assert "20" in auditor.get(address).content.decode()
    assert "请说明原因" in auditor.post(address, {"counted": 19}).content.decode()
    auditor.post(address, {"counted": 19, "note": "破损"})
    account.refresh_from_db()
    assert (account.counted, account.note) == (19, "破损")
    this_month = clock.today().replace(day=1)
    MaterialMonth.objects.exclude(pk=account.pk).filter(node=world.county).update(month=this_month)
    open_one = MaterialMonth.objects.get(node=world.county, month=this_month)
    answer = auditor.post(reverse("inventory:material-reconcile", args=[open_one.pk]), {"counted": 20})
    assert "当月尚未结束" in answer.content.decode()


def test_the_same_by_the_api(world: World) -> None:
    stock(world, 20)
    other = make.make_user("manager2", Role.CITY_MANAGER, world.city.org_unit)
    supervisor, dealer, approver = api_of(world.supervisor), api_of(world.dealer), api_of(other)
    made = supervisor.post(
        PLANS,
        {
            "activity": "送礼",
            "org_unit": world.county.org_unit.code,
            "starts_on": "2026-01-01",
            "ends_on": "2099-01-01",
        },
        format="json",
    )
    assert made.status_code == 201, made.content
    place = f"{PLANS}{made.json()['number']}/"
    assert supervisor.post(f"{place}enter/", {"text": "A1 GIFT 10"}, format="json").json() == {"entered": 1}
    supervisor.post(f"{place}submit/")
    approver.post(f"{place}reject/", {"reason": "再看"}, format="json")
    supervisor.post(f"{place}reopen/")
    supervisor.post(f"{place}submit/")
    assert approver.post(f"{place}approve/").json()["state"] == "approved"
    [item] = dealer.get(f"{place}items/").json()
    use = {"item": item["id"], "origin": "COUNTY", "quantity": 2, "purpose": "送"}
    assert dealer.post(f"{place}use/", use, format="json").json()["kind"] == "use"
    assert dealer.post(f"{place}use/", {**use, "item": 1}, format="json").status_code == 400
    assert dealer.post(f"{place}use/", {**use, "quantity": 11}, format="json").status_code == 409
    assert supervisor.post(f"{place}close/", {"reason": "完"}, format="json").json()["state"] == "closed"
    material_months.nightly(today=date(2026, 10, 2))
    auditor = api_of(world.auditor)
    accounts = auditor.get("/api/v1/material-accounts/", {"month": "2026-09-01"}).json()["results"]
    account = next(one for one in accounts if one["node"] == "COUNTY")
    place = f"/api/v1/material-accounts/{account['id']}/reconcile/"
    answer = auditor.post(place, {"counted": 20}, format="json")
    assert answer.json()["counted"] == 20, answer.content
