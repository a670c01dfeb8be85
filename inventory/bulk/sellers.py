"""What follows from sales records and cards meeting: whose sale it is, and which cards are out of stock.

Whichever came first. See docs/inventory.md, "Sales records". New ones are named by `after`: those with a larger id.
"""

from core import sql

HOLDERS = """
SELECT c.serial, n.dealer_id FROM inventory_card c JOIN inventory_stocknode n ON n.id = c.node_id
 WHERE c.serial = ANY(%s) AND n.dealer_id IS NOT NULL
"""

# A sale for which the billing system names no dealer waits until the card that it names is known.
NAME_SELLERS = """
UPDATE inventory_salesrecord s SET seller_id = n.dealer_id
  FROM inventory_card c JOIN inventory_stocknode n ON n.id = c.node_id
 WHERE c.id > %s AND s.serial = c.serial AND s.serial <> '' AND s.seller_id IS NULL AND n.dealer_id IS NOT NULL
"""

# A card that an activation names is in the subscriber's hands; anything else that names it has sold it. Locked in
# order, as movements do.
TAKE_OUT = """
UPDATE inventory_card c SET state = CASE WHEN p.item_kind = 'sim' THEN 'activated' ELSE 'sold' END, movement_id = NULL
  FROM (SELECT c.id FROM inventory_salesrecord s JOIN inventory_card c ON c.serial = s.serial
         WHERE {new}.id > %s AND s.serial <> '' AND c.state IN ('in_stock', 'in_transit')
         ORDER BY c.id FOR UPDATE OF c) gone,
       inventory_product p
 WHERE c.id = gone.id AND p.id = c.product_id
"""

FLAG_MISMATCH = """
INSERT INTO inventory_salesflag (record_id, flag)
SELECT s.id, 'holder_mismatch' FROM inventory_salesrecord s
  JOIN inventory_card c ON c.serial = s.serial JOIN inventory_stocknode n ON n.id = c.node_id
 WHERE {new}.id > %s AND s.serial <> '' AND s.dealer_id IS NOT NULL AND n.dealer_id <> s.dealer_id
ON CONFLICT DO NOTHING
"""


def holders(serials: list[str]) -> dict[str, int]:
    """The dealer's id that holds each serial; serials that no dealer holds are left out."""
    return {row["serial"]: row["dealer_id"] for row in sql.fetch_all(HOLDERS, [serials])} if serials else {}


def follow_sales(*, after: int) -> None:
    """Take the cards of new records out of stock and flag sellers who did not hold them."""
    _follow(new="s", after=after)


def follow_cards(*, after: int) -> None:
    """New cards that were sold before they were known: the sales get their sellers, the cards are out of stock."""
    sql.execute(NAME_SELLERS, [after])
    _follow(new="c", after=after)


def _follow(*, new: str, after: int) -> None:
    for step in (FLAG_MISMATCH, TAKE_OUT):
        sql.execute(step.format(new=new), [after])
