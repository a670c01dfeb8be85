"""The drafted week: docs/visits.md, "The week"."""

from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.rules import week
from audits.rules.week import Stop
from dealers.rules.coordinates import Position
from tests.depth import times

MONDAY = date(2026, 11, 9)
DAYS = [MONDAY + timedelta(days=number) for number in range(5)]
PLACES = st.none() | st.builds(Position, st.floats(23, 24), st.floats(104, 105))
STOPS = st.lists(
    st.builds(Stop, st.integers(1, 10_000), st.integers(0, 500), PLACES, st.booleans()),
    max_size=40,
    unique_by=lambda one: one.dealer,
)


@pytest.mark.parametrize(
    ("left", "weeks", "patrol", "since", "expected"),
    [
        (0, 3, False, 5, 0),
        (-1, 3, False, None, 0),
        (0, 3, True, 5, 105),
        (1, 3, False, 5, 105),
        (3, 3, False, 5, 105),
        (4, 3, False, 5, 205),
        (4, 1, True, None, 599),
        (1, 1, False, 400, 199),
        (1, 0, False, 0, 100),
        (3, 2, False, 0, 200),
    ],
)
def test_need(left: int, weeks: int, patrol: bool, since: int | None, expected: int) -> None:
    assert week.need(left=left, weeks=weeks, patrol=patrol, since=since) == expected


@pytest.mark.parametrize(
    ("monday", "last", "weeks"),
    [
        (date(2026, 11, 9), date(2026, 11, 30), 4),
        (date(2026, 11, 23), date(2026, 11, 30), 2),
        (date(2026, 5, 25), date(2026, 5, 31), 1),  # a month that ends with a week
        (date(2026, 11, 30), date(2026, 11, 30), 1),
        (date(2026, 11, 30), date(2026, 11, 29), 1),
    ],
)
def test_weeks_left(monday: date, last: date, weeks: int) -> None:
    assert week.weeks_left(monday, last) == weeks


@given(stops=STOPS, per_day=st.integers(1, 10), count=st.integers(1, 5), order=st.randoms())
@settings(deadline=None, max_examples=times(60))
def test_every_store_that_needs_it_is_planned_or_named(
    stops: list[Stop], per_day: int, count: int, order: object
) -> None:
    days = DAYS[:count]
    found = week.draft(stops, days, per_day=per_day)
    daily = {one.dealer for one in stops if one.daily}
    needed = {one.dealer: one.need for one in stops if one.need and not one.daily}
    placed = [pk for day in days for pk in found.days[day] if pk not in daily]
    assert list(found.days) == days
    assert sorted([*placed, *found.missed]) == sorted(needed)
    assert all(daily <= set(found.days[day]) for day in days)
    assert all(len(part) <= max(per_day, len(daily)) for part in found.days.values())
    # Nobody is missed who needs it more than somebody who is planned, and days are filled alike.
    assert all(needed[missed] <= needed[pk] for missed in found.missed for pk in placed)
    sizes = {len(part) for part in found.days.values()}
    assert max(sizes) - min(sizes) <= 1
    shuffled = list(stops)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert {day: set(part) for day, part in week.draft(shuffled, days, per_day=per_day).days.items()} == {
        day: set(part) for day, part in found.days.items()
    }


def at(*places: tuple[float, float]) -> list[Stop]:
    return [Stop(number, 1, Position(23 + a / 100, 104 + b / 100)) for number, (a, b) in enumerate(places)]


def test_a_route_is_nearly_the_shortest() -> None:
    stops = at((0, 0), (5, 1), (1, 4), (6, 6), (3, 3), (0, 7), (7, 2))
    shortest = min(week.length(order) for order in permutations(stops))
    assert week.length(week.route(stops)) <= shortest * 1.15


def test_a_route_does_not_go_to_and_fro() -> None:
    stops = at((0, 0), (0, 3), (0, 1), (0, 4), (0, 2))
    order = [one.dealer for one in week.route(stops)]
    assert order in ([0, 2, 4, 1, 3], [3, 1, 4, 2, 0])


