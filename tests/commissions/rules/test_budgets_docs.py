"""Runs every executed table of docs/budgets.md against the rules."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from commissions.rules import budgets, competitor
from commissions.rules.values import Basis
from core.periods import InvalidPeriod, Month
from tests.examples.tables import executed

TABLES = executed("budgets.md")
Row = dict[str, str]


def usual_month(row: Row) -> None:
    settled = [Decimal(text) for text in row["Settled months"].split()]
    assert str(budgets.usual(settled)) == row["Usual"]


def forecast(row: Row) -> None:
    months = []
    for text in row["County months: committed, settled or open, usual"].split(", "):
        committed, settled, usual = text.split()
        months.append((budgets.CountyMonth(Decimal(committed), settled == "settled"), Decimal(usual)))
    assert str(budgets.forecast(months)) == row["Forecast"]


def elapsed(row: Row) -> None:
    share = budgets.elapsed(*budgets.span(row["Period"]), date.fromisoformat(row["Today"]))
    assert str(share) == row["Elapsed"]


def over(row: Row) -> None:
    amount, committed = Decimal(row["Budget"]), Decimal(row["Committed"])
    covers = [Decimal(text) for text in row["Approvals cover"].split()]
    assert str(budgets.excess(amount, committed)) == row["Too much"]
    assert ("refused" if budgets.refused(amount, committed, covers) else "possible") == row["Submitting"]


def competing(row: Row) -> None:
    def offer(name: str, family: str) -> competitor.Offer:
        basis, values = row[name].split()
        found = [Decimal(text) for text in values.split("/")]
        most = competitor.highest(found[0] if len(found) == 1 else None, found)
        return competitor.Offer(Basis(basis), most, row[family])

    rule, level = offer("Rule", "Rule's family"), offer("Level", "Level's family")
    fee = Decimal(row["Fee"]) if row["Fee"] else None
    warned = competitor.same_business(rule, level) and competitor.exceeds(rule, level, fee=fee) is True
    assert ("yes" if warned else "no") == row["Warning"]


RUNNERS: dict[str, Callable[[Row], None]] = {
    "usual month": usual_month,
    "budget forecast": forecast,
    "time elapsed": elapsed,
    "over budget": over,
    "competitor": competing,
}


def cases() -> list[Any]:
    return [
        pytest.param(name, row, id=f"{name}-{number}")
        for name, rows in TABLES.items()
        for number, row in enumerate(rows, start=1)
    ]


@pytest.mark.parametrize(("name", "row"), cases())
def test_documented_case(name: str, row: Row) -> None:
    RUNNERS[name](row)


def test_every_table_is_executed() -> None:
    assert set(TABLES) == set(RUNNERS)
    assert all(TABLES.values())


@pytest.mark.parametrize("text", ["", "2026-13", "2026-9", "26", "2026-W37", "0000", "２０２６", "2026-09-01", "abcd"])
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(InvalidPeriod) as raised:
        budgets.span(text)
    assert raised.value.args == (text,)


def test_the_first_year_is_one() -> None:
    assert budgets.span("0001") == (date(1, 1, 1), date(1, 12, 31))


def test_the_share_of_nothing_is_unknown() -> None:
    assert budgets.used(Decimal(0), Decimal(5)) is None
    assert budgets.used(Decimal(3), Decimal(1)) == Decimal("0.3333")


def test_shares_are_rounded_half_up() -> None:
    assert budgets.used(Decimal(32), Decimal(1)) == Decimal("0.0313")
    assert budgets.elapsed(date(2026, 1, 1), date(2026, 2, 1), date(2026, 1, 1)) == Decimal("0.0313")


def test_without_months_nothing_is_forecast() -> None:
    assert str(budgets.forecast([])) == "0.00"


def test_a_month_draws_on_its_own_budget_and_on_the_year_s() -> None:
    assert budgets.periods_of(Month(2026, 9)) == ("2026-09", "2026")
    assert budgets.periods_of(Month(326, 9)) == ("0326-09", "0326")
