"""The oracle's own corners: what docs/commissions-cases.md has no room for."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from commissions.rules.oracle import LINE_COLUMNS, STATEMENT_COLUMNS, line_row, order, settle, statement_row
from commissions.rules.oracle_totals import Desk, points
from commissions.rules.values import Basis, BusinessType, Instalment, Kind, Rule
from commissions.rules.world import Adjustment, Batch, Dealer, Product, Sale, Unit, Violation, World
from core.periods import Month, Week

JULY, AUGUST, SEPTEMBER = Month(2026, 7), Month(2026, 8), Month(2026, 9)
RULE = Rule(
    code="R",
    kind=Kind.BASE,
    business_type=BusinessType.ACTIVATION,
    effective_from=date(2026, 1, 1),
    basis=Basis.FIXED,
    value=Decimal("20.00"),
    instalments=(Instalment(0, Decimal(1)),),
    owner="53",
)
UNITS = (Unit("53", "province"), Unit("5326", "city", "53"), Unit("A", "county", "5326"), Unit("B", "county", "5326"))


def dealer(code: str, *units: tuple[date, str]) -> Dealer:
    return Dealer(code, ((date(2025, 1, 1), "partner"),), units or ((date(2025, 1, 1), "A"),))


def sale(event_no: str, day: date, *, seller: str | None = "D") -> Sale:
    return Sale(event_no, "activation", datetime(day.year, day.month, day.day, 9), "P", seller)


WORLD = World(
    units=UNITS,
    dealers=(dealer("D"),),
    products=(Product("P", "4G", Decimal(58)),),
    rules=(RULE,),
    sales=(sale("E1", date(2026, 8, 5)),),
)


def batch(county: str, period: Month | Week, state: str = "approved") -> Batch:
    return Batch(f"{period}-{county}", county, period, state)


def desk(*others: Batch, world: World = WORLD, county: str = "A") -> Desk:
    return Desk(world, county, SEPTEMBER, others, ())


@pytest.mark.parametrize(
    ("month", "others", "enters"),
    [
        (SEPTEMBER, (), True),
        (Month(2026, 10), (), False),
        (AUGUST, (batch("A", AUGUST),), True),
        (AUGUST, (batch("A", AUGUST, "paid"),), True),
        (AUGUST, (batch("A", AUGUST, "reviewed"),), False),
        (AUGUST, (), True),
        (AUGUST, (batch("A", Week(2026, 33), "calculated"),), True),
    ],
)
def test_what_belongs_to_a_month_enters_its_batch_or_the_next(
    month: Month, others: tuple[Batch, ...], enters: bool
) -> None:
    assert desk(*others).enters("D", month) is enters


MOVED = replace(WORLD, dealers=(dealer("D", (date(2026, 7, 1), "B"), (date(2026, 9, 10), "A")),))


@pytest.mark.parametrize(
    ("month", "others", "enters"),
    [
        (AUGUST, (batch("B", AUGUST),), True),
        (AUGUST, (batch("B", AUGUST, "calculated"),), False),
        (AUGUST, (), False),
        (AUGUST, (batch("A", AUGUST),), False),
        (AUGUST, (batch("B", JULY),), False),
        (AUGUST, (batch("B", SEPTEMBER, "calculated"),), True),
        (Month(2026, 6), (), True),
    ],
)
def test_the_former_county_keeps_what_it_can_still_take(month: Month, others: tuple[Batch, ...], enters: bool) -> None:
    """On the last day of August the dealer was in B; before July it was nowhere."""
    assert desk(*others, world=MOVED).enters("D", month) is enters


def test_a_penalty_of_a_month_that_was_never_settled_costs_nothing() -> None:
    world = replace(WORLD, violations=(Violation("V1", "D", "exclusivity", date(2026, 7, 5)),))
    assert [line.line_type for line in settle(world, county="A", period=SEPTEMBER).lines] == ["record"]


def test_an_unknown_violation_type_costs_nothing() -> None:
    world = replace(WORLD, violations=(Violation("V1", "D", "gossip", date(2026, 8, 5)),))
    assert [line.line_type for line in settle(world, county="A", period=AUGUST).lines] == ["record"]


def test_references_are_taken_once_across_counties() -> None:
    world = replace(MOVED, adjustments=(Adjustment("A1", "D", AUGUST, Decimal(5)),))
    first = settle(world, county="B", period=AUGUST).batch
    assert first
    world = world.with_batch(first, state="approved")
    assert [line.line_type for line in first.lines] == ["adjustment", "record"]
    assert settle(world, county="A", period=SEPTEMBER).lines == ()


def test_the_county_of_a_settled_record_does_not_change_with_history() -> None:
    later = replace(RULE, instalments=(Instalment(0, Decimal("0.5")), Instalment(1, Decimal("0.5"))))
    world = replace(WORLD, rules=(later,))
    first = settle(world, county="A", period=AUGUST).batch
    assert first
    corrected = replace(world.with_batch(first, state="approved"), dealers=(dealer("D", (date(2025, 1, 1), "B")),))
    assert [line.instalment for line in settle(corrected, county="A", period=SEPTEMBER).lines] == [2]
    assert settle(corrected, county="B", period=SEPTEMBER).lines == ()


def test_a_settled_record_keeps_its_rule_and_total() -> None:
    later = replace(RULE, instalments=(Instalment(0, Decimal("0.5")), Instalment(1, Decimal("0.5"))))
    world = replace(WORLD, rules=(later,))
    first = settle(world, county="A", period=AUGUST).batch
    assert first
    better = replace(later, code="X", owner="5326", value=Decimal(100))
    world = replace(world.with_batch(first, state="approved"), rules=(later, better))
    world = replace(world, sales=(*world.sales, sale("E2", date(2026, 8, 5))))
    found = settle(world, county="A", period=SEPTEMBER).lines
    assert [(line.event_no, line.rule, line.instalment, line.amount) for line in found] == [
        ("E1", "R", 2, Decimal("10.00")),
        ("E2", "X", 1, Decimal("50.00")),
        ("E2", "X", 2, Decimal("50.00")),
    ]


def test_nobody_in_no_county_is_settled_or_listed() -> None:
    world = replace(
        WORLD,
        dealers=(dealer("D", (date(2026, 8, 6), "A")), dealer("C", (date(2025, 1, 1), "5326"))),
        sales=(sale("E1", date(2026, 8, 5)), sale("E2", date(2026, 8, 5), seller="C"), sale("E3", date(2026, 8, 6))),
    )
    found = settle(world, county="A", period=AUGUST)
    assert [line.event_no for line in found.lines] == ["E3"]
    assert found.unpriced == {}


def test_a_week_lists_only_its_own_unpriced_records() -> None:
    world = replace(
        WORLD,
        rules=(),
        sales=(sale("E1", date(2026, 8, 9)), sale("E2", date(2026, 8, 10)), sale("E3", date(2026, 8, 17))),
    )
    assert settle(world, county="A", period=Week(2026, 33)).unpriced == {"E2": "no_rule"}
    assert list(settle(world, county="A", period=AUGUST).unpriced) == ["E1", "E2", "E3"]
    assert settle(world, county="A", period=JULY).unpriced == {}


def test_nothing_is_settled_before_its_period_is_over() -> None:
    found = settle(replace(WORLD, today=AUGUST.last), county="A", period=AUGUST)
    assert found.refused
    assert (found.refused.code, found.lines, found.batch) == ("not_over", (), None)


def test_a_number_may_be_given_after_a_void() -> None:
    found = settle(WORLD, county="A", period=AUGUST, number="2026-08-A-2").batch
    assert found
    assert (found.number, settle(WORLD, county="A", period=AUGUST).batch.number) == ("2026-08-A-2", "2026-08-A")  # type: ignore[union-attr]


def test_rows_as_the_files_write_them() -> None:
    world = replace(WORLD, adjustments=(Adjustment("A1", "D", AUGUST, Decimal("5.5")),))
    found = settle(world, county="A", period=AUGUST).batch
    assert found
    rows = [line_row(line, found.number) for line in found.lines]
    assert rows == [
        ("D", "", "", "", "adjustment", "", "2026-08", "", "5.50", "0.00", "A1", "0.00", "5.50", "2026-08-A"),
        ("D", "E1", "base", "1", "record", "R", "2026-08", "20.00", "20.00", "0.00", "", "0.00", "20.00", "2026-08-A"),
    ]
    assert [order(line)[:-1] for line in found.lines] == [row[:-1] for row in rows]
    assert len(rows[0]) == len(LINE_COLUMNS)
    row = statement_row("D", found.statements["D"], found.number)
    assert dict(zip(STATEMENT_COLUMNS, row, strict=True)) == {
        "dealer_code": "D",
        "gross": "20.00",
        "withheld": "0.00",
        "pool": "0.00",
        "subsidy": "0.00",
        "deduction": "0.00",
        "penalty": "0.00",
        "clawback": "0.00",
        "adjustments": "5.50",
        "carried_in": "0.00",
        "net": "25.50",
        "paid": "25.50",
        "carried_out": "0.00",
        "batch": "2026-08-A",
    }


@pytest.mark.parametrize(
    ("score", "text"), [("85", "85"), ("85.00", "85"), ("85.50", "85.5"), ("100", "100"), ("0", "0")]
)
def test_scores_read_without_idle_zeros(score: str, text: str) -> None:
    assert points(Decimal(score)) == text
