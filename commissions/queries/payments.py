"""Payments of a batch and the accounts they go to."""

from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from commissions.models import Payment, SettlementBatch
from dealers.models import DealerAccount


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
