"""Dealers by what they sold in a month."""

from datetime import date
from typing import Any

from django.db.models import F, IntegerField, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from core.periods import Month
from dealers.models import DealerMonth
from inventory.models import StockLevel

MONTHS = 12


def months(user: Any) -> Any:
    """The dealers' months within the user's scope, with `before` (activations of the month posted
    before; None for the first), the change, and `stock`: what the dealer's own node holds as of last night."""
    earlier = DealerMonth.objects.filter(dealer=OuterRef("dealer"), month__lt=OuterRef("month"))
    before = earlier.order_by("-month").values("activations")[:1]
    held = StockLevel.objects.filter(node__dealer=OuterRef("dealer")).order_by().values("node__dealer")
    rows = DealerMonth.objects.visible_to(user).select_related("dealer__org_unit")
    return rows.annotate(
        before=Subquery(before),
        change=F("activations") - F("before"),
        stock=Coalesce(Subquery(held.annotate(n=Sum("stock")).values("n"), output_field=IntegerField()), 0),
    )


def latest(user: Any) -> date | None:
    """The newest month that has been posted within the user's scope."""
    newest: date | None = DealerMonth.objects.visible_to(user).aggregate(newest=Max("month"))["newest"]
    return newest


def trend(rows: QuerySet[DealerMonth], *, until: date) -> list[tuple[date, int]]:
    """(month, activations) of all of `rows` in the year up to `until`: one query."""
    first = (Month.of(until) + (1 - MONTHS)).first
    found = rows.filter(month__gte=first, month__lte=until).order_by("month").values("month")
    return [(row["month"], row["n"]) for row in found.annotate(n=Sum("activations"))]
