"""What a calculated batch finds odd about itself (docs/commissions.md, "Before review")."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from accounts.roles import Role
from commissions.rules.world import Dealer as WorldDealer
from commissions.rules.world import Sale
from core.periods import Month
from dealers.models import Agreement, Dealer, TierBusiness
from inventory.models import Product, SalesRecord
from tests import factories
from tests.commissions.books import SEPTEMBER, WORLD, A
from tests.commissions.portal_world import SHANGHAI, Portal

pytestmark = pytest.mark.django_db

MONTHS = [Month(2026, number) for number in (6, 7, 8, 9)]


def _sales() -> tuple[Sale, ...]:
    """One a month of each of three stores, but two more of D2 in the last."""
    every = [(month, dealer, 5) for month in MONTHS for dealer in ("D1", "D2", "D4")]
    every += [(SEPTEMBER, "D2", 6), (SEPTEMBER, "D2", 7)]
    return tuple(
        Sale(
            f"N{place}",
            "activation",
            datetime(month.first.year, month.first.month, day, 9),
            "P58",
            dealer,
            f"S-{place}",
        )
        for place, (month, dealer, day) in enumerate(every)
    )


@pytest.fixture
def portal() -> Portal:
    """Three months approved; D2 is an exclusive store, the others are partners."""
    dealers = tuple(
        WorldDealer(one.code, ((date(2025, 1, 1), "exclusive"),), one.units) if one.code == "D2" else one
        for one in WORLD.dealers
    )
    plain = replace(
        WORLD, dealers=dealers, rules=WORLD.rules[:1], sales=_sales(), subscriber_months={}, scores={}, subsidies=(),
        violations=(), adjustments=(),
    )  # fmt: skip
    portal = Portal(plain)
    for month in MONTHS[:-1]:
        portal.move_on(portal.settle(county=A, period=month), "approved")
    return portal


def found(portal: Portal) -> dict[str, tuple[int, list[str]]]:
    """Code → count and dealers, of September."""
    checks = portal.settle(county=A, period=SEPTEMBER).checks
    return {one["code"]: (one["count"], one["dealers"]) for one in checks}


def sell(event_no: str, dealer: str, day: date = date(2026, 9, 20), **more: Any) -> None:
    SalesRecord.objects.create(
        event_no=event_no,
        dealer=Dealer.objects.get(code=dealer),
        seller=Dealer.objects.get(code=dealer),
        product=Product.objects.get(code="P58"),
        occurred_at=datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI),
        **{"business_type": "activation", **more},
    )


def test_far_more_than_before(portal: Portal) -> None:
    assert found(portal)["growth"] == (1, ["D2"])


def test_the_same_number_and_business_twice(portal: Portal) -> None:
    assert "same_twice" not in found(portal)
    sell("T1", "D1", msisdn="13800000001")
    sell("T2", "D1", msisdn="13800000001")
    sell("T3", "D1", msisdn="13800000001", business_type="terminal")
    sell("T4", "D4", msisdn="13800000001")
    sell("T5", "D4", date(2026, 8, 20), msisdn="13800000001")
    assert found(portal)["same_twice"] == (1, ["D1"])
    kept = portal.settle(county=A, period=SEPTEMBER)
    assert found(portal)["same_twice"] == (1, ["D1"]), "nothing was priced anew"
    sell("T6", "D1", msisdn="13800000001")
    assert found(portal)["same_twice"] == (2, ["D1"])
    assert portal.settle(county=A, period=SEPTEMBER).lines_at != kept.lines_at


def test_sales_before_the_cooperation(portal: Portal) -> None:
    assert "before_start" not in found(portal)
    sell("B1", "D4", date(2024, 12, 31))
    assert found(portal)["before_start"] == (1, ["D4"])


def test_outside_what_the_tier_may_sell(portal: Portal) -> None:
    TierBusiness.objects.all().delete()
    assert "outside_scope" not in found(portal)
    TierBusiness.objects.create(tier="exclusive", business_type="activation")
    TierBusiness.objects.create(tier="partner", business_type="recharge")
    assert found(portal)["outside_scope"] == (2, ["D1", "D4"])


def test_agreements_and_accounts(portal: Portal) -> None:
    seen = found(portal)
    assert "agreement_expired" not in seen
    assert seen["account_missing"] == (3, ["D1", "D2", "D4"])
    for code, ends_on in (("D1", date(2026, 9, 29)), ("D2", date(2026, 9, 30))):
        Agreement.objects.create(
            number=f"X-{code}", dealer=Dealer.objects.get(code=code), starts_on=date(2025, 9, 30), ends_on=ends_on
        )
    store = Dealer.objects.get(code="D4")
    factories.make_account(store, verified_by=portal.people[Role.CITY_MANAGER])
    seen = found(portal)
    assert seen["agreement_expired"] == (1, ["D1"])
    assert seen["account_missing"] == (2, ["D1", "D2"])


def test_what_nothing_prices(portal: Portal) -> None:
    sell("U1", "D1", business_type="recharge")
    assert found(portal)["unpriced_no_rule"] == (1, ["D1"])
