"""A visit from check-in to check-out. See docs/visits.md.

Everything may be sent twice: the second time nothing happens and the first result is
given back. Only the visit's own manager changes it, and only until some hours after
check-out (a setting); later there are notes.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import Permission
from audits import states
from audits.models import Inspection, Visit, VisitAnswer, VisitNote
from audits.queries import checklists, due, inspections
from audits.queries.settings import visit_settings
from audits.rules import checklist as rules
from audits.rules import place, visit_length
from audits.services import finding, guard, inspection, photo
from core.errors import Forbidden, Refused
from core.transitions import record
from dealers.models import Dealer
from dealers.queries import history, position

add_finding = finding.add
withdraw_finding = finding.withdraw
add_photo = photo.add
remove_photo = photo.remove


class AlreadyInside(Refused):
    """The manager is checked in at this store already. `params["visit"]` is that visit's id."""

    code = "already_inside"


@dataclass(frozen=True)
class Fix:
    """Where a phone was: WGS-84 degrees and how exact, in metres."""

    latitude: float
    longitude: float
    accuracy_m: float | None = None


def start(
    *,
    dealer: Dealer,
    manager: Any,
    kind: str,
    at: datetime,
    client_id: UUID | None = None,
    phone_at: datetime | None = None,
    fix: Fix | None = None,
    late: bool = False,
    template_id: int | None = None,
) -> Visit:
    """Check in at `dealer`. Without a position the visit goes on and is marked.

    `late`: the visit was begun without connection, by the checklist `template_id`; then the phone's times count.

    An inspection is that of the manager which waits for him there. Raises Forbidden (may not log visits, or not
    here), AlreadyInside, Refused.
    """
    with transaction.atomic():
        # One check-in at a time in a store: of the same one sent twice the second finds the first.
        Dealer.objects.select_for_update(of=("self",), no_key=True).get(pk=dealer.pk)
        sent_before = Visit.objects.filter(manager=manager, client_id=client_id).first() if client_id else None
        if sent_before:
            return sent_before
        _not_inside(dealer, manager)
        ordered = _may_visit(dealer, manager, kind, at)
        received, settings = at, visit_settings()
        if late:
            at = visit_length.begun_at(phone=phone_at, received=received, late_hours=settings.late_hours)
        day = timezone.localdate(at)
        template = checklists.for_visit(regime=dealer.visit_regime, kind=kind, day=day, template_id=template_id)
        away = position.metres_from(dealer=dealer, latitude=fix.latitude, longitude=fix.longitude) if fix else None
        exact = fix.accuracy_m if fix else None
        visit = Visit.objects.create(
            client_id=client_id or uuid4(),
            dealer=dealer,
            manager=manager,
            kind=kind,
            regime=dealer.visit_regime,
            template=template,
            checklist=checklists.snapshot(template),
            checked_in_at=at,
            checked_in_phone=phone_at,
            sent_late=late,
            received_at=received if late else None,
            latitude=_degrees(fix.latitude) if fix else None,
            longitude=_degrees(fix.longitude) if fix else None,
            accuracy_m=round(min(exact, 1e6)) if exact is not None else None,
            distance_m=round(away) if away is not None else None,
            evidence=place.evidence(distance=away, accuracy=exact, farthest=settings.farthest),
            too_far=away is not None and away > settings.farthest,
        )
        if ordered is not None:
            inspection.begun(ordered, visit)
        record(visit, action="check_in", before="", after="open", by=manager, at=at)
    return visit


def answer(*, visit: Visit, question_id: int, value: str, by: Any, at: datetime, note: str = "") -> str:
    """Store the answer to one question; '' takes it back. Returns it as stored.

    An answer that means something is wrong opens a finding, another one withdraws it.
    Raises Refused for an answer that the question does not allow.
    """
    note = note.replace("\x00", "").strip()[:300]
    with transaction.atomic():
        visit = guard.editable(visit, by=by, at=at)
        section, question = _question(visit, question_id)
        try:
            value = rules.cleaned(question, value)
        except rules.InvalidAnswer as error:
            raise Refused(PROBLEMS[error.code], code="invalid_answer", question=question_id) from error
        if value or note:
            VisitAnswer.objects.update_or_create(
                visit=visit,
                question=question_id,
                defaults={"value": value, "note": note, "answered_at": at},
            )
        else:
            VisitAnswer.objects.filter(visit=visit, question=question_id).delete()
        finding.follow_answer(visit=visit, section=section, question=question, value=value, note=note, by=by, at=at)
        guard.edited(visit, by=by, at=at, what=question.text)
    return value


PROBLEMS = {
    "not_yes_no": gettext_lazy("Answer yes or no."),
    "not_a_score": gettext_lazy("Give a whole number up to the highest score."),
    "not_a_choice": gettext_lazy("Choose one of the answers."),
    "not_a_number": gettext_lazy("Enter a number."),
    "photo_only": gettext_lazy("This question is answered with a photo."),
    "too_long": gettext_lazy("The text is too long: 2,000 characters at most."),
}


