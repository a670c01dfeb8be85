"""How many visits a dealer is due, and how many it got."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Least
from django.utils import timezone

from audits.models import Visit
from audits.queries.settings import VisitSettings, attention_settings, visit_settings
from audits.states import InspectionKind
from core.periods import Month, Week
from dealers import states
from dealers.models import Dealer

PATROLLED = ("exclusive", "mall")


def start_of(day: date) -> datetime:
    """The first moment of a day in local time."""
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of(day: date) -> datetime:
    """The first moment that no longer belongs to a day."""
    return start_of(day + timedelta(days=1))


def own_visits() -> Any:
    """The visits of those who look after dealers: inspections count in nobody's plan and warn nobody."""
    return Visit.objects.exclude(kind__in=InspectionKind.values)


def visits_between(first: date, last: date) -> Any:
    """Those of them that were checked in on the days from `first` to `last`."""
    return own_visits().filter(checked_in_at__gte=start_of(first), checked_in_at__lt=start_of(last + timedelta(days=1)))


def patrolled(week: Week) -> Exists:
    """Whether a dealer had its exclusivity patrol of the week."""
    return Exists(visits_between(week.first, week.last).filter(dealer=OuterRef("pk"), kind="patrol"))


def due_in_month(per_month: dict[str, int]) -> Case:
    """Visits due to a dealer in a month, by its regime."""
    return Case(
        *(When(visit_regime=regime, then=Value(count)) for regime, count in per_month.items()),
        default=Value(0),
        output_field=IntegerField(),
    )


def done_in_month(day: date) -> Coalesce:
    """Visits that a dealer got in the month of `day`, so far."""
    month = Month.of(day)
    rows = visits_between(month.first, month.last).filter(dealer=OuterRef("pk")).order_by()
    count = rows.values("dealer").annotate(n=Count("*")).values("n")
    return Coalesce(Subquery(count, output_field=IntegerField()), Value(0))


def annotated(rows: Any, *, day: date, per_month: dict[str, int]) -> Any:
    """Dealers with `visits_due` of the month and `visits_done` so far."""
    return rows.annotate(visits_due=due_in_month(per_month), visits_done=done_in_month(day))


@dataclass(frozen=True)
class Progress:
    """Visits of a month: due, done so far, and when the last one was."""

    due: int
    done: int
    last: datetime | None

    @property
    def left(self) -> int:
        return max(self.due - self.done, 0)


def progress(*, dealer: Dealer, day: date) -> Progress:
    """How the visits of the month of `day` stand for one dealer."""
    settings: VisitSettings = visit_settings()
    month = Month.of(day)
    done = visits_between(month.first, month.last).filter(dealer=dealer).count()
    last = own_visits().filter(dealer=dealer).order_by("-checked_in_at").values_list("checked_in_at", flat=True).first()
    return Progress(settings.due_per_month.get(dealer.visit_regime, 0), done, last)


def to_visit(*, manager: Any, day: date, limit: int = 50) -> Any:
    """The manager's own dealers that still need a visit this month, the neediest first."""
    per_month = attention_settings().due_per_month
    rows = Dealer.objects.visible_to(manager).filter(manager=manager, stage__in=states.STORE).select_related("org_unit")
    last = own_visits().filter(dealer=OuterRef("pk")).order_by("-checked_in_at").values("checked_in_at")[:1]
    return (
        annotated(rows, day=day, per_month=per_month)
        .annotate(last_visit=Subquery(last))
        .filter(Q(visits_done__lt=F("visits_due")))
        .order_by(F("last_visit").asc(nulls_first=True), "code")[:limit]
    )


@dataclass(frozen=True)
class Coverage:
    """Visits of a month for all dealers of one manager: due, and done up to what was due."""

    manager_id: int | None
    manager: str
    dealers: int
    due: int
    done: int

    @property
    def share(self) -> int:
        """Whole per cent done of what is due."""
        return self.done * 100 // self.due if self.due else 100


