"""What about a dealer needs attention, and from which day on."""

from datetime import date

import pytest
from django.db.models import QuerySet

from accounts.roles import Role
from audits.models import Violation
from audits.queries import due
from audits.services import visit as visits
from dealers.models import Agreement, Dealer
from dealers.queries import attention
from tests.factories import make_account, make_city, make_dealer, make_product, make_sale, make_user, moment

pytestmark = pytest.mark.django_db
DAY = date(2026, 9, 16)  # a Wednesday


@pytest.fixture
def county():
    return make_city()[1]


@pytest.fixture
def manager(county):
    return make_user("manager", Role.CHANNEL_MANAGER, county)


@pytest.fixture
def dealer(county, manager):
    dealer = make_dealer(county, latitude="23.6", longitude="104.3", visit_regime="air_recharge", manager=manager)
    make_account(dealer, verified_by=manager)
    return dealer


def found(dealer, day=DAY):
    """The points of a dealer, asked in every way that there is."""
    marked = {point.name for point in attention.marks([dealer], day=day).get(dealer.pk, [])}
    rows: QuerySet[Dealer] = Dealer.objects.filter(pk=dealer.pk)
    listed = {point.name for point in attention.points() if attention.only(rows, name=point.name, day=day).exists()}
    counted = attention.counts(rows, day=day)
    assert marked == listed == {name for name, count in counted.items() if count and name != "any"}
    assert attention.only(rows, name="any", day=day).exists() is bool(marked) is bool(counted["any"])
    return marked


def test_a_dealer_in_order_needs_nothing(dealer):
    assert found(dealer) == set()


def test_an_unknown_point_finds_nobody(dealer):
    assert not attention.only(Dealer.objects.all(), name="nonsense", day=DAY).exists()


def test_a_terminated_dealer_needs_nothing(county):
    dealer = make_dealer(county, stage="terminated")
    assert found(dealer) == set()


@pytest.mark.parametrize(
    ("terms", "ending"),
    [
        ([("2026-01-01", "2026-11-15")], True),  # 60 days
        ([("2026-01-01", "2026-11-16")], False),
        ([("2026-01-01", "2026-09-16")], True),  # the last day
        ([("2026-01-01", "2026-09-15")], False),  # over
        ([("2026-01-01", "2026-10-01"), ("2026-10-02", "2027-10-01")], False),  # renewed
    ],
)
def test_an_agreement_that_ends(dealer, terms, ending):
    for number, (first, last) in enumerate(terms):
        Agreement.objects.create(dealer=dealer, number=f"A{number}", starts_on=first, ends_on=last)
    assert ("agreement_ending" in found(dealer)) is ending


def test_accounts(dealer, manager):
    dealer.accounts.all().delete()
    assert found(dealer) == {"account_missing"}
    make_account(dealer, entered_by=manager)
    assert found(dealer) == {"account_unverified"}


def test_a_missing_position(dealer):
    Dealer.objects.filter(pk=dealer.pk).update(latitude=None, longitude=None)
    assert found(dealer) == {"position_missing"}


@pytest.mark.parametrize(
    ("confirmed", "day", "shown"),
    [("2026-09-16", DAY, True), ("2026-06-19", DAY, True), ("2026-06-18", DAY, False), ("2026-09-17", DAY, False)],
)
def test_violations_of_the_last_ninety_days(dealer, confirmed, day, shown):
    Violation.objects.create(
        dealer=dealer, reference="W1", type_id="exclusivity", occurred_on="2026-06-01", confirmed_on=confirmed
    )
    assert ("violation" in found(dealer, day)) is shown


@pytest.mark.parametrize(
    ("july", "august", "fell"),
    [(10, 7, True), (10, 8, False), (5, 0, True), (4, 0, False), (0, 0, False), (10, 20, False)],
)
def test_sales_that_fell_from_one_full_month_to_the_next(dealer, july, august, fell):
    product = make_product()
    for month, count in (("2026-07", july), ("2026-08", august), ("2026-09", 1)):
        for number in range(count):
            make_sale(dealer, f"{month}-{number + 1:02d}", product)
    assert ("sales_drop" in found(dealer)) is fell


def visit(dealer, manager, day, kind="routine"):
    made = visits.start(dealer=dealer, manager=manager, kind=kind, at=moment(day))
    type(made).objects.filter(pk=made.pk).update(state="done", checked_out_at=moment(day, 13))


@pytest.mark.parametrize(("regime", "due_visits"), [("authorised", 4), ("direct", 2), ("air_recharge", 0)])
def test_visits_due_by_regime(dealer, manager, regime, due_visits):
    Dealer.objects.filter(pk=dealer.pk).update(visit_regime=regime)
    dealer.refresh_from_db()
    visit(dealer, manager, "2026-08-31")  # last month's does not count
    for number in range(due_visits):
        assert "visits_due" in found(dealer)
        visit(dealer, manager, f"2026-09-{number + 1:02d}")
    assert "visits_due" not in found(dealer)
    assert due.progress(dealer=dealer, day=DAY).left == 0


def test_a_store_in_lead_in_is_visited_every_day(dealer, manager):
    Dealer.objects.filter(pk=dealer.pk).update(stage="lead_in")
    visit(dealer, manager, "2026-09-15")
    assert found(dealer) == {"lead_in_due"}
    visit(dealer, manager, "2026-09-16")
    assert found(dealer) == set()


def test_exclusive_stores_are_patrolled_every_week(dealer, manager):
    Dealer.objects.filter(pk=dealer.pk).update(tier="exclusive")
    visit(dealer, manager, "2026-09-13", "patrol")  # Sunday of last week
    visit(dealer, manager, "2026-09-14")  # no patrol
    assert found(dealer) == {"patrol_due"}
    visit(dealer, manager, "2026-09-15", "patrol")
    assert found(dealer) == set()


def test_who_needs_a_visit_most(county, manager):
    made = [make_dealer(county, manager=manager) for _ in range(3)]
    visit(made[0], manager, "2026-09-10")
    visit(made[1], manager, "2026-08-10")
    assert list(due.to_visit(manager=manager, day=DAY)) == [made[2], made[1], made[0]]


def test_coverage_counts_no_more_than_was_due(county, manager):
    other = make_user("other", Role.CHANNEL_MANAGER, county, name="乙")
    first, second = make_dealer(county, manager=manager, visit_regime="direct"), make_dealer(county, manager=other)
    for day in ("01", "02", "03"):
        visit(first, manager, f"2026-09-{day}")
    visit(second, other, "2026-09-01")
    supervisor = make_user("supervisor", Role.COUNTY_SUPERVISOR, county)
    rows = due.coverage(user=supervisor, unit=None, day=DAY)
    assert [(row.manager, row.due, row.done, row.share) for row in rows] == [("乙", 4, 1, 25), ("manager", 2, 2, 100)]
