"""Payments of a batch and the accounts they go to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commissions.models import Payment, PoolPayment, PoolRound, SettlementBatch
from dealers.models import DealerAccount

Text = str | Promise


def of_batch(batch: SettlementBatch) -> QuerySet[Payment]:
    """Every attempt to pay a statement of the batch, with statement and dealer."""
    return Payment.objects.filter(statement__batch=batch).select_related("statement", "statement__dealer")


def counts(batch: SettlementBatch) -> dict[str, Any]:
    """How many attempts are issued, paid, failed, and their sums in yuan: one query."""
    return Payment.objects.filter(statement__batch=batch).aggregate(
        issued=Count("pk", filter=Q(state="issued")),
        ok=Count("pk", filter=Q(state="ok")),
        failed=Count("pk", filter=Q(state="failed")),
        issued_sum=Sum("amount", filter=Q(state="issued")),
        ok_sum=Sum("amount", filter=Q(state="ok")),
        failed_sum=Sum("amount", filter=Q(state="failed")),
    )


def accounts(user: Any) -> QuerySet[DealerAccount]:
    """Payment accounts of the dealers within the user's scope, with who entered and verified them."""
    return DealerAccount.objects.visible_to(user).select_related(
        "dealer", "dealer__org_unit", "entered_by", "verified_by"
    )


@dataclass(frozen=True)
class Export:
    """One payment file that went out: when, by whom, how many payments, over how much (yuan)."""

    issued_at: datetime
    by: str
    count: int
    amount: Decimal

    @property
    def key(self) -> str:
        """Names the file in an address."""
        return self.issued_at.isoformat()


def exports(batch: SettlementBatch) -> list[Export]:
    """The files that went out for the batch, newest first: one query."""
    rows = (
        Payment.objects.filter(statement__batch=batch)
        .values("issued_at", "issued_by__name")
        .annotate(count=Count("pk"), amount=Sum("amount"))
        .order_by("-issued_at")
    )
    return [Export(row["issued_at"], row["issued_by__name"], row["count"], row["amount"]) for row in rows]


@dataclass(frozen=True)
class FileRow:
    """A row of a payment file that went out. Amount in yuan."""

    statement: str
    dealer_code: str
    dealer_name: str
    amount: Decimal
    bank: str
    account: str
    holder: str
    hold_reason: str = ""


def issued(batch: SettlementBatch, at: datetime) -> list[FileRow]:
    """The rows of the file that went out at `at`, from the snapshots of its payments."""
    rows = of_batch(batch).filter(issued_at=at).order_by("statement__dealer__code")
    return [
        FileRow(
            statement=one.statement.number,
            dealer_code=one.statement.dealer.code,
            dealer_name=one.statement.dealer.name,
            amount=one.amount,
            bank=one.bank,
            account=one.account,
            holder=one.holder,
        )
        for one in rows
    ]


@dataclass(frozen=True)
class ResultRow:
    """One row of a result file beside the payment that it is about; `problem` is '' if it fits.

    `known` says that the same result is recorded already.
    """

    statement: str
    result: str
    reason: str
    dealer: str
    amount: Decimal | None
    problem: Text
    known: bool = False


def look_up(rows: Sequence[Mapping[str, str]], user: Any) -> list[ResultRow]:
    """The rows of a result file with the latest payments, of statements or payouts, that they name: two queries."""
    latest: dict[str, Any] = {
        one.statement.number: one
        for one in Payment.objects.visible_to(user)
        .filter(statement__number__in=[row["statement"] for row in rows])
        .select_related("statement", "statement__dealer")
        .order_by("attempt")
    }
    for payout in (
        PoolPayment.objects.visible_to(user)
        .filter(row__number__in=[row["statement"] for row in rows])
        .select_related("row", "row__dealer")
        .order_by("attempt")
    ):
        payout.statement = payout.row
        latest[payout.row.number] = payout
    found, seen = [], set()
    for row in rows:
        number = row["statement"]
        payment = latest.get(number)
        problem = _("The statement is in the file twice.") if number in seen else _problem(row, payment)
        seen.add(number)
        found.append(
            ResultRow(
                number,
                row["result"],
                row.get("reason", ""),
                payment.statement.dealer.name if payment else "",
                payment.amount if payment else None,
                problem,
                known=payment is not None and payment.state == row["result"],
            )
        )
    return found


def _problem(row: Mapping[str, str], payment: Any) -> Text:
    """Why a row cannot be recorded; '' if it can."""
    if payment is None:
        return _("There is no payment of this statement.")
    if row["result"] not in ("ok", "failed"):
        return _("The result is neither ok nor failed.")
    if row["result"] == "failed" and not row.get("reason"):
        return _("A failed payment needs its reason.")
    if payment.state not in ("issued", row["result"]):
        return _("Another result is recorded already.")
    return ""


def url_after(rows: Sequence[Mapping[str, str]], user: Any) -> str:
    """The page of the batch or payout round that the first row belongs to."""
    first = rows[0]["statement"] if rows else ""
    number = (
        SettlementBatch.objects.visible_to(user)
        .filter(statements__number=first)
        .values_list("number", flat=True)
        .first()
    )
    if number:
        return reverse("commissions:batch_payments", args=[number])
    round_ = PoolRound.objects.visible_to(user).filter(rows__number=first).values_list("number", flat=True).first()
    return reverse("commissions:pool_round", args=[round_]) if round_ else reverse("commissions:batches")
