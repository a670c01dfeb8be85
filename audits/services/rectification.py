"""What is to be put right: ordered, reported with photos, verified by another. See docs/visits.md, "Rectification"."""

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from audits.models import Finding, Rectification, RectificationPhoto
from audits.services import guard
from audits.services import rectification_notices as notices
from core import sql, transitions
from core.errors import Forbidden, Refused, said
from core.photos import digest, stored

LONGEST = 1000
MOST_PHOTOS = 9
FURTHEST = timedelta(days=92)


class RectificationRefused(Refused):
    """The rectification cannot be ordered or moved like this."""

    code = "rectification_refused"


_said = partial(said, refused=RectificationRefused, longest=LONGEST)


@transaction.atomic
def order(*, finding: Finding, demand: str, due_on: date, by: Any, at: datetime) -> Rectification:
    """Have the dealer put right what a visit found, until a day. Also beside a violation; once for a finding."""
    if by is None or not by.can(Permission.MANAGE_RECTIFICATIONS):
        raise Forbidden(_("Your role may not order rectifications."))
    if not Finding.objects.visible_to(by).filter(pk=finding.pk).exists():
        raise Forbidden(_("The finding is outside your unit."))
    demand, today = _said(demand, _("Say what has to be done."), longest=500), timezone.localtime(at).date()
    _future(due_on, today)
    if guard.locked(finding.visit).state == "open":  # first the visit, as whoever still edits it does
        raise RectificationRefused(_("The visit is not over yet; order it when it is checked out."), code="visit_open")
    row = Finding.objects.select_for_update(of=("self",)).select_related("dealer__org_unit").get(pk=finding.pk)
    if Rectification.objects.filter(finding=row).exclude(state="cancelled").exists():
        raise RectificationRefused(_("It is to be put right already."), code="ordered")
    if row.state == "open":
        transitions.move(row, action="rectify", by=by, at=at)
    elif row.state != "confirmed":
        raise RectificationRefused(_("What is withdrawn or dismissed need not be put right."), code="finding")
    pk = sql.fetch_value("SELECT nextval(pg_get_serial_sequence('audits_rectification', 'id'))")
    rectification = Rectification.objects.create(
        pk=pk,
        number=f"R{today:%Y%m%d}-{pk:06d}",
        finding=row,
        dealer_id=row.dealer_id,
        demand=demand,
        due_on=due_on,
        ordered_by=by,
        ordered_at=at,
    )
    transitions.record(rectification, action="order", before="", after="open", by=by, at=at, reason=demand)
    notices.ordered(rectification, by=by)
    return rectification


def report(*, rectification: Rectification, text: str, photos: Iterable[bytes], by: Any, at: datetime) -> Rectification:
    """It is done, and photos show it. By the dealer, or by a channel manager in whose scope he is."""
    text, given = _said(text, _("Say what was done.")), list(photos)
    with ExitStack() as kept, transaction.atomic():
        row = _permitted(rectification, by, Permission.REPORT_RECTIFICATIONS)
        transitions.demand(row, action="report")
        known = set(row.photos.values_list("sha256", flat=True))
        new = {digest(data): data for data in given if digest(data) not in known}
        if not new:
            raise RectificationRefused(_("Add a photo that shows how it is now."), code="photo")
        if len(known) + len(new) > MOST_PHOTOS * 3 or len(new) > MOST_PHOTOS:
            raise RectificationRefused(_("At most %(most)d photos at once.") % {"most": MOST_PHOTOS}, code="too_many")
        for data in new.values():
            fields = kept.enter_context(stored(data, folder=f"rectifications/{at:%Y/%m}/{row.pk}"))
            RectificationPhoto.objects.create(rectification=row, by=by, uploaded_at=at, **fields)
        row.report, row.done_by, row.done_at = text, by, at
        _move(row, "report", by=by, at=at, reason=text)
        notices.reported(row, by=by)
    return row


