"""What another county has priced is priced, also if its dealer is said to be of this one only later; until it is given up."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import OrgUnit
from commissions.models import CommissionLine, SettlementBatch, UnpricedRecord
from commissions.queries.batch_facts import News, news_since
from commissions.rules.conditions import SubscriberMonth
from commissions.rules.values import Bracket, BracketMode
from commissions.rules.world import Sale
from core.periods import Month
from dealers.models import Dealer, DealerUnit
from tests.commissions.books import AUGUST, OCTOBER, SEPTEMBER, WORLD, A, B
from tests.commissions.portal_world import Portal

pytestmark = pytest.mark.django_db

BRACKETS = tuple(Bracket(start, Decimal(value)) for start, value in ((1, "10.00"), (3, "15.00")))
COUNTED = replace(WORLD.rules[0], value=None, bracket_mode=BracketMode.WHOLE, brackets=BRACKETS)


@pytest.fixture
def portal() -> Portal:
    """August approved everywhere, September of the first county too: D1 has sold twice there."""
    sales = [replace(sale, business_type="activation") if sale.event_no == "E7" else sale for sale in WORLD.sales]
    portal = Portal(replace(WORLD, rules=(COUNTED, WORLD.rules[1]), sales=tuple(sales)))
    for month, counties in ((AUGUST, (A, B)), (SEPTEMBER, (A,))):
        for county in counties:
            portal.move_on(portal.settle(county=county, period=month), "approved")
    return portal


def lines(county: str, month: Month) -> list[tuple[str, str, Decimal]]:
    found = CommissionLine.objects.filter(batch__county__code=county, batch__month=month.first, kind="base")
    return sorted(found.values_list("dealer__code", "record__event_no", "total"))


def test_a_move_told_after_the_old_county_was_settled(portal: Portal) -> None:
    dealer = Dealer.objects.get(code="D1")
    DealerUnit.objects.create(dealer=dealer, valid_from=date(2026, 9, 5), org_unit=OrgUnit.objects.get(code=B))
    portal.settle(county=B, period=SEPTEMBER)
    assert lines(B, SEPTEMBER) == []
    assert not UnpricedRecord.objects.filter(batch__county__code=B).exists()
    assert lines(A, SEPTEMBER) == [
        ("D1", "E6", Decimal("10.00")), ("D1", "E7", Decimal("10.00")), ("D4", "E8", Decimal("10.00")),
    ]  # fmt: skip


def test_a_place_that_was_said_to_be_in_the_other_county(portal: Portal) -> None:
    """Of the dealer's only place the county is changed: nothing but the unit's history tells where it was."""
    OrgUnit.objects.filter(code=A).update(county=OrgUnit.objects.get(code=B))
    portal.settle(county=B, period=SEPTEMBER)
    assert lines(B, SEPTEMBER) == []


def move(dealer: Dealer, county: OrgUnit) -> None:
    DealerUnit.objects.create(dealer=dealer, valid_from=date(2026, 10, 1), org_unit=county)


def correct(dealer: Dealer, county: OrgUnit) -> None:
    """It was never elsewhere, as is said now."""
    DealerUnit.objects.filter(dealer=dealer).update(org_unit=county)


def calculated_before_the_move(portal: Portal, tell: Callable[[Dealer, OrgUnit], None] = move) -> None:
    """October: the first county has priced D1's sale before it is told that D1 was elsewhere; the second cannot take it."""
    sold = [Sale("E9", "activation", datetime(2026, 10, 8, 9), "P58", "D1", "S-E9")]
    figures = {("S-E9", month): (B, SubscriberMonth(in_network=True)) for month in (OCTOBER, OCTOBER + 1)}
    portal.know(replace(WORLD, rules=(), sales=tuple(sold), subscriber_months=figures))
    portal.move_on(portal.settle(county=B, period=SEPTEMBER), "approved")
    portal.settle(county=A, period=OCTOBER)
    tell(Dealer.objects.get(code="D1"), OrgUnit.objects.get(code=B))
    portal.settle(county=B, period=OCTOBER)
    assert lines(B, OCTOBER) == []


@pytest.mark.parametrize("tell", [move, correct])
def test_what_the_old_county_gives_up_is_news_for_the_new_one(tell: Any, portal: Portal) -> None:
    calculated_before_the_move(portal, tell)
    batch = SettlementBatch.objects.get(county__code=B, month=OCTOBER.first)
    assert news_since(batch) == []
    portal.settle(county=A, period=OCTOBER)
    assert news_since(batch) == [News("late_records", 1)]
    portal.settle(county=B, period=OCTOBER)
    assert lines(B, OCTOBER) == [("D1", "E9", Decimal("10.00"))]
    batch.refresh_from_db()
    assert news_since(batch) == []


def test_what_is_given_up_after_the_new_county_was_approved_comes_with_its_next_month(portal: Portal) -> None:
    calculated_before_the_move(portal)
    portal.move_on(SettlementBatch.objects.get(county__code=B, month=OCTOBER.first), "approved")
    portal.settle(county=A, period=OCTOBER)
    portal.settle(county=B, period=OCTOBER + 1)
    assert lines(B, OCTOBER + 1) == [("D1", "E9", Decimal("10.00"))]
