"""Sales confirmed false: what was settled for them, what was taken back, and where the rest will be."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from commissions.models import SettlementBatch
from commissions.rules.entering import enters
from commissions.states import FROZEN
from core import sql
from core.money import ZERO
from core.periods import Month
from inventory.models import FalseSale

# Where lines of a record can stand: in the counties that settled it or in which its seller has been.
BATCHES = """
SELECT batch.id FROM commissions_settlementbatch batch
 WHERE batch.state <> 'void' AND batch.lines > 0 AND batch.last_day >= %(oldest)s
   AND batch.county_id IN (
        SELECT known.county_id FROM commissions_entitlement known WHERE known.record_id = ANY(%(records)s::bigint[])
        UNION
        SELECT unit.county_id FROM dealers_dealerunit span JOIN accounts_orgunit unit ON unit.id = span.org_unit_id
         WHERE span.dealer_id = ANY(%(dealers)s::bigint[]))
"""
LINES = """
SELECT line.record_id, line.line_type, batch.state, batch.period, batch.number, statement.number AS statement,
       sum(line.amount) AS amount, sum(line.withheld) FILTER (WHERE line.reason = 'clawed_back') AS withheld
  FROM commissions_commissionline line
  JOIN commissions_settlementbatch batch ON batch.id = line.batch_id
  JOIN commissions_statement statement ON statement.batch_id = line.batch_id AND statement.dealer_id = line.dealer_id
 WHERE line.batch_id = ANY(%(batches)s::bigint[]) AND line.record_id = ANY(%(records)s::bigint[])
 GROUP BY 1, 2, 3, 4, 5, 6
 ORDER BY batch.period
"""


def visible(user: Any) -> QuerySet[FalseSale]:
    """The confirmed false sales of the user's dealers, with sale, product and seller."""
    related = ("record__product", "record__seller__org_unit")
    return FalseSale.objects.visible_to(user).filter(record__seller__isnull=False).select_related(*related)


@dataclass
class Fate:
    """What became of one false sale, in yuan: settled and approved, taken back, withheld for it.

    `periods` are those whose batches took back; `ahead` the one that will take what is left.
    """

    settled: Decimal = ZERO
    back: Decimal = ZERO
    withheld: Decimal = ZERO
    periods: tuple[str, ...] = ()
    statement: str = ""
    ahead: str = ""

    @property
    def left(self) -> Decimal:
        """What is still to be taken back."""
        return self.settled - self.back

    @property
    def words(self) -> str:
        if self.left:
            return _("will be taken back with %(period)s") % {"period": self.ahead}
        if self.periods:
            return _("taken back with %(period)s") % {"period": ", ".join(self.periods)}
        return _("nothing was paid")


def fates(rows: Sequence[FalseSale], user: Any) -> dict[int, Fate]:
    """By the rows' keys: three queries, however many rows. A dealer is shown approved batches only."""
    if not rows:
        return {}
    params: dict[str, Any] = {
        "records": [row.record_id for row in rows],
        "dealers": sorted({row.record.seller_id for row in rows if row.record.seller_id}),
        "oldest": min(row.record.event_date for row in rows),
    }
    params["batches"] = [row["id"] for row in sql.fetch_all(BATCHES, params)]
    found = {row.record_id: Fate() for row in rows}
    for line in sql.fetch_all(LINES, params) if params["batches"] else []:
        _count(found[line["record_id"]], line, user)
    ahead = _ahead(rows)
    for row in rows:
        county = row.record.seller.org_unit.county_id if row.record.seller else None
        found[row.record_id].ahead = str(enters(Month.of(row.record.event_date), ahead.get(county or 0, {})))
    return {row.pk: found[row.record_id] for row in rows}


def _count(fate: Fate, line: dict[str, Any], user: Any) -> None:
    frozen = line["state"] in FROZEN
    if user.is_dealer and not frozen:
        return
    if line["line_type"] == "clawback":
        fate.back -= line["amount"]
        fate.periods = (*fate.periods, line["period"])
        fate.statement = line["statement"]
    elif line["line_type"] == "record":
        fate.settled += line["amount"] if frozen else ZERO
        fate.withheld += line["withheld"] or ZERO


def _ahead(rows: Sequence[FalseSale]) -> dict[int, dict[Month, str]]:
    """The states of the live monthly batches of the sellers' counties, by county and month."""
    counties = {row.record.seller.org_unit.county_id for row in rows if row.record.seller}
    found: dict[int, dict[Month, str]] = {}
    batches = SettlementBatch.objects.filter(county__in=counties, kind="monthly").exclude(state="void")
    for county, month, state in batches.values_list("county_id", "month", "state"):
        found.setdefault(county, {})[Month.of(month)] = state
    return found
