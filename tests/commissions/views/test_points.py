"""Points pages: the dealer's ledger, catalogue and requests; the city's rules, rewards and decisions."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from commissions.models import PointsEntry, PointsItem, PointsRule, Redemption
from tests import factories as f
from tests.commissions.scene import Scene

SignIn = Callable[..., Client]


@pytest.fixture
def owner(scene: Scene) -> User:
    """The user of a dealer with 500 points."""
    scene.dealers.append(f.make_dealer(scene.county))
    PointsEntry.objects.create(
        dealer=scene.dealers[0],
        month="2026-09-01",
        entry="sale",
        points=500,
        source="2026-09#1",
        posted_at=f.moment("2026-10-01"),
    )
    return f.make_dealer_user(scene.dealers[0])


def page(client: Client, name: str, *args: object, **query: str) -> str:
    response = client.get(reverse(f"commissions:{name}", args=args), query, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_from_the_catalogue_to_the_counter(scene: Scene, owner: User, as_user: SignIn) -> None:
    city, dealer = as_user(scene.manager), as_user(owner)
    keeper = as_user(f.make_user("keeper", Role.KEEPER, scene.city))
    data = {"org_unit": scene.city.pk, "code": "G1", "name": "电饭煲", "category": "gift", "points": "200"}
    assert city.post(reverse("commissions:points_item_new"), data).status_code == 422
    both = {**data, "stock": "3", "budget": "100", "unit_value": "10"}
    assert city.post(reverse("commissions:points_item_new"), both).status_code == 422
    city.post(reverse("commissions:points_item_new"), {**data, "stock": "3", "offered": "on"})
    item = PointsItem.objects.get()

    assert "500" in page(dealer, "points")
    assert "电饭煲" in page(dealer, "points_items")
    assert "您有" in page(dealer, "redeem", item=str(item.pk))
    many = dealer.post(reverse("commissions:redeem"), {"item": item.pk, "quantity": "3"})
    assert (many.status_code, "您现有 500 积分" in many.content.decode()) == (422, True)
    dealer.post(reverse("commissions:redeem"), {"item": item.pk, "quantity": "2"})
    one = Redemption.objects.get()
    assert "100" in page(dealer, "points")

    assert "待审批的积分兑换" in city.get("/").content.decode()
    approve = reverse("commissions:redemption_approve", args=[one.reference])
    assert approve in page(city, "redemption", one.reference)
    assert approve not in page(dealer, "redemption", one.reference)
    assert dealer.post(approve).status_code == 403
    assert "400" in city.get(approve).content.decode()
    city.post(approve)
    assert "待发放的积分商品" in keeper.get("/").content.decode()
    keeper.post(reverse("commissions:redemption_hand_over", args=[one.reference]))
    assert Redemption.objects.get().state == "handed_over"
    assert "已发放" in page(dealer, "redemptions")


def test_a_dealer_reads_why_it_was_turned_down(scene: Scene, owner: User, as_user: SignIn) -> None:
    item = PointsItem.objects.create(
        org_unit=scene.county, code="G1", name="电饭煲", category="gift", points=100, stock=1
    )
    dealer, city = as_user(owner), as_user(scene.manager)
    dealer.post(reverse("commissions:redeem"), {"item": item.pk, "quantity": "1"})
    one = Redemption.objects.get()
    reject = reverse("commissions:redemption_reject", args=[one.reference])
    assert city.post(reject, {"reason": ""}).status_code == 422
    city.post(reject, {"reason": "已停产"})
    assert "已停产" in page(dealer, "redemption", one.reference)
    dealer.post(reverse("commissions:redeem"), {"item": item.pk, "quantity": "1"})
    again = Redemption.objects.get(state="requested")
    dealer.post(reverse("commissions:redemption_cancel", args=[again.reference]))
    assert {one.state for one in Redemption.objects.all()} == {"rejected", "cancelled"}


def test_rules_are_entered_and_ended(scene: Scene, as_user: SignIn) -> None:
    city = as_user(scene.manager)
    data = {
        "org_unit": scene.city.pk,
        "kind": "sale",
        "subject": "activation",
        "points": "10",
        "valid_from": "2026-01-01",
    }
    wrong = {**data, "subject": "service_", "kind": "violation"}
    assert city.post(reverse("commissions:points_rule_new"), wrong).status_code == 422
    assert city.post(reverse("commissions:points_rule_new"), {**data, "kind": "violation"}).status_code == 422
    city.post(reverse("commissions:points_rule_new"), data)
    assert city.post(reverse("commissions:points_rule_new"), data).status_code == 422
    one = PointsRule.objects.get()
    assert "放号" in page(city, "points_rules")
    city.post(reverse("commissions:points_rule_end", args=[one.pk]), {"on": "2026-12-31"})
    assert PointsRule.objects.get().valid_to == date(2026, 12, 31)
    assert as_user(scene.supervisor).get(reverse("commissions:points_rules")).status_code == 403


def test_staff_see_balances_and_ledgers_but_not_of_others(scene: Scene, owner: User, as_user: SignIn) -> None:
    shown = page(as_user(scene.supervisor), "points")
    assert scene.dealers[0].name in shown
    assert "2026-09#1" in page(as_user(scene.supervisor), "dealer_points", scene.dealers[0].code)
    stranger = f.make_dealer_user(f.make_dealer(scene.county))
    url = reverse("commissions:dealer_points", args=[scene.dealers[0].code])
    assert as_user(stranger).get(url).status_code == 404


def test_a_reward_is_changed_but_not_below_what_is_taken(scene: Scene, owner: User, as_user: SignIn) -> None:
    item = PointsItem.objects.create(
        org_unit=scene.city, code="G1", name="电饭煲", category="gift", points=100, stock=3
    )
    as_user(owner).post(reverse("commissions:redeem"), {"item": item.pk, "quantity": "2"})
    url = reverse("commissions:points_item_edit", args=[item.pk])
    data = {"name": "电压力锅", "category": "gift", "points": "150", "offered": "on"}
    city = as_user(scene.manager)
    assert city.post(url, {**data, "stock": "1"}).status_code == 422
    city.post(url, {**data, "stock": "2"})
    item.refresh_from_db()
    assert (item.name, item.points, item.stock, item.taken) == ("电压力锅", 150, 2, 2)
    assert Redemption.objects.get().points == 200
