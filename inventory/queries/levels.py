"""Stock levels as the page shows them."""

from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum

from inventory.models import StockLevel

# What an alert means as a condition over levels; the first four words of the page's filter.
ALERTS = {
    "low": Q(is_low=True),
    "slow": Q(is_slow=True),
    "excess": Q(is_excess=True),
    "expired": Q(expired__gt=0),
    "expiring": Q(expiring__gt=0),
}


def visible(user: Any) -> QuerySet[StockLevel]:
    """The levels within the user's scope, with node, unit and product."""
    return StockLevel.objects.visible_to(user).select_related("node__org_unit", "node__dealer", "product")


def totals(rows: QuerySet[StockLevel]) -> dict[str, Any]:
    """The sums of `rows`, how many have each alert, and when they were posted (`day`): one query."""
    counts = {name: Count("pk", filter=condition) for name, condition in ALERTS.items()}
    return rows.order_by().aggregate(cards=Sum("stock"), gone=Sum("sold"), day=Max("day"), **counts)
