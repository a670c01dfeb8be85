from datetime import datetime, timedelta

import pytest

from audits.rules.visit_length import Length, Marks, begun_at, expected, marks

LENGTHS = {"authorised": Length(60, 120), "direct": Length(15, 30)}


@pytest.mark.parametrize(
    ("regime", "kind", "length"),
    [
        ("authorised", "routine", Length(60, 120)),
        ("direct", "routine", Length(15, 30)),
        ("air_recharge", "routine", Length()),
        ("authorised", "patrol", Length()),
        ("authorised", "lead_in", Length()),
    ],
)
def test_which_length_is_expected(regime, kind, length):
    assert expected(regime=regime, kind=kind, lengths=LENGTHS) == length


@pytest.mark.parametrize(
    ("distance", "minutes", "found"),
    [
        (0, 60, Marks()),
        (300, 120, Marks()),
        (300.1, 90, Marks(too_far=True)),
        (None, 90, Marks()),  # no position is not too far
        (0, 59.99, Marks(too_short=True)),
        (0, 120.01, Marks(too_long=True)),
        (5000, 0, Marks(too_far=True, too_short=True)),
    ],
)
def test_what_needs_a_reason(distance, minutes, found):
    assert marks(distance=distance, farthest=300, lasted=timedelta(minutes=minutes), length=Length(60, 120)) == found
    assert found.length == (found.too_short or found.too_long)


def test_without_bounds_every_length_will_do():
    assert marks(distance=None, farthest=300, lasted=timedelta(days=3), length=Length()) == Marks()


RECEIVED = datetime(2026, 11, 9, 18, 0)


@pytest.mark.parametrize(
    ("hours", "believed"),
    [(0, True), (5, True), (24, True), (24.001, False), (-0.001, False), (None, False)],
)
def test_a_phone_is_believed_that_can_be_right_and_is_not_too_late(hours, believed):
    phone = None if hours is None else RECEIVED - timedelta(hours=hours)
    assert begun_at(phone=phone, received=RECEIVED, late_hours=24) == (phone if believed else RECEIVED)