@transaction.atomic
def verify(*, rectification: Rectification, text: str = "", by: Any, at: datetime) -> Rectification:
    """It is put right: said by somebody else than who reported it, in the store or from the photos."""
    row = _permitted(rectification, by, Permission.MANAGE_RECTIFICATIONS)
    transitions.demand(row, action="verify")
    if by.pk == row.done_by_id:
        raise Forbidden(_("Whoever reported it as done cannot verify it."), code="same_person")
    row.verified_by, row.verified_at = by, at
    _move(row, "verify", by=by, at=at, reason=text.strip()[:LONGEST])
    _finding(row, "put_right", by=by, at=at)
    notices.verified(row, by=by)
    return row


@transaction.atomic
def send_back(*, rectification: Rectification, text: str, due_on: date, by: Any, at: datetime) -> Rectification:
    """It is not put right, why, and until when it has to be."""
    row = _permitted(rectification, by, Permission.MANAGE_RECTIFICATIONS)
    transitions.demand(row, action="send_back")
    if by.pk == row.done_by_id:
        raise Forbidden(_("Whoever reported it as done cannot verify it."), code="same_person")
    text = _said(text, _("Say what is still wrong."))
    _future(due_on, timezone.localtime(at).date())
    row.due_on, row.escalated_at = due_on, None
    _move(row, "send_back", by=by, at=at, reason=text)
    notices.sent_back(row, text=text, by=by)
    return row


@transaction.atomic
def cancel(*, rectification: Rectification, text: str, by: Any, at: datetime) -> Rectification:
    """Nothing has to be put right after all, and why; by a supervisor."""
    row = _permitted(rectification, by, Permission.DECIDE_FINDINGS)
    transitions.demand(row, action="cancel")
    _move(row, "cancel", by=by, at=at, reason=_said(text, _("Say why.")))
    _finding(row, "give_up", by=by, at=at)
    notices.cancelled(row, by=by)
    return row


def escalate(*, today: date, at: datetime) -> int:
    """Tell everybody concerned, and the supervisors, of what is overdue; how many. Safe to run again."""
    done = 0
    due = Rectification.objects.filter(state="open", escalated_at=None, due_on__lt=today).order_by("pk")
    for pk in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            row = _locked(pk)
            if row.state != "open" or row.escalated_at is not None:
                continue
            row.escalated_at = at
            row.save(update_fields=["escalated_at"])
            transitions.record(row, action="escalate", before="open", after="open", by=None, at=at)
            notices.overdue(row)
            done += 1
    return done


def _future(due_on: date, today: date) -> None:
    if not today < due_on <= today + FURTHEST:
        raise RectificationRefused(_("The day must lie between tomorrow and three months from now."), code="due_on")


def _move(row: Rectification, action: str, *, by: Any, at: datetime, reason: str = "") -> None:
    """State and people are one fact: saved together, as the database demands."""
    before = row.state
    row.state = str(row.machine.target(before, action))
    row.save()
    transitions.record(row, action=action, before=before, after=row.state, by=by, at=at, reason=reason)


def _finding(row: Rectification, action: str, *, by: Any, at: datetime) -> None:
    """A finding that is only to be put right goes along; one that became a violation stays one."""
    finding = Finding.objects.select_for_update(of=("self",)).get(pk=row.finding_id)
    if finding.state == "rectifying":
        transitions.move(finding, action=action, by=by, at=at)


def _locked(pk: int) -> Rectification:
    rows = Rectification.objects.select_for_update(of=("self",))
    return rows.select_related("dealer__org_unit__county", "dealer__manager", "finding").get(pk=pk)


def _permitted(rectification: Rectification, by: Any, permission: Permission) -> Rectification:
    if by is None or not by.can(permission):
        raise Forbidden(_("Your role may not do this with a rectification."))
    if not Rectification.objects.visible_to(by).filter(pk=rectification.pk).exists():
        raise Forbidden(_("The rectification is outside your unit."))
    return _locked(rectification.pk)
