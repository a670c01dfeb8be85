"""Pay an approved batch: the payment file out, the results in. Nothing is paid twice.

A payment is one attempt for one statement, with a snapshot of the account. The database
allows one attempt at a time that is under way or has succeeded. A statement whose dealer
is terminated or suspended, or has no verified account, is on hold and named with the
reason; the hold changes no amount. See docs/commissions.md, "Payment".
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions.models import Payment, SettlementBatch, Statement
from commissions.services import notices
from core import sql, transitions
from core.errors import Forbidden, Refused

HOLDS: dict[str, str | Promise] = {
    "terminated": _("The cooperation has ended"),
    "suspended": _("The dealer is suspended"),
    "no_account": _("No payment account"),
    "unverified_account": _("The payment account is not verified"),
}
COLUMNS = ("statement", "dealer_code", "dealer_name", "amount", "bank", "account", "holder", "hold_reason")


class PaymentRefused(Refused):
    """The payments cannot be exported or recorded like this; `params["rows"]` names bad rows."""

    code = "payment_refused"


@dataclass(frozen=True)
class PaymentRow:
    """A row of the payment file: a statement with something to pay. Amount in yuan.

    `hold` is empty or a key of HOLDS; `state` what became of the statement's last
    attempt: "" (none), issued, ok or failed.
    """

    statement_id: int
    statement: str
    dealer_code: str
    dealer_name: str
    amount: Decimal
    bank: str
    account: str
    holder: str
    hold: str
    state: str

    @property
    def hold_reason(self) -> str:
        return str(HOLDS[self.hold]) if self.hold else ""


# Why a dealer is not paid on that day, '' if it can be; `unless_terminated` is a condition with AND, or nothing.
HOLD = """
       CASE WHEN {unless_terminated} EXISTS (SELECT FROM dealers_closed_span span WHERE span.dealer_id = dealer.id
                            AND span.from_date <= %(today)s
                            AND (span.until_date IS NULL OR span.until_date > %(today)s))
            THEN 'terminated'
            WHEN EXISTS (SELECT FROM dealers_dealersuspension span WHERE span.dealer_id = dealer.id
                            AND span.from_date <= %(today)s AND (span.to_date IS NULL OR span.to_date >= %(today)s))
            THEN 'suspended'
            WHEN verified.id IS NOT NULL THEN ''
            WHEN EXISTS (SELECT FROM dealers_dealeraccount account
                          WHERE account.dealer_id = dealer.id AND account.state = 'entered')
            THEN 'unverified_account' ELSE 'no_account' END"""

ROWS = f"""
SELECT statement.id AS statement_id, statement.number AS statement, dealer.code AS dealer_code,
       dealer.name AS dealer_name, statement.paid AS amount,
       coalesce(verified.bank, '') AS bank, coalesce(verified.number, '') AS account,
       coalesce(verified.holder, '') AS holder,
       {HOLD.format(unless_terminated="")} AS hold,
       coalesce((SELECT payment.state FROM commissions_payment payment WHERE payment.statement_id = statement.id
                  ORDER BY attempt DESC LIMIT 1), '') AS state
  FROM commissions_statement statement
  JOIN dealers_dealer dealer ON dealer.id = statement.dealer_id
  LEFT JOIN dealers_dealeraccount verified ON verified.dealer_id = dealer.id AND verified.state = 'verified'
 WHERE statement.batch_id = %(batch)s AND statement.paid > 0
 ORDER BY dealer.code
