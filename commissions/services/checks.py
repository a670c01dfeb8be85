"""Let a calculated batch look at itself: unusual or incomplete things, for those who review it.

See docs/commissions.md, "Before review".
"""

from collections.abc import Iterable
from datetime import timedelta
from operator import attrgetter
from typing import Any

from constance import config

from commissions.checks import CHECKS
from commissions.models import SettlementBatch
from commissions.rules.brackets import bracket_warnings
from commissions.rules.values import Rule
from core import sql
from core.periods import Month

SHOWN = 20

UNPRICED = """
SELECT 'unpriced_' || unpriced.reason AS code, count(*) AS count,
       (array_agg(DISTINCT dealer.code))[1:20] AS dealers
  FROM commissions_unpricedrecord unpriced
  JOIN inventory_salesrecord sale ON sale.id = unpriced.record_id
  JOIN dealers_dealer dealer ON dealer.id = sale.seller_id
 WHERE unpriced.batch_id = %(batch)s GROUP BY unpriced.reason ORDER BY 1
"""

PER_DEALER = {
    "before_start": """
        SELECT dealer.code, count(*) AS count
          FROM inventory_salesrecord sale JOIN dealers_dealer dealer ON dealer.id = sale.seller_id
          JOIN accounts_orgunit unit ON unit.id = dealer.org_unit_id AND unit.county_id = %(county)s
          JOIN (SELECT dealer_id, min(valid_from) AS since FROM dealers_dealerunit GROUP BY dealer_id) place
               ON place.dealer_id = dealer.id AND sale.event_date < place.since
         WHERE sale.event_date <= %(last_day)s GROUP BY dealer.code""",
    "outside_scope": """
        WITH outside AS MATERIALIZED (
            SELECT span.dealer_id, rule.id AS rule_id, span.valid_from AS from_date, span.until_date
              FROM (SELECT dealer_id, tier, valid_from, lead(valid_from, 1, 'infinity'::date)
                               OVER (PARTITION BY dealer_id ORDER BY valid_from) AS until_date
                      FROM dealers_dealertier
                     WHERE dealer_id IN (SELECT dealer_id FROM commissions_statement WHERE batch_id = %(batch)s)) span
              JOIN commissions_commissionrule rule
                   ON NOT EXISTS (SELECT FROM dealers_tierbusiness allowed
                                   WHERE allowed.tier = span.tier AND allowed.business_type = rule.business_type)
             WHERE EXISTS (SELECT FROM dealers_tierbusiness))
        SELECT dealer.code, count(DISTINCT sale.id) AS count
          FROM outside
          JOIN commissions_entitlement known ON known.rule_id = outside.rule_id AND known.dealer_id = outside.dealer_id
          JOIN inventory_salesrecord sale ON sale.id = known.record_id
               AND sale.event_date >= outside.from_date AND sale.event_date < outside.until_date
          JOIN dealers_dealer dealer ON dealer.id = known.dealer_id
         WHERE known.batch_id = %(batch)s AND EXISTS (SELECT FROM outside)
         GROUP BY dealer.code""",
    "growth": """
        SELECT dealer.code, 1 AS count
          FROM (SELECT earlier.dealer_id, earlier.gross, other.month
                  FROM commissions_statement earlier
                  JOIN commissions_settlementbatch other ON other.id = earlier.batch_id
                 WHERE other.state <> 'void' AND other.month < %(month)s AND other.month >= %(three_before)s
                OFFSET 0) earlier
          JOIN commissions_statement statement
               ON statement.batch_id = %(batch)s AND statement.dealer_id = earlier.dealer_id
          JOIN dealers_dealer dealer ON dealer.id = statement.dealer_id
         GROUP BY dealer.code, statement.gross
        HAVING count(DISTINCT earlier.month) = 3 AND sum(earlier.gross) > 0
           AND statement.gross > sum(earlier.gross) / 3 * %(growth)s""",
    "agreement_expired": """
        SELECT dealer.code, 1 AS count
          FROM commissions_statement statement JOIN dealers_dealer dealer ON dealer.id = statement.dealer_id
          JOIN (SELECT dealer_id, max(ends_on) AS until FROM dealers_agreement GROUP BY dealer_id) term
               ON term.dealer_id = dealer.id AND term.until < %(last_day)s
         WHERE statement.batch_id = %(batch)s""",
    "account_missing": """
        SELECT dealer.code, 1 AS count
          FROM commissions_statement statement JOIN dealers_dealer dealer ON dealer.id = statement.dealer_id
         WHERE statement.batch_id = %(batch)s AND statement.paid > 0
           AND NOT EXISTS (SELECT FROM dealers_dealeraccount account
                            WHERE account.dealer_id = dealer.id AND account.state = 'verified')""",
    "same_twice": """
        SELECT dealer.code, sum(twice.count - 1) AS count
          FROM (SELECT dealer_id, count(*) FROM t_candidate
                 WHERE mine AND msisdn <> '' AND business_type NOT IN ('recharge', 'service')
                   AND event_date BETWEEN %(first_day)s AND %(last_day)s
                 GROUP BY dealer_id, business_type, msisdn HAVING count(*) > 1) twice
          JOIN dealers_dealer dealer ON dealer.id = twice.dealer_id GROUP BY dealer.code""",
}