def check_out(
    *,
    visit: Visit,
    by: Any,
    at: datetime,
    phone_at: datetime | None = None,
    distance_reason: str = "",
    length_reason: str = "",
    summary: str = "",
) -> Visit:
    """End the visit: everything that must be answered is, and what is unusual has a reason.

    Raises Refused with code `unanswered`, `photo_needed` or `reason_needed`.
    """
    with transaction.atomic():
        visit = guard.locked(visit)
        guard.own(visit, by)
        if visit.state == "done":
            return visit
        if visit.sent_late and phone_at is not None and visit.checked_in_at <= phone_at <= at:
            at = phone_at
        at = max(at, visit.checked_in_at)
        answers = guard.answers_of(visit)
        _complete(visit, answers)
        marks = marks_at(visit, at)
        if (marks.too_far and not distance_reason.strip()) or (marks.length and not length_reason.strip()):
            raise Refused(
                _("This visit was too far from the store, too short or too long. Say why."), code="reason_needed"
            )
        values = {
            "state": "done",
            "checked_out_at": at,
            "checked_out_phone": phone_at,
            "too_far": marks.too_far,
            "too_short": marks.too_short,
            "too_long": marks.too_long,
            "distance_reason": distance_reason.strip()[:300] if marks.too_far else "",
            "length_reason": length_reason.strip()[:300] if marks.length else "",
            "summary": summary.strip()[:2000],
            "score": rules.score(guard.questions_of(visit), answers),
        }
        Visit.objects.filter(pk=visit.pk).update(**values)
        record(visit, action="check_out", before="open", after="done", by=by, at=at)
        inspection.finished(visit, by=by, at=at)
    for name, value in values.items():
        setattr(visit, name, value)
    return visit


def marks_at(visit: Visit, at: datetime) -> visit_length.Marks:
    """What the visit would have to give a reason for if it ended at `at`."""
    settings = visit_settings()
    return visit_length.marks(
        distance=visit.distance_m,
        farthest=settings.farthest,
        lasted=max(at, visit.checked_in_at) - visit.checked_in_at,
        length=visit_length.expected(regime=visit.regime, kind=visit.kind, lengths=settings.lengths),
    )


def note(*, visit: Visit, text: str, by: Any, at: datetime) -> VisitNote:
    """Say something about a visit afterwards. For whoever logs visits in its scope."""
    if not by.can(Permission.LOG_VISITS):
        raise Forbidden(_("You may not add notes to visits."))
    if not text.strip():
        raise Refused(_("Write something first."), code="empty")
    with transaction.atomic():
        row = VisitNote.objects.create(visit=visit, by=by, at=at, text=text.strip()[:1000])
        record(visit, action="note", before=visit.state, after=visit.state, by=by, at=at, reason=row.text)
    return row


def hand_over(*, dealer_ids: list[int], manager: Any, by: Any, at: datetime) -> int:
    """Give the open visits of reassigned dealers to their new manager; how many there were."""
    with transaction.atomic():
        moving = list(due.own_visits().select_for_update().filter(dealer__in=dealer_ids, state="open"))
        busy = set(Visit.objects.filter(manager=manager, state="open").values_list("dealer_id", flat=True))
        moved = [visit for visit in moving if visit.manager_id != manager.pk and visit.dealer_id not in busy]
        for visit in moved:
            Visit.objects.filter(pk=visit.pk).update(manager=manager)
            record(visit, action="hand_over", before="open", after="open", by=by, at=at, reason=str(manager))
    return len(moved)


def _may_visit(dealer: Dealer, manager: Any, kind: str, at: datetime) -> Inspection | None:
    """The inspection that is carried out, None for a visit of one's own."""
    ordered = None
    if kind in states.InspectionKind.values:
        ordered = inspections.assigned(dealer=dealer, inspector=manager, kind=kind)
        if ordered is None or not manager.can(Permission.INSPECT):
            raise Forbidden(_("No inspection of this store waits for you."))
    elif not manager.can(Permission.LOG_VISITS):
        raise Forbidden(_("You may not log visits."))
    elif not Dealer.objects.visible_to(manager).filter(pk=dealer.pk).exists():
        raise Forbidden(_("This store is not in your unit."))
    if history.standing(dealer=dealer, day=timezone.localdate(at)).stage == "terminated":
        raise Refused(
            _("The cooperation with %(dealer)s has ended: there is nothing to visit.") % {"dealer": dealer.name},
            code="terminated",
        )
    return ordered


def _not_inside(dealer: Dealer, manager: Any) -> None:
    inside = Visit.objects.filter(manager=manager, dealer=dealer, state="open").first()
    if inside:
        raise AlreadyInside(
            _("You are checked in at %(dealer)s already. Go on with that visit.") % {"dealer": dealer.name},
            visit=inside.pk,
        )


def _degrees(value: float) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.000001"))


def _question(visit: Visit, question_id: int) -> tuple[rules.Section, rules.Question]:
    for section in visit.sections:
        for question in section.questions:
            if question.id == question_id:
                return section, question
    raise Refused(_("This visit was not asked that question. Reload the page."), code="unknown_question")


def _complete(visit: Visit, answers: dict[int, str]) -> None:
    """Raises Refused if an answer or a photo is missing."""
    photographed = [photo.question for photo in visit.photos.all() if photo.question is not None]
    missing = rules.missing(guard.questions_of(visit), answers, photographed)
    if missing:
        raise Refused(
            _("Not answered yet: %(questions)s") % {"questions": "; ".join(one.text for one in missing[:5])},
            code="unanswered",
            questions=[one.id for one in missing],
        )
    bare = visit.findings.filter(state="open", needs_photo=True, photos=None).first()
    if bare:
        raise Refused(
            _("This finding needs a photo: %(finding)s") % {"finding": bare.text}, code="photo_needed", finding=bare.pk
        )
