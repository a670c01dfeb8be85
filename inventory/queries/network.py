"""The network of stock nodes as a picture: some nodes, whom they supply, and whom these supply."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import Coalesce, RowNumber

from inventory.models import StockNode
from inventory.queries import levels, nodes

# How many nodes are drawn below one: of the first level, of the second.
SHOWN = (60, 8)


@dataclass
class Branch:
    """A node with the branches below it; `more` of them are not drawn.

    `node` has in_stock, reserved, in_transit, arriving, alerts and supplies (how many nodes). `scale` is what a bar of
    full length stands for: the largest stock among the nodes that stand beside each other.
    """

    node: Any
    scale: int = 1
    below: list["Branch"] = field(default_factory=list)

    @property
    def more(self) -> int:
        return int(self.node.supplies) - len(self.below)

    @property
    def parts(self) -> list[tuple[str, float, float]]:
        """The bar: (kind, where it begins, how long), in percent of the full length."""
        node, begin, found = self.node, 0.0, []
        free = node.in_stock - node.reserved
        for kind, count in (("free", free), ("reserved", node.reserved), ("transit", node.in_transit)):
            length = 100 * count / self.scale
            found.append((kind, round(begin, 2), round(length, 2)))
            begin += length
        return found


def branches(user: Any, *, top: str = "", unit: Any = None) -> list[Branch]:
    """Where the user's scope (or `unit`) begins, or the node with that code, and two levels below: three queries."""
    visible = _drawn(user)
    if top:
        roots = list(visible.filter(code=top))
    else:
        seen = StockNode.objects.visible_to(user).within(unit)
        first = visible.filter(pk__in=seen).filter(~Exists(seen.filter(pk=OuterRef("parent"))))
        roots = list(first.order_by("kind", "code")[: SHOWN[0]])
    found = [Branch(node) for node in roots]
    level = found
    for shown in SHOWN:
        level = _hang(level, visible, shown)
    _measure(found)
    return found


def _drawn(user: Any) -> QuerySet[Any]:
    arriving = (
        StockNode.objects.filter(pk=OuterRef("pk"), received__state="shipped")
        .values("pk")
        .annotate(total=Count("received"))
    )
    warned = levels.visible(user).filter(node=OuterRef("pk")).filter(_any_alert()).order_by().values("node")
    below = StockNode.objects.visible_to(user).filter(parent=OuterRef("pk")).order_by().values("parent")
    return nodes.visible(user).annotate(
        reserved=nodes.held("reserved"),
        arriving=Coalesce(Subquery(arriving.values("total")), 0),
        alerts=Coalesce(Subquery(warned.annotate(total=Count("pk")).values("total")), 0),
        supplies=Coalesce(Subquery(below.annotate(total=Count("pk")).values("total")), 0),
    )


def _any_alert() -> Q:
    found = Q()
    for condition in levels.ALERTS.values():
        found |= condition
    return found


def _hang(level: list[Branch], visible: QuerySet[Any], shown: int) -> list[Branch]:
    """Put the nodes that those of the level supply below them, of each the `shown` with the most stock."""
    by_id = {branch.node.pk: branch for branch in level}
    place = Window(RowNumber(), partition_by=F("parent"), order_by=[F("in_stock").desc(), F("code")])
    rows = visible.filter(parent__in=by_id).annotate(place=place).filter(place__lte=shown)
    found = [Branch(node) for node in rows.order_by("kind", "-in_stock", "code")]
    for branch in found:
        by_id[branch.node.parent_id].below.append(branch)
    return found


def _measure(level: list[Branch]) -> None:
    largest = max((branch.node.in_stock + branch.node.in_transit for branch in level), default=0)
    for branch in level:
        branch.scale = max(largest, 1)
        _measure(branch.below)
