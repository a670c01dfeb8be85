"""Three months after an ending the pool is forfeited. Run by the nightly job, as often as one likes.

See docs/commissions.md, "Forfeiture after an ending".
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from commissions.rules.pool import CLOCK_MONTHS
from core import sql
from core.money import ZERO

# A dealer's time without cooperation, from its first day; several reasons for it count as one.
DUE = """
SELECT closed.dealer_id, lower(closed.span) AS ended_on, upper(closed.span) AS again_on, due.day
  FROM (SELECT dealer_id, unnest(range_agg(daterange(from_date, until_date))) AS span
          FROM dealers_closed_span GROUP BY dealer_id) closed
  JOIN commissions_poolaccount account ON account.dealer_id = closed.dealer_id AND account.balance > 0
 CROSS JOIN LATERAL (SELECT (lower(closed.span) + make_interval(months => %(months)s))::date AS day) due
 WHERE due.day <= %(today)s AND (upper_inf(closed.span) OR upper(closed.span) >= due.day)
"""

LOCK = f"""
SELECT account.dealer_id FROM commissions_poolaccount account
 WHERE account.dealer_id IN (SELECT dealer_id FROM ({DUE}) due) ORDER BY account.dealer_id FOR UPDATE
"""  # noqa: S608 - constants

# Of a dealer contracted again after the day, only what is left of the months before that.
POST = f"""
WITH forfeited AS (
    INSERT INTO commissions_poolentry (dealer_id, month, entry, amount, balance, source, posted_at)
    SELECT dealer_id, date_trunc('month', day)::date, 'forfeit_termination', -amount, 0,
           stem || CASE former WHEN 0 THEN '' ELSE '-' || (former + 1) END, %(at)s
      FROM (SELECT DISTINCT ON (due.dealer_id) due.dealer_id, due.day, ending.stem,
                   least(account.balance,
                         CASE WHEN due.again_on IS NULL THEN account.balance ELSE old.amount END) AS amount,
                   (SELECT count(*) FROM commissions_poolentry entry
                     WHERE entry.dealer_id = due.dealer_id AND entry.entry = 'forfeit_termination'
                       AND (entry.source = ending.stem OR entry.source LIKE ending.stem || '-%%')) AS former
              FROM ({DUE}) due
              JOIN commissions_poolaccount account ON account.dealer_id = due.dealer_id
             CROSS JOIN LATERAL (SELECT 'ending-' || due.ended_on AS stem) ending
             CROSS JOIN LATERAL (SELECT coalesce(sum(entry.amount), 0) AS amount FROM commissions_poolentry entry
                                  WHERE entry.dealer_id = due.dealer_id
                                    AND (entry.amount < 0
                                         OR entry.month < date_trunc('month', due.again_on::timestamp))) old
             ORDER BY due.dealer_id, due.ended_on DESC) last
     WHERE amount > 0
     ORDER BY dealer_id
    RETURNING amount)
SELECT count(*) AS dealers, -coalesce(sum(amount), 0) AS amount FROM forfeited
"""  # noqa: S608 - constants


@transaction.atomic
def forfeit(*, today: date, at: datetime) -> dict[str, Any]:
    """Forfeit what is due on `today` or before: {"dealers": how many, "amount": yuan}."""
    params = {"today": today, "at": at, "months": CLOCK_MONTHS}
    sql.execute(LOCK, params)
    found = sql.fetch_one(POST, params) or {"dealers": 0, "amount": ZERO}
    return {"dealers": int(found["dealers"]), "amount": Decimal(found["amount"]) + ZERO}
