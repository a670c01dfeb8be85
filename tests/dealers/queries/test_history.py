"""What held on a day: for one dealer and for all at once."""

from datetime import date

import pytest

from dealers.models import Agreement, Dealer, DealerEnding, DealerSuspension
from dealers.queries import history
from tests.factories import make_city, make_dealer

pytestmark = pytest.mark.django_db


@pytest.fixture
def units():
    return make_city(2)


@pytest.fixture
def dealer(units):
    return make_dealer(units[1], cooperation_start=date(2025, 1, 1))


def on(dealer, day):
    return history.standing(dealer=dealer, day=date.fromisoformat(day))


@pytest.mark.parametrize(
    ("day", "tier"),
    [("2024-12-31", None), ("2025-01-01", "partner"), ("2026-06-30", "partner"), ("2026-07-01", "mall")],
)
def test_the_tier_of_a_day(dealer, day, tier):
    dealer.tiers.create(valid_from="2026-07-01", tier="mall")
    assert on(dealer, day).tier == tier


@pytest.mark.parametrize(("day", "index"), [("2025-01-01", 1), ("2026-06-30", 1), ("2026-07-01", 2)])
def test_the_unit_of_a_day(dealer, units, day, index):
    dealer.units.create(valid_from="2026-07-01", org_unit=units[2])
    assert on(dealer, day).org_unit_id == units[index].pk


def test_without_a_history_the_row_itself_counts(dealer):
    dealer.tiers.all().delete()
    dealer.units.all().delete()
    assert (on(dealer, "2020-01-01").tier, on(dealer, "2020-01-01").org_unit_id) == ("partner", dealer.org_unit_id)


@pytest.mark.parametrize(
    ("day", "stage"),
    [
        ("2024-12-31", None),
        ("2025-06-01", "mature"),
        ("2026-02-28", "mature"),
        ("2026-03-01", "terminated"),
        ("2026-04-30", "terminated"),
        ("2026-05-01", "mature"),
    ],
)
def test_terminated_from_the_ending_until_a_new_agreement(dealer, day, stage):
    DealerEnding.objects.create(dealer=dealer, ended_on="2026-03-01", cause="closed")
    Agreement.objects.create(dealer=dealer, number="N1", starts_on="2026-05-01", ends_on="2027-04-30")
    found = on(dealer, day)
    assert found.stage == stage
    assert (found.ended_on, found.cause) == ((date(2026, 3, 1), "closed") if stage == "terminated" else (None, ""))


@pytest.mark.parametrize(
    ("terms", "day", "stage"),
    [
        ([("2025-01-01", "2026-03-31")], "2026-03-31", "mature"),
        ([("2025-01-01", "2026-03-31")], "2026-04-01", "terminated"),
        ([("2025-01-01", "2026-03-31"), ("2026-04-01", "2027-03-31")], "2026-04-01", "mature"),
        ([("2025-01-01", "2026-03-31"), ("2026-05-01", "2027-03-31")], "2026-04-15", "terminated"),
        ([("2025-01-01", "2026-03-31"), ("2026-05-01", "2027-03-31")], "2026-05-01", "mature"),
    ],
)
def test_an_agreement_that_lapses_ends_the_cooperation_the_day_after(dealer, terms, day, stage):
    for number, (first, last) in enumerate(terms):
        Agreement.objects.create(dealer=dealer, number=f"L{number}", starts_on=first, ends_on=last)
    assert on(dealer, day).stage == stage


@pytest.mark.parametrize(
    ("day", "stage"),
    [("2026-02-28", "mature"), ("2026-03-01", "suspended"), ("2026-03-31", "suspended"), ("2026-04-01", "mature")],
)
def test_suspended_on_its_days_both_included(dealer, day, stage):
    DealerSuspension.objects.create(dealer=dealer, from_date="2026-03-01", to_date="2026-03-31", reason="x")
    assert on(dealer, day).stage == stage


def test_an_open_suspension_goes_on(dealer):
    DealerSuspension.objects.create(dealer=dealer, from_date="2026-03-01", reason="x")
    assert on(dealer, "2030-01-01").stage == "suspended"


def test_terminated_goes_before_suspended(dealer):
    DealerSuspension.objects.create(dealer=dealer, from_date="2026-03-01", reason="x")
    DealerEnding.objects.create(dealer=dealer, ended_on="2026-03-10", cause="banned")
    assert on(dealer, "2026-03-10").stage == "terminated"


def test_yesterdays_stage_does_not_hold_on_other_days(dealer):
    Dealer.objects.filter(pk=dealer.pk).update(stage="suspended")
    assert on(dealer, "2026-03-10").stage == "mature"


def test_all_at_once_is_one_query(units, django_assert_num_queries):
    dealers = [make_dealer(units[1]) for _ in range(5)]
    with django_assert_num_queries(1):
        found = history.standings(dealer_ids=[one.pk for one in dealers], day=date(2026, 9, 1))
    assert {one.stage for one in found.values()} == {"mature"}
    assert set(found) == {one.pk for one in dealers}


def test_the_spans_of_a_dealer(dealer, units):
    dealer.tiers.create(valid_from="2026-07-01", tier="mall")
    dealer.units.create(valid_from="2026-07-01", org_unit=units[2])
    DealerEnding.objects.create(dealer=dealer, ended_on="2026-08-01", cause="own_wish")
    assert history.tier_spans(dealer=dealer) == [
        history.Span(date(2026, 7, 1), None, "mall"),
        history.Span(date(2025, 1, 1), date(2026, 6, 30), "partner"),
    ]
    assert history.unit_spans(dealer=dealer)[0].value == units[2].name
    assert history.closed_spans(dealer=dealer) == [history.Span(date(2026, 8, 1), None, "own_wish")]
