"""A channel manager's week: which stores need a visit, what is planned, and what became of it."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission, roles_with
from audits.models import PlannedVisit, Visit
from audits.queries import due
from audits.queries.settings import WeekSettings, week_settings
from audits.rules import week as rules
from core.periods import Month, Week
from dealers import states
from dealers.models import Dealer
from dealers.queries import position


def working_days(week: Week, settings: WeekSettings) -> list[date]:
    """The days of the week on which stores are visited."""
    return [week.first + timedelta(days=number) for number in range(settings.days)]


def candidates(manager: Any, *, week: Week, day: date, settings: WeekSettings) -> list[Any]:
    """The manager's own stores with `visits_due`, `visits_done`, `patrolled`, `last_visit` and `need` as of `day`.

    A week belongs to the month of its Thursday, or of `day` if that is later.
    """
    rows = Dealer.objects.visible_to(manager).filter(manager=manager, stage__in=states.STORE)
    last = due.own_visits().filter(dealer=OuterRef("pk")).order_by("-checked_in_at").values("checked_in_at")[:1]
    month = max(Month.of(day), week.settlement_month)
    found = list(
        due.annotated(rows, day=month.first, per_month=settings.due_per_month)
        .annotate(last_visit=Subquery(last), patrolled=due.patrolled(week))
        .select_related("org_unit")
        .order_by("code")
    )
    weeks = rules.weeks_left(week.first, month.last)
    for dealer in found:
        dealer.patrol_due = dealer.tier in due.PATROLLED and not dealer.patrolled
        dealer.need = rules.need(
            left=dealer.visits_due - dealer.visits_done,
            weeks=weeks,
            patrol=dealer.patrol_due,
            since=(day - timezone.localdate(dealer.last_visit)).days if dealer.last_visit else None,
        )
    return found


def stop(dealer: Any, *, need: int = 1) -> rules.Stop:
    """A store as the rules of the week see it."""
    return rules.Stop(dealer.pk, need, position.of(dealer), daily=dealer.stage == "lead_in")


def kind_of(dealer: Any) -> str:
    """The kind of visit that a store needs most."""
    if dealer.stage == "lead_in":
        return "lead_in"
    return "patrol" if dealer.patrol_due else "routine"


@dataclass
class Day:
    """A day's planned visits in order; each has `visited`, whether the store was visited that day."""

    day: date
    stops: list[PlannedVisit] = field(default_factory=list)
    metres: float = 0

    @property
    def done(self) -> int:
        return sum(one.visited for one in self.stops)  # type: ignore[attr-defined]

    @property
    def kilometres(self) -> int:
        return round(self.metres / 1000)


@dataclass(frozen=True)
class Plan:
    """A week as it is planned. `missed`: stores that need a visit and are neither planned nor visited in it."""

    days: list[Day]
    missed: list[Any]

    @property
    def planned(self) -> int:
        return sum(len(one.stops) for one in self.days)

    @property
    def done(self) -> int:
        return sum(one.done for one in self.days)


def planned(user: Any, *, manager: Any, first: date, last: date) -> Any:
    """What a manager plans within the user's scope, with dealers; `visited` on the day."""
    visits = Visit.objects.filter(
        manager=OuterRef("manager"), dealer=OuterRef("dealer"), checked_in_at__date=OuterRef("day")
    )
    rows = PlannedVisit.objects.visible_to(user).filter(manager=manager, day__range=(first, last))
    return rows.select_related("dealer__org_unit").annotate(visited=Exists(visits)).order_by("day", "place", "pk")


def plan(user: Any, *, manager: Any, week: Week, day: date) -> Plan:
    """The week as of `day`: a fixed number of queries."""
    settings = week_settings()
    days = {one: Day(one) for one in working_days(week, settings)}
    for row in planned(user, manager=manager, first=week.first, last=week.last):
        days.setdefault(row.day, Day(row.day)).stops.append(row)
    for one in days.values():
        one.metres = rules.length([stop(row.dealer) for row in one.stops])
    held = {row.dealer_id for one in days.values() for row in one.stops}
    seen = set(due.visits_between(week.first, week.last).filter(manager=manager).values_list("dealer", flat=True))
    found = candidates(manager, week=week, day=day, settings=settings) if week.last >= day else []
    missed = [dealer for dealer in found if dealer.need and dealer.pk not in held | seen]
    return Plan([days[one] for one in sorted(days)], sorted(missed, key=lambda one: (-one.need, one.code)))


def managers(user: Any, unit: Any = None) -> Any:
    """Those who look after dealers, within the user's scope and unit."""
    own = Dealer.objects.visible_to(user).within(unit).filter(stage__in=states.STORE).values("manager")
    return User.objects.filter(pk__in=own, is_active=True, role__in=roles_with(Permission.LOG_VISITS)).order_by("name")


def without_plan(week: Week) -> Any:
    """Those who look after dealers and have nothing planned in the week."""
    held = PlannedVisit.objects.filter(day__range=(week.first, week.last)).values("manager")
    own = Dealer.objects.filter(stage__in=states.STORE).values("manager")
    people = User.objects.filter(pk__in=own, is_active=True, role__in=roles_with(Permission.LOG_VISITS))
    return people.exclude(pk__in=held).order_by("pk")


@dataclass(frozen=True)
class Compliance:
    """Finished visits of the week and what was unusual about them."""

    visits: int
    too_short: int
    too_long: int
    too_far: int


def compliance(manager: Any, *, week: Week) -> Compliance:
    """How the manager's own visits of the week went: one query."""
    rows = due.visits_between(week.first, week.last).filter(manager=manager, state="done")
    flags = list(rows.values_list("too_short", "too_long", "too_far"))
    return Compliance(len(flags), *(sum(row[place] for row in flags) for place in range(3)))


def open_days(week: Week, day: date) -> Q:
    """Planned visits of the week that can still be changed on `day`."""
    return Q(day__range=(max(week.first, day), week.last))
