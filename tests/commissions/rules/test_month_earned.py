"""What a month's records earn together by a table of brackets."""

from decimal import Decimal

import pytest

from commissions.rules.brackets import bracket_at, earned
from commissions.rules.values import Bracket, BracketMode

TABLE = (Bracket(51, Decimal(15)), Bracket(1, Decimal(10)), Bracket(101, Decimal(20)))


@pytest.mark.parametrize(
    ("mode", "count", "expected"),
    [
        (BracketMode.WHOLE, 0, 0),
        (BracketMode.WHOLE, 50, 500),
        (BracketMode.WHOLE, 51, 765),
        (BracketMode.MARGINAL, 0, 0),
        (BracketMode.MARGINAL, 50, 500),
        (BracketMode.MARGINAL, 51, 515),
        (BracketMode.MARGINAL, 100, 1250),
        (BracketMode.MARGINAL, 103, 1310),
    ],
)
def test_the_whole_month_or_record_by_record(mode: BracketMode, count: int, expected: int) -> None:
    assert earned(TABLE, mode=mode, count=count) == expected


@pytest.mark.parametrize("count", [1, 50, 51, 100, 101, 250])
def test_record_by_record_is_the_sum_of_the_records(count: int) -> None:
    each = sum(bracket_at(TABLE, place).value for place in range(1, count + 1))
    assert earned(TABLE, mode=BracketMode.MARGINAL, count=count) == each
