"""Disputes, and what lists and pages show of them."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from constance import config
from django.db.models import Min, QuerySet
from django.utils import timezone

from commissions.models import CommissionLine, Dispute, Statement
from commissions.queries import lines
from commissions.rules import disputes as rules


def terms() -> rules.Terms:
    """The deadlines as an administrator has set them."""
    return rules.Terms(
        answer=config.DISPUTE_ANSWER_DAYS,
        escalate=config.DISPUTE_ESCALATE_DAYS,
        decide=config.DISPUTE_DECIDE_DAYS,
    )


def visible(user: Any) -> QuerySet[Dispute]:
    """The disputes that the user may see, with statement, batch, county and dealer."""
    return Dispute.objects.visible_to(user).select_related("statement__batch__county", "dealer", "opened_by")


def waiting(user: Any, state: str) -> tuple[int, date | None]:
    """How many in that state the user sees, and the first deadline among them."""
    rows = Dispute.objects.visible_to(user).filter(state=state)
    return rows.count(), rows.aggregate(first=Min("due_on"))["first"]


def line_of(dispute: Dispute) -> CommissionLine | None:
    """The line that the dispute is about; None if it is about the whole statement."""
    if dispute.line is None:
        return None
    rows = CommissionLine.objects.filter(batch_id=dispute.line >> lines.SHIFT, pk=dispute.line)
    return rows.select_related("record__product", "dealer", "rule", "batch").first()


def of_statement(statement: Statement) -> list[Dispute]:
    """The statement's disputes, oldest first: one query."""
    return list(Dispute.objects.filter(statement=statement).order_by("pk"))


def mark(found: Iterable[CommissionLine], disputes: Iterable[Dispute]) -> list[CommissionLine]:
    """The lines, each with the `dispute` about it or None."""
    by_line = {dispute.line: dispute for dispute in disputes}
    rows = list(found)
    for row in rows:
        row.dispute = by_line.get(row.pk)  # type: ignore[attr-defined]
    return rows


def may_dispute(statement: Statement, user: Any, today: date, last: date | None) -> bool:
    """Whether the user may still, until `last`, say that something on the statement is wrong."""
    return bool(
        user.is_dealer
        and user.dealer_id == statement.dealer_id
        and statement.batch.frozen
        and getattr(statement, "confirmation", None) is None
        and last is not None
        and today <= last
    )


def last_day(statement: Statement) -> date | None:
    """The last day on which the statement is to be confirmed or disputed; None before approval."""
    approved = statement.batch.approved_at
    return rules.confirm_until(timezone.localtime(approved).date(), config.STATEMENT_CONFIRM_DAYS) if approved else None
