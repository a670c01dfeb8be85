"""Deadlines of statements and disputes."""

from datetime import date

import pytest

from commissions.rules.disputes import Terms, confirm_until, due_on, lapses, to_remind

TERMS = Terms(answer=3, escalate=4, decide=10)
D = date(2026, 10, 10)


def day(number: int) -> date:
    return date(2026, 10, number)


def test_a_statement_can_be_disputed_as_long_as_it_is_to_be_confirmed() -> None:
    assert confirm_until(D, 5) == day(15)


@pytest.mark.parametrize(
    ("state", "expected"),
    [("open", day(13)), ("answered", day(14)), ("escalated", day(20)), ("granted", None), ("accepted", None)],
)
def test_each_step_has_its_days(state: str, expected: date | None) -> None:
    assert due_on(state, D, TERMS) == expected


@pytest.mark.parametrize(
    ("state", "due", "today", "expected"),
    [
        ("open", day(13), day(13), ""),
        ("open", day(13), day(14), "escalate"),
        ("answered", day(13), day(14), "accept"),
        ("escalated", day(13), day(30), ""),
        ("granted", None, day(30), ""),
    ],
)
def test_what_the_deadline_brings_by_itself(state: str, due: date | None, today: date, expected: str) -> None:
    assert lapses(state, due, today) == expected


@pytest.mark.parametrize(
    ("state", "today", "reminded", "expected"),
    [
        ("open", day(11), None, False),
        ("open", day(12), None, True),
        ("open", day(13), day(12), False),
        ("answered", day(13), None, True),
        ("escalated", day(13), day(12), False),
        ("escalated", day(14), day(12), True),
        ("escalated", day(14), day(14), False),
        ("escalated", day(15), day(14), True),
        ("granted", day(15), None, False),
    ],
)
def test_who_is_next_is_reminded_once_the_overdue_city_every_day(
    state: str, today: date, reminded: date | None, expected: bool
) -> None:
    assert to_remind(state, day(13), today, reminded) is expected
