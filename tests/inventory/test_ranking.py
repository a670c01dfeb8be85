"""Dealers' monthly facts and the ranking that shows them: docs/inventory.md, "A dealer's month"."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from core.periods import Month
from dealers.models import DealerMonth
from inventory.bulk import dealer_months
from inventory.models import SalesFlag, StockLevel, StockNode
from tests import factories as make

pytestmark = pytest.mark.django_db
AUGUST, SEPTEMBER = Month(2026, 8), Month(2026, 9)


def facts(dealer: Any) -> dict[str, tuple[int, ...]]:
    rows = DealerMonth.objects.filter(dealer=dealer).order_by("month")
    return {f"{one.month:%Y-%m}": (one.sales, one.activations, one.terminals, one.cross_region) for one in rows}


def test_a_month_counts_the_sellers_records_and_follows_later_ones() -> None:
    _city, county = make.make_city()
    product = make.make_product()
    seller, idle = make.make_dealer(county), make.make_dealer(county)
    gone = make.make_dealer(county, stage="terminated")
    away = make.make_sale(seller, "2026-09-01", product)
    make.make_sale(seller, "2026-09-30", product)
    make.make_sale(seller, "2026-09-30", product, business_type="terminal")
    make.make_sale(seller, "2026-09-30", product, business_type="recharge")
    make.make_sale(seller, "2026-10-01", product)
    make.make_sale(None, "2026-09-30", product)
    SalesFlag.objects.create(record=away, flag="cross_region")
    SalesFlag.objects.create(record=away, flag="holder_mismatch")
    assert dealer_months.post(month=SEPTEMBER) == 2
    assert facts(seller) == {"2026-09": (4, 2, 1, 1)}
    assert facts(idle) == {"2026-09": (0, 0, 0, 0)}
    assert facts(gone) == {}
    assert dealer_months.post(month=SEPTEMBER) == 0
    make.make_sale(gone, "2026-09-30", product)
    SalesFlag.objects.all().delete()
    assert dealer_months.post(month=SEPTEMBER) == 2
    assert (facts(seller), facts(gone)) == ({"2026-09": (4, 2, 1, 0)}, {"2026-09": (1, 1, 0, 0)})


def test_the_first_night_posts_a_year_and_the_next_two_months() -> None:
    _city, county = make.make_city()
    dealer, product = make.make_dealer(county), make.make_product()
    dealer_months.nightly(today=date(2026, 9, 10))
    assert sorted(facts(dealer))[0::11] == ["2025-10", "2026-09"]
    for day in ("2026-07-31", "2026-08-31", "2026-09-01"):
        make.make_sale(dealer, day, product)
    assert dealer_months.nightly(today=date(2026, 9, 11)) == 2
    assert [facts(dealer)[month][0] for month in ("2026-07", "2026-08", "2026-09")] == [0, 1, 1]


def test_the_ranking_shows_who_holds_and_does_not_sell(client: Client, django_assert_max_num_queries: Any) -> None:
    city, county = make.make_city()
    other = make.make_unit("532699", "外县", "county", city)
    product = make.make_product()
    stores = {name: make.make_dealer(county, name) for name in ("BEST", "FELL", "IDLE")}
    stores["AWAY"] = make.make_dealer(other, "AWAY")
    for name, before, now in (("BEST", 1, 3), ("FELL", 5, 2), ("IDLE", 0, 0), ("AWAY", 0, 9)):
        for month, count in ((8, before), (9, now)):
            for _ in range(count):
                make.make_sale(stores[name], f"2026-0{month}-05", product)
    node = StockNode.objects.create(code="IDLE", name="IDLE", kind="agent1", org_unit=county, dealer=stores["IDLE"])
    StockLevel.objects.create(
        node=node,
        product=product,
        day="2026-09-10",
        stock=7,
        held_since="2026-09-01",
        **dict.fromkeys(("sold", "expired", "expiring"), 0),
        **dict.fromkeys(("is_low", "is_slow", "is_excess"), False),
    )
    for month in (AUGUST, SEPTEMBER):
        dealer_months.post(month=month)
    client.force_login(make.make_user("sup", Role.COUNTY_SUPERVISOR, county))

    def listed(**asked: str) -> list[list[str]]:
        text = client.get(reverse("inventory:ranking"), {"export": "csv", **asked}).getvalue().decode()
        return [line.split(",")[:4] for line in text.splitlines()[1:]]

    assert listed() == [["BEST 号店", "3", "2", "0"], ["FELL 号店", "2", "-3", "0"], ["IDLE 号店", "0", "0", "7"]]
    assert [row[0] for row in listed(standing="idle")] == ["IDLE 号店"]
    assert [row[0] for row in listed(standing="falling")] == ["FELL 号店"]
    assert {tuple(row[1:3]) for row in listed(month="2026-08")} == {("5", ""), ("1", ""), ("0", "")}
    assert listed(month="nonsense") == []
    with django_assert_max_num_queries(20):
        html = client.get(reverse("inventory:ranking")).content.decode()
    assert "2026-08" in html
    assert "AWAY" not in html
