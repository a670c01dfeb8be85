"""Proposals for balancing stock, from the levels of last night."""

from typing import Any

from constance import config
from django.db.models import Exists, F, OuterRef

from inventory.models import Route, StockLevel
from inventory.rules.balancing import Level, Proposal, proposals

SHOWN = 200
KINDS = ("transfer", "issue")


def balanced(user: Any) -> list[Proposal]:
    """What could be moved within the counties of the scope so that low nodes are filled: the largest first."""
    rows = StockLevel.objects.visible_to(user).filter(node__kind__in=_kinds())
    low = StockLevel.objects.filter(
        is_low=True, product=OuterRef("product"), node__org_unit__county=OuterRef("node__org_unit__county")
    )
    found = rows.filter(Exists(low)).values_list(
        "node__code", "node__kind", "node__org_unit__county__code", "product__code", "stock", "sold", "is_low"
    )
    levels = [Level(*row) for row in found.order_by("node__code", "product__code")]
    routes = Route.objects.filter(movement_kind__in=KINDS).values_list(
        "movement_kind", "origin_kind", "destination_kind"
    )
    made = proposals(levels, routes, days=config.STOCK_TARGET_DAYS)
    return sorted(made, key=lambda one: (-one.quantity, one.destination, one.product))[:SHOWN]


def _kinds() -> list[str]:
    """The kinds of nodes at either end of a route that balancing takes."""
    routes = Route.objects.filter(movement_kind__in=KINDS)
    ends = routes.annotate(one=F("origin_kind"), other=F("destination_kind")).values_list("one", "other")
    return sorted({kind for pair in ends for kind in pair if kind})
