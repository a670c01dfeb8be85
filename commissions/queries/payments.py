"""Payments of a batch and the accounts they go to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commissions.models import Payment, SettlementBatch
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
class ResultRow:
    """One row of a result file beside the payment that it is about; `problem` is '' if it fits."""

    statement: str
    result: str
    reason: str
    dealer: str
    amount: Decimal | None
    problem: Text


def look_up(rows: Sequence[Mapping[str, str]], user: Any) -> list[ResultRow]:
    """The rows of a result file with the payments under way that they name: one query."""
    numbers = [row["statement"] for row in rows]
    issued = {
        one.statement.number: one
        for one in Payment.objects.visible_to(user)
        .filter(statement__number__in=numbers, state="issued")
        .select_related("statement", "statement__dealer")
    }
    found, seen = [], set()
    for row in rows:
        number, result = row["statement"], row["result"]
        payment = issued.get(number)
        problem: Text = ""
        if number in seen:
            problem = _("The statement is in the file twice.")
        elif payment is None:
            problem = _("No payment of this statement is under way.")
        elif result not in ("ok", "failed"):
            problem = _("The result is neither ok nor failed.")
        elif result == "failed" and not row.get("reason"):
            problem = _("A failed payment needs its reason.")
        seen.add(number)
        found.append(
            ResultRow(
                number,
                result,
                row.get("reason", ""),
                payment.statement.dealer.name if payment else "",
                payment.amount if payment else None,
                problem,
            )
        )
    return found


def url_after(rows: Sequence[Mapping[str, str]], user: Any) -> str:
    """The payments page of the batch that the first row belongs to."""
    first = rows[0]["statement"] if rows else ""
    number = (
        SettlementBatch.objects.visible_to(user).filter(statements__number=first).values_list("number", flat=True).first()
    )
    return reverse("commissions:batch_payments", args=[number]) if number else reverse("commissions:batches")
