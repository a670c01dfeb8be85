"""The three months after an ending, night by night."""

from datetime import date

import pytest

from commissions.services import ledgers, pool_termination
from dealers.models import Agreement, Dealer, DealerEnding
from tests import factories as f
from tests.commissions.pool_world import balance, dealer_with, entries, put

pytestmark = pytest.mark.django_db


@pytest.fixture
def dealer() -> Dealer:
    return dealer_with(f.make_city(1)[1], sells="")


def night(day: str) -> tuple[int, str]:
    found = pool_termination.forfeit(today=date.fromisoformat(day), at=f.moment(day))
    return found["dealers"], str(found["amount"])


def ends(dealer: Dealer, day: str, cause: str = "closed") -> None:
    DealerEnding.objects.create(dealer=dealer, ended_on=date.fromisoformat(day), cause=cause)


def agrees(dealer: Dealer, first: str, last: str) -> None:
    Agreement.objects.create(
        number=f"A{f.number()}", dealer=dealer, starts_on=date.fromisoformat(first), ends_on=date.fromisoformat(last)
    )


@pytest.mark.parametrize("cause", ["not_renewed", "banned", "closed", "own_wish"])
def test_forfeited_on_the_day_and_once(dealer: Dealer, cause: str) -> None:
    ends(dealer, "2026-03-15", cause)
    assert night("2026-06-14") == (0, "0.00")
    assert night("2026-06-15") == (1, "100.00")
    assert night("2026-06-15") == night("2026-06-16") == (0, "0.00")
    assert entries(dealer)[1:] == [("2026-06", "forfeit_termination", "-100.00", "ending-2026-03-15")]
    assert balance(dealer) == "0.00"


def test_the_last_day_of_a_short_month(dealer: Dealer) -> None:
    ends(dealer, "2026-11-30")
    assert night("2027-02-27") == (0, "0.00")
    assert night("2027-02-28") == (1, "100.00")


def test_a_late_night_names_the_month_of_the_day_that_was_due(dealer: Dealer) -> None:
    ends(dealer, "2026-03-15")
    assert night("2026-09-01") == (1, "100.00")
    assert entries(dealer)[-1][0] == "2026-06"


def test_what_comes_in_later_goes_the_next_night(dealer: Dealer) -> None:
    ends(dealer, "2026-03-15")
    night("2026-06-15")
    put(dealer, "2026-03", "7.00")
    assert night("2026-06-20") == (1, "7.00")
    put(dealer, "2026-04", "0.50")
    assert night("2026-06-20") == (1, "0.50")
    assert [entry[3] for entry in entries(dealer) if entry[1] == "forfeit_termination"] == [
        "ending-2026-03-15",
        "ending-2026-03-15-2",
        "ending-2026-03-15-3",
    ]
    assert ledgers.verify()["broken"] == []


def test_an_agreement_that_runs_out_starts_the_clock(dealer: Dealer) -> None:
    agrees(dealer, "2025-04-01", "2026-03-31")
    assert night("2026-06-30") == (0, "0.00")
    assert night("2026-07-01") == (1, "100.00")


def test_contracted_again_in_time_the_pool_stays(dealer: Dealer) -> None:
    ends(dealer, "2026-03-15")
    agrees(dealer, "2026-06-14", "2027-06-13")
    assert night("2026-06-15") == night("2027-06-13") == (0, "0.00")
    assert balance(dealer) == "100.00"


def test_contracted_again_too_late_it_starts_from_nothing(dealer: Dealer) -> None:
    """Even if the night came after: what was there is lost, what came in since stays."""
    ends(dealer, "2026-03-15")
    agrees(dealer, "2026-07-10", "2027-07-09")
    put(dealer, "2026-03", "5.00")
    put(dealer, "2026-07", "30.00")
    put(dealer, "2026-07", "-1.00")
    assert night("2026-08-01") == (1, "104.00")
    assert night("2026-08-02") == (0, "0.00")
    assert balance(dealer) == "30.00"


def test_on_the_very_day_is_too_late(dealer: Dealer) -> None:
    ends(dealer, "2026-03-15")
    agrees(dealer, "2026-06-15", "2027-06-14")
    assert night("2026-06-15") == (1, "100.00")


def test_a_second_ending_has_a_clock_of_its_own(dealer: Dealer) -> None:
    ends(dealer, "2026-03-15")
    agrees(dealer, "2026-04-01", "2027-03-31")
    ends(dealer, "2026-08-31")
    assert night("2026-11-29") == (0, "0.00")
    assert night("2026-11-30") == (1, "100.00")
    assert entries(dealer)[-1][3] == "ending-2026-08-31"


def test_two_reasons_for_one_ending_count_from_the_first(dealer: Dealer) -> None:
    agrees(dealer, "2025-05-01", "2026-04-30")
    ends(dealer, "2026-03-15")
    assert night("2026-06-15") == (1, "100.00")
    assert night("2026-08-01") == (0, "0.00")
