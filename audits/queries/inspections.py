"""Inspections: what is ordered, what an inspector has to do, and the risk by which stores are drawn."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import OrgUnit, User
from accounts.roles import ROLE_PERMISSIONS, Permission
from audits.models import Inspection, InspectionRound, Visit
from audits.queries import due
from audits.queries.settings import risk_weights
from core import sql
from dealers import states
from dealers.models import Dealer
from dealers.rules.rating import RatingPeriod

YEAR, SEASON = timedelta(days=365), timedelta(days=90)
LOW_SCORE = 80


def inspections(user: Any) -> Any:
    """The inspections within the user's scope (an inspector's own ones) with dealer, unit, round and people."""
    return Inspection.objects.visible_to(user).select_related(
        "dealer__org_unit__county", "round__ordered_by", "inspector", "visit"
    )


def rounds(user: Any) -> Any:
    """The rounds within the user's scope, with how many inspections are `assigned`, `done` and `cancelled`."""
    states_ = [state for state, _label in Inspection.machine.choices]
    counts = {state: Count("inspections", filter=Q(inspections__state=state)) for state in states_}
    rows = InspectionRound.objects.visible_to(user).select_related("org_unit", "ordered_by").defer("pool")
    return rows.annotate(**counts)


def inspectors(unit: OrgUnit) -> QuerySet[Any]:
    """Who may carry out inspections anywhere in the unit: people of it or above it."""
    roles = [role for role, held in ROLE_PERMISSIONS.items() if Permission.INSPECT in held]
    codes = unit.path.strip("/").split("/")
    rows = User.objects.filter(role__in=roles, is_active=True, org_unit__code__in=codes)
    return rows.order_by("-role", "name")


def assigned(*, dealer: Dealer, inspector: Any, kind: str) -> Inspection | None:
    """The inspection of that kind that waits for the inspector at the dealer, the most urgent first.

    Locked: whoever would give it to somebody else or cancel it waits until the visit has begun.
    """
    rows = Inspection.objects.filter(dealer=dealer, inspector=inspector, kind=kind, state="assigned", visit=None)
    return rows.select_for_update(of=("self",)).order_by("due_on", "pk").first()


def inspected(unit: OrgUnit) -> Any:
    """The stores that mystery inspections cover: exclusive ones and malls."""
    return Dealer.objects.within(unit).filter(stage__in=states.STORE, tier__in=due.PATROLLED)


def uncovered(unit: OrgUnit, period: RatingPeriod) -> Any:
    """Those of them that have no mystery inspection in the quarter yet, neighbours beside each other."""
    known = Inspection.objects.filter(kind="mystery", period=str(period)).exclude(state="cancelled")
    return inspected(unit).exclude(pk__in=known.values("dealer")).order_by("org_unit__path", "longitude", "code")


@dataclass(frozen=True)
class Covered:
    """A county's mystery inspections of a quarter: stores to cover, done, given to somebody, left."""

    county: str
    stores: int
    done: int
    assigned: int

    @property
    def left(self) -> int:
        return max(self.stores - self.done - self.assigned, 0)

    @property
    def share(self) -> float:
        return self.done / self.stores if self.stores else 1.0


def covered(user: Any, unit: Any, period: RatingPeriod) -> list[Covered]:
    """The quarter's coverage, county by county: two queries."""
    stores = Dealer.objects.visible_to(user).within(unit).filter(stage__in=states.STORE, tier__in=due.PATROLLED)
    by_county = "org_unit__county__name"
    total = dict(stores.order_by("org_unit__county__code").values_list(by_county).annotate(total=Count("pk")))
    found = (
        Inspection.objects.visible_to(user)
        .within(unit)
        .filter(kind="mystery", period=str(period))
        .values_list(f"dealer__{by_county}")
        .annotate(done=Count("pk", filter=Q(state="done")), assigned=Count("pk", filter=Q(state="assigned")))
    )
    known = {county: (done, waiting) for county, done, waiting in found.order_by()}
    return [Covered(county, count, *known.get(county, (0, 0))) for county, count in total.items()]


# Every store of a unit with its weight in a draw.
RISK = """
SELECT dealer.code,
       greatest(1, 1 + %(violation)s * (SELECT count(*) FROM audits_violation v
                             WHERE v.dealer_id = dealer.id AND v.occurred_on > %(year)s AND v.occurred_on <= %(day)s)
         + %(case)s * (SELECT count(*) FROM audits_crossregioncase c
                        WHERE c.dealer_id = dealer.id AND c.state <> 'dismissed' AND c.opened_at > %(year)s)
         + %(finding)s * (SELECT count(*) FROM audits_finding f
                           WHERE f.dealer_id = dealer.id AND f.state IN ('open', 'rectifying'))
         + %(low_score)s * (SELECT CASE WHEN avg(visit.score) >= %(low)s THEN 0 ELSE 1 END FROM audits_visit visit
                             WHERE visit.dealer_id = dealer.id AND visit.state = 'done'
                               AND visit.checked_in_at > %(season)s)) AS weight
  FROM dealers_dealer dealer JOIN accounts_orgunit unit ON unit.id = dealer.org_unit_id
 WHERE dealer.stage = ANY(%(stages)s) AND starts_with(unit.path, %(path)s)
   AND NOT EXISTS (SELECT FROM audits_inspection i
                    WHERE i.dealer_id = dealer.id AND i.kind = 'spot_check' AND i.state = 'assigned')
 ORDER BY dealer.code
"""


def risk(unit: OrgUnit, *, day: date) -> list[tuple[str, int]]:
    """The stores that a spot check may draw, with their weight: one query. Those waiting for one are left out."""
    given = {
        **risk_weights(),
        "low": LOW_SCORE,
        "day": day,
        "year": day - YEAR,
        "season": due.start_of(day - SEASON),
        "stages": list(states.STORE),
        "path": unit.path,
    }
    return [(row["code"], int(row["weight"])) for row in sql.fetch_all(RISK, given)]


def hidden(user: Any, visit: str = "") -> Q:
    """Visits that nobody else may see yet: a mystery inspection while the inspector is in the store.

    `visit` is the path to the visit, with `__` behind it.
    """
    return Q(**{f"{visit}kind": "mystery", f"{visit}state": "open"}) & ~Q(**{f"{visit}manager": user})


def waiting(user: Any) -> Any:
    """What the user has to inspect, the most urgent first."""
    return inspections(user).filter(inspector=user, state="assigned").order_by("due_on", "dealer__org_unit__path", "pk")


def results(user: Any, round_: InspectionRound) -> Any:
    """A round's inspections within the user's scope."""
    return inspections(user).filter(round=round_)


def visits_of(user: Any) -> Any:
    """The visits that are not hidden from the user."""
    return Visit.objects.visible_to(user).exclude(hidden(user))


@dataclass(frozen=True)
class Drawn:
    """A draw made again: the stores with their weights as they came up, and whether they are the same."""

    stores: list[tuple[str, int]]
    pool: int
    weight: int
    same: bool


def drawn(round_: InspectionRound) -> Drawn:
    """Draw again from the round's pool and seed."""
    again, weights = round_.drawn_again(), dict(round_.pool)
    held = set(round_.inspections.values_list("dealer__code", flat=True))
    return Drawn([(code, weights[code]) for code in again], len(weights), sum(weights.values()), held == set(again))