def test_unknown_positions_come_last() -> None:
    lost = Stop(99, 1)
    assert week.route([lost, *at((0, 0), (0, 1))])[-1] == lost
    assert week.route([lost]) == [lost]
    assert week.length([lost]) == 0


def test_neighbours_share_a_day() -> None:
    north, south = at((90, 0), (90, 1), (91, 0)), at((0, 0), (0, 1), (1, 0))
    stops = [Stop(number, 100, one.at) for number, one in enumerate([*north, *south])]
    found = week.draft(stops, DAYS[:2], per_day=3)
    assert {frozenset(part) for part in found.days.values()} == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}


def dealers(found: week.Week) -> list[list[int]]:
    return list(found.days.values())


def test_stores_in_lead_in_come_every_day_even_without_room() -> None:
    stops = [Stop(1, 0, daily=True), Stop(2, 0, daily=True), Stop(3, 1)]
    one = week.draft(stops, DAYS[:2], per_day=1)
    assert (dealers(one), one.missed) == ([[1, 2], [1, 2]], [3])
    three = week.draft(stops, DAYS[:2], per_day=3)
    assert (sorted(map(sorted, dealers(three))), three.missed) == ([[1, 2], [1, 2, 3]], [])


def test_equal_needs_go_by_the_number_and_none_is_left_at_home() -> None:
    stops = [Stop(4, 1), Stop(3, 2), Stop(2, 1), Stop(1, 0)]
    found = week.draft(stops, DAYS[:1], per_day=2)
    assert (dealers(found), found.missed) == ([[3, 2]], [4])


def test_a_route_begins_outermost_and_goes_on_to_the_nearest() -> None:
    stops = at((0, 4), (0, 3), (0, 1.5), (0, -2))
    assert [one.dealer for one in week.route(stops)] == [3, 2, 1, 0]
    assert week.route([]) == []


def test_equally_near_stops_go_by_their_number() -> None:
    here = Position(23, 104)
    assert [one.dealer for one in week.route([Stop(number, 1, here) for number in (2, 3, 1)])] == [3, 1, 2]


def test_how_long_a_route_is() -> None:
    first, second, third = at((0, 0), (10, 0), (20, 0))
    assert week.apart(first, second) == pytest.approx(11_119.5, rel=1e-5)
    assert week.length([first, Stop(9, 1), second, third]) == pytest.approx(22_239, rel=1e-5)
    assert week.apart(first, Stop(9, 1)) == week.apart(Stop(9, 1), first) == week.FAR


def test_a_crossing_is_untangled() -> None:
    square = at((0, 0), (0, 1), (1, 1), (1, 0))
    crossed = [square[place] for place in (0, 2, 1, 3)]
    assert week.length(week._untangled(list(crossed))) < week.length(crossed)


@pytest.mark.parametrize(
    ("places", "order"),
    [
        ([], []),
        ([(0, 0)], [0]),
        ([(0, 0), (0, 2), (0, 1)], [0, 2, 1]),  # the last two change places
        ([(4, 3), (0, 0), (1, 4), (0, 2)], [1, 3, 2, 0]),  # only a second time round
    ],
)
def test_it_is_untangled_until_nothing_gets_shorter(places: list[tuple[float, float]], order: list[int]) -> None:
    assert [one.dealer for one in week._untangled(at(*places))] == order


@pytest.mark.parametrize(("metres", "turned"), [(0.9, False), (1.5, True)])
def test_less_than_a_metre_is_not_worth_it(metres: float, turned: bool) -> None:
    degree = week.apart(*at((0, 0), (100, 0)))
    path = at((0, 0), (1, 0), (1 - 100 * metres / degree, 0))
    assert [one.dealer for one in week._untangled(path)] == ([0, 2, 1] if turned else [0, 1, 2])


def test_what_turning_a_part_round_saves_is_what_the_path_gets_shorter() -> None:
    path = at((0, 0), (5, 1), (1, 4), (6, 6), (3, 3), (0, 7))
    for first in range(len(path)):
        for last in range(first + 1, len(path)):
            turned = [*path[:first], *path[first : last + 1][::-1], *path[last + 1 :]]
            saved = week.length(path) - week.length(turned)
            assert week._gain(path, first, last) == pytest.approx(saved, abs=1e-6)
