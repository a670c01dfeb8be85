"""Dealers' monthly facts from their sales. See docs/inventory.md, "A dealer's month"."""

from collections.abc import Iterable
from datetime import date

from constance import config
from django.db import transaction

from core import sql
from core.periods import Month, Quarter

LOCK = "SELECT pg_advisory_xact_lock(hashtext('inventory.dealer_months'))"
# Dealers that could sell in the month have a row even if they sold nothing. A county without figures of the quarter's
# last month does not know what is effective, except that nothing is where nothing was sold.
POST = """
WITH known AS MATERIALIZED (
    SELECT county.id FROM accounts_orgunit county
     WHERE county.level = 'county'
       AND EXISTS (SELECT FROM inventory_subscribermonth figures
                    WHERE figures.month = %(end)s AND figures.county_id = county.id)),
counted AS MATERIALIZED (
    SELECT sale.seller_id, count(*) AS sales,
           count(*) FILTER (WHERE sale.business_type = 'activation') AS activations,
           count(*) FILTER (WHERE sale.business_type = 'terminal') AS terminals,
           count(flag.id) FILTER (WHERE sale.business_type = 'activation') AS cross_region,
           count(*) FILTER (WHERE sale.business_type IN ('activation', 'terminal') AND stays) AS effective,
           count(*) FILTER (WHERE sale.business_type = 'terminal' AND stays) AS effective_terminals
      FROM inventory_salesrecord sale
      LEFT JOIN inventory_salesflag flag ON flag.record_id = sale.id AND flag.flag = 'cross_region'
      LEFT JOIN inventory_falsesale false_sale ON false_sale.record_id = sale.id
      LEFT JOIN inventory_subscribermonth figures
             ON figures.month = %(end)s AND figures.subscriber_no = sale.subscriber_no
     CROSS JOIN LATERAL (SELECT false_sale.record_id IS NULL AND figures.in_network
                                AND (coalesce(figures.call_minutes, 0) >= %(minutes)s
                                     OR coalesce(figures.data_mb, 0) >= %(data)s) AS stays) end_of
     WHERE sale.event_date BETWEEN %(first)s AND %(last)s
     GROUP BY sale.seller_id),
found AS (
    SELECT dealer.id, coalesce(sales, 0) AS sales, coalesce(activations, 0) AS activations,
           coalesce(terminals, 0) AS terminals, coalesce(cross_region, 0) AS cross_region,
           CASE WHEN known.id IS NOT NULL OR coalesce(activations + terminals, 0) = 0
                THEN coalesce(effective, 0) END AS effective,
           CASE WHEN known.id IS NOT NULL OR coalesce(activations + terminals, 0) = 0
                THEN coalesce(effective_terminals, 0) END AS effective_terminals
      FROM dealers_dealer dealer
      JOIN accounts_orgunit unit ON unit.id = dealer.org_unit_id
      LEFT JOIN known ON known.id = unit.county_id
      LEFT JOIN counted ON counted.seller_id = dealer.id
     WHERE sales > 0
        OR (dealer.cooperation_start <= %(last)s AND dealer.stage IN ('contracted', 'lead_in', 'mature', 'suspended')))
INSERT INTO dealers_dealermonth AS posted
       (dealer_id, month, sales, activations, terminals, cross_region, effective, effective_terminals)
SELECT id, %(first)s, sales, activations, terminals, cross_region, effective, effective_terminals FROM found
ON CONFLICT (dealer_id, month) DO UPDATE
   SET sales = excluded.sales, activations = excluded.activations, terminals = excluded.terminals,
       cross_region = excluded.cross_region, effective = excluded.effective,
       effective_terminals = excluded.effective_terminals
 WHERE (posted.sales, posted.activations, posted.terminals, posted.cross_region, posted.effective,
        posted.effective_terminals)
       IS DISTINCT FROM (excluded.sales, excluded.activations, excluded.terminals, excluded.cross_region,
        excluded.effective, excluded.effective_terminals)
"""


@transaction.atomic
def post(*, month: Month) -> int:
    """Post the facts of a month; how many rows are new or changed. Safe to run again."""
    sql.execute(LOCK)
    sql.plan_for_many_rows()
    return sql.execute(
        POST,
        {
            "first": month.first,
            "last": month.last,
            "end": Quarter.of(month.first).last_month.first,
            "minutes": config.ACTIVE_CALL_MINUTES,
            "data": config.ACTIVE_DATA_MB,
        },
    )


def post_all(*, months: Iterable[Month]) -> int:
    """Post several months; how many rows are new or changed."""
    return sum(post(month=month) for month in months)


def nightly(*, today: date) -> int:
    """Post this month, the one before, whose records still come in, and the last full quarter, which is to be rated.

    The first time a whole year.
    """
    month = Month.of(today)
    if sql.fetch_value("SELECT EXISTS (SELECT FROM dealers_dealermonth)"):
        quarter = Quarter.of(today) + -1
        months = {*quarter.first_month.until(quarter.last_month), month + -1, month}
    else:
        months = {*(month + -11).until(month)}
    return post_all(months=sorted(months))
