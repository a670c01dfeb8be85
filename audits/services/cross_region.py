"""A month's cross-region flags and cases, and what becomes of a case. See docs/inventory.md, "Cases"."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from audits.bulk import cases
from audits.models import CrossRegionCase, Violation
from audits.queries.settings import case_settings
from audits.services import case_notices as notices
from core import followups, transitions
from core.errors import Forbidden, Refused, said
from core.models import Transition
from core.periods import Month
from inventory.bulk import cross_region, dealer_months

LONGEST = 1000


class CaseRefused(Refused):
    """The case cannot be moved like this."""

    code = "case_refused"


_said = partial(said, refused=CaseRefused, longest=LONGEST)


@transaction.atomic
def detect(*, month: Month, by: Any, at: datetime) -> dict[str, Any]:
    """Flag the month's activations within the unit of `by` (None: everywhere) and open cases. Safe to run again."""
    if by is not None and (by.is_dealer or by.org_unit is None or not by.can(Permission.DETECT_CASES)):
        raise Forbidden(_("Your role may not look for cross-region sales."))
    path = by.org_unit.path if by is not None else ""
    flags = cross_region.flag(month=month, path=path)
    dealer_months.post(month=month)
    rules = case_settings()
    new = cases.open_cases(
        month=month,
        path=path,
        share=rules.share,
        least=rules.least,
        due=timezone.localtime(at).date() + timedelta(days=rules.answer_days),
        by=by,
        at=at,
    )
    opened = list(CrossRegionCase.objects.filter(pk__in=new).select_related("dealer__org_unit__county"))
    label = CrossRegionCase._meta.label_lower
    Transition.objects.bulk_create(
        Transition(subject_type=label, subject_id=one.pk, action="open", before="", after="open", by=by, at=at)
        for one in opened
    )
    notices.opened(opened, by=by)
    return {**flags, "cases": sorted(one.number for one in opened)}


@transaction.atomic
def answer(*, case: CrossRegionCase, text: str, by: Any, at: datetime) -> CrossRegionCase:
    """The dealer explains himself: once, as long as nothing is decided."""
    if by is None or by.dealer_id != case.dealer_id:
        raise Forbidden(_("Only the dealer himself answers."))
    row = _locked(case)
    if row.state not in ("open", "reported"):
        raise CaseRefused(_("The case is decided; it can no longer be answered."))
    if row.answer:
        raise CaseRefused(_("You have answered already."))
    row.answer = _said(text, _("Write the answer."))
    row.save(update_fields=["answer"])
    transitions.record(row, action="answer", before=row.state, after=row.state, by=by, at=at, reason=row.answer)
    notices.answered(row)
    return row


@transaction.atomic
def report(*, case: CrossRegionCase, text: str, by: Any, at: datetime) -> CrossRegionCase:
    """The county has looked into it and asks the city to confirm a violation."""
    row = _permitted(case, by, Permission.REPORT_CASES)
    transitions.demand(row, action="report")
    row.report, row.reported_by = _said(text, _("Say what you found.")), by
    row.save(update_fields=["report", "reported_by"])
    transitions.move(row, action="report", by=by, at=at, reason=row.report)
    notices.reported(row, by=by)
    return row


@transaction.atomic
def dismiss(*, case: CrossRegionCase, text: str, by: Any, at: datetime) -> CrossRegionCase:
    """There is no violation: the county says so as long as it has not reported the case, then the city."""
    row = _locked(case)
    needed = Permission.REPORT_CASES if row.state == "open" else Permission.CONFIRM_VIOLATIONS
    row = _permitted(case, by, needed)
    transitions.demand(row, action="dismiss")
    return _decide(row, "dismiss", _said(text, _("Say why you decide so.")), by=by, at=at)


@transaction.atomic
def confirm(*, case: CrossRegionCase, text: str, claw_back: bool, by: Any, at: datetime) -> Violation:
    """Another person than opened and reported it confirms the violation; with `claw_back` its sales are false ones."""
    row = _permitted(case, by, Permission.CONFIRM_VIOLATIONS)
    transitions.demand(row, action="confirm")
    if by.pk in (row.opened_by_id, row.reported_by_id):
        raise Forbidden(_("Whoever opened or reported a case cannot confirm it."), code="same_person")
    today = timezone.localtime(at).date()
    if not row.answer and today <= row.answer_due_on:
        raise CaseRefused(
            _("The dealer can answer until %(day)s; decide when he has, or after that day.")
            % {"day": row.answer_due_on.isoformat()},
            code="answer_awaited",
        )
    violation = Violation.objects.create(
        reference=row.number,
        dealer_id=row.dealer_id,
        type_id="cross_region",
        occurred_on=row.records.order_by("-record__event_date").values_list("record__event_date", flat=True)[0],
        confirmed_on=today,
    )
    row.violation = violation
    if claw_back:
        cases.confirm_false(case=row.pk, day=today)
    _decide(row, "confirm", text.strip()[:LONGEST], by=by, at=at)
    followups.emit("violation_confirmed", violation=violation)
    return violation


def _decide(row: CrossRegionCase, action: str, text: str, *, by: Any, at: datetime) -> CrossRegionCase:
    """Who decided and the new state are one fact: saved together, as the database demands."""
    before = row.state
    row.decision, row.decided_by, row.state = text, by, str(row.machine.target(before, action))
    row.save(update_fields=["decision", "decided_by", "state", "violation"])
    transitions.record(row, action=action, before=before, after=row.state, by=by, at=at, reason=text)
    notices.decided(row, by=by)
    return row


def _locked(case: CrossRegionCase) -> CrossRegionCase:
    rows = CrossRegionCase.objects.select_for_update(of=("self",))
    return rows.select_related("dealer__org_unit__county").get(pk=case.pk)


def _permitted(case: CrossRegionCase, by: Any, permission: Permission) -> CrossRegionCase:
    if by is None or not by.can(permission):
        raise Forbidden(_("Your role may not decide this case."))
    if not CrossRegionCase.objects.visible_to(by).filter(pk=case.pk).exists():
        raise Forbidden(_("The case is outside your unit."))
    return _locked(case)
