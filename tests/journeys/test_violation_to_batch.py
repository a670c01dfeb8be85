"""What a visit found, until it costs: docs/visits.md, "Notices and appeals", and docs/commissions.md, "Penalties"."""

from datetime import date
from decimal import Decimal

import pytest

from audits.models import Violation
from audits.services import notice as service
from commissions.models import CommissionLine, Statement
from commissions.services import settlement
from core.periods import Month
from inventory.models import Product
from tests import factories as make
from tests.audits.test_notices import Shop
from tests.commissions.scene import make_policy

pytestmark = pytest.mark.django_db


def gross_and_penalty(shop: Shop, period: str) -> tuple[Decimal, list[Decimal]]:
    """The county's settled month: what its lines are worth, and the penalties."""
    at = make.moment(f"{Month.parse(period) + 1}-03")
    county = shop.dealer.org_unit
    batch = settlement.settle_county(county=county, period=Month.parse(period), by=None, at=at, today=at.date())
    lines = CommissionLine.objects.filter(batch=batch, dealer=shop.dealer)
    penalties = list(lines.filter(line_type="penalty").values_list("amount", flat=True))
    return Statement.objects.get(batch=batch, dealer=shop.dealer).gross, penalties


@pytest.mark.parametrize("upholds", [True, False])
def test_an_upheld_notice_costs_twice_the_gross_of_its_month(upholds: bool) -> None:
    shop = Shop()
    product: Product = make.make_product("P58")
    make_policy(shop.unit, shop.city)
    for day in ("2026-09-02", "2026-09-12"):
        make.make_sale(shop.dealer, day, product)
    notice = shop.issue()
    service.appeal(notice=notice, text="那是顾客自己的卡", by=shop.owner, at=make.moment("2026-09-12"))
    gross, penalties = gross_and_penalty(shop, "2026-09")
    assert gross > 0
    assert penalties == []
    service.decide(notice=notice, upholds=upholds, text="照片清楚", by=shop.city, at=make.moment("2026-10-02"))
    assert list(Violation.objects.values_list("confirmed_on", flat=True)) == [date(2026, 10, 2)] * upholds
    assert gross_and_penalty(shop, "2026-09") == (gross, [-2 * gross] * upholds)