# Of the records that pricing has just looked at; as long as these are the same, so is the finding.
OF_RECORDS = "same_twice"


def findings(batch: SettlementBatch, rules: Iterable[Rule], *, fresh: bool) -> list[dict[str, Any]]:
    """What is odd about the batch, priced by `rules`: code, severity, count, the first dealers, parameters.

    `fresh` says that its records have been priced in this transaction; else it is as when they were.
    """
    kept = [] if fresh else [one for one in batch.checks if one["code"] == OF_RECORDS]
    asked = {code: query for code, query in PER_DEALER.items() if fresh or code != OF_RECORDS}
    return [*_nothing(batch), *_unpriced(batch), *_per_dealer(batch, asked), *kept, *_brackets(batch, rules)]


def finding(code: str, *, count: int, dealers: list[str] | None = None, **params: Any) -> dict[str, Any]:
    """One entry of `SettlementBatch.checks`."""
    return {
        "code": code,
        "severity": CHECKS[code].severity,
        "count": count,
        "dealers": (dealers or [])[:SHOWN],
        "params": params,
    }


def _nothing(batch: SettlementBatch) -> list[dict[str, Any]]:
    if batch.lines:
        return []
    if batch.unpriced:
        return [finding("nothing_no_rule", count=batch.unpriced)]
    sold = sql.fetch_value(
        """SELECT EXISTS (SELECT FROM inventory_salesrecord sale
                            JOIN dealers_dealer dealer ON dealer.id = sale.seller_id
                            JOIN accounts_orgunit unit ON unit.id = dealer.org_unit_id AND unit.county_id = %(county)s
                           WHERE sale.event_date BETWEEN %(first)s AND %(last)s)""",
        {"county": batch.county_id, "first": batch.first_day, "last": batch.last_day},
    )
    return [finding("nothing_due" if sold else "nothing_no_sales", count=0)]


def _unpriced(batch: SettlementBatch) -> list[dict[str, Any]]:
    rows = sql.fetch_all(UNPRICED, {"batch": batch.pk})
    return [finding(row["code"], count=row["count"], dealers=row["dealers"]) for row in rows]


def _per_dealer(batch: SettlementBatch, asked: dict[str, str]) -> list[dict[str, Any]]:
    params = {
        "batch": batch.pk,
        "county": batch.county_id,
        "month": batch.month,
        "three_before": (Month.of(batch.month) + -3).first,
        "first_day": batch.first_day,
        "last_day": batch.last_day,
        "growth": config.GROWTH_WARNING,
    }
    parts = [
        f"SELECT '{code}' AS code, found.code AS dealer, found.count FROM ({query}) found"  # noqa: S608
        for code, query in asked.items()
    ]
    rows = sql.fetch_all(" UNION ALL ".join(parts) + " ORDER BY count DESC, dealer", params)
    found = {code: [row for row in rows if row["code"] == code] for code in asked}
    return [
        finding(code, count=int(sum(row["count"] for row in of)), dealers=[row["dealer"] for row in of])
        for code, of in found.items()
        if of
    ]


def _brackets(batch: SettlementBatch, rules: Iterable[Rule]) -> list[dict[str, Any]]:
    before = batch.first_day - timedelta(days=1)
    odd = {
        rule.code: [
            {"code": item.code, "start": item.start, "before": str(item.before), "after": str(item.after)}
            for item in bracket_warnings(rule.brackets, mode=rule.bracket_mode)
            if item.code != "jump"
        ]
        for rule in sorted(rules, key=attrgetter("code"))
        if rule.bracket_mode and (rule.effective_to is None or rule.effective_to >= before)
    }
    odd = {code: warnings for code, warnings in odd.items() if warnings}
    return [finding("brackets_odd", count=len(odd), rules=odd)] if odd else []
