"""Which of several live batches stands in the way of a period, and what is said of it."""

from datetime import date

import pytest

from commissions.rules.admission import LiveBatch, Refusal, refusal
from core.periods import parse_period

LATE = date(2027, 1, 1)


def live(text: str) -> list[LiveBatch]:
    pairs = (item.split() for item in text.split(", ") if item)
    return [LiveBatch(parse_period(period), state) for period, state in pairs]


@pytest.mark.parametrize(
    ("period", "batches", "expected"),
    [
        ("2026-09", "2026-09 reviewed", Refusal("already_submitted", "2026-09", "reviewed")),
        ("2026-09", "2026-09 calculating", None),
        ("2026-W37", "2026-W37 paid", Refusal("already_submitted", "2026-W37", "paid")),
        ("2026-W37", "2026-W37 calculating, 2026-W36 calculated", None),
        ("2026-W37", "2026-09 paid", Refusal("month_submitted", "2026-09", "paid")),
        ("2026-W37", "2026-09 calculating, 2026-08 calculated, 2026-10 submitted", None),
        ("2026-09", "2026-11 calculated, 2026-10 submitted", Refusal("later_live", "2026-11")),
        (
            "2026-09",
            "2026-08 submitted, 2026-07 calculated, 2026-06 paid",
            Refusal("earlier_open", "2026-07", "calculated"),
        ),
        ("2026-09", "2026-08 paying, 2026-07 paid, 2026-06 approved", None),
        ("2026-09", "2026-W38 calculated, 2026-W37 reviewed", Refusal("weekly_open", "2026-W37", "reviewed")),
        (
            "2026-09",
            "2026-W36 approved, 2026-W38 paying, 2026-W37 calculating",
            Refusal("weekly_open", "2026-W37", "calculating"),
        ),
        ("2026-09", "2026-W35 calculated, 2026-W40 calculated, 2026-09 calculated", None),
        ("2026-08", "2026-W31 calculated, 2026-08 calculated", None),
    ],
)
def test_what_stands_in_the_way(period: str, batches: str, expected: Refusal | None) -> None:
    for order in (live(batches), live(batches)[::-1]):
        assert refusal(parse_period(period), order, today=LATE) == expected


def test_a_week_that_is_not_over_is_refused_without_naming_a_batch() -> None:
    assert refusal(parse_period("2026-W37"), live("2026-W37 paid"), today=date(2026, 9, 13)) == Refusal("not_over")
