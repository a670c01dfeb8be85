"""What a month earns in all by its number of records, and the points that a picture of it goes through."""

from decimal import Decimal

import pytest

from commissions.rules.brackets import curve, earned
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
