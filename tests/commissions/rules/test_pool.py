"""What always holds of payouts, forfeits and what a pool consists of."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.rules import pool
from commissions.rules.pool import RoundPeriod
from core.money import from_fen
from core.periods import InvalidPeriod, Month

money = st.integers(1, 10**8).map(from_fen)
ratios = st.integers(0, 10_000).map(lambda units: Decimal(units).scaleb(-4))
factors = st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(1)])
days = st.dates(date(2024, 1, 1), date(2030, 12, 31))
months = st.integers(0, 47).map(lambda place: Month(2025, 1) + place)
periods = st.builds(RoundPeriod, st.integers(2025, 2028), st.sampled_from([0, 1, 2]))


@given(money, factors, ratios, st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_a_round_never_takes_more_than_the_basis(
    basis: Decimal, factor: Decimal, ratio: Decimal, ended: bool, breach: bool, forfeits: bool, override: bool
) -> None:
    found = pool.payout(
        basis,
        factor=factor,
        ratio=ratio,
        terminated=ended,
        suspended=breach,
        forfeits=forfeits,
        overridden=override,
    )
    assert found.payout >= 0
    assert found.forfeit >= 0
    assert found.payout + found.forfeit <= basis
    if (ended or breach) and not override:
        assert (found.payout, found.forfeit) == (0, 0)
    if not forfeits:
        assert found.forfeit == 0
    elif ratio == 1 and not ended and not breach:
        assert found.payout + found.forfeit == basis


@given(money, factors, ratios, ratios)
def test_a_higher_ratio_never_pays_less(basis: Decimal, factor: Decimal, one: Decimal, other: Decimal) -> None:
    low, high = sorted([one, other])
    assert pool.payout(basis, factor=factor, ratio=low).payout <= pool.payout(basis, factor=factor, ratio=high).payout


def test_a_round_without_anything_special_pays_the_part_that_idle_months_leave() -> None:
    assert pool.payout(Decimal(100), factor=Decimal("0.5")) == pool.Payout(Decimal(50), Decimal(50))


@given(st.sampled_from(["half_year", "year"]), st.integers(0, 11))
def test_another_idle_month_never_helps(rhythm: str, idle: int) -> None:
    assert pool.factor(rhythm, idle + 1) <= pool.factor(rhythm, idle)


@given(periods, st.sets(months), days)
def test_idle_and_active_months_are_the_months_of_the_cooperation(
    period: RoundPeriod, active: set[Month], start: date
) -> None:
    counted = [m for m in period.first_month.until(period.last_month) if m >= Month.of(start)]
    assert pool.idle_months(period, active=active, cooperation_start=start) == len(
        [m for m in counted if m not in active]
    )


@given(days)
def test_the_clock_runs_three_months(ended: date) -> None:
    due = pool.forfeited_on(ended)
    assert Month.of(due) - Month.of(ended) == 3
    assert due.day == ended.day or (due + timedelta(days=1)).day == 1
    assert pool.keeps_pool(ended, due - timedelta(days=1))
    assert not pool.keeps_pool(ended, due)


@given(st.lists(st.tuples(months, st.integers(-500, 500).map(from_fen)), max_size=12))
def test_lots_sum_up_to_a_balance_that_is_not_negative(entries: list[tuple[Month, Decimal]]) -> None:
    balance = sum((amount for _, amount in entries), Decimal(0))
    found = pool.lots(entries)
    assert sum((lot.amount for lot in found), Decimal(0)) == max(balance, Decimal(0))
    assert all(lot.amount > 0 for lot in found)
    assert [lot.month for lot in found] == sorted({lot.month for lot in found})


@given(months, st.sampled_from(["half_year", "year"]), st.none() | periods)
def test_what_came_in_is_due_after_its_month_and_the_last_round(
    month: Month, rhythm: str, after: RoundPeriod | None
) -> None:
    due = pool.due_in(month, rhythm, after=after)
    assert due.rhythm == rhythm
    assert due.last >= month.last
    assert after is None or due.last > after.last


@given(periods)
def test_periods_follow_each_other(period: RoundPeriod) -> None:
    assert RoundPeriod.parse(str(period)) == period
    assert period.next.first_month - period.last_month == 1
    assert period < period.next
    assert not period < period
    assert RoundPeriod.containing(period.last_month, period.rhythm) == period


@pytest.mark.parametrize("text", ["2026H3", "2026-H1", "H1", "26H1", "2026H", "2026-01", ""])
def test_other_texts_are_no_rounds(text: str) -> None:
    with pytest.raises(InvalidPeriod) as raised:
        RoundPeriod.parse(text)
    assert raised.value.args == (text,)
