"""Runs every executed table of docs/points.md against the rules."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from commissions.rules import points
from core.money import to_fen
from core.periods import InvalidPeriod
from tests.examples.tables import executed

TABLES = executed("points.md")
Row = dict[str, str]
OFFERED = "points rules on offer"


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def on_offer() -> list[points.Rule]:
    return [
        points.Rule(
            code=row["Rule"],
            kind=row["Kind"],
            owner=row["Unit"],
            points=int(row["Points"]),
            valid_from=date.fromisoformat(row["From"]),
            subject=row["Subject"],
            valid_to=day(row["To"]),
        )
        for row in TABLES[OFFERED]
    ]


def choice(row: Row) -> None:
    on = date.fromisoformat(row["Day"])
    found = points.choose(on_offer(), kind=row["Kind"], subject=row["Subject"], day=on, path=row["Dealer's unit"])
    assert (found.code if found else "") == row["Counts"]


def taken(row: Row) -> None:
    assert points.taken(int(row["Balance"]), int(row["Wanted"])) == int(row["Taken"])


def expiry_quarter(row: Row) -> None:
    found = points.expire_until(points.Quarter.parse(row["End of"]), int(row["Kept quarters"]))
    assert (str(found) if found else "") == row["Expires what was earned up to"]


def expired(row: Row) -> None:
    assert points.expired(int(row["Earned up to then"]), int(row["Used since ever"])) == int(row["Expires"])


def rewards(row: Row) -> None:
    found = points.left(
        stock=int(row["Stock"]) if row["Stock"] else None,
        budget_fen=to_fen(Decimal(row["Budget"])) if row["Budget"] else None,
        unit_fen=to_fen(Decimal(row["Value of one"])),
        taken=int(row["Taken"]),
    )
    assert found == int(row["Left"])


RUNNERS: dict[str, Callable[[Row], None]] = {
    "points rule choice": choice,
    "points taken": taken,
    "points expiry quarter": expiry_quarter,
    "points expired": expired,
    "rewards left": rewards,
}


def cases() -> list[Any]:
    return [
        pytest.param(name, row, id=f"{name}-{number}")
        for name, rows in TABLES.items()
        if name != OFFERED
        for number, row in enumerate(rows, start=1)
    ]


@pytest.mark.parametrize(("name", "row"), cases())
def test_documented_case(name: str, row: Row) -> None:
    RUNNERS[name](row)


def test_every_table_is_executed() -> None:
    assert set(TABLES) == {OFFERED, *RUNNERS}
    assert all(TABLES.values())


@pytest.mark.parametrize("text", ["", "2026Q5", "2026Q0", "2026-4", "26Q4", "２０２６Q1", "2026Q1 ", "2026QX"])
def test_what_is_no_quarter(text: str) -> None:
    with pytest.raises(InvalidPeriod) as raised:
        points.Quarter.parse(text)
    assert raised.value.args == (text,)


def test_without_stock_and_budget_nothing_is_left() -> None:
    assert points.left(stock=None, budget_fen=None, unit_fen=1, taken=0) == 0


def test_quarters_end_with_their_third_month() -> None:
    assert [str((points.Quarter(2026, 1) + step).last) for step in range(5)] == [
        "2026-03",
        "2026-06",
        "2026-09",
        "2026-12",
        "2027-03",
    ]
    assert points.Quarter.of(date(2026, 3, 31)) == points.Quarter(2026, 1)
    assert points.Quarter.of(date(2026, 4, 1)) == points.Quarter(2026, 2)


def test_a_rule_counts_on_its_first_and_on_its_last_day() -> None:
    rule = points.Rule("R", "sale", "/53/", 5, date(2026, 9, 1), valid_to=date(2026, 9, 30))
    days = [date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 30), date(2026, 10, 1)]
    found = [points.choose([rule], kind="sale", subject="P58", day=day, path="/53/5326/") for day in days]
    assert found == [None, rule, rule, None]
