"""A dealer against the criteria in the database."""

from datetime import date

import pytest

from accounts.roles import Role
from core import sql
from core.periods import Month, Quarter
from dealers.models import TierCriterion, TierWaiver
from dealers.queries import ranks, tiers
from inventory.bulk import dealer_months
from inventory.models import FalseSale
from tests.factories import make_city, make_dealer, make_product, make_sale, make_user

pytestmark = pytest.mark.django_db
DAY = date(2026, 9, 15)
FIT = {
    "location_kind": "telecom_district",
    "floor_area": 60,
    "main_business": "terminal_sales",
    "boss_connected": True,
    "exclusive_agreement": True,
    "accepts_assessment": True,
    "special_evaluation": True,
}


@pytest.fixture
def units():
    return make_city(2)


def by_tier(dealer, names=("partner", "exclusive", "mall")):
    return {answer.tier: answer for answer in tiers.answers(dealer=dealer, day=DAY, tiers=list(names))}


def test_a_dealer_without_facts_meets_nothing_but_time(units):
    answers = by_tier(make_dealer(units[1]))
    assert {tier: answer.missing for tier, answer in answers.items()} == {"partner": 2, "exclusive": 6, "mall": 8}


def test_all_but_the_rank_is_met_without_a_sale(units):
    answers = by_tier(make_dealer(units[1], **FIT))
    assert [line.label for line in answers["mall"].lines if not line.passed] == [
        TierCriterion.Attribute.TERMINAL_RANK.label
    ]
    assert answers["exclusive"].passed


def test_the_page_shows_the_tier_and_the_one_above(units):
    assert [answer.tier for answer in tiers.check(dealer=make_dealer(units[1], tier="partner"), day=DAY)] == [
        "partner",
        "exclusive",
    ]
    assert [answer.tier for answer in tiers.check(dealer=make_dealer(units[1], tier="mall"), day=DAY)] == ["mall"]


def test_a_waiver_counts_on_its_days_only(units):
    dealer = make_dealer(units[1], location_kind="town_street", floor_area=5)
    approver = make_user("supervisor", Role.COUNTY_SUPERVISOR, units[1])
    waiver = TierWaiver.objects.create(
        dealer=dealer, attribute="floor_area", approver=approver, reason="原则上", valid_from="2026-09-15"
    )
    assert by_tier(dealer)["partner"].passed
    TierWaiver.objects.filter(pk=waiver.pk).update(valid_from="2026-09-01", valid_to="2026-09-14")
    assert not by_tier(dealer)["partner"].passed


def test_criteria_hold_on_their_days_only(units):
    dealer = make_dealer(units[1], location_kind="town_street", floor_area=12)
    TierCriterion.objects.create(
        tier="partner", attribute="boss_connected", operator="equals", value="yes", valid_from="2026-10-01"
    )
    assert by_tier(dealer)["partner"].passed


def test_a_criterion_written_wrongly_is_named(units):
    TierCriterion.objects.filter(tier="partner", attribute="floor_area").update(value="large")
    answer = by_tier(make_dealer(units[1]))["partner"]
    assert not answer.passed
    assert "large" in answer.problem


def terminal_rank(dealer):
    for number in (4, 5, 6):
        dealer_months.post(month=Month(2026, number))
    return ranks.in_unit(dealer, quarter=Quarter(2026, 2))


def sell(dealer, count, *, day="2026-05-10", in_network=True, minutes=10, **fields):
    product = make_product("T1", item_kind="terminal")
    records = [make_sale(dealer, day, product, **{"business_type": "terminal", **fields}) for _ in range(count)]
    sql.execute("SELECT inventory_ensure_month('2026-06-01')")
    for record in records:
        sql.execute(
            "INSERT INTO inventory_subscribermonth (month, subscriber_no, county_id, in_network, call_minutes)"
            " VALUES ('2026-06-01', %s, %s, %s, %s)",
            [record.subscriber_no, dealer.org_unit_id, in_network, minutes],
        )
    return records


def test_rank_is_one_more_than_how_many_of_the_same_unit_sold_more(units):
    own, better, equal, elsewhere = (make_dealer(units[index]) for index in (1, 1, 1, 2))
    for dealer, count in ((own, 2), (better, 3), (equal, 2), (elsewhere, 9)):
        sell(dealer, count)
    assert [terminal_rank(one) for one in (own, better, equal, elsewhere)] == [2, 1, 2, 1]


def test_what_does_not_count_for_the_rank(units):
    dealer = make_dealer(units[1])
    sell(dealer, 1, in_network=False)
    sell(dealer, 1, minutes=9)
    sell(dealer, 1, day="2026-03-31")
    sell(dealer, 1, day="2026-07-01")
    sell(dealer, 1, business_type="activation")
    false = sell(dealer, 1)[0]
    FalseSale.objects.create(record=false, cause="re_entry", confirmed_on="2026-07-01")
    assert terminal_rank(dealer) is None
    sell(dealer, 1)
    assert terminal_rank(dealer) == 1
