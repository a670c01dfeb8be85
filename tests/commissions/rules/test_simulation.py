"""Which rules a simulation tries, and what a statement becomes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from commissions.rules.simulation import (
    Fine,
    Records,
    month_deduction,
    month_penalties,
    months_back,
    moved_back,
    rules_tried,
    statement_after,
)
from commissions.rules.totals import Band, Totals
from commissions.rules.values import Basis, BusinessType, Kind, Rule
from core.periods import Month

SEPTEMBER = Month(2026, 9)


def rule(text: str, code: str = "R") -> Rule:
    """`kind from to`; without a third word the end is open."""
    kind, starts, *ends = text.split()
    return Rule(
        code=code,
        kind=Kind(kind),
        business_type=BusinessType.ACTIVATION,
        effective_from=date.fromisoformat(starts),
        effective_to=date.fromisoformat(ends[0]) if ends else None,
        basis=Basis.FIXED,
        instalments=(),
        owner="5326",
    )


@pytest.mark.parametrize(
    ("starts", "back"),
    [
        (["2026-09-30"], 0),
        (["2026-10-01"], 1),
        (["2026-10-02"], 2),
        (["2027-01-01", "2026-10-01"], 1),
        (["2026-08-31", "2027-01-01"], 0),
    ],
)
def test_the_first_rule_is_in_force_when_the_month_begins(starts: list[str], back: int) -> None:
    assert months_back([rule(f"base {start}") for start in starts], SEPTEMBER) == back


@pytest.mark.parametrize(
    ("dates", "months", "moved"),
    [
        ("2026-12-31 2027-02-28", 3, "2026-09-30 2026-11-30"),
        ("2026-12-15 2027-01-30", 2, "2026-10-15 2026-11-30"),
        ("2027-03-31 2027-05-30", 1, "2027-02-28 2027-04-30"),
        ("2027-03-15 2027-05-15", 1, "2027-02-15 2027-04-15"),
        ("2026-12-15", 12, "2025-12-15"),
    ],
)
def test_both_dates_are_moved(dates: str, months: int, moved: str) -> None:
    assert moved_back(rule(f"base {dates}"), months) == rule(f"base {moved}")


@pytest.mark.parametrize(
    ("current", "simulated", "expected"),
    [
        # ends on the day before; one that begins on that day or later is left out
        (["base 2026-01-01"], ["base 2026-09-01"], ["base 2026-01-01 2026-08-31", "base 2026-09-01"]),
        (["base 2026-08-31"], ["base 2026-09-01"], ["base 2026-08-31 2026-08-31", "base 2026-09-01"]),
        (["base 2026-09-01"], ["base 2026-09-01"], ["base 2026-09-01"]),
        (["base 2026-10-01"], ["base 2026-09-01"], ["base 2026-09-01"]),
        # no rival, or no day in common: stays as it is
        (["service 2026-01-01"], ["base 2026-09-01"], ["service 2026-01-01", "base 2026-09-01"]),
        (["base 2026-01-01 2026-08-31"], ["base 2026-09-01"], ["base 2026-01-01 2026-08-31", "base 2026-09-01"]),
        (["base 2027-01-01"], ["base 2026-09-01 2026-12-31"], ["base 2027-01-01", "base 2026-09-01 2026-12-31"]),
        (
            ["base 2027-01-01", "base 2026-01-01"],
            ["base 2026-09-01 2026-12-30"],
            ["base 2027-01-01", "base 2026-01-01 2026-08-31", "base 2026-09-01 2026-12-30"],
        ),
        # the later of two ends it first, the earlier once more
        (
            ["base 2026-01-01"],
            ["base 2026-09-15", "base 2026-09-01"],
            ["base 2026-01-01 2026-08-31", "base 2026-09-15", "base 2026-09-01"],
        ),
        # what begins later is tried as if it began with the month
        (["base 2026-01-01"], ["base 2026-12-01"], ["base 2026-01-01 2026-08-31", "base 2026-09-01"]),
    ],
)
def test_rules_of_the_same_scope_end_before_what_is_tried(
    current: list[str], simulated: list[str], expected: list[str]
) -> None:
    tried = rules_tried(
        [rule(text, f"C{number}") for number, text in enumerate(current)],
        [rule(text, f"S{number}") for number, text in enumerate(simulated)],
        SEPTEMBER,
    )
    assert [replace(one, code="R") for one in tried] == [rule(text) for text in expected]


def test_a_rule_is_not_tried_beside_itself() -> None:
    kept, again = rule("service 2026-01-01", "A"), rule("base 2026-09-01", "B")
    assert rules_tried([rule("service 2026-01-01", "B"), kept], [again], SEPTEMBER) == [kept, again]


def test_penalties_of_the_month_follow_its_gross() -> None:
    fines = [Fine(Decimal(2), Decimal("-200.00")), Fine(Decimal("0.5"), Decimal("-40.00"))]
    assert month_penalties(Decimal(100), Decimal(300), fines) == Decimal("510.00")
    assert month_penalties(Decimal(100), Decimal(-5), fines) == Decimal("-240.00")
    assert month_penalties(Decimal(100), Decimal(100), fines) == 0
    assert month_penalties(Decimal(100), Decimal(300), []) == 0


@pytest.mark.parametrize(
    ("before", "after", "settled", "expected"),
    [
        ("100", "200", "30", "60"),  # by the bands given
        ("0.05", "200", "0.02", "60"),  # so too where the share of a rounded figure would be another
        ("100", "200", "20", "40"),  # not what they would have deducted: its share
        ("100", "-1", "20", "0.00"),
        ("0.01", "200", "0.01", "200.00"),
        ("0", "200", "5", "0.00"),
        ("-1", "200", "5", "0.00"),
        ("100", "33.33", "10.10", "3.37"),
    ],
)
def test_a_deduction_follows_the_gross(before: str, after: str, settled: str, expected: str) -> None:
    bands = (Band(Decimal(0), Decimal("0.7")),)
    found = month_deduction(Decimal(before), Decimal(after), settled=Decimal(settled), score=Decimal(90), bands=bands)
    assert found == Decimal(expected)


def test_lines_are_replaced_and_the_rest_stays() -> None:
    settled = {
        "gross": Decimal("1000.00"),
        "withheld": Decimal("70.00"),
        "pool": Decimal("300.00"),
        "subsidy": Decimal("20.00"),
        "penalty": Decimal("5.00"),
        "clawback": Decimal("7.00"),
        "adjustments": Decimal("11.00"),
    }
    change = {
        "without": Records(Decimal("400.00"), Decimal("30.00"), Decimal("100.00")),
        "plus": Records(Decimal("500.00"), Decimal("60.00"), Decimal("150.00")),
        "deduction": Decimal("13.00"),
        "penalty_change": Decimal("2.00"),
    }
    found = statement_after(settled, **change, carried_in=Decimal("-17.00"))  # type: ignore[arg-type]
    assert found == Totals(
        gross=Decimal("1100.00"),
        withheld=Decimal("100.00"),
        pool=Decimal("350.00"),
        subsidy=Decimal("20.00"),
        deduction=Decimal("13.00"),
        penalty=Decimal("7.00"),
        clawback=Decimal("7.00"),
        adjustments=Decimal("11.00"),
        carried_in=Decimal("-17.00"),
        net=Decimal("737.00"),
        paid=Decimal("737.00"),
        carried_out=Decimal("0.00"),
    )
    owing = statement_after(settled, **change, carried_in=Decimal("-1000.00"))  # type: ignore[arg-type]
    assert [str(figure) for figure in (owing.net, owing.paid, owing.carried_out)] == ["-246.00", "0.00", "-246.00"]
