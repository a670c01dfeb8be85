"""What each night does about deadlines: statements to confirm, disputes to answer and decide."""

from datetime import date, datetime
from typing import Any

from constance import config
from django.db import transaction

from commissions.models import Dispute
from commissions.rules import disputes as rules
from commissions.services import dispute, dispute_notices


def run(*, today: date, at: datetime) -> dict[str, Any]:
    """Counts of what was done; a second run on the same day does nothing more."""
    counts = {"disputes_escalated": 0, "disputes_accepted": 0, "disputes_reminded": 0, "statements_reminded": 0}
    named = {"escalate": "disputes_escalated", "accept": "disputes_accepted"}
    for row in Dispute.objects.filter(due_on__lt=today).order_by("pk"):
        if action := dispute.let_lapse(dispute=row, at=at):
            counts[named[action]] += 1
    waiting = Dispute.objects.select_for_update(of=("self",)).select_related("statement__batch__county", "dealer")
    with transaction.atomic():
        for row in waiting.filter(state__in=rules.WAITING).order_by("pk"):
            if rules.to_remind(row.state, row.due_on, today, row.reminded_on):
                row.reminded_on = today
                row.save(update_fields=["reminded_on"])
                dispute_notices.remind(row)
                counts["disputes_reminded"] += 1
    days = config.STATEMENT_CONFIRM_DAYS
    counts["statements_reminded"] = dispute_notices.remind_to_confirm(today=today, days=days, at=at)
    return counts
