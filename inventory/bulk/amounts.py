"""What dealers owe for cards. See docs/inventory.md, "Prices and amounts due"."""

from datetime import date
from decimal import Decimal
from typing import Any

from core import sql
from inventory.models import StockMovement

# The price list of the day, for the dealer's tier before that for all.
PRICE_LINES = """
UPDATE inventory_movementline line
   SET price = (SELECT listed.price FROM inventory_productprice listed
                 WHERE listed.product_id = line.product_id AND listed.tier IN ('', %(tier)s)
                   AND listed.valid_from <= %(day)s
                 ORDER BY listed.tier = '', listed.valid_from DESC LIMIT 1)
 WHERE line.movement_id = %(movement)s
"""
UNPRICED = """
SELECT DISTINCT product.name FROM inventory_movementline line JOIN inventory_product product ON product.id = product_id
 WHERE line.movement_id = %(movement)s AND line.price IS NULL ORDER BY 1
"""
ORDERED = "SELECT coalesce(sum(price * quantity), 0) FROM inventory_movementline WHERE movement_id = %(movement)s"
HELD = """
SELECT coalesce(sum(price), 0) FROM inventory_movementline line
  JOIN inventory_card card ON card.id >= lower(line.cards) AND card.id < upper(line.cards)
 WHERE line.movement_id = %(movement)s AND card.movement_id = %(movement)s"""
MATERIALS = """
SELECT coalesce(sum(price * quantity), 0) FROM inventory_movementline
 WHERE movement_id = %(movement)s AND cards IS NULL"""
OF_DISCREPANCIES = """
SELECT coalesce(sum(line.price * wrong.quantity), 0) FROM inventory_discrepancy wrong
  JOIN inventory_movementline line ON line.movement_id = wrong.movement_id
       AND (line.cards @> wrong.card_id OR line.cards IS NULL AND line.product_id = wrong.product_id)
 WHERE wrong.id = ANY(%(wrong)s)"""
# What the dealer owed for each returned card: the price of the issue by which he got it last, if that was not free.
RETURNED = """
SELECT coalesce(sum(issued.price), 0)
  FROM ({cards}) card
 CROSS JOIN LATERAL (SELECT line.price FROM inventory_movementline line
                       JOIN inventory_stockmovement issue ON issue.id = line.movement_id
                      WHERE line.cards @> card.id AND issue.kind = 'issue' AND issue.destination_id = %(origin)s
                        AND issue.state IN ('received', 'closed')
                      ORDER BY issue.id DESC LIMIT 1) issued
"""
ARRIVING = """
SELECT card.id FROM inventory_movementline line
  JOIN inventory_card card ON card.id >= lower(line.cards) AND card.id < upper(line.cards)
 WHERE line.movement_id = %(movement)s AND card.movement_id = %(movement)s AND card.state = 'in_transit'
   AND NOT EXISTS (SELECT FROM inventory_discrepancy wrong
                    WHERE wrong.movement_id = %(movement)s AND wrong.card_id = card.id)"""
FOUND = "SELECT card_id AS id FROM inventory_discrepancy WHERE id = ANY(%(wrong)s)"
OUTSTANDING = """
SELECT coalesce((SELECT sum(amount_due) FROM inventory_stockmovement document
                   JOIN inventory_stocknode node ON node.id IN (document.origin_id, document.destination_id)
                  WHERE node.dealer_id = %(dealer)s AND document.amount_due <> 0
                    AND document.state IN ('approved', 'shipped', 'received', 'closed')), 0)
     - coalesce((SELECT sum(amount) FROM inventory_dealerreceipt WHERE dealer_id = %(dealer)s), 0)
"""
LOCK = "SELECT FROM dealers_dealer WHERE id = %(dealer)s FOR NO KEY UPDATE"


def _params(movement: StockMovement, **more: Any) -> dict[str, Any]:
    return {"movement": movement.pk, "origin": movement.origin_id, **more}


def price(movement: StockMovement, *, tier: str, day: date) -> list[str]:
    """Put the list's prices into the lines; the names of products that have none."""
    sql.execute(PRICE_LINES, _params(movement, tier=tier, day=day))
    return [row["name"] for row in sql.fetch_all(UNPRICED, _params(movement))]


def ordered(movement: StockMovement) -> Decimal:
    """What the lines come to, in yuan."""
    return Decimal(sql.fetch_value(ORDERED, _params(movement)))


def held(movement: StockMovement) -> Decimal:
    """What that comes to which the movement still holds and carries, in yuan."""
    return Decimal(sql.fetch_value(HELD, _params(movement))) + Decimal(sql.fetch_value(MATERIALS, _params(movement)))


def of_discrepancies(movement: StockMovement, wrong: list[int]) -> Decimal:
    """What these cards come to by the lines, in yuan."""
    return Decimal(sql.fetch_value(OF_DISCREPANCIES, _params(movement, wrong=wrong)))


def returned(movement: StockMovement, wrong: list[int] | None = None) -> Decimal:
    """What was due for the cards that arrive with a return (or for those of the discrepancies), in yuan."""
    cards = ARRIVING if wrong is None else FOUND
    return Decimal(sql.fetch_value(RETURNED.format(cards=cards), _params(movement, wrong=wrong)))


def outstanding(dealer_id: int) -> Decimal:
    """What the dealer owes with everything that is approved for him, in yuan; locks him until the transaction ends."""
    sql.fetch_all(LOCK, {"dealer": dealer_id})
    return Decimal(sql.fetch_value(OUTSTANDING, {"dealer": dealer_id}))
