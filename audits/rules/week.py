"""A channel manager's week: whom to visit, on which day, in which order. See docs/visits.md, "The week"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import ceil

from dealers.rules.coordinates import Position, distance

NEVER = 99  # days since the last visit of a store that was never visited, and at most
FAR = 1e9  # metres to a store whose position is not known: it comes last


@dataclass(frozen=True)
class Stop:
    """A store that could be visited. `need`: the larger, the earlier; `daily`: in lead-in, every day."""

    dealer: int
    need: int
    at: Position | None = None
    daily: bool = False


@dataclass(frozen=True)
class Week:
    """`days`: the stores of each day in the order of the route; `missed`: those for which there is no room."""

    days: dict[date, list[int]]
    missed: list[int]


def need(*, left: int, weeks: int, patrol: bool, since: int | None) -> int:
    """How much a store needs a visit this week.

    `left` visits are due in the month's `weeks` that are left, this one counted. `patrol`: that of the week is missing.
    `since`: days since the last visit, None without any. 0 for a store that needs none.
    """
    if left <= 0 and not patrol:
        return 0
    return 100 * ceil(left / max(weeks, 1)) + 100 * patrol + min(NEVER if since is None else since, NEVER)


def draft(stops: Sequence[Stop], days: Sequence[date], *, per_day: int) -> Week:
    """Fill the days with the stores of the greatest need, neighbours on the same day; the same stops give the same.

    A store in lead-in comes every day; each other one once. No day has more than `per_day` stores unless more are in
    lead-in.
    """
    daily = [one for one in stops if one.daily]
    others = sorted((one for one in stops if not one.daily and one.need > 0), key=lambda one: (-one.need, one.dealer))
    room = max(per_day - len(daily), 0)
    chosen, missed = others[: room * len(days)], others[room * len(days) :]
    path, plan = route(chosen), {}
    for place, day in enumerate(days):
        part = path[place * len(path) // len(days) : (place + 1) * len(path) // len(days)]
        plan[day] = [one.dealer for one in route([*daily, *part])]
    return Week(plan, [one.dealer for one in missed])


def route(stops: Sequence[Stop]) -> list[Stop]:
    """The stops in a short order: to the nearest one each time, then untangled; unknown positions last."""
    known = [one for one in stops if one.at is not None]
    unknown = [one for one in stops if one.at is None]
    if not known:
        return unknown
    # From the outermost stop on, so that nothing is left behind.
    start = max(known, key=lambda one: (sum(apart(one, other) for other in known), one.dealer))
    left, path = [one for one in known if one is not start], [start]
    while left:
        following = min(left, key=lambda one: (apart(path[-1], one), one.dealer))
        left.remove(following)
        path.append(following)
    return [*_untangled(path), *unknown]


def _untangled(path: list[Stop]) -> list[Stop]:
    """The path without crossings: parts are turned round as long as that shortens it by a metre or more (2-opt)."""
    better = True
    while better:
        better = False
        for first in range(len(path) - 1):
            for last in range(first + 1, len(path)):
                if _gain(path, first, last) >= 1:
                    path[first : last + 1] = path[first : last + 1][::-1]
                    better = True
    return path


def _gain(path: list[Stop], first: int, last: int) -> float:
    """By how many metres the path gets shorter if the part from `first` to `last` is turned round."""
    gain = 0.0
    if first > 0:
        gain += apart(path[first - 1], path[first]) - apart(path[first - 1], path[last])
    if last + 1 < len(path):
        gain += apart(path[last], path[last + 1]) - apart(path[first], path[last + 1])
    return gain


def length(path: Sequence[Stop]) -> float:
    """Metres from the first to the last stop in a straight line from each to the next; unknown positions left out."""
    known = [one for one in path if one.at is not None]
    return sum(apart(a, b) for a, b in pairwise(known))


def apart(a: Stop, b: Stop) -> float:
    """Metres in a straight line; FAR if a position is not known."""
    return distance(a.at, b.at) if a.at and b.at else FAR


def weeks_left(monday: date, last: date) -> int:
    """Weeks from `monday` to the last day of a month, begun ones counted."""
    return max(ceil(((last - monday).days + 1) / 7), 1)
