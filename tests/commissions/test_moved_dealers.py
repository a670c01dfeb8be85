"""What another county has priced is priced, also if its dealer is said to be of this one only later."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from accounts.models import OrgUnit
from commissions.models import CommissionLine, UnpricedRecord
from commissions.rules.values import Bracket, BracketMode
from core.periods import Month
from dealers.models import Dealer, DealerUnit
from tests.commissions.books import AUGUST, SEPTEMBER, WORLD, A, B
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
