"""Breaches of exclusivity, posted for whoever rates the dealers. See docs/dealers.md, "Rating"."""

from typing import Any

from core import sql

POST = """
INSERT INTO dealers_exclusivitybreach AS posted (reference, dealer_id, occurred_on, confirmed_on)
SELECT reference, dealer_id, occurred_on, confirmed_on FROM audits_violation WHERE type_id = 'exclusivity'
ON CONFLICT (reference) DO UPDATE
   SET dealer_id = excluded.dealer_id, occurred_on = excluded.occurred_on, confirmed_on = excluded.confirmed_on
 WHERE (posted.dealer_id, posted.occurred_on, posted.confirmed_on)
       IS DISTINCT FROM (excluded.dealer_id, excluded.occurred_on, excluded.confirmed_on)
"""


def post(**_facts: Any) -> int:
    """Bring the breaches up to date; how many are new or changed. Safe to run again."""
    return sql.execute(POST)
