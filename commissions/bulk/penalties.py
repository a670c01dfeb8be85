"""Which violations bring a penalty in a monthly batch: few rows, decided in Python.

See docs/commissions.md, "Penalties".
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from commissions.bulk.context import Context
from commissions.states import FROZEN
from core import sql
from core.periods import Month

OPEN_VIOLATIONS = """
SELECT violation.reference, violation.dealer_id, violation.occurred_on, type.multiplier,
       home.county_id AS then_county
  FROM audits_violation violation
  JOIN audits_violationtype type ON type.code = violation.type_id AND type.multiplier > 0
  JOIN LATERAL (SELECT unit.county_id FROM dealers_dealerunit span
                  JOIN accounts_orgunit unit ON unit.id = span.org_unit_id
                 WHERE span.dealer_id = violation.dealer_id AND span.valid_from <= %(month_last)s
                 ORDER BY span.valid_from DESC LIMIT 1) now ON now.county_id = %(county)s
  LEFT JOIN LATERAL (SELECT unit.county_id FROM dealers_dealerunit span
                       JOIN accounts_orgunit unit ON unit.id = span.org_unit_id
                      WHERE span.dealer_id = violation.dealer_id
                        AND span.valid_from < date_trunc('month', violation.occurred_on) + interval '1 month'
                      ORDER BY span.valid_from DESC LIMIT 1) home ON true
 WHERE violation.occurred_on <= %(month_last)s
 ORDER BY violation.reference
"""

# Penalty lines of other live batches; only batches with a penalty are looked into.
TAKEN = """
SELECT line.reason FROM commissions_commissionline line
 WHERE line.batch_id = ANY(%(batches)s::bigint[]) AND line.dealer_id = ANY(%(dealers)s::bigint[])
   AND line.line_type = 'penalty'
"""
BATCHES_WITH_PENALTIES = """
SELECT DISTINCT statement.batch_id FROM commissions_statement statement
  JOIN commissions_settlementbatch other ON other.id = statement.batch_id
 WHERE statement.dealer_id = ANY(%(dealers)s::bigint[]) AND statement.penalty <> 0
   AND other.state <> 'void' AND other.id <> %(batch)s
"""
MONTHLY_BATCHES = """
SELECT county_id, month, state FROM commissions_settlementbatch
 WHERE kind = 'monthly' AND state <> 'void' AND county_id = ANY(%(counties)s::bigint[])
"""


@dataclass(frozen=True)
class Penalty:
    """A violation whose penalty enters the batch: `multiplier` times the gross of `month`."""

    reference: str
    dealer_id: int
    month: Month
    multiplier: Decimal


def due_penalties(context: Context) -> list[Penalty]:
    """The violations of the county's dealers whose penalty belongs into this monthly batch.

    A violation of the batch's month enters it; an earlier one only if the batch of its
    month was approved without it or can no longer come.
    """
    if context.weekly:
        return []
    rows = sql.fetch_all(OPEN_VIOLATIONS, context.params)
    if not rows:
        return []
    taken = _taken(context, dealers=sorted({row["dealer_id"] for row in rows}))
    monthly = sql.fetch_all(
        MONTHLY_BATCHES, {"counties": sorted({row["then_county"] for row in rows if row["then_county"]})}
    )
    return [
        Penalty(row["reference"], row["dealer_id"], month, row["multiplier"])
        for row in rows
        if row["reference"] not in taken
        and _enters(context, month := Month.of(row["occurred_on"]), row["then_county"], monthly)
    ]


def _taken(context: Context, *, dealers: list[int]) -> set[str]:
    batches = sql.fetch_all(BATCHES_WITH_PENALTIES, {**context.params, "dealers": dealers})
    found = sql.fetch_all(TAKEN, {"batches": [row["batch_id"] for row in batches], "dealers": dealers})
    return {row["reason"] for row in found}


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
