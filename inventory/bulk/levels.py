"""What each node holds of each product and how it sells. See docs/inventory.md, "Stock levels and alerts"."""

from datetime import date, timedelta

from constance.utils import get_values_for_keys
from django.db import transaction

from core import sql
from inventory.config import CONSTANCE
from inventory.models import StockLevel

LOCK = "SELECT pg_advisory_xact_lock(hashtext('inventory.levels'))"

# A sale counts for the node that held the card which it names, and for that card's product.
HELD = """
CREATE TEMPORARY TABLE t_held ON COMMIT DROP AS
SELECT node_id, product_id, count(*) AS stock,
       count(*) FILTER (WHERE expires_on < %(day)s) AS expired,
       count(*) FILTER (WHERE expires_on >= %(day)s AND expires_on < %(expiring)s) AS expiring
  FROM inventory_card WHERE state = 'in_stock' GROUP BY node_id, product_id
"""
SOLD = """
CREATE TEMPORARY TABLE t_sold ON COMMIT DROP AS
SELECT card.node_id, card.product_id,
       count(DISTINCT card.id) FILTER (WHERE sale.event_date > %(sold_after)s) AS sold,
       max(sale.event_date) AS last_sold_on
  FROM inventory_salesrecord sale JOIN inventory_card card ON card.serial = sale.serial
 WHERE sale.serial <> '' AND sale.event_date > %(seen_after)s AND sale.event_date <= %(day)s
   AND card.state IN ('activated', 'sold')
 GROUP BY card.node_id, card.product_id
"""
POST = """
INSERT INTO inventory_stocklevel AS known
       (node_id, product_id, day, stock, sold, days_left, last_sold_on, held_since, expired, expiring,
        is_low, is_slow, is_excess)
SELECT node_id, product_id, %(day)s, stock, sold, round(stock * %(sold_days)s::numeric / nullif(sold, 0), 1),
       last_sold_on, held_since, expired, expiring,
       sold > 0 AND stock * %(sold_days)s < %(low)s * sold,
       stock > 0 AND greatest(held_since, last_sold_on) <= %(slow_until)s,
       sold > 0 AND stock * %(sold_days)s > %(excess)s * sold
  FROM (SELECT node_id, product_id, coalesce(held.stock, 0) AS stock, coalesce(sold.sold, 0) AS sold,
               greatest(before.last_sold_on, sold.last_sold_on) AS last_sold_on,
               CASE WHEN held.stock > 0 THEN coalesce(least(before.held_since, %(day)s), %(day)s) END AS held_since,
               coalesce(held.expired, 0) AS expired, coalesce(held.expiring, 0) AS expiring
          FROM t_held held
          FULL JOIN t_sold sold USING (node_id, product_id)
          LEFT JOIN inventory_stocklevel before USING (node_id, product_id)) now
ON CONFLICT (node_id, product_id) DO UPDATE
   SET day = excluded.day, stock = excluded.stock, sold = excluded.sold, days_left = excluded.days_left,
       last_sold_on = excluded.last_sold_on, held_since = excluded.held_since, expired = excluded.expired,
       expiring = excluded.expiring, is_low = excluded.is_low, is_slow = excluded.is_slow,
       is_excess = excluded.is_excess
"""
CLEAR = "DELETE FROM inventory_stocklevel WHERE day <> %(day)s"
COUNT = """
SELECT count(*) AS levels, count(*) FILTER (WHERE is_low) AS low, count(*) FILTER (WHERE is_slow) AS slow,
       count(*) FILTER (WHERE is_excess) AS excess, count(*) FILTER (WHERE expired > 0) AS expired,
       count(*) FILTER (WHERE expiring > 0) AS expiring
  FROM inventory_stocklevel
"""


@transaction.atomic
def post(*, day: date) -> dict[str, int]:
    """Post the levels of `day`, which take the place of the former ones; how many there are, by alert. Safe to redo."""
    values = get_values_for_keys(list(CONSTANCE))
    longest = max(StockLevel.SOLD_DAYS, values["STOCK_SLOW_DAYS"])
    given = {
        "day": day,
        "sold_days": StockLevel.SOLD_DAYS,
        "sold_after": day - timedelta(days=StockLevel.SOLD_DAYS),
        "seen_after": day - timedelta(days=longest),
        "slow_until": day - timedelta(days=values["STOCK_SLOW_DAYS"]),
        "expiring": day + timedelta(days=values["STOCK_EXPIRING_DAYS"]),
        "low": values["STOCK_LOW_DAYS"],
        "excess": values["STOCK_EXCESS_DAYS"],
    }
    sql.execute(LOCK)
    sql.plan_for_many_rows()
    sql.drop_temporary("t_held", "t_sold")
    for step in (HELD, SOLD, POST, CLEAR):
        sql.execute(step, given)
    return dict(sql.fetch_one(COUNT) or {})
