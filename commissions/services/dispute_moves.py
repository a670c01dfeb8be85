"""One step of a dispute: its state, next deadline, trace and notices, in the caller's transaction."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from commissions.models import Dispute
from commissions.queries import disputes as queries
from commissions.rules import disputes as rules
from commissions.services import dispute_notices as notices
from commissions.services import papers
from core import transitions
from core.papers import Given


def move(row: Dispute, action: str, *, by: Any, at: datetime, reason: str = "", files: Iterable[Given] = ()) -> Dispute:
    """Take the step with the locked `row`. Raises MoveRefused, PaperRefused."""
    transitions.demand(row, action=action)
    before, row.state = row.state, Dispute.machine.moves[row.state, action]
    row.due_on = rules.due_on(row.state, timezone.localtime(at).date(), queries.terms())
    row.closed_at = None if row.due_on else at
    row.reminded_on = None
    row.save(update_fields=["state", "due_on", "closed_at", "reminded_on", "answer", "decision"])
    papers.add(files=files, by=by, at=at, dispute=row, step=action)
    transitions.record(row, action=action, before=before, after=row.state, by=by, at=at, reason=reason)
    notices.moved(row, by=by)
    return row


def reopen(*, dispute: Dispute, by: Any, at: datetime, reason: str) -> Dispute:
    """The adjustment that granted it was rejected: the city decides again. In the caller's transaction."""
    row = Dispute.objects.select_for_update(of=("self",)).get(pk=dispute.pk)
    return move(row, "reopen", by=by, at=at, reason=reason)
