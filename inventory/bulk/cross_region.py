"""Flags of activations by the cell on which they took place. See docs/inventory.md, "Cross-region selling"."""

from django.db import transaction

from core import sql
from core.periods import Month

LOCK = "SELECT pg_advisory_xact_lock(hashtext('inventory.cross_region'))"

# The month's activations within the unit whose path is given; '' is everywhere, and includes sales without a seller.
ACTIVATIONS = """
inventory_salesrecord sale
 WHERE sale.business_type = 'activation' AND sale.event_date BETWEEN %(first)s AND %(last)s
   AND (%(path)s = '' OR EXISTS (
        SELECT FROM dealers_dealer dealer JOIN accounts_orgunit unit ON unit.id = dealer.org_unit_id
         WHERE dealer.id = sale.seller_id AND starts_with(unit.path, %(path)s)))
"""
FIND = f"""
CREATE TEMPORARY TABLE t_cell_flag ON COMMIT DROP AS
SELECT sale.id AS record_id, CASE WHEN cell.id IS NULL THEN 'unknown_cell' ELSE 'cross_region' END AS flag
  FROM (SELECT * FROM {ACTIVATIONS} AND sale.cell_id <> '') sale
  LEFT JOIN inventory_cell cell ON cell.cell_id = sale.cell_id
  LEFT JOIN (SELECT span.dealer_id, unit.county_id, span.valid_from,
                    lead(span.valid_from, 1, 'infinity') OVER (PARTITION BY dealer_id ORDER BY valid_from) AS until
               FROM dealers_dealerunit span JOIN accounts_orgunit unit ON unit.id = span.org_unit_id) home
         ON home.dealer_id = sale.seller_id AND sale.event_date >= home.valid_from AND sale.event_date < home.until
 WHERE cell.id IS NULL OR cell.county_id <> home.county_id
"""  # noqa: S608 - constants
FORGET = f"""
DELETE FROM inventory_salesflag known
 USING (SELECT id FROM {ACTIVATIONS}) sale
 WHERE known.record_id = sale.id AND known.flag IN ('cross_region', 'unknown_cell')
   AND NOT EXISTS (SELECT FROM t_cell_flag found WHERE found.record_id = known.record_id AND found.flag = known.flag)
"""  # noqa: S608 - constants
ADD = """
INSERT INTO inventory_salesflag (record_id, flag) SELECT record_id, flag FROM t_cell_flag ON CONFLICT DO NOTHING
"""
COUNT = "SELECT flag, count(*) AS records FROM t_cell_flag GROUP BY flag"
ROWS = f"""
SELECT coalesce(dealer.code, ''), sale.event_no, known.flag
  FROM (SELECT * FROM {ACTIVATIONS}) sale
  JOIN inventory_salesflag known ON known.record_id = sale.id AND known.flag IN ('cross_region', 'unknown_cell')
  LEFT JOIN dealers_dealer dealer ON dealer.id = sale.seller_id
 ORDER BY coalesce(dealer.code, '') COLLATE "C", sale.event_no COLLATE "C", known.flag
"""  # noqa: S608 - constants


def params(month: Month, path: str) -> dict[str, object]:
    """What the statements are given: a month, and the path of a unit or ''."""
    return {"first": month.first, "last": month.last, "path": path}


@transaction.atomic
def flag(*, month: Month, path: str = "") -> dict[str, int]:
    """Bring the flags of a month's activations up to date; the counts. Safe to run again.

    A flag whose reason is gone (the cell became known, the dealer's history was corrected) is taken away.
    """
    given = params(month, path)
    sql.execute(LOCK)
    sql.plan_for_many_rows()
    sql.drop_temporary("t_cell_flag")
    sql.execute(FIND, given)
    removed = sql.execute(FORGET, given)
    added = sql.execute(ADD)
    found = {row["flag"]: row["records"] for row in sql.fetch_all(COUNT)}
    return {
        "cross_region": found.get("cross_region", 0),
        "unknown_cell": found.get("unknown_cell", 0),
        "added": added,
        "removed": removed,
    }
