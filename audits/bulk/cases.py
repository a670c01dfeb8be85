"""Cases from a month's cross-region flags. See docs/inventory.md, "Cases"."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core import sql
from core.periods import Month
from inventory.bulk.cross_region import ACTIVATIONS, params

COUNTED = f"""
SELECT sale.seller_id AS dealer_id, count(*) AS activations, count(known.id) AS flagged
  FROM (SELECT * FROM {ACTIVATIONS}) sale
  LEFT JOIN inventory_salesflag known ON known.record_id = sale.id AND known.flag = 'cross_region'
 WHERE sale.seller_id IS NOT NULL
 GROUP BY sale.seller_id
"""  # noqa: S608 - constants
OPEN = f"""
INSERT INTO audits_crossregioncase
       (number, dealer_id, month, activations, flagged, opened_by_id, opened_at, answer_due_on)
SELECT 'CR-' || to_char(%(first)s::date, 'YYYYMM') || '-' || dealer.code, dealer.id, %(first)s, counted.activations,
       counted.flagged, %(by)s, %(at)s, %(due)s
  FROM ({COUNTED}) counted JOIN dealers_dealer dealer ON dealer.id = counted.dealer_id
 WHERE counted.flagged >= greatest(%(least)s, 1) AND counted.flagged >= %(share)s * counted.activations
ON CONFLICT (dealer_id, month) DO NOTHING
RETURNING id
"""  # noqa: S608 - constants
# What a case is about stands still once the county has reported it or it is decided.
RECOUNT = f"""
UPDATE audits_crossregioncase waiting SET activations = counted.activations, flagged = counted.flagged
  FROM ({COUNTED}) counted
 WHERE waiting.dealer_id = counted.dealer_id AND waiting.month = %(first)s AND waiting.state = 'open'
   AND (waiting.activations, waiting.flagged) IS DISTINCT FROM (counted.activations, counted.flagged)
"""  # noqa: S608 - constants
EMPTY = f"""
DELETE FROM audits_caserecord held
 USING audits_crossregioncase waiting, (SELECT id FROM {ACTIVATIONS}) sale
 WHERE held.case_id = waiting.id AND waiting.month = %(first)s AND waiting.state = 'open' AND sale.id = held.record_id
   AND NOT EXISTS (SELECT FROM inventory_salesflag known
                    WHERE known.record_id = held.record_id AND known.flag = 'cross_region')
"""  # noqa: S608 - constants
FILL = f"""
INSERT INTO audits_caserecord (case_id, record_id, county_id)
SELECT waiting.id, sale.id, cell.county_id
  FROM (SELECT * FROM {ACTIVATIONS}) sale
  JOIN inventory_salesflag known ON known.record_id = sale.id AND known.flag = 'cross_region'
  JOIN inventory_cell cell ON cell.cell_id = sale.cell_id
  JOIN audits_crossregioncase waiting
    ON waiting.dealer_id = sale.seller_id AND waiting.month = %(first)s AND waiting.state = 'open'
ON CONFLICT (case_id, record_id) DO UPDATE SET county_id = excluded.county_id
"""  # noqa: S608 - constants
FALSE_SALES = """
INSERT INTO inventory_falsesale (record_id, cause, confirmed_on)
SELECT record_id, 'cross_region', %(day)s FROM audits_caserecord WHERE case_id = %(case)s
ON CONFLICT (record_id) DO NOTHING
"""


def open_cases(*, month: Month, path: str, share: Decimal, least: int, due: date, by: Any, at: datetime) -> list[int]:
    """Open the cases that the month's flags ask for and bring open ones up to date; the ids of the new ones.

    `share` is a fraction of all activations of the dealer's month, `least` a count of flagged ones.
    """
    given = params(month, path) | {"share": share, "least": least, "due": due, "by": by and by.pk, "at": at}
    new = [row["id"] for row in sql.fetch_all(OPEN, given)]
    for step in (RECOUNT, EMPTY, FILL):
        sql.execute(step, given)
    return new


def confirm_false(*, case: int, day: date) -> int:
    """Confirm the records of a case as false sales; how many were not confirmed before."""
    return sql.execute(FALSE_SALES, {"case": case, "day": day})
