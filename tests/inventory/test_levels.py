"""Stock levels and their alerts: docs/inventory.md, "Stock levels and alerts"."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from inventory.bulk import levels
from inventory.models import Card, StockLevel, StockNode
from tests import factories as make

pytestmark = pytest.mark.django_db
DAY = date(2026, 9, 30)
SIM = "SIM"


@pytest.fixture
def county() -> Any:
    return make.make_city()[1]


def node_of(county: Any, code: str) -> StockNode:
    dealer = make.make_dealer(county, code)
    return StockNode.objects.create(code=code, name=f"{code}店", kind="agent1", org_unit=county, dealer=dealer)


def hold(node: StockNode, product: Any, count: int, state: str = "in_stock", **fields: Any) -> list[Card]:
    return [
        Card.objects.create(serial=f"C{make.number():08d}", product=product, node=node, state=state, **fields)
        for _ in range(count)
    ]


def sell(node: StockNode, product: Any, count: int, day: date) -> None:
    for card in hold(node, product, count, "activated"):
        make.make_sale(node.dealer, day, product, serial=card.serial)


def level(node: StockNode) -> StockLevel:
    return StockLevel.objects.get(node=node)


def test_a_level_counts_stock_sales_and_days(county: Any) -> None:
    product = make.make_product(SIM)
    node, other = node_of(county, "N1"), node_of(county, "N2")
    hold(node, product, 6)
    hold(node, product, 1, "lost")
    sell(node, product, 4, DAY)
    sell(node, product, 2, DAY - timedelta(days=30))  # a day too early to count
    sell(node, product, 3, DAY + timedelta(days=1))  # not yet
    # One card, named by its activation and by a recharge, is sold once.
    make.make_sale(other.dealer, DAY, product, serial=Card.objects.filter(state="activated").earliest("pk").serial)
    said = levels.post(day=DAY)
    found = level(node)
    assert (found.stock, found.sold, found.days_left) == (6, 4, Decimal("45.0"))
    assert (found.last_sold_on, found.held_since, found.day) == (DAY, DAY, DAY)
    assert said == {"levels": 1, "low": 0, "slow": 0, "excess": 0, "expired": 0, "expiring": 0}
    assert levels.post(day=DAY) == said
    Card.objects.update(state="lost")
    assert levels.post(day=DAY + timedelta(days=1))["levels"] == 0


@pytest.mark.parametrize(
    ("stock", "sold", "low", "excess"),
    [(7, 30, False, False), (6, 30, True, False), (0, 1, True, False), (180, 30, False, False), (181, 30, False, True)],
)
def test_low_and_excess_follow_the_days_that_stock_lasts(
    county: Any, stock: int, sold: int, low: bool, excess: bool
) -> None:
    product, node = make.make_product(SIM), node_of(county, "N1")
    hold(node, product, stock)
    sell(node, product, sold, DAY)
    levels.post(day=DAY)
    assert (level(node).is_low, level(node).is_excess) == (low, excess)


def test_slow_stock_has_lain_60_days_without_a_sale(county: Any) -> None:
    product, node = make.make_product(SIM), node_of(county, "N1")
    hold(node, product, 2)
    levels.post(day=DAY)
    for days, slow in ((59, False), (60, True)):
        levels.post(day=DAY + timedelta(days=days))
        assert (level(node).is_slow, level(node).held_since) == (slow, DAY)
    sell(node, product, 1, DAY + timedelta(days=61))
    levels.post(day=DAY + timedelta(days=61))
    assert not level(node).is_slow
    # The last sale is remembered when it is older than what is read; then the stock is gone, and new stock is new.
    levels.post(day=DAY + timedelta(days=300))
    assert (level(node).is_slow, level(node).last_sold_on) == (True, DAY + timedelta(days=61))
    Card.objects.filter(state="in_stock").update(state="lost")
    sell(node, product, 1, DAY + timedelta(days=301))
    levels.post(day=DAY + timedelta(days=301))
    assert (level(node).held_since, level(node).is_slow) == (None, False)
    hold(node, product, 1)
    levels.post(day=DAY + timedelta(days=302))
    assert level(node).held_since == DAY + timedelta(days=302)


def test_expired_and_expiring_cards_are_counted(county: Any) -> None:
    product, node = make.make_product("RC50", item_kind="recharge"), node_of(county, "N1")
    for days, count in ((-1, 1), (0, 2), (29, 4), (30, 8)):
        hold(node, product, count, expires_on=DAY + timedelta(days=days))
    hold(node, product, 16)
    levels.post(day=DAY)
    assert (level(node).stock, level(node).expired, level(node).expiring) == (31, 1, 6)


def test_the_page_lists_one_alert_within_the_scope_and_leads_to_the_cards(
    county: Any, client: Client, django_assert_max_num_queries: Any
) -> None:
    product = make.make_product(SIM)
    low, fine = node_of(county, "LOW"), node_of(county, "FINE")
    elsewhere = node_of(make.make_unit("532699", "外县", "county", county.parent), "AWAY")
    for node, stock in ((low, 1), (fine, 40), (elsewhere, 1)):
        hold(node, product, stock)
        sell(node, product, 30, DAY)
    levels.post(day=DAY)
    client.force_login(make.make_user("sup", Role.COUNTY_SUPERVISOR, county))
    with django_assert_max_num_queries(20):
        html = client.get(reverse("inventory:levels"), {"alert": "low"}).content.decode()
    assert "LOW店" in html
    assert "FINE店" not in html
    assert "AWAY店" not in html
    assert f"{reverse('inventory:cards')}?node=LOW&amp;state=in_stock" in html
    rows = client.get(reverse("inventory:levels"), {"export": "csv"}).getvalue().decode()
    assert "FINE店" in rows
    assert "AWAY店" not in rows
