"""A payout round in SQL: whose pools are in it, what they are computed from, what that gives.

The pure rules are in `commissions/rules/pool.py`; a randomised test holds the two against
each other. See docs/commissions.md, "Payout round".
"""

from datetime import date, datetime
from typing import Any

from commissions.models import PoolRound
from commissions.rules.pool import LIMITS, RoundPeriod
from core import sql

# What is found now, one row per dealer of the county with a positive basis.
FOUND = """
SELECT dealer.id AS dealer_id, dealer.code, basis.amount AS basis, activity.months, activity.idle AS idle_months,
       CASE WHEN activity.idle <= %(whole)s THEN 1 WHEN activity.idle <= %(half)s THEN 0.5 ELSE 0 END AS factor,
       coalesce(decided.ratio, 1) AS ratio,
       CASE WHEN ended.ground IS NOT NULL THEN 'terminated'
            WHEN breach.ground IS NOT NULL THEN 'suspended' ELSE '' END AS reason,
       left(coalesce(ended.ground, breach.ground, ''), 200) AS ground,
       EXISTS (SELECT FROM commissions_countyassessmentevent event
                WHERE event.round_id = %(round)s AND event.dealer_id = dealer.id) AS overridden
  FROM dealers_dealer dealer
  JOIN LATERAL (SELECT unit.county_id FROM dealers_dealerunit span
                  JOIN accounts_orgunit unit ON unit.id = span.org_unit_id
                 WHERE span.dealer_id = dealer.id AND span.valid_from <= %(last)s
                 ORDER BY span.valid_from DESC LIMIT 1) home ON home.county_id = %(county)s
  JOIN commissions_poolaccount account ON account.dealer_id = dealer.id
  JOIN LATERAL (SELECT least(coalesce(sum(entry.amount), 0), account.balance) AS amount
                  FROM commissions_poolentry entry
                 WHERE entry.dealer_id = dealer.id AND entry.month <= %(last)s) basis ON basis.amount > 0
  JOIN LATERAL (SELECT coalesce(jsonb_agg(jsonb_build_array(to_char(month, 'YYYY-MM'), sold) ORDER BY month),
                                '[]'::jsonb) AS months,
                       count(*) FILTER (WHERE sold = 0) AS idle
                  FROM (SELECT month::date, (SELECT count(*) FROM inventory_salesrecord sale
                                              WHERE sale.seller_id = dealer.id AND sale.business_type = 'activation'
                                                AND sale.event_date >= month
                                                AND sale.event_date < month + interval '1 month') AS sold
                          FROM generate_series(greatest(%(first)s::date, date_trunc('month', dealer.cooperation_start)),
                                               %(last)s::date, interval '1 month') AS month) counted) activity ON true
  LEFT JOIN commissions_returnratio decided ON decided.dealer_id = dealer.id AND decided.round = %(period)s
  LEFT JOIN LATERAL (SELECT min(span.from_date)::text AS ground FROM dealers_closed_span span
                      WHERE span.dealer_id = dealer.id AND span.from_date <= %(today)s
                        AND (span.until_date IS NULL OR span.until_date > %(today)s)) ended ON true
  LEFT JOIN LATERAL (SELECT string_agg(violation.reference, ', ' ORDER BY violation.reference) AS ground
                       FROM audits_violation violation
                       JOIN audits_violationtype type ON type.code = violation.type_id AND type.suspends_pool
                      WHERE violation.dealer_id = dealer.id
                        AND violation.confirmed_on BETWEEN %(first)s AND %(last)s) breach ON true
 WHERE dealer.payout_rhythm = %(rhythm)s
"""

ROWS = f"""
DELETE FROM commissions_poolroundrow WHERE round_id = %(round)s;
INSERT INTO commissions_poolroundrow
    (number, round_id, dealer_id, basis, months, idle_months, factor, ratio, payout, forfeit,
     reason, ground, overridden)
SELECT %(number)s || '-' || code, %(round)s, dealer_id, basis, months, idle_months, factor, ratio, 0, 0,
       reason, ground, overridden
  FROM ({FOUND}) found ORDER BY code COLLATE "C";
"""  # noqa: S608 - constants

# Figures follow from what the rows hold: after a calculation, a decided ratio, an override.
FIGURES = """
UPDATE commissions_poolroundrow part
   SET payout = CASE WHEN part.reason <> '' AND NOT part.overridden THEN 0
                     ELSE round(part.basis * given.factor * part.ratio, 2) END,
       forfeit = CASE WHEN part.reason <> '' AND NOT part.overridden OR NOT round.forfeits THEN 0
                      ELSE part.basis - round(part.basis * given.factor, 2) END
  FROM commissions_poolround round, commissions_poolroundrow same
  CROSS JOIN LATERAL (SELECT CASE WHEN same.overridden AND same.reason = '' THEN 1 ELSE same.factor END AS factor) given
 WHERE part.round_id = %(round)s AND round.id = part.round_id AND same.id = part.id;
UPDATE commissions_poolround round
   SET dealers = sums.dealers, basis = sums.basis, payout = sums.payout, forfeit = sums.forfeit
  FROM (SELECT count(*) AS dealers, coalesce(sum(basis), 0) AS basis, coalesce(sum(payout), 0) AS payout,
               coalesce(sum(forfeit), 0) AS forfeit
          FROM commissions_poolroundrow WHERE round_id = %(round)s) sums
 WHERE round.id = %(round)s;
"""

