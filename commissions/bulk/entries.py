"""Which violations and adjustments enter a monthly batch: few rows, decided in Python.

See docs/commissions.md, "Penalties" and "Adjustments".
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from commissions.bulk.context import Context
from commissions.states import FROZEN
from core import sql
from core.periods import Month

PLACED = """
SELECT entry.*, home.county_id AS then_county
  FROM ({entries}) entry
  JOIN LATERAL (SELECT unit.county_id FROM dealers_dealerunit span
                  JOIN accounts_orgunit unit ON unit.id = span.org_unit_id
                 WHERE span.dealer_id = entry.dealer_id AND span.valid_from <= %(month_last)s
                 ORDER BY span.valid_from DESC LIMIT 1) now ON now.county_id = %(county)s
  LEFT JOIN LATERAL (SELECT unit.county_id FROM dealers_dealerunit span
                       JOIN accounts_orgunit unit ON unit.id = span.org_unit_id
                      WHERE span.dealer_id = entry.dealer_id
                        AND span.valid_from < entry.month + interval '1 month'
                      ORDER BY span.valid_from DESC LIMIT 1) home ON true
 WHERE entry.month <= %(month_last)s
 ORDER BY entry.reference
"""
VIOLATIONS = """
SELECT violation.reference, violation.dealer_id, type.multiplier AS figure,
       date_trunc('month', violation.occurred_on)::date AS month
  FROM audits_violation violation
  JOIN audits_violationtype type ON type.code = violation.type_id AND type.multiplier > 0"""
ADJUSTMENTS = """
SELECT reference, dealer_id, amount AS figure, month FROM commissions_adjustment WHERE state = 'approved'"""

# Lines of other live batches that such an entry brought; only batches that have some are looked into.
TAKEN = """
SELECT line.reason FROM commissions_commissionline line
 WHERE line.batch_id = ANY(%(batches)s::bigint[]) AND line.dealer_id = ANY(%(dealers)s::bigint[])
   AND line.line_type = %(line_type)s
"""
OTHER_BATCHES = """
SELECT DISTINCT statement.batch_id FROM commissions_statement statement
  JOIN commissions_settlementbatch other ON other.id = statement.batch_id
 WHERE statement.dealer_id = ANY(%(dealers)s::bigint[])
   AND other.kind = 'monthly' AND other.state <> 'void' AND other.id <> %(batch)s AND other.month >= %(oldest)s
"""
MONTHLY_BATCHES = """
SELECT county_id, month, state FROM commissions_settlementbatch
 WHERE kind = 'monthly' AND state <> 'void' AND county_id = ANY(%(counties)s::bigint[])
"""


@dataclass(frozen=True)
class Entry:
    """Something of `month` whose turn it is: a violation (figure: multiplier) or an adjustment (yuan)."""

    reference: str
    dealer_id: int
    month: Month
    figure: Decimal


def due_penalties(context: Context) -> list[Entry]:
    """The violations of the county's dealers whose penalty belongs into this monthly batch."""
    return _due(context, VIOLATIONS, line_type="penalty")


def due_adjustments(context: Context) -> list[Entry]:
    """The approved adjustments of the county's dealers that belong into this monthly batch."""
    return _due(context, ADJUSTMENTS, line_type="adjustment")


def _due(context: Context, entries: str, *, line_type: str) -> list[Entry]:
    """What belongs to the batch's month, and what came too late for the batch of an earlier one.

    An earlier month's entry enters only if that month's batch was approved without it or
    can no longer come.
    """
    if context.weekly:
        return []
    rows = sql.fetch_all(PLACED.format(entries=entries), context.params)
    if not rows:
        return []
    dealers = sorted({row["dealer_id"] for row in rows})
    oldest = min(row["month"] for row in rows)
    batches = sql.fetch_all(OTHER_BATCHES, {**context.params, "dealers": dealers, "oldest": oldest})
    found = sql.fetch_all(
        TAKEN, {"batches": [row["batch_id"] for row in batches], "dealers": dealers, "line_type": line_type}
    )
    taken = {row["reason"] for row in found}
    counties = sorted({row["then_county"] for row in rows if row["then_county"]})
    monthly = sql.fetch_all(MONTHLY_BATCHES, {"counties": counties})
    return [
        Entry(row["reference"], row["dealer_id"], Month.of(row["month"]), row["figure"])
        for row in rows
        if row["reference"] not in taken and _enters(context, Month.of(row["month"]), row["then_county"], monthly)
    ]


def _enters(context: Context, month: Month, county: int | None, monthly: list[dict[str, Any]]) -> bool:
    if month >= context.month:
        return month == context.month
    if county is None:
        return True
    own = [row["state"] for row in monthly if row["county_id"] == county and row["month"] == month.first]
    if own:
        return own[0] in FROZEN
    return county == context.county.pk or any(
        row["county_id"] == county and row["month"] > month.first for row in monthly
    )
