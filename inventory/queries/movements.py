"""Stock movements to read: the documents, what they move, what did not arrive, and who may act at which end."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from accounts.roles import Permission
from core import sql
from inventory.bulk import moving
from inventory.models import Discrepancy, NodeKeeper, Product, StockMovement, StockNode

SHOWN = 200
LINES = """
SELECT line.id, product.name AS product, product.item_kind, line.quantity, line.cards IS NULL AS counted,
       first.serial AS first, last.serial AS last
  FROM inventory_movementline line
  JOIN inventory_product product ON product.id = line.product_id
  LEFT JOIN inventory_card first ON first.id = lower(line.cards)
  LEFT JOIN inventory_card last ON last.id = upper(line.cards) - 1
 WHERE line.movement_id = %(movement)s
 ORDER BY product.code, first.serial COLLATE "C", line.id LIMIT %(shown)s
"""
BY_PRODUCT = """
SELECT product.name AS product, sum(line.quantity) AS quantity, count(*) AS lines,
       bool_and(line.cards IS NULL AND product.item_kind <> 'material') AS wanted
  FROM inventory_movementline line JOIN inventory_product product ON product.id = line.product_id
 WHERE line.movement_id = %(movement)s
 GROUP BY product.id, line.cards IS NULL ORDER BY product.code
"""


def visible(user: Any) -> QuerySet[StockMovement]:
    """The movements with an end within the user's scope."""
    return StockMovement.objects.visible_to(user).select_related(
        "origin", "destination", "made_by", "approved_by", "pair"
    )


@dataclass(frozen=True)
class Contents:
    """What a movement moves: sums by product, and its lines (the first `SHOWN` of `count`)."""

    products: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    count: int


def contents(movement: StockMovement) -> Contents:
    params = {"movement": movement.pk, "shown": SHOWN}
    products = sql.fetch_all(BY_PRODUCT, params)
    return Contents(products, sql.fetch_all(LINES, params), sum(one["lines"] for one in products))


def materials(movement: StockMovement) -> QuerySet[Product]:
    """The counted materials of a movement that is fixed."""
    return Product.objects.filter(pk__in=movement.lines.filter(cards=None).values("product")).order_by("code")


def discrepancies(movement: StockMovement) -> QuerySet[Discrepancy]:
    return Discrepancy.objects.filter(movement=movement).select_related("card", "product", "resolved_by")


# Loans of which the borrower still holds a card, or has not received it yet.
LENT = """
SELECT loan.id FROM inventory_stockmovement loan
 WHERE loan.kind = 'loan' AND loan.state IN ('shipped', 'received', 'closed')
   AND EXISTS (SELECT FROM inventory_movementline line
                 JOIN inventory_card card ON card.id >= lower(line.cards) AND card.id < upper(line.cards)
                WHERE line.movement_id = loan.id
                  AND (card.movement_id = loan.id OR card.node_id = loan.destination_id AND card.state = 'in_stock'))"""


def lent(rows: QuerySet[StockMovement]) -> QuerySet[StockMovement]:
    """Those of the movements that are loans not wholly given back."""
    return rows.filter(kind="loan", pk__in=RawSQL(LENT, []))  # noqa: S611 - a constant


def overdue(rows: QuerySet[StockMovement], day: date) -> QuerySet[StockMovement]:
    """Those of the movements that are loans which were due back before the day."""
    return lent(rows).filter(due_on__lt=day)


def count_lent(movement: StockMovement) -> int:
    """How many cards the borrower still holds of a loan."""
    return moving.count_lent(movement)


def own_ends(movement: StockMovement, user: Any) -> set[int]:
    """The ids of those ends of the movement that are within the user's scope, and kept by him if he is a keeper."""
    ends = [movement.origin_id, movement.destination_id]
    own = StockNode.objects.visible_to(user).filter(pk__in=ends)
    keeps = not user.is_dealer and user.can(Permission.MOVE_STOCK)
    return set((kept_by(own, user) if keeps else own).values_list("pk", flat=True))


def kept_by(nodes: QuerySet[StockNode], user: Any) -> QuerySet[StockNode]:
    """Those of the nodes that name the user as a keeper, or nobody."""
    named = NodeKeeper.objects.filter(node=OuterRef("pk"))
    return nodes.filter(Exists(named.filter(user=user)) | ~Exists(named))


def own_nodes(user: Any) -> QuerySet[StockNode]:
    """The nodes at which the user moves stock."""
    return StockNode.objects.visible_to(user).order_by("kind", "code")


def partners(user: Any) -> QuerySet[StockNode]:
    """The nodes that stock can come from or go to: one's own, those that supply them, and a dealer's level-2 agents."""
    own = StockNode.objects.visible_to(user)
    near = Q(pk__in=own) | Q(children__in=own) | Q(parent__in=own)
    if user.is_dealer:
        near |= Q(kind="county", org_unit__county__in=own.values("org_unit__county"))
    else:
        near |= Q(kind="city", org_unit__city__in=own.values("org_unit__city"))
    return StockNode.objects.filter(near).distinct().order_by("kind", "code")
