"""Filters, orders, counts and autocompletes do not tell of rows that one may not see."""

from typing import Any

import pytest
from django.test import Client
from django_filters import FilterSet

from channels_portal.api.urls import RESOURCES
from core.views.base import may
from tests.sweep import world as worlds

pytestmark = pytest.mark.django_db
# Lists of what belongs to no county.
OF_NOBODY = {"ledger-checks", "rating-rounds"}  # rows that name no county


@pytest.fixture
def world() -> worlds.World:
    return worlds.build()


def values(world: worlds.World) -> dict[str, str]:
    """By filter: what names a row of county B."""
    z, b = world.z, world.b
    assert z.visit
    return {
        "org_unit": b.unit.code,
        "below": b.unit.code,
        "county": b.unit.code,
        "parent": b.unit.code,
        "dealer": z.dealer.code,
        "seller": z.dealer.code,
        "search": z.dealer.code,
        "name": worlds.SECRET,
        "node": z.node.code,
        "serial": z.card.serial,
        "event_no": z.sale.event_no,
        "batch": b.approved.number,
        "statement": z.statement.number,
        "policy": b.policy.code,
        "rule": b.rule.code,
        "visit": str(z.visit.pk),
        "client_id": str(z.visit.client_id),
        "by": "stranger_county_supervisor",
    }


@pytest.mark.parametrize("who", ["county_supervisor", "channel_manager", "dealer", "stranger_city_manager"])
@pytest.mark.parametrize("name", RESOURCES)
def test_a_filter_finds_nothing_of_others(world: worlds.World, who: str, name: str) -> None:
    user = world.users[who]
    resource: Any = RESOURCES[name]
    if not may(user, resource.permission):
        return
    client = Client()
    client.force_login(user)
    for key, value in values(world).items():
        if key not in getattr(resource, "filterset_class", FilterSet).base_filters:
            continue
        found = client.get(f"/api/v1/{name}/", {key: value})
        assert found.status_code == 200, (key, found.content)
        assert found.json()["results"] == [], key
        assert found.json().get("count", 0) == 0, key


@pytest.mark.parametrize("name", sorted(set(RESOURCES) - OF_NOBODY))
def test_the_filters_do_find_them_for_the_city(world: worlds.World, name: str) -> None:
    """The other side: what is hidden above is there to be found."""
    client = Client()
    client.force_login(world.users["city_manager"])
    found = client.get(f"/api/v1/{name}/").content.decode()
    b = world.b
    assert any(mark in found for mark in (worlds.SECRET, b.unit.code, b.grid.code, world.z.dealer.code))


def autocomplete(user: Any, term: str) -> list[str]:
    client = Client()
    client.force_login(user)
    asked = {"app_label": "dealers", "model_name": "tierwaiver", "field_name": "dealer", "term": term}
    return [row["text"] for row in client.get("/admin/autocomplete/", asked).json()["results"]]


def test_the_admins_autocomplete_keeps_to_the_unit(world: worlds.World) -> None:
    assert autocomplete(world.users["stranger_administrator"], "XA001") == []
    assert len(autocomplete(world.users["administrator"], "XA001")) == 1
