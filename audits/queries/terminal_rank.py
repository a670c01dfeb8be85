"""The rank of a dealer by effective terminal sales within its own org unit."""

from datetime import date

from core import sql
from core.periods import Month
from dealers.models import Dealer

# Effective: the subscriber is in network in the quarter's last month and the sale was not
# confirmed to be false. Dealers of the very same unit, not of the units below it.
SOLD = """
SELECT dealer.id, count(*) AS sold
  FROM dealers_dealer dealer
  JOIN inventory_salesrecord sale ON sale.seller_id = dealer.id
       AND sale.event_date BETWEEN %(first)s AND %(last)s AND sale.business_type = 'terminal'
  JOIN inventory_subscribermonth month ON month.month = %(month)s
       AND month.subscriber_no = sale.subscriber_no AND month.in_network
 WHERE dealer.org_unit_id = %(unit)s
   AND NOT EXISTS (SELECT FROM inventory_falsesale false_sale WHERE false_sale.record_id = sale.id)
 GROUP BY dealer.id
"""


def terminal_rank(dealer: Dealer, day: date) -> int | None:
    """1 + how many of the unit's dealers sold strictly more terminals in the last full quarter before `day`.

    None without a sale of its own.
    """
    first, last = last_quarter(day)
    rows = sql.fetch_all(
        SOLD, {"first": first.first, "last": last.last, "month": last.first, "unit": dealer.org_unit_id}
    )
    sold = {row["id"]: row["sold"] for row in rows}
    own = sold.get(dealer.pk, 0)
    return 1 + sum(other > own for other in sold.values()) if own else None


def last_quarter(day: date) -> tuple[Month, Month]:
    """The first and last month of the newest quarter that is over on `day`."""
    first = Month(day.year, (day.month - 1) // 3 * 3 + 1) + -3
    return first, first + 2
