"""A city with warehouses, two agents, cards and the people who move them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from accounts.roles import Role
from inventory.models import Card, Product, StockMovement, StockNode
from inventory.services import movement as moving
from inventory.services import movement_lines
from tests import factories as make

AT = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)


@dataclass
class World:
    city: StockNode
    county: StockNode
    agent: StockNode
    shop: StockNode
    other: StockNode
    product: Product
    gifts: Product
    city_keeper: Any
    keeper: Any
    supervisor: Any
    manager: Any
    dealer: Any
    auditor: Any

    def cards(self, count: int, *, node: StockNode | None = None, start: int = 1) -> list[str]:
        """Neighbouring cards in stock; their serials."""
        serials = [f"8986019{number:012d}" for number in range(start, start + count)]
        place = node or self.city
        Card.objects.bulk_create(Card(serial=one, product=self.product, node=place) for one in serials)
        return serials

    def move(self, serials: str, *, kind: str = "transfer", to: str = "submitted", **given: Any) -> StockMovement:
        """A movement of these serials, as far as `to`, by those whose step it is."""
        given = {"origin": self.city, "destination": self.county, **given}
        sender = given.pop("sender", self.city_keeper)
        row = moving.make(kind=kind, by=sender, at=AT, **given)
        entered = movement_lines.enter_serials(movement=row, text=serials, by=sender)
        assert not entered.problems, entered.problems
        steps: dict[str, Any] = {
            "submitted": lambda: moving.submit(movement=row, by=sender, at=AT),
            "approved": lambda: moving.approve(movement=row, by=self.manager, at=AT),
            "shipped": lambda: moving.ship(movement=row, by=sender, at=AT),
        }
        for name, step in steps.items():
            step()
            if name == to:
                break
        return StockMovement.objects.get(pk=row.pk)


def build() -> World:
    city_unit, county_unit, far_unit = make.make_city(2)
    agent, shop = make.make_dealer(county_unit, "A1"), make.make_dealer(county_unit, "A2", agent_level=2)

    def node(code: str, kind: str, unit: Any, dealer: Any = None, parent: Any = None) -> StockNode:
        fields = {"name": code, "kind": kind, "org_unit": unit, "dealer": dealer, "parent": parent}
        return StockNode.objects.update_or_create(code=code, defaults=fields)[0]

    city = node("CITY", "city", city_unit)
    county = node("COUNTY", "county", county_unit, parent=city)
    first = node("A1", "agent1", county_unit, agent, county)
    return World(
        city=city,
        county=county,
        agent=first,
        shop=node("A2", "agent2", county_unit, shop, first),
        other=node("FAR", "county", far_unit, parent=city),
        product=make.make_product("SIM", item_kind="sim"),
        gifts=make.make_product("GIFT", item_kind="material"),
        city_keeper=make.make_user("city.keeper", Role.KEEPER, city_unit),
        keeper=make.make_user("keeper", Role.KEEPER, county_unit),
        supervisor=make.make_user("supervisor", Role.COUNTY_SUPERVISOR, county_unit),
        manager=make.make_user("manager", Role.CITY_MANAGER, city_unit),
        dealer=make.make_dealer_user(agent, "dealer"),
        auditor=make.make_user("auditor", Role.AUDITOR, city_unit),
    )
