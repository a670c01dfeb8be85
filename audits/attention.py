"""What visits, violations and sales say about dealers that need attention. Registered by `ready()`."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan, LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from audits.models import Violation
from audits.queries import due
from audits.queries.settings import AttentionSettings, attention_settings
from core.periods import Month, Week
from dealers import states
from dealers.queries import attention
from dealers.queries.attention import Point
from inventory.models import SalesRecord

POINTS = (
    Point("violation", _("Violation"), "red", _("Confirmed lately: talk to the dealer and follow it up.")),
    Point("sales_drop", _("Sales fell"), "red", _("The last full month against the month before it.")),
    Point("lead_in_due", _("Lead-in visit due today"), "amber", _("A new store is visited every day.")),
    Point("visits_due", _("Visits due"), "amber", _("Fewer visits this month than it should get.")),
    Point("patrol_due", _("Patrol due"), "blue", _("No exclusivity patrol in this week so far.")),
)
FEWEST_SALES = 5


def conditions(day: date) -> dict[str, Any]:
    """Each point as a condition over dealers on `day`."""
    settings = attention_settings()
    return {
        "violation": violation(day, settings),
        "sales_drop": sales_drop(day, settings),
        "lead_in_due": lead_in_due(day),
        "visits_due": visits_due(day, settings),
        "patrol_due": patrol_due(day),
    }


def violation(day: date, settings: AttentionSettings) -> Q:
    """A violation confirmed within the days set."""
    since = day - timedelta(days=settings.violation_days)
    found = Violation.objects.filter(dealer=OuterRef("pk"), confirmed_on__gt=since, confirmed_on__lte=day)
    return Q(Exists(found))


def sales_drop(day: date, settings: AttentionSettings) -> Q:
    """Sales of the last full month below those of the month before by the share set.

    Too few sales in the month before say nothing.
    """
    last, before = _sales_of(Month.of(day) + -1), _sales_of(Month.of(day) + -2)
    kept = int((1 - settings.sales_drop) * 100)
    fell = Q(LessThanOrEqual(last * Value(100), before * Value(kept)))
    return Q(stage__in=states.STORE) & Q(LessThan(Value(FEWEST_SALES - 1), before)) & fell


def lead_in_due(day: date) -> Q:
    """In lead-in and not visited today."""
    return Q(stage="lead_in") & ~Q(Exists(due.visits_between(day, day).filter(dealer=OuterRef("pk"))))


def visits_due(day: date, settings: AttentionSettings) -> Q:
    """Fewer visits this month than its regime asks for."""
    per_month = due.due_in_month(settings.due_per_month)
    return Q(stage__in=states.STORE) & Q(LessThan(due.done_in_month(day), per_month))


def patrol_due(day: date) -> Q:
    """An exclusive store or mall without an exclusivity patrol this week."""
    return Q(stage__in=states.STORE, tier__in=due.PATROLLED) & ~Q(due.patrolled(Week.of(day)))


def _sales_of(month: Month) -> Coalesce:
    """Sales records of a dealer in a month."""
    rows = SalesRecord.objects.filter(seller=OuterRef("pk"), event_date__gte=month.first, event_date__lte=month.last)
    count = rows.order_by().values("seller").annotate(n=Count("*")).values("n")  # from the index alone
    return Coalesce(Subquery(count, output_field=IntegerField()), Value(0))


def register_points() -> None:
    attention.register("audits", POINTS, conditions)
