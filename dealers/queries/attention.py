"""What about a dealer needs attention. Apps above register their own points.

A point is a condition on dealers that the database decides, so a list can be filtered
by it and a page of dealers is marked with all points in one query.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BooleanField, Case, Count, Q, QuerySet, Value, When
from django.utils.functional import Promise

from dealers.models import Dealer

Text = str | Promise
ENDED = ("terminated", "rejected")
# Nothing is due to dealers that are gone or not there yet.
NOTHING_DUE = (*ENDED, "prospect", "applied", "verified")


@dataclass(frozen=True)
class Point:
    """Something to look after; label and colour as a state's, `help` says what to do."""

    name: str
    label: Text
    colour: str
    help: Text = ""


@dataclass(frozen=True)
class Source:
    """An app's points, and on a day the condition of each as a Q over dealers."""

    points: tuple[Point, ...]
    conditions: Callable[[date], dict[str, Any]]


_sources: dict[str, Source] = {}


def register(app: str, points: Iterable[Point], conditions: Callable[[date], dict[str, Any]]) -> None:
    """Add an app's points; registering it again replaces them."""
    _sources[app] = Source(tuple(points), conditions)


def points() -> list[Point]:
    """All points, what is wrong before what is merely due."""
    every = [point for source in _sources.values() for point in source.points]
    return sorted(every, key=lambda point: ("red", "amber", "blue").index(point.colour))


def only(rows: QuerySet[Dealer], *, name: str, day: date) -> QuerySet[Dealer]:
    """The dealers that the point `name` holds for on `day`; `any` for those with some point."""
    if name == "any":
        wanted = Q()
        for condition in _conditions(day).values():
            wanted |= condition
        return rows.exclude(stage__in=NOTHING_DUE).filter(wanted)
    source = next((one for one in _sources.values() if any(point.name == name for point in one.points)), None)
    return rows.exclude(stage__in=NOTHING_DUE).filter(source.conditions(day)[name]) if source else rows.none()


def marks(dealers: Iterable[Dealer], *, day: date) -> dict[int, list[Point]]:
    """The points that hold on `day` for each of the dealers: one query, and one for the settings of each app."""
    flags = {f"mark_{name}": _flag(condition) for name, condition in _conditions(day).items()}
    every = points()
    rows = Dealer.objects.filter(pk__in=[dealer.pk for dealer in dealers]).exclude(stage__in=NOTHING_DUE)
    found: Iterable[dict[str, Any]] = rows.order_by().values("pk", **flags)  # type: ignore[assignment]
    return {row["pk"]: [point for point in every if row[f"mark_{point.name}"]] for row in found}


def counts(rows: QuerySet[Dealer], *, day: date) -> dict[str, int]:
    """How many of the dealers each point holds for, and `any` of them: one query."""
    conditions = _conditions(day)
    flags = {f"mark_{name}": _flag(condition) for name, condition in conditions.items()}
    some = Q()
    for name in flags:
        some |= Q(**{name: True})
    sums = {name: Count("pk", filter=Q(**{f"mark_{name}": True})) for name in conditions}
    if not sums:
        return {}
    return (
        rows.exclude(stage__in=NOTHING_DUE).order_by().annotate(**flags).aggregate(**sums, any=Count("pk", filter=some))
    )


def _conditions(day: date) -> dict[str, Any]:
    return {name: condition for source in _sources.values() for name, condition in source.conditions(day).items()}


def _flag(condition: Any) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())
