"""A settled month as it stands: its batches, statements and what its dealers' totals rest on."""

from decimal import Decimal
from typing import Any

from commissions.models import CommissionRule, SettlementBatch
from commissions.queries.policies import rule_value
from commissions.rules import values
from core import sql
from core.periods import Month

ZERO = Decimal("0.00")
FIGURES = (
    "gross",
    "withheld",
    "pool",
    "subsidy",
    "deduction",
    "penalty",
    "clawback",
    "adjustments",
    "carried_in",
    "net",
    "paid",
    "carried_out",
)


def batches(*, path: str, month: Month) -> list[SettlementBatch]:
    """The live batches of the month below `path`, of counties with a monthly one: weeks first, as calculated."""
    found = (
        SettlementBatch.objects.filter(month=month.first, county__path__startswith=path)
        .exclude(state__in=["void", "calculating"])
        .select_related("county")
        .order_by("county__code", "-kind", "first_day")
    )
    rows = list(found)
    settled = {batch.county_id for batch in rows if batch.kind == "monthly"}
    return [batch for batch in rows if batch.county_id in settled]


def rules(batch: SettlementBatch) -> dict[int, values.Rule]:
    """The rules that the batch was calculated with, by row id."""
    rows = CommissionRule.objects.filter(code__in=batch.inputs["rules"])
    return {row.pk: rule_value(row) for row in rows.select_related("owner", "product", "org_unit").order_by("id")}


def statements(batches: list[int]) -> list[dict[str, Any]]:
    """Every statement of the batches with its figures."""
    return sql.fetch_all(
        f"SELECT id, batch_id, dealer_id, {', '.join(FIGURES)} FROM commissions_statement"  # noqa: S608 - constants
        " WHERE batch_id = ANY(%s::bigint[])",
        [batches],
    )


def gross_elsewhere(batches: list[int], month: Month) -> dict[int, Any]:
    """The month's gross of dealers in live batches other than these: by dealer."""
    rows = sql.fetch_all(
        """SELECT statement.dealer_id, sum(statement.gross) AS gross
             FROM commissions_statement statement
             JOIN commissions_settlementbatch other ON other.id = statement.batch_id
            WHERE other.month = %s AND other.state <> 'void' AND other.id <> ALL(%s::bigint[])
            GROUP BY 1""",
        [month.first, batches],
    )
    return {row["dealer_id"]: row["gross"] for row in rows}


def homes(month: Month) -> dict[int, dict[str, Any]]:
    """County and tier of every dealer on the month's last day: by dealer."""
    rows = sql.fetch_all(
        """SELECT span.dealer_id, unit.county_id, coalesce(tier.tier, dealer.tier) AS tier
             FROM (SELECT DISTINCT ON (dealer_id) dealer_id, org_unit_id FROM dealers_dealerunit
                    WHERE valid_from <= %(last)s ORDER BY dealer_id, valid_from DESC) span
             JOIN accounts_orgunit unit ON unit.id = span.org_unit_id
             JOIN dealers_dealer dealer ON dealer.id = span.dealer_id
             LEFT JOIN (SELECT DISTINCT ON (dealer_id) dealer_id, tier FROM dealers_dealertier
                         WHERE valid_from <= %(last)s ORDER BY dealer_id, valid_from DESC) tier
                  ON tier.dealer_id = span.dealer_id""",
        {"last": month.last},
    )
    return {row["dealer_id"]: row for row in rows}


def scores(month: Month) -> dict[int, Any]:
    """The month's assessment scores: by dealer."""
    rows = sql.fetch_all("SELECT dealer_id, score FROM dealers_assessmentscore WHERE month = %s", [month.first])
    return {row["dealer_id"]: row["score"] for row in rows}


def fines(batches: list[SettlementBatch], month: Month) -> list[dict[str, Any]]:
    """Violations of the month itself whose penalty these batches brought or that came to nothing.

    Each with its multiplier, the batch (None if no line was written) and what it was settled at.
    """
    found = sql.fetch_all(
        """SELECT violation.reference, violation.dealer_id, type.multiplier, violation.entered_at
             FROM audits_violation violation
             JOIN audits_violationtype type ON type.code = violation.type_id AND type.multiplier > 0
            WHERE violation.occurred_on BETWEEN %s AND %s ORDER BY violation.reference""",
        [month.first, month.last],
    )
    dealers = sorted({row["dealer_id"] for row in found})
    later = sql.fetch_all(
        """SELECT DISTINCT statement.batch_id FROM commissions_statement statement
             JOIN commissions_settlementbatch other ON other.id = statement.batch_id
            WHERE statement.dealer_id = ANY(%s::bigint[])
              AND other.kind = 'monthly' AND other.state <> 'void' AND other.month >= %s""",
        [dealers, month.first],
    )
    written = sql.fetch_all(
        """SELECT reason, batch_id, amount FROM commissions_commissionline
            WHERE batch_id = ANY(%s::bigint[]) AND dealer_id = ANY(%s::bigint[]) AND line_type = 'penalty'""",
        [[row["batch_id"] for row in later], dealers],
    )
    line_of = {row["reason"]: row for row in written}
    tried = {batch.pk for batch in batches}
    known = max(batch.calculated_at for batch in batches if batch.calculated_at)
    fines = []
    for row in found:
        line = line_of.get(row["reference"])
        if line["batch_id"] in tried if line else row["entered_at"] <= known:
            fines.append({**row, "batch_id": line and line["batch_id"], "settled": line["amount"] if line else ZERO})
    return fines


def carries(batches: list[int]) -> list[dict[str, Any]]:
    """Rests of these batches that another of them carried in: source and target statement."""
    return sql.fetch_all(
        """SELECT carry.target_id, source.id AS source_id, source.carried_out
             FROM commissions_carry carry
             JOIN commissions_statement source ON source.id = carry.source_id
                  AND source.batch_id = ANY(%(batches)s::bigint[])
             JOIN commissions_statement target ON target.id = carry.target_id
                  AND target.batch_id = ANY(%(batches)s::bigint[])""",
        {"batches": batches},
    )
