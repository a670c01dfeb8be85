"""Inspections: mystery ones for a quarter, spot checks by lot. See docs/visits.md, "Inspections"."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.models import OrgUnit
from accounts.roles import Permission
from audits.models import Inspection, InspectionRound, Visit
from audits.queries import inspections
from audits.rules import draw
from core import notices, sql, transitions
from core.errors import Forbidden, Refused, said
from dealers.models import Dealer
from dealers.rules.rating import RatingPeriod

MOST = 2_000
ORDERED = gettext_noop("%(count)s inspections are given to you, until %(day)s.")
GIVEN = gettext_noop("The inspection of %(dealer)s is given to you, until %(day)s.")
TAKEN = gettext_noop("The inspection of %(dealer)s is taken from you.")


class InspectionRefused(Refused):
    """The inspections cannot be ordered, moved or carried out like this."""

    code = "inspection_refused"


_said = partial(said, refused=InspectionRefused, longest=200)


@transaction.atomic
def order_mystery(
    *, unit: OrgUnit, period: RatingPeriod, inspectors: Sequence[Any], due_on: date, by: Any, at: datetime
) -> InspectionRound:
    """Give every exclusive store and mall that the quarter does not cover yet to the inspectors, in equal parts."""
    today = _may_order(unit, inspectors, due_on, by, at)
    if period.annual or period.last < today or period.first > due_on or due_on > period.last:
        raise InspectionRefused(_("Choose a quarter that is not over, and a day within it."), code="period")
    found = _round(unit, "MI", by, at, kind="mystery", period=str(period), due_on=due_on)
    return _give(found, list(inspections.uncovered(unit, period)[:MOST]), inspectors, by=by, at=at)


@transaction.atomic
def order_spot_checks(
    *, unit: OrgUnit, size: int, inspectors: Sequence[Any], due_on: date, by: Any, at: datetime
) -> InspectionRound:
    """Draw `size` stores of the unit by risk, with a seed that nobody chooses, and give them to the inspectors."""
    today = _may_order(unit, inspectors, due_on, by, at)
    if not 1 <= size <= MOST:
        raise InspectionRefused(_("Draw from 1 to %(most)s stores.") % {"most": MOST}, code="size")
    pool, seed = inspections.risk(unit, day=today), secrets.token_hex(8)
    drawn = draw.draw(pool, size=size, seed=seed)
    if len(drawn) < size:
        raise InspectionRefused(
            _("Only %(count)s stores can be drawn: the others wait for a spot check already.") % {"count": len(drawn)},
            code="too_few",
        )
    found = _round(unit, "SC", by, at, kind="spot_check", seed=seed, pool=pool, due_on=due_on)
    dealers = Dealer.objects.filter(code__in=drawn).order_by("org_unit__path", "longitude", "code")
    return _give(found, list(dealers), inspectors, by=by, at=at)


def _may_order(unit: OrgUnit, inspectors: Sequence[Any], due_on: date, by: Any, at: datetime) -> date:
    """Today; raises if the unit, the inspectors or the day will not do. One order at a time in the portal."""
    _may(by)
    if not OrgUnit.objects.visible_to(by).filter(pk=unit.pk).exists():
        raise Forbidden(_("The unit is outside yours."))
    today = timezone.localtime(at).date()
    if due_on < today:
        raise InspectionRefused(_("The day has passed already."), code="due")
    fit = set(inspections.inspectors(unit).values_list("pk", flat=True))
    if not inspectors or any(one.pk not in fit for one in inspectors):
        raise InspectionRefused(_("Choose inspectors of this unit or of one above it."), code="inspectors")
    sql.execute("SELECT pg_advisory_xact_lock(hashtext('audits.inspections'))")
    return today


def _round(unit: OrgUnit, prefix: str, by: Any, at: datetime, **fields: Any) -> InspectionRound:
    """A round with the next number of its day and unit; it is saved with its inspections."""
    start = f"{prefix}-{timezone.localtime(at):%Y%m%d}-{unit.code}-"
    number = InspectionRound.objects.filter(number__startswith=start).count() + 1
    return InspectionRound(number=f"{start}{number}", org_unit=unit, ordered_by=by, ordered_at=at, **fields)


def _give(
    found: InspectionRound, dealers: list[Dealer], inspectors: Sequence[Any], *, by: Any, at: datetime
) -> InspectionRound:
    """Save the round with its inspections: neighbouring dealers go to one inspector."""
    if not dealers:
        raise InspectionRefused(_("Every store has its inspection already."), code="covered")
    found.size = len(dealers)
    found.save(force_insert=True)
    parts: dict[Any, int] = {}
    rows = []
    for place, dealer in enumerate(dealers):
        inspector = inspectors[place * len(inspectors) // len(dealers)]
        parts[inspector] = parts.get(inspector, 0) + 1
        rows.append(
            Inspection(
                round=found,
                dealer=dealer,
                kind=found.kind,
                period=found.period,
                inspector=inspector,
                due_on=found.due_on,
            )
        )
    Inspection.objects.bulk_create(rows)
    transitions.record(found, action="order", before="", after="", by=by, at=at)
    day = found.due_on.isoformat()
    notices.send_all(
        one
        for inspector, count in parts.items()
        for one in notices.drafts([inspector], ORDERED, url=reverse("audits:inspections"), but=by, count=count, day=day)
    )
    return found


@transaction.atomic
def assign(*, inspection: Inspection, inspector: Any, by: Any, at: datetime, due_on: date | None = None) -> Inspection:
    """Give an inspection that nobody has begun to another inspector, perhaps with another day."""
    row = _not_begun(inspection, by)
    if not inspections.inspectors(row.round.org_unit).filter(pk=inspector.pk).exists():
        raise InspectionRefused(_("Choose inspectors of this unit or of one above it."), code="inspectors")
    if due_on is not None and due_on < timezone.localtime(at).date():
        raise InspectionRefused(_("The day has passed already."), code="due")
    before, row.inspector, row.due_on = row.inspector, inspector, due_on or row.due_on
    row.save(update_fields=["inspector", "due_on"])
    transitions.record(
        row, action="assign", before=row.state, after=row.state, by=by, at=at, reason=f"{before} → {inspector}"
    )
    said_ = {"dealer": row.dealer.name, "day": row.due_on.isoformat()}
    notices.send([inspector], GIVEN, url=reverse("audits:inspections"), but=by, **said_)
    if before != inspector:
        notices.send([before], TAKEN, but=by, dealer=row.dealer.name)
    return row


@transaction.atomic
def cancel(*, inspection: Inspection, text: str, by: Any, at: datetime) -> Inspection:
    """It will not be carried out, and why."""
    row = _not_begun(inspection, by)
    transitions.move(row, action="cancel", by=by, at=at, reason=_said(text, _("Say why.")))
    notices.send([row.inspector], TAKEN, but=by, dealer=row.dealer.name)
    return row


def _not_begun(inspection: Inspection, by: Any) -> Inspection:
    _may(by)
    rows = Inspection.objects.visible_to(by).select_for_update(of=("self",))
    row = rows.select_related("round__org_unit", "dealer", "inspector").filter(pk=inspection.pk).first()
    if row is None:
        raise Forbidden(_("The inspection is outside your unit."))
    transitions.demand(row, action="cancel")
    if row.visit_id is not None:
        raise InspectionRefused(_("The inspector is in the store already."), code="begun")
    return row


def begun(inspection: Inspection, visit: Visit) -> None:
    """Tie a visit to the inspection that it carries out; within the caller's transaction."""
    Inspection.objects.filter(pk=inspection.pk).update(visit=visit)


def finished(visit: Visit, *, by: Any, at: datetime) -> None:
    """The inspection of a visit that ends is done, if it is one; within the caller's transaction."""
    row = Inspection.objects.filter(visit=visit).first()
    if row is not None:
        transitions.move(row, action="finish", by=by, at=at)


def _may(by: Any) -> None:
    if by is None or not by.can(Permission.ORDER_INSPECTIONS):
        raise Forbidden(_("Your role may not order inspections."))
