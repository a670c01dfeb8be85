"""The network of stock nodes as a picture: docs/inventory.md, "Who holds what"."""

from typing import Any

import pytest
from django.test import Client

from inventory.queries import network
from tests.inventory.moving_world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build()


def drawn(branches: list[network.Branch]) -> list[Any]:
    return [(one.node.code, drawn(one.below)) if one.below else one.node.code for one in branches]


def test_the_picture_begins_where_the_scope_begins(world: World) -> None:
    assert drawn(network.branches(world.manager)) == [("CITY", [("COUNTY", ["A1"]), "FAR"])]
    assert drawn(network.branches(world.keeper)) == [("COUNTY", [("A1", ["A2"])])]
    assert drawn(network.branches(world.dealer)) == ["A1"]
    assert drawn(network.branches(world.manager, top="A1")) == [("A1", ["A2"])]
    assert network.branches(world.keeper, top="FAR") == []
    assert drawn(network.branches(world.manager, unit=world.keeper.org_unit)) == [("COUNTY", [("A1", ["A2"])])]


def test_bars_show_what_is_free_reserved_and_sent(world: World) -> None:
    world.cards(60, node=world.county, start=5000)
    serials = world.cards(100)
    world.move(f"{serials[0]}-{serials[29]}", to="shipped")
    world.move(f"{serials[30]}-{serials[49]}", to="approved")
    [city] = network.branches(world.manager)
    assert city.parts == [("free", 0, 50), ("reserved", 50, 20), ("transit", 70, 30)]
    county, far = city.below
    assert (county.scale, county.node.arriving, far.node.arriving) == (60, 1, 0)
    assert county.parts == [("free", 0, 100), ("reserved", 100, 0), ("transit", 100, 0)]


def test_what_is_not_drawn_is_counted_and_opens(world: World, client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(network, "SHOWN", (1, 0))
    world.cards(1, node=world.other)
    [city] = network.branches(world.manager)
    assert (drawn([city]), city.more) == ([("CITY", ["FAR"])], 1)
    client.force_login(world.manager)
    shown = client.get("/stock/network/").content.decode()
    assert "另有 1 个" in shown and "?node=CITY" in shown
    assert client.get("/stock/network/?node=NOWHERE").status_code == 404


def test_queries_do_not_grow(world: World, client: Client, django_assert_max_num_queries: Any) -> None:
    client.force_login(world.manager)
    client.get("/stock/network/")
    with django_assert_max_num_queries(14):
        client.get("/stock/network/")