def coverage(*, user: Any, unit: Any, day: date, limit: int = 20) -> list[Coverage]:
    """Each manager's visits of the month of `day` within scope and unit, the least covered first: one query."""
    rows = Dealer.objects.visible_to(user).within(unit).filter(stage__in=states.STORE)
    found = (
        annotated(rows, day=day, per_month=attention_settings().due_per_month)
        .order_by()
        .values("manager_id", "manager__name")
        .annotate(n=Count("pk"), due=Sum("visits_due"), done=Sum(Least("visits_done", "visits_due")))
    )
    spans = [
        Coverage(row["manager_id"], row["manager__name"] or "", row["n"], row["due"], row["done"]) for row in found
    ]
    return sorted(spans, key=lambda one: (one.share, one.manager))[:limit]


@dataclass(frozen=True)
class BoardRow:
    """A county's and channel manager's month: visits due, done up to what was due, and the week's patrols."""

    county: str
    manager_id: int | None
    manager: str
    dealers: int
    due: int
    done: int
    patrols_due: int
    patrols_done: int

    @property
    def missed(self) -> int:
        return self.due - self.done

    @property
    def share(self) -> float | None:
        return self.done / self.due if self.due else None


def board(*, user: Any, unit: Any, day: date) -> list[BoardRow]:
    """The month of `day`, county by county and manager by manager; patrols of its week: two queries."""
    found = (
        _watched(user, unit, day)
        .order_by("org_unit__county__code", "manager__name")
        .values("org_unit__county__name", "manager_id", "manager__name")
        .annotate(
            n=Count("pk"),
            due=Sum("visits_due"),
            done=Sum(Least("visits_done", "visits_due")),
            patrols_due=Count("pk", filter=Q(tier__in=PATROLLED)),
            patrols_done=Count("pk", filter=Q(tier__in=PATROLLED, patrolled=True)),
        )
    )
    return [
        BoardRow(
            row["org_unit__county__name"] or "", row["manager_id"], row["manager__name"] or "", row["n"], row["due"],
            row["done"], row["patrols_due"], row["patrols_done"],
        )
        for row in found
    ]  # fmt: skip


def _watched(user: Any, unit: Any, day: date) -> Any:
    """The stores within scope and unit with `visits_due`, `visits_done` of the month and `patrolled` in the week."""
    rows = Dealer.objects.visible_to(user).within(unit).filter(stage__in=states.STORE)
    per_month = attention_settings().due_per_month
    return annotated(rows, day=day, per_month=per_month).annotate(patrolled=patrolled(Week.of(day)))


@dataclass(frozen=True)
class Spot:
    """Stores beside each other on the map of the board: how many, and their visits of the month."""

    latitude: float
    longitude: float
    stores: int
    due: int
    done: int
    name: str
    dealer_id: int | None


def spots(*, user: Any, unit: Any, day: date, most: int = 400) -> list[Spot]:
    """The stores whose position is known: one by one, or if there are more than `most`, by squares of a grid.

    One query, and never more than about `most` spots.
    """
    rows = _watched(user, unit, day).filter(latitude__isnull=False).order_by("code")
    values = list(rows.values_list("latitude", "longitude", "visits_due", "visits_done", "name", "pk"))
    if len(values) <= most:
        return [Spot(float(a), float(b), 1, due, min(done, due), name, pk) for a, b, due, done, name, pk in values]
    south, west = min(row[0] for row in values), min(row[1] for row in values)
    side = max(max(row[0] for row in values) - south, max(row[1] for row in values) - west) / Decimal(most**0.5)
    squares = defaultdict(list)
    for row in values:
        squares[int((row[0] - south) / side), int((row[1] - west) / side)].append(row)
    return [
        Spot(
            float(sum(row[0] for row in part) / len(part)),
            float(sum(row[1] for row in part) / len(part)),
            len(part),
            sum(row[2] for row in part),
            sum(min(row[3], row[2]) for row in part),
            part[0][4] if len(part) == 1 else "",
            part[0][5] if len(part) == 1 else None,
        )
        for part in squares.values()
    ]
