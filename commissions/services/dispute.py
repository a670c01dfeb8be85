"""Disputes: the dealer disagrees, the county answers, the city decides. See docs/commissions.md, "Confirmation
and disputes". What is granted is an adjustment, which another person approves."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions.models import Adjustment, CommissionLine, Dispute, Statement
from commissions.queries import disputes as queries
from commissions.queries.lines import SHIFT
from commissions.rules import disputes as rules
from commissions.services import adjustment as adjustments
from commissions.services import dispute_notices as notices
from commissions.services import papers
from commissions.services.dispute_moves import move
from core import sql, transitions
from core.errors import Forbidden, Refused, said
from core.papers import Given
from core.periods import Month

LONGEST = 1000


class DisputeRefused(Refused):
    """The dispute cannot be opened or moved like this."""

    code = "dispute_refused"


_said = partial(said, refused=DisputeRefused, longest=LONGEST)


@transaction.atomic
def open_dispute(
    *,
    statement: Statement,
    line: int | None,
    text: str,
    by: Any,
    at: datetime,
    files: Iterable[Given] = (),
) -> Dispute:
    """The dealer says that a line (or, without one, the statement) is wrong. Raises Forbidden, DisputeRefused."""
    if by is None or not by.can(Permission.DISPUTE_STATEMENTS) or by.dealer_id != statement.dealer_id:
        raise Forbidden(_("Only the dealer himself disputes his statement."))
    Statement.objects.select_for_update(of=("self",)).get(pk=statement.pk)
    statement = Statement.objects.select_related("batch__county", "dealer", "confirmation").get(pk=statement.pk)
    today = timezone.localtime(at).date()
    _demand_in_time(statement, today)
    if (
        line is not None
        and not CommissionLine.objects.filter(batch_id=statement.batch_id, pk=line, dealer_id=statement.dealer_id)
        .filter(batch_id=line >> SHIFT)
        .exists()
    ):
        raise DisputeRefused(_("That line is not on this statement."), code="line")
    if Dispute.objects.filter(statement=statement, line=line).exists():
        raise DisputeRefused(_("This was disputed already; its page says how it stands."), code="again")
    number = sql.fetch_value("SELECT nextval(pg_get_serial_sequence('commissions_dispute', 'id'))")
    row = Dispute.objects.create(
        pk=number,
        number=f"DSP-{number:06d}",
        statement=statement,
        dealer_id=statement.dealer_id,
        line=line,
        text=_said(text, _("Say what is wrong.")),
        due_on=rules.due_on("open", today, queries.terms()),
        opened_by=by,
        opened_at=at,
    )
    papers.add(files=files, by=by, at=at, dispute=row, step="open")
    transitions.record(row, action="open", before="", after="open", by=by, at=at, reason=row.text)
    notices.moved(row, by=by)
    return row


def _demand_in_time(statement: Statement, today: Any) -> None:
    last = queries.last_day(statement)
    if not statement.batch.frozen or last is None:
        raise DisputeRefused(_("Statement %(number)s is not approved yet.") % {"number": statement.number})
    if getattr(statement, "confirmation", None) is not None:
        raise DisputeRefused(_("You have confirmed this statement; it can no longer be disputed."), code="confirmed")
    if today > last:
        raise DisputeRefused(
            _("Statements can be disputed until %(day)s; talk to your channel manager.") % {"day": last.isoformat()},
            code="too_late",
        )


@transaction.atomic
def answer(*, dispute: Dispute, text: str, by: Any, at: datetime, files: Iterable[Given] = ()) -> Dispute:
    """The county explains; the dealer accepts it or goes on to the city."""
    row = _locked(dispute, by, Permission.ANSWER_DISPUTES)
    transitions.demand(row, action="answer")
    row.answer = _said(text, _("Write the answer."))
    return move(row, "answer", by=by, at=at, reason=row.answer, files=files)


@transaction.atomic
def accept(*, dispute: Dispute, by: Any, at: datetime) -> Dispute:
    """The dealer finds the answer right."""
    return move(_locked(dispute, by, Permission.DISPUTE_STATEMENTS), "accept", by=by, at=at)


@transaction.atomic
def escalate(*, dispute: Dispute, text: str, by: Any, at: datetime, files: Iterable[Given] = ()) -> Dispute:
    """The dealer does not accept the answer: the city decides."""
    row = _locked(dispute, by, Permission.DISPUTE_STATEMENTS)
    if row.state != "answered":
        raise DisputeRefused(_("The county has not answered yet; what it leaves goes to the city by itself."))
    why = _said(text, _("Say why you do not accept the answer."))
    return move(row, "escalate", by=by, at=at, reason=why, files=files)


@transaction.atomic
def grant(
    *,
    dispute: Dispute,
    text: str,
    type: str,  # noqa: A002 - the column is called so
    amount: Decimal,
    document_no: str,
    document_name: str,
    by: Any,
    at: datetime,
    files: Iterable[Given] = (),
) -> tuple[Dispute, Adjustment]:
    """The dealer is right (the county says so at once, or the city decides): an adjustment is entered.

    It waits for another person; rejected by that one, the dispute is back with the city.
    """
    needed = Permission.ANSWER_DISPUTES if dispute.state == "open" else Permission.DECIDE_DISPUTES
    row = _locked(dispute, by, needed)
    if needed == Permission.ANSWER_DISPUTES and row.state != "open":
        raise Forbidden(_("Your role may not decide this dispute."))
    transitions.demand(row, action="grant")
    row.decision = _said(text, _("Say why you decide so."))
    adjustment = adjustments.enter(
        dealer=row.dealer,
        month=Month.of(row.statement.batch.month),
        type=type,
        amount=amount,
        document_no=document_no,
        document_name=document_name,
        reason=row.decision,
        by=by,
        at=at,
        files=files,
        dispute=row,
    )
    return move(row, "grant", by=by, at=at, reason=row.decision), adjustment


@transaction.atomic
def refuse(*, dispute: Dispute, text: str, by: Any, at: datetime) -> Dispute:
    """The city finds the statement right."""
    row = _locked(dispute, by, Permission.DECIDE_DISPUTES)
    transitions.demand(row, action="refuse")
    row.decision = _said(text, _("Say why you decide so."))
    return move(row, "refuse", by=by, at=at, reason=row.decision)


@transaction.atomic
def let_lapse(*, dispute: Dispute, at: datetime) -> str:
    """What the deadline brings by itself: 'escalate', 'accept' or '' if nothing. Safe to do again."""
    row = Dispute.objects.select_for_update(of=("self",)).get(pk=dispute.pk)
    action = rules.lapses(row.state, row.due_on, timezone.localtime(at).date())
    if action:
        move(row, action, by=None, at=at, reason=str(_("The deadline is over.")))
    return action


def _locked(dispute: Dispute, by: Any, permission: Permission) -> Dispute:
    if by is None or not by.can(permission):
        raise Forbidden(_("Your role may not decide this dispute."))
    if not Dispute.objects.visible_to(by).filter(pk=dispute.pk).exists():
        raise Forbidden(_("The dispute is outside your unit."))
    rows = Dispute.objects.select_for_update(of=("self",))
    return rows.select_related("statement__batch__county", "dealer__org_unit").get(pk=dispute.pk)
