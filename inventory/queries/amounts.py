"""Who owes what for cards."""

from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from dealers.models import Dealer
from inventory.models import DealerCredit, DealerReceipt, StockMovement

COUNTED = ("approved", "shipped", "received", "closed")
MONEY: DecimalField = DecimalField(max_digits=14, decimal_places=2)


def dealers(user: Any) -> QuerySet[Any]:
    """Dealers within the scope with `due`, `paid`, `owes` and `credit_limit` in yuan, by index for a page's rows."""
    rows = Dealer.objects.visible_to(user).select_related("org_unit")
    return rows.annotate(
        due=_zero(_sum(_documents(), "amount_due")),
        paid=_zero(_sum(DealerReceipt.objects.filter(dealer=OuterRef("pk")), "amount")),
        credit_limit=_zero(DealerCredit.objects.filter(dealer=OuterRef("pk")).values("credit_limit")),
    ).annotate(owes=F("due") - F("paid"))


def receipts(user: Any) -> QuerySet[DealerReceipt]:
    """Money from dealers within the scope."""
    return DealerReceipt.objects.visible_to(user).select_related("dealer", "entered_by")


def _documents() -> QuerySet[StockMovement]:
    ends = Q(origin__dealer=OuterRef("pk")) | Q(destination__dealer=OuterRef("pk"))
    return StockMovement.objects.filter(ends, state__in=COUNTED).exclude(amount_due=0)


def _sum(rows: QuerySet[Any], name: str) -> QuerySet[Any]:
    return rows.order_by().annotate(one=F("pk") - F("pk")).values("one").annotate(total=Sum(name)).values("total")


def _zero(rows: QuerySet[Any]) -> Coalesce:
    return Coalesce(Subquery(rows, output_field=MONEY), Decimal(0), output_field=MONEY)
