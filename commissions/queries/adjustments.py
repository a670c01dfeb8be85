"""Adjustments, and the statement that each stands on or will stand on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from commissions.models import Adjustment, CommissionLine, SettlementBatch
from commissions.rules.entering import enters
from commissions.states import FROZEN
from core import sql
from core.periods import Month

TAKEN = """
WITH held AS MATERIALIZED (
    SELECT statement.batch_id, statement.dealer_id, statement.number, batch.number AS batch, batch.period, batch.state
      FROM commissions_statement statement
      JOIN commissions_settlementbatch batch ON batch.id = statement.batch_id
     WHERE statement.dealer_id = ANY(%(dealers)s::bigint[]) AND batch.kind = 'monthly' AND batch.state <> 'void'
       AND batch.month >= %(oldest)s)
SELECT line.reason AS reference, held.number AS statement, held.batch, held.period, held.state
  FROM commissions_commissionline line
  JOIN held ON held.batch_id = line.batch_id AND held.dealer_id = line.dealer_id
 WHERE line.batch_id = ANY(%(batches)s::bigint[]) AND line.dealer_id = ANY(%(dealers)s::bigint[])
   AND line.line_type = 'adjustment' AND line.reason = ANY(%(references)s::text[])
"""
BATCHES = """
SELECT DISTINCT statement.batch_id FROM commissions_statement statement
  JOIN commissions_settlementbatch batch ON batch.id = statement.batch_id
 WHERE statement.dealer_id = ANY(%(dealers)s::bigint[]) AND batch.kind = 'monthly' AND batch.state <> 'void'
   AND batch.month >= %(oldest)s
"""


def visible(user: Any) -> QuerySet[Adjustment]:
    """The adjustments that the user may see, with dealer, unit and people."""
    related = ("dealer__org_unit", "entered_by", "approved_by", "dispute")
    return Adjustment.objects.visible_to(user).select_related(*related)


def to_decide(user: Any) -> QuerySet[Adjustment]:
    """Those that wait for a person like the user: entered by somebody else."""
    return Adjustment.objects.visible_to(user).filter(state="entered").exclude(entered_by=user)


@dataclass(frozen=True)
class Place:
    """The batch of `period` that an adjustment stands in (`statement` and `batch` named) or will enter."""

    period: str
    statement: str = ""
    batch: str = ""
    final: bool = False

    def __str__(self) -> str:
        if self.final:
            return self.period
        if self.batch:
            return _("%(period)s (calculated)") % {"period": self.period}
        return _("will enter %(period)s") % {"period": self.period}


def places(rows: Iterable[Adjustment], user: Any) -> dict[int, Place | None]:
    """Where each of the rows stands, by its key: three queries, however many rows.

    A dealer is shown approved batches only; what is rejected stands nowhere.
    """
    rows = [row for row in rows if row.state != "rejected"]
    approved = [row for row in rows if row.state == "approved"]
    found = {one["reference"]: one for one in _taken(approved)}
    ahead = _ahead(rows)
    result: dict[int, Place | None] = {}
    for row in rows:
        taken = found.get(row.reference)
        if taken and (taken["state"] in FROZEN or not user.is_dealer):
            final = taken["state"] in FROZEN
            result[row.pk] = Place(taken["period"], taken["statement"], taken["batch"], final)
        else:
            batches = ahead.get(row.dealer.org_unit.county_id or 0, {})
            result[row.pk] = Place(str(enters(Month.of(row.month), batches)))
    return result


def _taken(rows: Sequence[Adjustment]) -> list[dict[str, Any]]:
    """The lines of live batches that name one of the rows."""
    if not rows:
        return []
    params: dict[str, Any] = {
        "dealers": sorted({row.dealer_id for row in rows}),
        "references": [row.reference for row in rows],
        "oldest": min(row.month for row in rows),
    }
    params["batches"] = [one["batch_id"] for one in sql.fetch_all(BATCHES, params)]
    return sql.fetch_all(TAKEN, params) if params["batches"] else []


def _ahead(rows: Sequence[Adjustment]) -> dict[int, dict[Month, str]]:
    """The states of the live monthly batches of the rows' counties, by county and month."""
    counties = {row.dealer.org_unit.county_id for row in rows}
    found: dict[int, dict[Month, str]] = {}
    batches = SettlementBatch.objects.filter(county__in=counties, kind="monthly").exclude(state="void")
    for county, month, state in batches.values_list("county_id", "month", "state"):
        found.setdefault(county, {})[Month.of(month)] = state
    return found


def documents(lines: Iterable[CommissionLine]) -> dict[str, Adjustment]:
    """The adjustments that the lines name, by reference: one query, none if no line is one."""
    references = [line.reason for line in lines if line.line_type == "adjustment"]
    if not references:
        return {}
    return {row.reference: row for row in Adjustment.objects.filter(reference__in=references)}
