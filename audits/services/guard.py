"""Who may change a visit, and until when. Shared by all services of a visit."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.roles import Permission
from audits.models import Visit, VisitAnswer
from audits.queries.settings import visit_settings
from audits.rules import checklist as rules
from core.errors import Forbidden, Refused
from core.transitions import record

# Those who go into stores: their own dealers', or those that they are to inspect.
MAKES_VISITS = (Permission.LOG_VISITS, Permission.INSPECT)


class Locked(Refused):
    """The time in which the visit can be edited is over."""

    code = "visit_locked"


def locked(visit: Visit) -> Visit:
    """The visit as it is now, locked until the transaction ends."""
    return Visit.objects.select_for_update(of=("self",)).select_related("dealer", "manager").get(pk=visit.pk)


def editable(visit: Visit, *, by: Any, at: datetime) -> Visit:
    """The visit, locked, if `by` may change it at `at`. Raises Forbidden or Locked."""
    visit = locked(visit)
    editable_now(visit, by=by, at=at)
    return visit


def editable_now(visit: Visit, *, by: Any, at: datetime) -> None:
    """Raises Forbidden or Locked unless `by` may change the visit at `at`."""
    own(visit, by)
    hours = visit_settings().edit_hours
    until = visit.editable_until(hours)
    if until is not None and at > until:
        raise Locked(
            _("A visit cannot be changed %(hours)s hours after check-out. Add a note instead.") % {"hours": hours}
        )


def own(visit: Visit, by: Any) -> None:
    """Raises Forbidden unless it is the visit of `by`."""
    if visit.manager_id != by.pk or not any(by.can(one) for one in MAKES_VISITS):
        raise Forbidden(_("Only the one who made a visit can change it. Add a note instead."))


def answers_of(visit: Visit) -> dict[int, str]:
    """The answers of a visit by question."""
    return dict(VisitAnswer.objects.filter(visit=visit).values_list("question", "value"))


def questions_of(visit: Visit) -> list[rules.Question]:
    """All questions that the visit was asked, in order."""
    return [question for section in visit.sections for question in section.questions]


def edited(visit: Visit, *, by: Any, at: datetime, what: str) -> None:
    """After check-out a change leaves a trace and a new score."""
    if visit.state == "done":
        Visit.objects.filter(pk=visit.pk).update(score=rules.score(questions_of(visit), answers_of(visit)))
        record(visit, action="edit", before="done", after="done", by=by, at=at, reason=what)
