"""Balancing, keepers of their own, and a dealer's own stock: docs/inventory.md."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from core.errors import Forbidden
from inventory.models import Holding, NodeKeeper, StockLevel, StockMovement
from inventory.queries import balancing
from inventory.rules.balancing import Proposal
from inventory.services import movement as moving
from inventory.services import movement_receipt
from tests import factories as make
from tests.inventory.moving_world import AT, World, build


@pytest.fixture
def world(db: Any) -> World:
    return build()


def page_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def level(world: World, node: Any, stock: int, sold: int, *, low: bool = False) -> None:
    StockLevel.objects.create(
        node=node,
        product=world.product,
        day="2026-09-01",
        stock=stock,
        sold=sold,
        held_since="2026-08-01" if stock else None,
        expired=0,
        expiring=0,
        is_low=low,
        is_slow=False,
        is_excess=False,
    )


def test_a_proposal_becomes_a_draft(world: World) -> None:
    level(world, world.county, 100, 0)
    level(world, world.agent, 2, 30, low=True)
    level(world, world.other, 100, 0)
    keeper = page_of(world.keeper)
    [found] = balancing.balanced(world.keeper)
    assert found == Proposal("issue", "COUNTY", "A1", "SIM", 28)
    page = keeper.get(reverse("inventory:balancing")).content.decode()
    assert "quantity=28" in page
    take = reverse("inventory:balancing-take")
    given = {"origin": "COUNTY", "destination": "A1", "product": "SIM", "quantity": 28}
    assert keeper.get(take, given).status_code == 200
    answer = keeper.post(take, given)
    row = StockMovement.objects.get()
    assert answer["Location"] == reverse("inventory:movement", args=[row.number])
    assert (row.kind, row.origin, row.destination, row.lines.get().quantity) == ("issue", world.county, world.agent, 28)
    StockLevel.objects.update(is_low=False)
    answer = keeper.post(take, given)
    assert answer.status_code == 422
    assert "已不适用" in answer.content.decode()
    assert "没有可由本县" in keeper.get(reverse("inventory:balancing")).content.decode()
    assert keeper.post(take, {**given, "origin": "FAR"}).status_code == 422


def test_a_node_with_keepers_of_its_own_is_moved_by_them_only(world: World) -> None:
    other = make.make_user("keeper2", Role.KEEPER, world.county.org_unit)
    serials = world.cards(2, node=world.county)
    given = {"origin": world.county, "destination": world.agent, "kind": "issue"}
    row = world.move(serials[0], to="approved", sender=world.keeper, **given)
    NodeKeeper.objects.create(node=world.county, user=other)
    assert "keeper2" in page_of(world.keeper).get(reverse("inventory:node", args=["COUNTY"])).content.decode()
    ship = reverse("inventory:movement-ship", args=[row.number])
    address = reverse("inventory:movement", args=[row.number])
    assert ship not in page_of(world.keeper).get(address).content.decode()
    assert ship in page_of(other).get(address).content.decode()
    with pytest.raises(Forbidden):
        moving.ship(movement=row, by=world.keeper, at=AT)
    moving.ship(movement=row, by=other, at=AT)
    movement_receipt.receive(movement=row, by=world.dealer, at=AT)
    world.move(serials[1], to="submitted", sender=other, **given)


def test_a_dealer_sees_his_own_stock_and_nothing_else(world: World) -> None:
    mine, theirs = world.cards(2, node=world.agent), world.cards(2, node=world.county, start=50)
    level(world, world.agent, 2, 1)
    level(world, world.county, 2, 1)
    dealer = page_of(world.dealer)
    nodes = dealer.get(reverse("inventory:nodes")).content.decode()
    links = [reverse("inventory:node", args=[code]) in nodes for code in ("A1", "COUNTY")]
    assert links == [True, False]
    cards = dealer.get(reverse("inventory:cards")).content.decode()
    assert (mine[0] in cards, theirs[0] in cards) == (True, False)
    assert dealer.get(reverse("inventory:card", args=[theirs[0]])).status_code == 404
    assert dealer.get(reverse("inventory:node", args=["A1"])).status_code == 200
    assert dealer.get(reverse("inventory:levels")).status_code == 200
    for name in ("sales", "ranking", "stocktakes", "balancing"):
        assert dealer.get(reverse(f"inventory:{name}")).status_code == 403
    assert Holding.objects.visible_to(world.dealer).get().in_stock == 2


def test_where_nodes_are_many_they_are_named_by_code(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.forms_movements.MOST_CHOICES", 2)
    keeper = page_of(world.city_keeper)
    new = reverse("inventory:movement-new")
    page = keeper.get(new, {"origin": "CITY", "destination": "COUNTY"}).content.decode()
    assert 'value="CITY"' in page
    assert "<option" not in page.split('name="destination"')[1].split("</form>")[0]
    answer = keeper.post(new, {"kind": "transfer", "origin": "CITY", "destination": "NOBODY"})
    assert "没有此编码的库存点" in answer.content.decode()
    keeper.post(new, {"kind": "transfer", "origin": "CITY", "destination": "COUNTY"})
    assert StockMovement.objects.get().destination == world.county
    count = reverse("inventory:stocktake-new")
    assert 'value="COUNTY"' in keeper.get(count, {"node": "COUNTY"}).content.decode()
    keeper.post(count, {"node": "COUNTY"})
    assert world.county.stocktakes.get().state == "planned"
    assert f"{new}?origin=COUNTY" in keeper.get(reverse("inventory:node", args=["COUNTY"])).content.decode()
