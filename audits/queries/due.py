"""How many visits a dealer is due, and how many it got."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Least
from django.utils import timezone

from audits.models import Visit
from audits.queries.settings import VisitSettings, attention_settings, visit_settings
from audits.states import InspectionKind
from core.periods import Month
from dealers import states
from dealers.models import Dealer

PATROLLED = ("exclusive", "mall")


def start_of(day: date) -> datetime:
    """The first moment of a day in local time."""
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of(day: date) -> datetime:
    """The first moment that no longer belongs to a day."""
    return start_of(day + timedelta(days=1))


def visits_between(first: date, last: date) -> Any:
    """The visits checked in on the days from `first` to `last`, but inspections, which nobody's plan counts."""
    return Visit.objects.exclude(kind__in=InspectionKind.values).filter(
        checked_in_at__gte=start_of(first), checked_in_at__lt=start_of(last + timedelta(days=1))
    )


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
    last = (
        Visit.objects.filter(dealer=dealer).order_by("-checked_in_at").values_list("checked_in_at", flat=True).first()
    )
    return Progress(settings.due_per_month.get(dealer.visit_regime, 0), done, last)


def to_visit(*, manager: Any, day: date, limit: int = 50) -> Any:
    """The manager's own dealers that still need a visit this month, the neediest first."""
    per_month = attention_settings().due_per_month
    rows = Dealer.objects.visible_to(manager).filter(manager=manager, stage__in=states.STORE).select_related("org_unit")
    last = Visit.objects.filter(dealer=OuterRef("pk")).order_by("-checked_in_at").values("checked_in_at")[:1]
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
