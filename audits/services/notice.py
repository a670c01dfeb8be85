"""From a finding to a violation: confirmed, appealed, decided. See docs/visits.md, "Notices and appeals"."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from audits.models import Finding, Violation, ViolationNotice, ViolationType
from audits.queries.settings import appeal_days
from audits.services import guard
from audits.services import violation_notices as notices
from core import followups, transitions
from core.errors import Forbidden, Refused, said

LONGEST = 1000


class NoticeRefused(Refused):
    """The finding or notice cannot be moved like this."""

    code = "notice_refused"


_said = partial(said, refused=NoticeRefused, longest=LONGEST)


@transaction.atomic
def confirm(*, finding: Finding, breach: ViolationType, text: str = "", by: Any, at: datetime) -> ViolationNotice:
    """Issue the numbered notice of a breach. Refused to whoever made the visit, and before he has checked out.

    `text` says what is held against the dealer, the finding's own words if it is empty.
    """
    row = _decidable(finding, by)
    if by.pk == row.visit.manager_id:
        raise Forbidden(_("Whoever found it cannot confirm it."), code="same_person")
    if row.needs_photo and not row.photos.exists():
        raise NoticeRefused(_("The finding has no photo yet; without one it cannot be confirmed."), code="photo")
    today = timezone.localtime(at).date()
    transitions.move(row, action="confirm", by=by, at=at)
    notice = ViolationNotice.objects.create(
        number=f"V{today:%Y%m%d}-{row.pk:06d}",
        finding=row,
        dealer_id=row.dealer_id,
        type=breach,
        occurred_on=timezone.localtime(row.found_at).date(),
        grounds=text.strip()[:LONGEST] or row.text,
        reported_by=row.visit.manager,
        issued_by=by,
        issued_at=at,
        appeal_until=today + timedelta(days=appeal_days()),
    )
    transitions.record(notice, action="issue", before="", after="issued", by=by, at=at, reason=notice.grounds)
    notices.issued(notice, by=by)
    return notice


@transaction.atomic
def dismiss(*, finding: Finding, text: str, by: Any, at: datetime) -> Finding:
    """It is no violation, and why."""
    row = _decidable(finding, by)
    text = _said(text, _("Say why you decide so."))
    transitions.move(row, action="dismiss", by=by, at=at, reason=text)
    notices.dismissed(row, reason=text, by=by)
    return row


@transaction.atomic
def appeal(*, notice: ViolationNotice, text: str, by: Any, at: datetime) -> ViolationNotice:
    """The dealer appeals, once and in time."""
    if by is None or by.dealer_id != notice.dealer_id or not by.can(Permission.APPEAL_NOTICES):
        raise Forbidden(_("Only the dealer himself appeals."))
    row = _locked(notice)
    transitions.demand(row, action="appeal")
    if timezone.localtime(at).date() > row.appeal_until:
        raise NoticeRefused(
            _("The time for an appeal ended on %(day)s.") % {"day": row.appeal_until.isoformat()}, code="late"
        )
    row.appeal = _said(text, _("Say why the notice is wrong."))
    _move(row, "appeal", by=by, at=at, reason=row.appeal)
    notices.appealed(row)
    return row


@transaction.atomic
def decide(*, notice: ViolationNotice, upholds: bool, text: str, by: Any, at: datetime) -> ViolationNotice:
    """The city rejects the appeal (`upholds`: the violation stands from today) or grants it."""
    if by is None or not by.can(Permission.CONFIRM_VIOLATIONS):
        raise Forbidden(_("Your role may not decide appeals."))
    if not ViolationNotice.objects.visible_to(by).filter(pk=notice.pk).exists():
        raise Forbidden(_("The notice is outside your unit."))
    row = _locked(notice)
    action = "uphold" if upholds else "annul"
    transitions.demand(row, action=action)
    if by.pk in (row.issued_by_id, row.reported_by_id):
        raise Forbidden(_("Whoever issued or reported it cannot decide the appeal."), code="same_person")
    row.decision, row.decided_by = _said(text, _("Say why you decide so.")), by
    if upholds:
        row.violation = _stand(row, timezone.localtime(at).date())
    _move(row, action, by=by, at=at, reason=row.decision)
    notices.decided(row, by=by)
    return row


def lapse(*, today: date, at: datetime) -> int:
    """Notices against which nobody appealed in time stand from now on; how many. Safe to run again."""
    due = ViolationNotice.objects.filter(state="issued", appeal_until__lt=today).order_by("pk")
    done = 0
    for pk in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            row = _locked(ViolationNotice(pk=pk))
            if row.state != "issued":
                continue
            row.violation = _stand(row, today)
            _move(row, "lapse", by=None, at=at)
            notices.decided(row, by=None)
            done += 1
    return done


def _stand(row: ViolationNotice, day: date) -> Violation:
    violation = Violation.objects.create(
        reference=row.number,
        dealer_id=row.dealer_id,
        type_id=row.type_id,
        occurred_on=row.occurred_on,
        confirmed_on=day,
    )
    followups.emit("violation_confirmed", violation=violation)
    return violation


def _move(row: ViolationNotice, action: str, *, by: Any, at: datetime, reason: str = "") -> None:
    """State, words and people are one fact: saved together, as the database demands."""
    before = row.state
    row.state = str(row.machine.target(before, action))
    row.save(update_fields=["state", "appeal", "decision", "decided_by", "violation"])
    transitions.record(row, action=action, before=before, after=row.state, by=by, at=at, reason=reason)


def _locked(notice: ViolationNotice) -> ViolationNotice:
    rows = ViolationNotice.objects.select_for_update(of=("self",))
    return rows.select_related("dealer__org_unit__county", "type").get(pk=notice.pk)


def _decidable(finding: Finding, by: Any) -> Finding:
    if by is None or not by.can(Permission.DECIDE_FINDINGS):
        raise Forbidden(_("Your role may not decide findings."))
    if not Finding.objects.visible_to(by).filter(pk=finding.pk).exists():
        raise Forbidden(_("The finding is outside your unit."))
    guard.locked(finding.visit)  # first the visit, as whoever still edits it does
    rows = Finding.objects.select_for_update(of=("self",)).select_related("visit__manager", "dealer__org_unit__county")
    row = rows.get(pk=finding.pk)
    if row.visit.state == "open":
        raise NoticeRefused(_("The visit is not over yet; decide when it is checked out."), code="visit_open")
    transitions.demand(row, action="confirm")
    return row
