"""The monthly accounts of counted materials. See docs/inventory.md, "Gifts and vouchers"."""

from datetime import date

from django.db import transaction

from core import sql
from core.periods import Month

LOCK = "SELECT pg_advisory_xact_lock(hashtext('inventory.material_months'))"
# What a document changes at its ends, and when: the sender's stock as it leaves, the receiver's as it arrives; what did
# not arrive once it is found or back.
EFFECTS = """
SELECT node, product_id, (at AT TIME ZONE 'Asia/Shanghai')::date AS day, quantity, what
  FROM (SELECT node, line.product_id, at, line.quantity * sign AS quantity,
               CASE WHEN document.kind = 'use' THEN 'used'
                    WHEN document.kind IN ('adjustment', 'write_off') THEN 'adjusted'
                    WHEN sign > 0 THEN 'received' ELSE 'sent' END AS what
          FROM inventory_movementline line JOIN inventory_stockmovement document ON document.id = line.movement_id
         CROSS JOIN LATERAL (VALUES (document.origin_id, -1, document.shipped_at),
                                    (document.destination_id, 1, coalesce(document.received_at, document.shipped_at))
                            ) effect (node, sign, at)
         WHERE line.cards IS NULL
           AND (document.state IN ('received', 'closed') OR document.state = 'shipped' AND sign < 0)
        UNION ALL
        SELECT node, wrong.product_id, at, wrong.quantity * sign, 'received'
          FROM inventory_discrepancy wrong JOIN inventory_stockmovement document ON document.id = wrong.movement_id
         CROSS JOIN LATERAL (VALUES (document.destination_id, -1, document.received_at),
                                    (CASE resolution WHEN 'found' THEN document.destination_id
                                                     WHEN 'returned' THEN document.origin_id END, 1, wrong.resolved_at)
                            ) effect (node, sign, at)
         WHERE wrong.product_id IS NOT NULL) moved
 WHERE node IS NOT NULL"""
# An account that is reconciled stands still.
POST = f"""
INSERT INTO inventory_materialmonth AS known
       (node_id, product_id, month, opening, received, sent, used, adjusted, closing)
SELECT node, product_id, %(first)s, opening, received, sent, used, adjusted,
       opening + received - sent - used + adjusted
  FROM (SELECT node, product_id,
               coalesce(sum(quantity) FILTER (WHERE day < %(first)s), 0) AS opening,
               coalesce(sum(quantity) FILTER (WHERE day >= %(first)s AND what = 'received'), 0) AS received,
               -coalesce(sum(quantity) FILTER (WHERE day >= %(first)s AND what = 'sent'), 0) AS sent,
               -coalesce(sum(quantity) FILTER (WHERE day >= %(first)s AND what = 'used'), 0) AS used,
               coalesce(sum(quantity) FILTER (WHERE day >= %(first)s AND what = 'adjusted'), 0) AS adjusted
          FROM ({EFFECTS}) effect WHERE day <= %(last)s GROUP BY 1, 2) account
ON CONFLICT (node_id, product_id, month) DO UPDATE
   SET opening = excluded.opening, received = excluded.received, sent = excluded.sent, used = excluded.used,
       adjusted = excluded.adjusted, closing = excluded.closing
 WHERE known.reconciled_at IS NULL
   AND (known.opening, known.received, known.sent, known.used, known.adjusted)
       IS DISTINCT FROM (excluded.opening, excluded.received, excluded.sent, excluded.used, excluded.adjusted)
"""  # noqa: S608 - constants


@transaction.atomic
def post(*, month: Month) -> int:
    """Post the accounts of a month; how many are new or changed. Safe to run again."""
    sql.execute(LOCK)
    return sql.execute(POST, {"first": month.first, "last": month.last})


def nightly(*, today: date) -> int:
    """Post this month and the one before."""
    month = Month.of(today)
    return sum(post(month=month + -back) for back in (1, 0))
