"""Figures of lines and statements: edges and what always holds."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.rules import totals
from commissions.rules.totals import Band
from core.money import from_fen, yuan
from core.periods import Month

amounts = st.integers(-(10**7), 10**7).map(from_fen)
positive = st.integers(0, 10**7).map(from_fen)
rates = st.integers(0, 10_000).map(lambda units: Decimal(units).scaleb(-4))


@given(amounts, rates)
def test_the_pool_takes_a_part_of_what_is_earned(amount: Decimal, share: Decimal) -> None:
    pool = totals.pool_amount(amount, share)
    assert 0 <= pool <= max(amount, Decimal(0))
    assert pool + totals.payable(amount, pool) == amount


@given(amounts, st.none() | st.decimals(0, 100, places=2))
def test_a_deduction_takes_at_most_the_gross(gross: Decimal, score: Decimal | None) -> None:
    assert -max(gross, Decimal(0)) <= totals.deduction(gross, score) <= 0


def test_bands_are_read_by_their_bounds_not_by_their_order() -> None:
    bands = (Band(Decimal(60), Decimal("0.7")), Band(Decimal(90), Decimal(1)))
    assert totals.coefficient(Decimal(90), bands) == 1
    assert totals.coefficient(Decimal("89.99"), bands) == Decimal("0.7")
    assert totals.coefficient(None, bands) == 1
    with pytest.raises(ValueError, match="No assessment band"):
        totals.coefficient(Decimal(59), bands)


def test_nothing_is_plain_nothing() -> None:
    nothing = Decimal("0.00")
    figures = (
        totals.deduction(nothing, Decimal(50)),
        totals.penalty(nothing, Decimal(2)),
        *totals.clawback(nothing, nothing, pool_left=nothing),
    )
    assert [str(figure) for figure in figures] == ["0.00"] * 4


def test_a_deduction_reads_the_bands_that_it_is_given() -> None:
    assert totals.deduction(Decimal(100), Decimal(90), (Band(Decimal(0), Decimal("0.7")),)) == -30


@given(st.dates(date(2026, 8, 1), date(2026, 10, 31)), st.dates(date(2026, 8, 1), date(2026, 10, 31)))
def test_days_in_force_are_those_of_the_overlap(starts: date, ends: date) -> None:
    month = Month(2026, 9)
    expected = max(0, (min(ends, month.last) - max(starts, month.first)).days + 1)
    assert totals.days_in_force(month, valid_from=starts, valid_to=ends) == expected


@given(positive, st.integers(0, 30))
def test_a_subsidy_grows_with_its_days(amount: Decimal, days: int) -> None:
    month = Month(2026, 9)
    found = totals.subsidy(amount, days=days, month=month)
    assert 0 <= found <= amount
    assert totals.subsidy(amount, days=30, month=month) == amount
    assert found + totals.subsidy(amount, days=30 - days, month=month) - amount in {
        Decimal("0.00"),
        Decimal("0.01"),
    }


@given(st.lists(st.tuples(positive, rates), max_size=5), positive)
def test_clawbacks_never_empty_a_pool_below_zero(originals: list[tuple[Decimal, Decimal]], left: Decimal) -> None:
    start = left
    for amount, share in originals:
        pool = totals.pool_amount(amount, share)
        back, part = totals.clawback(amount, pool, pool_left=left)
        assert back == -amount
        assert -pool <= part <= 0
        left += part
        assert left >= 0
    assert start - left <= sum((totals.pool_amount(a, s) for a, s in originals), Decimal(0))


def test_a_pool_in_the_red_gives_nothing() -> None:
    assert totals.clawback(Decimal(5), Decimal(2), pool_left=Decimal(-1)) == (-5, 0)


def test_an_adjustment_of_a_fen_has_a_sign_and_nothing_has_none() -> None:
    for type_, sign in totals.ADJUSTMENT_SIGNS.items():
        fits = [totals.adjustment_sign_fits(type_, sign * Decimal(fen)) for fen in ("0.01", "0.00", "-0.01")]
        assert fits == [True, False, False]


def test_an_adjustment_needs_a_known_type() -> None:
    with pytest.raises(KeyError):
        totals.adjustment_sign_fits("gift", Decimal(1))


@given(
    st.lists(st.tuples(amounts, positive, rates), max_size=4),
    st.lists(positive, max_size=2),
    st.lists(positive, max_size=2),
    st.lists(amounts, max_size=2),
    positive,
)
def test_a_statement_adds_up(
    records: list[tuple[Decimal, Decimal, Decimal]],
    subsidies: list[Decimal],
    taken: list[Decimal],
    signed: list[Decimal],
    owed: Decimal,
) -> None:
    figures = [
        totals.RecordFigures(amount, withheld, totals.pool_amount(amount, share)) for amount, withheld, share in records
    ]
    found = totals.statement(
        figures,
        subsidies=subsidies,
        deductions=[-item for item in taken],
        penalties=[-item for item in taken],
        clawbacks=signed,
        adjustments=signed,
        carried_in=-owed,
    )
    assert found.gross - found.pool == sum((item.payable for item in figures), Decimal(0))
    assert found.withheld == sum((item.withheld for item in figures), Decimal(0))
    assert found.deduction == found.penalty == sum(taken, Decimal(0))
    assert found.clawback == -found.adjustments == -sum(signed, Decimal(0))
    assert found.net == found.gross - found.pool + found.subsidy - 2 * sum(taken) + 2 * sum(signed) - owed
    assert found.paid >= 0 >= found.carried_out
    assert found.paid + found.carried_out == found.net
    assert all(str(yuan(value)) == str(value) for value in vars(found).values())


def test_an_empty_statement_is_all_zero() -> None:
    assert {str(value) for value in vars(totals.statement([])).values()} == {"0.00"}
