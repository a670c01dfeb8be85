"""Stock nodes with what they hold."""

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from inventory.models import Card, StockNode


def visible(user: Any) -> QuerySet[Any]:
    """The nodes within the user's scope with unit and parent, and `in_stock`: the cards that they hold.

    The count is a subquery by index, so that a page asks it for its own rows only.
    """
    held = (
        Card.objects.filter(node=OuterRef("pk"), state="in_stock")
        .order_by()
        .values("node")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return (
        StockNode.objects.visible_to(user)
        .select_related("org_unit", "parent")
        .annotate(in_stock=Coalesce(Subquery(held), 0))
    )
