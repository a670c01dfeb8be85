"""Stocktakes to read: which there are, what has been counted so far, and where count and books differ."""

from typing import Any

from django.db.models import Count, Q, QuerySet

from core import sql
from inventory.models import Difference, StockMovement, StockNode, Stocktake

OPEN = ("counting", "recounting")
SHOWN = 200

SO_FAR = """
SELECT product.name AS product, sum(quantity) AS quantity
  FROM (SELECT card.product_id, count(*) AS quantity
          FROM inventory_countline line
          JOIN inventory_card card ON card.id >= lower(line.cards) AND card.id < upper(line.cards)
         WHERE line.stocktake_id = %(stocktake)s AND line.turn = %(turn)s GROUP BY 1
        UNION ALL
        SELECT product_id, quantity FROM inventory_countline
         WHERE stocktake_id = %(stocktake)s AND turn = %(turn)s AND product_id IS NOT NULL) seen
  JOIN inventory_product product ON product.id = seen.product_id
 GROUP BY product.id ORDER BY product.code
"""
LATEST = """
SELECT line.id, line.serial, line.quantity, product.name AS product, first.serial AS first, last.serial AS last,
       coalesce(upper(line.cards) - lower(line.cards), line.quantity) AS count
  FROM inventory_countline line
  LEFT JOIN inventory_card first ON first.id = lower(line.cards)
  LEFT JOIN inventory_card last ON last.id = upper(line.cards) - 1
  LEFT JOIN inventory_product product ON product.id = coalesce(line.product_id, first.product_id)
 WHERE line.stocktake_id = %(stocktake)s AND line.turn = %(turn)s
 ORDER BY line.id DESC LIMIT %(shown)s
"""
TO_FIND = """
SELECT card.serial, product.name AS product
  FROM ({wanted}) wanted JOIN inventory_card card ON card.id = wanted.id
  JOIN inventory_product product ON product.id = card.product_id
 WHERE NOT EXISTS (SELECT FROM inventory_countline line
                    WHERE line.stocktake_id = %(stocktake)s AND line.turn = %(turn)s AND line.cards @> card.id)
 ORDER BY card.serial COLLATE "C" LIMIT %(shown)s
"""
DRAWN = "SELECT lower(cards) AS id FROM inventory_countline WHERE stocktake_id = %(stocktake)s AND turn = 0"
DISPUTED = "SELECT card_id AS id FROM inventory_difference WHERE stocktake_id = %(stocktake)s AND card_id IS NOT NULL"


def visible(user: Any) -> QuerySet[Stocktake]:
    """The stocktakes of nodes within the user's scope."""
    return Stocktake.objects.visible_to(user).select_related("node", "made_by", "verified_by")


def in_the_way(movement: StockMovement, ends: list[int]) -> QuerySet[Stocktake]:
    """Counts that are under way at these nodes, of anything that the movement moves. A sample is in nobody's way."""
    moved = movement.lines.values("product")
    return Stocktake.objects.filter(
        Q(products=None) | Q(products__in=moved), node__in=ends, state__in=OPEN, sample=None
    ).select_related("node")


def so_far(stocktake: Stocktake) -> list[dict[str, Any]]:
    """What the present count has seen, by product."""
    return sql.fetch_all(SO_FAR, _params(stocktake))


def latest(stocktake: Stocktake) -> list[dict[str, Any]]:
    """The last entries of the present count."""
    return sql.fetch_all(LATEST, {**_params(stocktake), "shown": 20})


def to_find(stocktake: Stocktake) -> list[dict[str, Any]]:
    """Cards that were drawn, or that the first count disputes, and are not seen in this one yet."""
    wanted = DISPUTED if stocktake.turn > 1 else DRAWN
    return sql.fetch_all(TO_FIND.format(wanted=wanted), {**_params(stocktake), "shown": SHOWN})


def differences(stocktake: Stocktake) -> QuerySet[Difference]:
    """Where count and books differ."""
    return Difference.objects.filter(stocktake=stocktake).select_related("card__node", "product")


def shown(stocktake: Stocktake) -> bool:
    """Whether the differences may be looked at: not while a blind count goes on."""
    return not (stocktake.blind and stocktake.state in OPEN)


def by_kind(stocktake: Stocktake) -> list[tuple[str, int]]:
    """How many of the standing differences are of each kind."""
    rows = Difference.objects.filter(stocktake=stocktake, stands=True).order_by("kind").values_list("kind")
    return [(str(Difference.Kind(kind).label), count) for kind, count in rows.annotate(count=Count("pk"))]


def nodes(user: Any) -> QuerySet[StockNode]:
    """The nodes that the user can have counted."""
    return StockNode.objects.visible_to(user).order_by("kind", "code")


def node_of(dealer: Any) -> str | None:
    """The code of the dealer's own node, if he has one."""
    return StockNode.objects.filter(dealer=dealer).values_list("code", flat=True).first()


def _params(stocktake: Stocktake) -> dict[str, Any]:
    return {"stocktake": stocktake.pk, "turn": stocktake.turn}
