"""What a visit found wrong: written by the manager, or opened by an answer."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audits import states
from audits.models import Finding, Visit
from audits.rules import checklist as rules
from audits.services import guard
from core.errors import Refused
from core.transitions import move, record


def add(*, visit: Visit, category: str, text: str, by: Any, at: datetime, needs_photo: bool = False) -> Finding:
    """Write down a finding of one's own. Raises Refused, Forbidden, Locked."""
    text = " ".join(text.split())[:500]
    if not text:
        raise Refused(_("Say what you found."), code="empty")
    if category not in states.FindingCategory.values:
        raise Refused(_("Choose a category."), code="unknown_category")
    with transaction.atomic():
        visit = guard.editable(visit, by=by, at=at)
        same = Finding.objects.filter(visit=visit, category=category, text=text).exclude(state="withdrawn").first()
        return same or _open(visit, category=category, text=text, needs_photo=needs_photo, by=by, at=at)


def withdraw(*, finding: Finding, by: Any, at: datetime, reason: str = "") -> None:
    """Take a finding back that was none. Raises MoveRefused if it is not open."""
    with transaction.atomic():
        guard.editable(finding.visit, by=by, at=at)
        move(finding, action="withdraw", by=by, at=at, reason=reason)


def follow_answer(
    *,
    visit: Visit,
    section: rules.Section,
    question: rules.Question,
    value: str,
    note: str,
    by: Any,
    at: datetime,
) -> None:
    """Open the finding that an answer means, or withdraw the one that it no longer means.

    What was decided stays as it was decided on.
    """
    found = Finding.objects.filter(visit=visit, question=question.id).exclude(state="withdrawn").first()
    if found and found.state != "open":
        return
    wrong = rules.opens_finding(question, value)
    if wrong and found is None:
        _open(
            visit,
            category=section.category,
            text=f"{question.text}: {note}" if note else question.text,
            question=question.id,
            needs_photo=question.finding_photo,
            by=by,
            at=at,
        )
    elif wrong and found and note:
        Finding.objects.filter(pk=found.pk).update(text=f"{question.text}: {note}"[:500])
    elif not wrong and found:
        move(found, action="withdraw", by=by, at=at, reason=_("The answer was changed."))


def _open(visit: Visit, *, by: Any, at: datetime, **fields: Any) -> Finding:
    fields["text"] = fields["text"][:500]
    found_at = visit.checked_in_at if visit.sent_late else at
    finding = Finding.objects.create(visit=visit, dealer_id=visit.dealer_id, found_at=found_at, **fields)
    record(finding, action="open", before="", after="open", by=by, at=at)
    return finding
