"""Totals and instalments: what holds for every amount and every share."""

from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.rules.brackets import Counted, bracket_at, bracket_count, bracket_rank
from commissions.rules.pricing import paid_weekly, price, schedule, split
from commissions.rules.values import (
    Basis,
    Bracket,
    BracketMode,
    BusinessType,
    Condition,
    Instalment,
    Kind,
    Rule,
    Test,
)
from core.money import from_fen, yuan
from core.periods import Month

fen = st.integers(-(10**9), 10**9)


@st.composite
def shares(draw: st.DrawFn) -> list[Decimal]:
    """Up to eight shares with four places that sum to exactly 1."""
    cuts = sorted(draw(st.lists(st.integers(0, 10_000), max_size=7)))
    edges = [0, *cuts, 10_000]
    return [Decimal(high - low).scaleb(-4) for low, high in pairwise(edges)]


@given(fen, shares())
def test_instalments_sum_to_the_total_and_keep_its_sign(total: int, parts: list[Decimal]) -> None:
    amount = from_fen(total)
    found = split(amount, parts)
    assert sum(found) == amount
    assert all(item * amount >= 0 for item in found)
    assert all(item == yuan(item) for item in found)


@given(fen, shares())
def test_instalments_of_a_refund_mirror_those_of_the_sale(total: int, parts: list[Decimal]) -> None:
    found = split(from_fen(total), parts)
    assert split(from_fen(-total), parts) == [-item for item in found]


@given(fen, shares())
def test_each_instalment_is_within_a_fen_of_its_share(total: int, parts: list[Decimal]) -> None:
    amount = from_fen(total)
    for item, share in zip(split(amount, parts), parts, strict=True):
        assert abs(item - amount * share) <= Decimal("0.01")


@given(fen, shares())
def test_whole_fen_give_the_same_as_decimals(total: int, parts: list[Decimal]) -> None:
    """The arithmetic that the SQL uses: (|T| · running + 5000) div 10000, with T's sign."""
    sign = -1 if total < 0 else 1
    running = before = 0
    expected = []
    for share in parts:
        running += int(share * 10_000)
        after = sign * ((abs(total) * running + 5000) // 10_000)
        expected.append(from_fen(after - before))
        before = after
    assert split(from_fen(total), parts) == expected


def rule(**changes: object) -> Rule:
    plain: dict = {
        "code": "R",
        "kind": Kind.BASE,
        "business_type": BusinessType.ACTIVATION,
        "effective_from": date(2026, 1, 1),
        "basis": Basis.FIXED,
        "value": Decimal("10.00"),
        "instalments": (Instalment(0, Decimal("0.7")), Instalment(3, Decimal("0.3"))),
    }
    return Rule(**(plain | changes))


def test_a_schedule_crosses_the_year() -> None:
    found = schedule(rule(), total=Decimal("10.00"), event_month=Month(2026, 11))
    assert [(item.number, str(item.month), str(item.amount)) for item in found] == [
        (1, "2026-11", "7.00"),
        (2, "2027-02", "3.00"),
    ]
    assert [item.instalment.offset for item in found] == [0, 3]


table = (Bracket(1, Decimal(10)), Bracket(3, Decimal(15)))


@pytest.mark.parametrize(
    ("changes", "number", "weekly"),
    [
        ({}, 1, True),
        ({}, 2, False),
        ({"value": None, "brackets": table, "bracket_mode": BracketMode.WHOLE}, 1, False),
        ({"instalments": (Instalment(0, Decimal(1), (Condition(Test.PURE_NEW),)),)}, 1, False),
        ({"instalments": (Instalment(0, Decimal(1)),)}, 1, True),
    ],
)
def test_what_a_week_may_take(changes: dict, number: int, weekly: bool) -> None:
    assert paid_weekly(rule(**changes), number) is weekly


def test_a_price_remembers_how_it_came_about() -> None:
    records = [Counted(f"E{n}", datetime(2026, 9, n)) for n in (1, 2, 3)]
    marginal = rule(value=None, brackets=table, bracket_mode=BracketMode.MARGINAL, basis=Basis.PERCENT_OF_AMOUNT)
    found = price(marginal, fee=None, amount=Decimal(2), event_no="E3", records=records)
    assert found
    assert (found.total, found.value, found.basis_amount) == (Decimal(30), Decimal(15), Decimal(2))
    assert (found.bracket, found.at) == (table[1], 3)
    plain = price(rule(), fee=None, amount=None)
    assert plain
    assert (plain.total, plain.value, plain.basis_amount) == (Decimal("10.00"), Decimal("10.00"), 1)
    assert (plain.bracket, plain.at) == (None, None)


def test_a_false_record_is_priced_as_if_it_counted() -> None:
    records = [Counted(f"E{n}", datetime(2026, 9, n), false=n == 3) for n in (1, 2, 3)]
    for mode, at in ((BracketMode.WHOLE, {"E1": 2, "E3": 3}), (BracketMode.MARGINAL, {"E1": 1, "E3": 3})):
        tiered = rule(value=None, brackets=table, bracket_mode=mode)
        prices = {name: price(tiered, fee=None, amount=None, event_no=name, records=records) for name in at}
        assert {name: found and found.at for name, found in prices.items()} == at


def test_no_bracket_below_the_first() -> None:
    with pytest.raises(ValueError, match="reaches 0"):
        bracket_at(table, 0)
    with pytest.raises(KeyError, match="E1"):
        bracket_rank([], event_no="E1")


@given(st.permutations(table), st.integers(1, 10))
def test_brackets_in_any_order(brackets: list[Bracket], at: int) -> None:
    assert bracket_at(brackets, at) == table[at >= 3]


records = st.lists(
    st.builds(
        Counted,
        event_no=st.integers(0, 999).map("E{:03d}".format),
        occurred_at=st.integers(1, 3).map(lambda day: datetime(2026, 9, day)),
        false=st.booleans(),
    ),
    min_size=1,
    unique_by=lambda record: record.event_no,
)


@given(records)
def test_ranks_of_true_records_are_the_numbers_up_to_the_count(found: list[Counted]) -> None:
    true = [record.event_no for record in found if not record.false]
    ranks = [bracket_rank(found, event_no=event_no) for event_no in true]
    assert sorted(ranks) == list(range(1, len(true) + 1))
    assert {bracket_count(found, event_no=event_no) for event_no in true} <= {len(true)}


@given(records)
def test_a_false_record_counts_for_itself_and_moves_nobody(found: list[Counted]) -> None:
    kept = [record for record in found if not record.false]
    for record in found:
        alone = [*kept, record] if record.false else kept
        assert bracket_rank(found, event_no=record.event_no) == bracket_rank(alone, event_no=record.event_no)
        assert bracket_count(found, event_no=record.event_no) == len(alone)
