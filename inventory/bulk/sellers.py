"""What follows from new sales records: whose they are, and which cards they take out of stock.

See docs/inventory.md, "Sales records". Records are named by `after`: those with a larger id.
"""

from core import sql

HOLDERS = """
SELECT c.serial, n.dealer_id FROM inventory_card c JOIN inventory_stocknode n ON n.id = c.node_id
 WHERE c.serial = ANY(%s) AND n.dealer_id IS NOT NULL
"""

# A card that an activation names is in the subscriber's hands; anything else that names it has sold it.
TAKE_OUT = """
UPDATE inventory_card c SET state = CASE WHEN p.item_kind = 'sim' THEN 'activated' ELSE 'sold' END
  FROM inventory_salesrecord s, inventory_product p
 WHERE s.id > %s AND s.serial <> '' AND c.serial = s.serial AND p.id = c.product_id
   AND c.state IN ('in_stock', 'in_transit')
"""

FLAG_MISMATCH = """
INSERT INTO inventory_salesflag (record_id, flag)
SELECT s.id, 'holder_mismatch' FROM inventory_salesrecord s
  JOIN inventory_card c ON c.serial = s.serial JOIN inventory_stocknode n ON n.id = c.node_id
 WHERE s.id > %s AND s.serial <> '' AND s.dealer_id IS NOT NULL AND n.dealer_id <> s.dealer_id
ON CONFLICT DO NOTHING
"""


def holders(serials: list[str]) -> dict[str, int]:
    """The dealer's id that holds each serial; serials that no dealer holds are left out."""
    return {row["serial"]: row["dealer_id"] for row in sql.fetch_all(HOLDERS, [serials])} if serials else {}


def take_out_of_stock(*, after: int) -> dict[str, int]:
    """Take the cards of new records out of stock and flag sellers who did not hold them: counts."""
    return {"flagged": sql.execute(FLAG_MISMATCH, [after]), "taken": sql.execute(TAKE_OUT, [after])}
