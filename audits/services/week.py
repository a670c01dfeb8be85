"""A channel manager's week, drafted by the portal and changed by hand. See docs/visits.md, "The week"."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from audits.models import PlannedVisit
from audits.queries import due, weeks
from audits.queries.settings import week_settings
from audits.rules import week as rules
from core import sql
from core.errors import Forbidden, Refused
from core.periods import Week
from dealers.models import Dealer

FURTHEST = timedelta(weeks=8)


class WeekRefused(Refused):
    """The week cannot be planned like this."""

    code = "week_refused"


@transaction.atomic
def draft(*, manager: Any, week: Week, by: Any, day: date) -> int:
    """Plan the rest of the week anew, from `day` (today) on; how many visits. `by` None is the system.

    What was planned for days that have passed stays; a store visited in the week comes again only for a missing patrol.
    """
    _may(manager, by)
    _near(week.first, day)
    if week.last < day:
        raise WeekRefused(_("The week is over."), code="over")
    sql.execute("SELECT pg_advisory_xact_lock(hashtext('audits.week'), %s)", [manager.pk])
    settings = week_settings()
    found = {one.pk: one for one in weeks.candidates(manager, week=week, day=day, settings=settings)}
    seen = set(due.visits_between(week.first, day).filter(manager=manager).values_list("dealer", flat=True))
    stops = [
        weeks.stop(one, need=one.need)
        for pk, one in found.items()
        if one.stage == "lead_in" or pk not in seen or one.patrol_due
    ]
    days = [one for one in weeks.working_days(week, settings) if one >= day]
    planned = rules.draft(stops, days, per_day=settings.per_day)
    PlannedVisit.objects.filter(weeks.open_days(week, day), manager=manager).delete()
    rows = [
        PlannedVisit(manager=manager, dealer_id=pk, day=one, place=place, kind=weeks.kind_of(found[pk]))
        for one, part in planned.days.items()
        for place, pk in enumerate(part, start=1)
    ]
    return len(PlannedVisit.objects.bulk_create(rows))


@transaction.atomic
def put(*, manager: Any, dealer: Dealer, on: date, by: Any, day: date) -> PlannedVisit:
    """Plan a store for a day of its week, the last of it; where else it was planned from today on is forgotten."""
    _may(manager, by)
    if on < day:
        raise WeekRefused(_("The day has passed already."), code="over")
    _near(on, day)
    if not Dealer.objects.visible_to(manager).filter(pk=dealer.pk, manager=manager).exists():
        raise WeekRefused(_("The manager does not look after this store."), code="not_own")
    sql.execute("SELECT pg_advisory_xact_lock(hashtext('audits.week'), %s)", [manager.pk])
    before = PlannedVisit.objects.filter(weeks.open_days(Week.of(on), day), manager=manager, dealer=dealer)
    kind = before.values_list("kind", flat=True).first() or ("lead_in" if dealer.stage == "lead_in" else "routine")
    if kind == "lead_in":
        before = before.filter(day=on)
    before.delete()
    last = PlannedVisit.objects.filter(manager=manager, day=on).aggregate(last=Max("place"))["last"] or 0
    return PlannedVisit.objects.create(manager=manager, dealer=dealer, day=on, place=last + 1, kind=kind)


@transaction.atomic
def remove(*, planned: PlannedVisit, by: Any, day: date) -> None:
    """Do not visit the store that day."""
    _may(planned.manager, by)
    if planned.day < day:
        raise WeekRefused(_("The day has passed already."), code="over")
    planned.delete()


def draft_all(*, day: date) -> int:
    """Draft this week for everybody who has none; how many managers. Safe to run again."""
    week = Week.of(day)
    return sum(draft(manager=one, week=week, by=None, day=day) > 0 for one in weeks.without_plan(week))


def hand_over(*, dealer_ids: list[int], manager: Any, by: Any, at: datetime) -> None:
    """What is planned from now on for reassigned dealers is their new manager's."""
    rows = PlannedVisit.objects.filter(dealer__in=dealer_ids, day__gte=timezone.localdate(at))
    held = PlannedVisit.objects.filter(manager=manager, dealer__in=dealer_ids).values_list("dealer", "day")
    doubled = [row.pk for row in rows if (row.dealer_id, row.day) in set(held) and row.manager_id != manager.pk]
    rows.filter(pk__in=doubled).delete()
    rows.update(manager=manager)


def _near(on: date, day: date) -> None:
    if on > day + FURTHEST:
        raise WeekRefused(_("Plan at most eight weeks ahead."), code="far")


def _may(manager: Any, by: Any) -> None:
    """One's own week, or that of a manager whose dealers one assigns."""
    if by is None or (by.pk == manager.pk and by.can(Permission.LOG_VISITS)):
        return
    if not by.can(Permission.ASSIGN_MANAGERS) or not weeks.managers(by).filter(pk=manager.pk).exists():
        raise Forbidden(_("You may not plan this manager's week."))
