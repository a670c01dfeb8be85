"""Dealers' monthly facts from their sales. See docs/inventory.md, "A dealer's month"."""

from datetime import date

from django.db import transaction

from core import sql
from core.periods import Month

LOCK = "SELECT pg_advisory_xact_lock(hashtext('inventory.dealer_months'))"
# Dealers that could sell in the month have a row even if they sold nothing.
POST = """
INSERT INTO dealers_dealermonth AS known (dealer_id, month, sales, activations, terminals, cross_region)
SELECT dealer.id, %(first)s, coalesce(counted.sales, 0), coalesce(counted.activations, 0),
       coalesce(counted.terminals, 0), coalesce(counted.cross_region, 0)
  FROM dealers_dealer dealer
  LEFT JOIN (SELECT sale.seller_id, count(*) AS sales,
                    count(*) FILTER (WHERE sale.business_type = 'activation') AS activations,
                    count(*) FILTER (WHERE sale.business_type = 'terminal') AS terminals,
                    count(flag.id) FILTER (WHERE sale.business_type = 'activation') AS cross_region
               FROM inventory_salesrecord sale
               LEFT JOIN inventory_salesflag flag ON flag.record_id = sale.id AND flag.flag = 'cross_region'
              WHERE sale.event_date BETWEEN %(first)s AND %(last)s
              GROUP BY sale.seller_id) counted ON counted.seller_id = dealer.id
 WHERE counted.sales > 0
    OR (dealer.cooperation_start <= %(last)s AND dealer.stage IN ('contracted', 'lead_in', 'mature', 'suspended'))
ON CONFLICT (dealer_id, month) DO UPDATE
   SET sales = excluded.sales, activations = excluded.activations, terminals = excluded.terminals,
       cross_region = excluded.cross_region
 WHERE (known.sales, known.activations, known.terminals, known.cross_region)
       IS DISTINCT FROM (excluded.sales, excluded.activations, excluded.terminals, excluded.cross_region)
"""


@transaction.atomic
def post(*, month: Month) -> int:
    """Post the facts of a month; how many rows are new or changed. Safe to run again."""
    sql.execute(LOCK)
    sql.plan_for_many_rows()
    return sql.execute(POST, {"first": month.first, "last": month.last})


def nightly(*, today: date) -> int:
    """Post this month and the one before, whose records still come in; the first time a whole year."""
    month = Month.of(today)
    back = 1 if sql.fetch_value("SELECT EXISTS (SELECT FROM dealers_dealermonth)") else 11
    return sum(post(month=month + -number) for number in range(back, -1, -1))
