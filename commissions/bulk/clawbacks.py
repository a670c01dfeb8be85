"""Settlement: take back what was paid for sales that were since confirmed false.

Each approved record line of such a sale is reversed once, in order of event number,
kind and instalment; the pool gives back what it still holds of the line's pool part.
See docs/commissions.md, "Clawback".
"""

from typing import Any

from commissions.bulk.context import Context
from core import sql

FALSE_RECORDS = """
SELECT DISTINCT known.record_id, known.county_id
  FROM inventory_falsesale false_sale
  JOIN commissions_entitlement known ON known.record_id = false_sale.record_id
  JOIN t_home ON t_home.dealer_id = known.dealer_id
"""
BATCHES = """
SELECT id, state IN ('approved', 'paying', 'paid') AND county_id = ANY(%(counties)s::bigint[]) AS has_originals,
       kind = 'monthly' AS has_clawbacks
  FROM commissions_settlementbatch WHERE state <> 'void' AND id <> %(batch)s AND lines > 0
"""
TABLE = """
CREATE TEMP TABLE t_clawback (
    dealer_id bigint, record_id bigint, rule_id bigint, kind varchar(10), instalment smallint, due_month date,
    total numeric(12, 2), amount numeric(12, 2), pool_amount numeric(12, 2), reason varchar(60), origin bigint,
    place bigint
) ON COMMIT DROP
"""
ORIGINALS = """
INSERT INTO t_clawback
SELECT dealer_id, record_id, rule_id, kind, instalment, due_month, total, -amount,
       -least(pool_amount, greatest(balance - coalesce(sum(pool_amount) OVER earlier, 0), 0)),
       cause, id, row_number() OVER (ORDER BY dealer_id, event_no COLLATE "C", kind, instalment)
  FROM (SELECT line.*, sale.event_no, false_sale.cause, coalesce(account.balance, 0) AS balance
          FROM commissions_commissionline line
          JOIN inventory_salesrecord sale ON sale.id = line.record_id
          JOIN inventory_falsesale false_sale ON false_sale.record_id = line.record_id
          LEFT JOIN commissions_poolaccount account ON account.dealer_id = line.dealer_id
         WHERE line.batch_id = ANY(%(paid)s::bigint[]) AND line.record_id = ANY(%(records)s::bigint[])
           AND line.line_type = 'record' AND line.amount <> 0
           AND line.dealer_id IN (SELECT dealer_id FROM t_home)
           AND NOT EXISTS (SELECT FROM commissions_commissionline back
                            WHERE back.batch_id = ANY(%(reversing)s::bigint[]) AND back.record_id = line.record_id
                              AND back.kind = line.kind AND back.instalment = line.instalment
                              AND back.line_type = 'clawback')) original
WINDOW earlier AS (PARTITION BY dealer_id ORDER BY event_no COLLATE "C", kind, instalment
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
"""
LINES = """
INSERT INTO {table} (id, batch_id, dealer_id, record_id, rule_id, line_type, kind, instalment, due_month,
                     total, amount, withheld, pool_amount, payable, reason, origin)
SELECT (%(batch)s::bigint << 32) + (SELECT count(*) FROM {table}) + place, %(batch)s, dealer_id, record_id, rule_id,
       'clawback', kind, instalment, due_month, total, amount, 0, pool_amount, amount - pool_amount, reason, origin
  FROM t_clawback
"""
CLAWBACK_SUMS = """SELECT dealer_id, 1, 0, 0, 0, 0, 0, 0, pool_amount - amount, 0, 0 FROM t_clawback"""


def write_clawbacks(context: Context, params: dict[str, Any]) -> None:
    """Write the batch's clawback lines; t_clawback then holds them for the statements."""
    sql.drop_temporary("t_clawback")
    sql.execute(TABLE)
    if context.weekly:
        return
    records = sql.fetch_all(FALSE_RECORDS)
    if not records:
        return
    batches = sql.fetch_all(BATCHES, {**params, "counties": sorted({row["county_id"] for row in records})})
    params = {
        **params,
        "records": sorted({row["record_id"] for row in records}),
        "paid": [row["id"] for row in batches if row["has_originals"]],
        "reversing": [row["id"] for row in batches if row["has_clawbacks"]],
    }
    sql.execute(ORIGINALS, params)
    sql.execute(LINES.format(table=context.lines_table), params)
