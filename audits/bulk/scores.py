"""A county's assessment scores of a month, computed and published. See docs/visits.md, "Assessment scores".

The rules of `audits.rules.score` in SQL; a test holds the two together.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from core import sql

# Training and complaints are not recorded yet: NULL, which is to say not known.
COMPUTE = """
INSERT INTO audits_dealerscore AS known (round_id, dealer_id, checklist, sales, training, complaints, quality, score)
SELECT %(round)s, part.dealer_id, part.checklist, part.sales, part.training, part.complaints, part.quality,
       CASE WHEN part.weight * 100 >= %(least)s * %(weights)s
            THEN round((coalesce(part.checklist * %(w_checklist)s, 0) + coalesce(part.sales * %(w_sales)s, 0)
                        + coalesce(part.training * %(w_training)s, 0) + coalesce(part.complaints * %(w_complaints)s, 0)
                        + coalesce(part.quality * %(w_quality)s, 0)) / nullif(part.weight, 0), 2) END
  FROM (SELECT found.*,
               CASE WHEN checklist IS NULL THEN 0 ELSE %(w_checklist)s END
               + CASE WHEN sales IS NULL THEN 0 ELSE %(w_sales)s END
               + CASE WHEN training IS NULL THEN 0 ELSE %(w_training)s END
               + CASE WHEN complaints IS NULL THEN 0 ELSE %(w_complaints)s END
               + CASE WHEN quality IS NULL THEN 0 ELSE %(w_quality)s END AS weight
          FROM (
        SELECT dealer.id AS dealer_id, visited.checklist,
               CASE WHEN agreement.committed > 0  -- least() takes no NULL for an answer
                    THEN round(least(100, 300.0 * (sold.activations + sold.terminals)
                                          / agreement.committed), 2) END AS sales,
               NULL::numeric AS training, NULL::numeric AS complaints,
               round(100.0 * (sold.activations - sold.faulty) / nullif(sold.activations, 0), 2) AS quality
          FROM unnest(%(dealers)s::bigint[]) AS dealer (id)
          LEFT JOIN LATERAL (
               SELECT a.committed_sales_per_quarter AS committed FROM dealers_agreement a
                WHERE a.dealer_id = dealer.id AND a.starts_on <= %(last)s AND a.ends_on >= %(last)s
                ORDER BY a.starts_on DESC LIMIT 1) agreement ON true
          LEFT JOIN LATERAL (
               SELECT round(avg(v.score), 2) AS checklist FROM audits_visit v
                WHERE v.dealer_id = dealer.id AND v.state = 'done' AND v.score IS NOT NULL
                  AND v.checked_in_at >= %(begin)s AND v.checked_in_at < %(end)s) visited ON true
          LEFT JOIN LATERAL (
               SELECT count(*) FILTER (WHERE s.business_type = 'activation') AS activations,
                      count(*) FILTER (WHERE s.business_type = 'terminal') AS terminals,
                      count(*) FILTER (WHERE s.business_type = 'activation' AND (false_sale.id IS NOT NULL OR EXISTS (
                          SELECT FROM inventory_salesflag flag
                           WHERE flag.record_id = s.id AND flag.flag = 'cross_region'))) AS faulty
                 FROM inventory_salesrecord s
                 LEFT JOIN inventory_falsesale false_sale ON false_sale.record_id = s.id
                WHERE s.seller_id = dealer.id AND s.business_type IN ('activation', 'terminal')
                  AND s.event_date BETWEEN %(first)s AND %(last)s) sold ON true) found) part
ON CONFLICT (round_id, dealer_id) DO UPDATE
   SET checklist = excluded.checklist, sales = excluded.sales, training = excluded.training,
       complaints = excluded.complaints, quality = excluded.quality, score = excluded.score
"""
FORGET = "DELETE FROM audits_dealerscore WHERE round_id = %(round)s AND NOT dealer_id = ANY(%(dealers)s::bigint[])"
# An imported score wins over a computed one.
PUBLISH = """
INSERT INTO dealers_assessmentscore (dealer_id, month, score)
SELECT dealer_id, %(month)s, score FROM audits_dealerscore WHERE round_id = %(round)s AND score IS NOT NULL
ON CONFLICT (dealer_id, month) DO NOTHING
"""


def compute(
    *,
    round_id: int,
    dealers: Iterable[int],
    first: date,
    last: date,
    begin: datetime,
    end: datetime,
    weights: dict[str, int],
    least: int,
) -> int:
    """Write the rows of a round anew; how many. The same facts give the same."""
    given: dict[str, Any] = {"round": round_id, "dealers": list(dealers), "first": first, "last": last}
    sql.plan_for_many_rows()
    sql.execute(FORGET, given)
    named = {f"w_{name}": weight for name, weight in weights.items()} | {
        "least": least,
        "weights": sum(weights.values()),
    }
    return sql.execute(COMPUTE, {**given, **named, "begin": begin, "end": end})


def publish(*, round_id: int, month: date) -> int:
    """Make the scores count, but for dealers whose score was imported; how many."""
    return sql.execute(PUBLISH, {"round": round_id, "month": month})
