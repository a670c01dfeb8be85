"""Stock nodes with what they hold."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from inventory.models import Holding, StockNode


def visible(user: Any) -> QuerySet[Any]:
    """The nodes within the user's scope with unit and parent, and `in_stock` and `in_transit`: what they hold and sent.

    The sums are subqueries by index over the holdings, so that a page asks them for its own rows only.
    """
    return (
        StockNode.objects.visible_to(user)
        .select_related("org_unit", "parent")
        .annotate(in_stock=held("in_stock"), in_transit=held("in_transit"))
    )


def held(name: str) -> Coalesce:
    """What a node of the query holds by this column of its holdings."""
    sums = Holding.objects.filter(node=OuterRef("pk")).order_by().values("node").annotate(total=Sum(name))
    return Coalesce(Subquery(sums.values("total")), 0)


def holdings(node: StockNode) -> QuerySet[Holding]:
    """What the node holds of each product, the most first."""
    rows = Holding.objects.filter(node=node).exclude(in_stock=0, in_transit=0)
    return rows.select_related("product").order_by("-in_stock", "product__code")


def supplied(node: StockNode, user: Any) -> QuerySet[Any]:
    """The nodes that this one supplies, within the user's scope."""
    return visible(user).filter(parent=node).order_by("kind", "code")