"""  # noqa: S608 - constants


def preview(*, batch: SettlementBatch, today: date) -> list[PaymentRow]:
    """Every statement of the batch with something to pay, as it stands on `today`."""
    return [PaymentRow(**row) for row in sql.fetch_all(ROWS, {"batch": batch.pk, "today": today})]


@transaction.atomic
def export(*, batch: SettlementBatch, by: Any, at: datetime) -> list[PaymentRow]:
    """Issue a payment for each statement that can be paid and was not; the rows of the file.

    The first export makes an approved batch `paying`; a later one takes in what was on
    hold or failed. The file names the statements on hold too. Raises Forbidden (role,
    separation of duties) and PaymentRefused (state).
    """
    batch = SettlementBatch.objects.select_for_update(of=("self",)).select_related("county").get(pk=batch.pk)
    _demand(by, batch)
    if batch.state not in ("approved", "paying"):
        raise PaymentRefused(
            _("%(batch)s is %(state)s; payments are exported once a batch is approved.")
            % {"batch": batch, "state": SettlementBatch.machine.state(batch.state).label},
            code="state",
        )
    rows = [row for row in preview(batch=batch, today=at.date()) if row.state in ("", "failed")]
    payable = [row for row in rows if not row.hold]
    attempts = dict(Counter(Payment.objects.filter(statement__batch=batch).values_list("statement_id", flat=True)))
    Payment.objects.bulk_create(
        Payment(
            statement_id=row.statement_id,
            attempt=attempts.get(row.statement_id, 0) + 1,
            amount=row.amount,
            bank=row.bank,
            account=row.account,
            holder=row.holder,
            issued_by=by,
            issued_at=at,
        )
        for row in payable
    )
    if batch.state == "approved":
        batch.paying_by = by
        batch.save(update_fields=["paying_by"])
        transitions.move(batch, action="pay", by=by, at=at)
    else:
        transitions.record(batch, action="pay", before="paying", after="paying", by=by, at=at)
    _settle_if_done(batch, by=by, at=at)
    return rows


def _demand(by: Any, batch: SettlementBatch) -> None:
    if by is None or not by.can(Permission.PAY_BATCHES):
        raise Forbidden(_("Only a finance clerk exports payments and records their results."))
    if not SettlementBatch.objects.visible_to(by).filter(pk=batch.pk).exists():
        raise Forbidden(_("The batch is outside your unit."))
    if by.pk in (batch.submitted_by_id, batch.reviewed_by_id, batch.approved_by_id):
        raise Forbidden(
            _("%(batch)s: you took part in submitting, reviewing or approving it; another clerk has to pay it.")
            % {"batch": batch},
            code="separation_of_duties",
        )


@transaction.atomic
def record(*, rows: Iterable[Mapping[str, str]], by: Any, at: datetime) -> dict[str, int]:
    """Record the bank's results: rows with `statement`, `result` (ok or failed), `reason`.

    All or nothing. A result that is recorded already counts as unchanged; one that
    contradicts it is refused. {"ok", "failed", "unchanged"}: how many of each.
    """
    rows = list(rows)
    payments = {
        payment.statement.number: payment
        for payment in Payment.objects.select_for_update(of=("self",))
        .filter(statement__number__in=[row["statement"].strip() for row in rows])
        .filter(statement__in=Statement.objects.visible_to(by))
        .select_related("statement")
        .order_by("attempt")
    }
    problems: list[dict[str, Any]] = []
    counts = {"ok": 0, "failed": 0, "unchanged": 0}
    changed = []
    for place, row in enumerate(rows, start=2):
        problem, payment = result_of(row, payments.get(row["statement"].strip()))
        if problem:
            problems.append({"row": place, "statement": row["statement"], "reason": str(problem)})
        elif payment is None:
            counts["unchanged"] += 1
        else:
            payment.recorded_by, payment.recorded_at = by, at
            counts[payment.state] += 1
            changed.append(payment)
    if problems:
        raise PaymentRefused(
            _(
                "%(count)s rows of the results file cannot be recorded; nothing was changed."
                " First: row %(row)s: %(reason)s"
            )
            % {"count": len(problems), "row": problems[0]["row"], "reason": problems[0]["reason"]},
            code="rows",
            rows=problems,
        )
    batches = SettlementBatch.objects.select_for_update(of=("self",)).select_related("county")
    touched = list(batches.filter(pk__in={payment.statement.batch_id for payment in changed}).order_by("pk"))
    for batch in touched:
        _demand(by, batch)
    Payment.objects.bulk_update(changed, ["state", "reason", "recorded_by", "recorded_at"], batch_size=500)
    for batch in touched:
        _settle_if_done(batch, by=by, at=at)
    return counts


def result_of(row: Mapping[str, str], payment: Any) -> tuple[str | Promise, Any]:
    """What is wrong with a row, and the payment that it changes (None if it says nothing new)."""
    result, reason = row["result"].strip(), (row.get("reason") or "").strip()
    if result not in ("ok", "failed"):
        return _("the result is “ok” or “failed”"), None
    if result == "failed" and not reason:
        return _("a failed payment needs its reason"), None
    if payment is None:
        return _("there is no payment of this statement"), None
    if payment.state == result:
        return "", None
    if payment.state != "issued":
        return _("another result is recorded already"), None
    payment.state, payment.reason = result, reason[:200]
    return "", payment


def _settle_if_done(batch: SettlementBatch, *, by: Any, at: datetime) -> None:
    """An approved or paying batch whose every amount is paid becomes `paid`."""
    open_ = sql.fetch_value(
        """SELECT count(*) FROM commissions_statement statement
            WHERE statement.batch_id = %s AND statement.paid > 0
              AND NOT EXISTS (SELECT FROM commissions_payment payment
                               WHERE payment.statement_id = statement.id AND payment.state = 'ok')""",
        [batch.pk],
    )
    if not open_:
        transitions.move(batch, action="settle", by=by, at=at)
        people = (batch.submitted_by, batch.reviewed_by, batch.approved_by)
        notices.batch_moved(batch, action="settle", by=by, former=people)
