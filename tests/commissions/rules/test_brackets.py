"""What a month earns in all by its number of records, and the points that a picture of it goes through."""

from decimal import Decimal

import pytest

from commissions.rules.brackets import bracket_warnings, curve, earned
from commissions.rules.values import Bracket, BracketMode

TABLE = (Bracket(3, Decimal(15)), Bracket(1, Decimal(10)), Bracket(5, Decimal(20)))


@pytest.mark.parametrize(
    ("count", "whole", "marginal"),
    [(0, 0, 0), (1, 10, 10), (2, 20, 20), (3, 45, 35), (4, 60, 50), (5, 100, 70), (6, 120, 90)],
)
def test_what_a_month_earns(count: int, whole: int, marginal: int) -> None:
    for mode, expected in ((BracketMode.WHOLE, whole), (BracketMode.MARGINAL, marginal)):
        found = earned(TABLE, mode=mode, count=count)
        assert (type(found), found) == (Decimal, expected)


@pytest.mark.parametrize(
    ("mode", "table", "points"),
    [
        ("whole", TABLE, [(0, 0), (1, 10), (2, 20), (3, 45), (4, 60), (5, 100), (15, 300)]),
        ("marginal", TABLE, [(0, 0), (1, 10), (2, 20), (3, 35), (4, 50), (5, 70), (15, 270)]),
        ("marginal", TABLE[1:2], [(0, 0), (1, 10), (11, 110)]),
        ("whole", (Bracket(1, Decimal(1)), Bracket(21, Decimal(2))), [(0, 0), (1, 1), (20, 20), (21, 42), (31, 62)]),
        ("whole", (Bracket(1, Decimal(1)), Bracket(31, Decimal(2))), [(0, 0), (1, 1), (30, 30), (31, 62), (46, 92)]),
    ],
)
def test_a_curve_has_both_sides_of_each_step(
    mode: str, table: tuple[Bracket, ...], points: list[tuple[int, int]]
) -> None:
    assert curve(table, mode=BracketMode(mode)) == points


def table(text: str) -> tuple[Bracket, ...]:
    starts = (part.split(":") for part in text.split())
    return tuple(Bracket(int(start), Decimal(value)) for start, value in starts)


@pytest.mark.parametrize(
    ("mode", "brackets", "expected"),
    [
        ("whole", "", []),
        ("whole", "2:1", ["gap at 2: 1 → 1"]),
        ("whole", "1:0 3:0", []),
        ("whole", "1:0 21:0.05", ["jump at 21: 0 → 1.05"]),
        ("whole", "1:1 10:1", []),
        ("whole", "1:9 10:9", []),
        ("whole", "1:0 9:1", []),
        ("whole", "1:0 10:1", ["jump at 10: 0 → 10"]),
        ("whole", "1:10 10:9", []),  # nine at 10 earn what ten at 9 do
        ("whole", "1:10 11:9", ["cliff at 11: 100 → 99"]),
        ("whole", "1:10 3:5 3:8", ["cliff at 3: 20 → 15", "overlap at 3: 3 → 3"]),
        ("marginal", "1:10 3:10", []),
        ("marginal", "3:9 1:10", ["falling at 3: 10 → 9"]),
    ],
)
def test_what_is_odd_in_a_table(mode: str, brackets: str, expected: list[str]) -> None:
    found = bracket_warnings(table(brackets), mode=BracketMode(mode))
    assert [f"{item.code} at {item.start}: {item.before} → {item.after}" for item in found] == expected


def test_what_counts_as_a_jump_can_be_said() -> None:
    small = table("1:1 2:2")
    assert [bracket_warnings(small, mode=BracketMode.WHOLE, jump=jump) != [] for jump in (1, 2)] == [True, False]