RATIOS = """
UPDATE commissions_poolroundrow part SET ratio = decided.ratio
  FROM commissions_poolround round, commissions_returnratio decided
 WHERE part.round_id = %(round)s AND round.id = part.round_id AND decided.round = round.period
   AND decided.dealer_id = part.dealer_id AND part.ratio <> decided.ratio
"""

# What is no longer as the rows say. That a dealer was terminated is looked at on the day of calculation only.
CHANGED = f"""
SELECT coalesce(found.code, dealer.code) AS code
  FROM ({FOUND}) found
  FULL JOIN (SELECT * FROM commissions_poolroundrow WHERE round_id = %(round)s) part ON part.dealer_id = found.dealer_id
  LEFT JOIN dealers_dealer dealer ON dealer.id = part.dealer_id
 WHERE (part.basis, part.months, part.ratio) IS DISTINCT FROM (found.basis, found.months, found.ratio)
    OR ('suspended' IN (part.reason, found.reason) AND part.reason <> found.reason AND part.reason <> 'terminated'
        AND found.reason <> 'terminated')
 ORDER BY 1
"""  # noqa: S608 - constants

# Rows that post something although the pool no longer holds their basis, or a violation came in since.
SHRUNK = f"""
SELECT dealer.code
  FROM commissions_poolroundrow part
  JOIN dealers_dealer dealer ON dealer.id = part.dealer_id
  LEFT JOIN ({FOUND}) found ON found.dealer_id = part.dealer_id
 WHERE part.round_id = %(round)s AND part.payout + part.forfeit > 0
   AND (found.basis IS NULL OR found.basis < part.basis OR (found.reason = 'suspended' AND part.reason = ''
                                                            AND NOT part.overridden))
 ORDER BY 1
"""  # noqa: S608 - constants

LOCK = """
SELECT account.dealer_id FROM commissions_poolaccount account
  JOIN commissions_poolroundrow part ON part.dealer_id = account.dealer_id
 WHERE part.round_id = %(round)s ORDER BY account.dealer_id FOR UPDATE OF account
"""

POST = """
INSERT INTO commissions_poolentry (dealer_id, month, entry, amount, balance, source, posted_by_id, posted_at)
SELECT part.dealer_id, date_trunc('month', round.last_day)::date, step.entry, -step.amount, 0,
       round.number, %(by)s, %(at)s
  FROM commissions_poolroundrow part
  JOIN commissions_poolround round ON round.id = part.round_id
  CROSS JOIN LATERAL (VALUES (1, 'payout', part.payout), (2, 'forfeit_inactive', part.forfeit))
       AS step (place, entry, amount)
 WHERE part.round_id = %(round)s AND step.amount > 0
 ORDER BY part.dealer_id, step.place
"""


def _params(round_: PoolRound, today: date) -> dict[str, Any]:
    period = RoundPeriod.parse(round_.period)
    whole, half = LIMITS[period.rhythm]
    return {
        "round": round_.pk,
        "number": round_.number,
        "county": round_.county_id,
        "period": str(period),
        "rhythm": period.rhythm,
        "first": period.first,
        "last": period.last,
        "whole": whole,
        "half": half,
        "today": today,
    }


def write_rows(round_: PoolRound, *, today: date) -> None:
    """The round's rows anew, with their figures and the round's sums."""
    sql.execute(ROWS, _params(round_, today))
    write_figures(round_)


def write_figures(round_: PoolRound) -> None:
    """Payouts, forfeits and sums from what the rows hold."""
    sql.execute(FIGURES, {"round": round_.pk})


def take_ratios(round_: PoolRound) -> None:
    """The decided ratios into the rows, with what follows."""
    sql.execute(RATIOS, {"round": round_.pk})
    write_figures(round_)


def changed(round_: PoolRound, *, today: date) -> list[str]:
    """Codes of the dealers for whom something else would be found now."""
    return [row["code"] for row in sql.fetch_all(CHANGED, _params(round_, today))]


def shrunk(round_: PoolRound, *, today: date) -> list[str]:
    """Codes of the dealers whose payout no longer stands."""
    return [row["code"] for row in sql.fetch_all(SHRUNK, _params(round_, today))]


def lock_pools(round_: PoolRound) -> None:
    """Keep the pools of the round's dealers as they are until the transaction ends."""
    sql.execute(LOCK, {"round": round_.pk})


def post(round_: PoolRound, *, by: Any, at: datetime) -> int:
    """Post what the round pays and then what it forfeits; how many entries."""
    return sql.execute(POST, {"round": round_.pk, "by": by.pk, "at": at})
