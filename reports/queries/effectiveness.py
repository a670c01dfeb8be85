"""The facts behind the effectiveness score, gathered in SQL. See docs/reports.md.

A record belongs to the group in which its dealer was on the event's date; commission to
the group of the record that earned it. Records without seller belong to none.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any

from constance.utils import get_values_for_keys
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from core import sql
from core.errors import Refused
from reports.periods import Span
from reports.rules import effectiveness as rules
from reports.rules.effectiveness import Facts, Result


class Dimension(StrEnum):
    COUNTY = "county"
    CHAIN_TYPE = "chain_type"
    SEGMENT = "segment"
    DEALER = "dealer"


class WeightsRefused(Refused):
    """The weights on the settings page do not sum to 1."""

    code = "weights"


@dataclass(frozen=True)
class Report:
    """Scores of a period by a dimension; `as_of` is when its newest batch was calculated."""

    span: Span
    dimension: Dimension
    result: Result
    as_of: datetime | None
    weights: Mapping[str, Decimal]


# Group of a developed record (tables sale, dealer, unit) and of a statement or line (batch, dealer, sale).
GROUP_OF_RECORD = {
    Dimension.COUNTY: "county.code",
    Dimension.CHAIN_TYPE: "dealer.chain_type",
    Dimension.SEGMENT: "sale.segment",
    Dimension.DEALER: "dealer.code",
}

# Dealers' units with the days on which they hold.
PLACES = """
SELECT dealer_id, org_unit_id, valid_from,
       lead(valid_from, 1, 'infinity') OVER (PARTITION BY dealer_id ORDER BY valid_from) AS until
  FROM dealers_dealerunit
"""

DEVELOPED = """
DROP TABLE IF EXISTS t_developed;
CREATE TEMP TABLE t_developed ON COMMIT DROP AS
SELECT {group} AS grp, sale.seller_id, sale.subscriber_no
  FROM inventory_salesrecord sale
  JOIN dealers_dealer dealer ON dealer.id = sale.seller_id
  JOIN ({places}) place
    ON place.dealer_id = sale.seller_id AND sale.event_date >= place.valid_from AND sale.event_date < place.until
  JOIN accounts_orgunit unit ON unit.id = place.org_unit_id
  LEFT JOIN accounts_orgunit county ON county.id = unit.county_id
 WHERE sale.business_type IN ('activation', 'port_in')
   AND sale.event_date BETWEEN %(first)s AND %(last)s
   AND unit.path LIKE %(path)s;
ANALYZE t_developed
"""

USERS = """
SELECT known.grp, count(*) AS developed,
       count(*) FILTER (WHERE figures.in_network IS NOT TRUE) AS churned,
       count(*) FILTER (WHERE coalesce(figures.call_minutes, 0) >= %(minutes)s
                           OR coalesce(figures.data_mb, 0) >= %(data)s) AS active
  FROM t_developed known
  LEFT JOIN inventory_subscribermonth figures
    ON figures.month = %(month)s AND known.subscriber_no <> '' AND figures.subscriber_no = known.subscriber_no
 GROUP BY known.grp
"""

MONEY = """
SELECT known.grp,
       count(*) FILTER (WHERE figures.month = %(month)s AND figures.in_network) AS in_network,
       coalesce(sum(figures.billed_amount), 0) AS revenue,
       coalesce(sum(figures.arrears) FILTER (WHERE figures.month = %(month)s), 0) AS arrears
  FROM (SELECT DISTINCT grp, subscriber_no FROM t_developed WHERE subscriber_no <> '') known
  JOIN inventory_subscribermonth figures USING (subscriber_no)
 WHERE figures.month BETWEEN %(first)s AND %(month)s
 GROUP BY known.grp
"""

# Whole months up to the day after the period, which is the first of a month.
COOPERATION = """
SELECT known.grp,
       avg(greatest(0, (extract(year FROM %(after)s::date) - extract(year FROM dealer.cooperation_start)) * 12
                       + extract(month FROM %(after)s::date) - extract(month FROM dealer.cooperation_start)
                       - (extract(day FROM dealer.cooperation_start) > 1)::int)) AS months
  FROM (SELECT DISTINCT grp, seller_id FROM t_developed) known
  JOIN dealers_dealer dealer ON dealer.id = known.seller_id
 GROUP BY known.grp
"""

LIVE = """
SELECT batch.id, batch.county_id, batch.calculated_at
  FROM commissions_settlementbatch batch JOIN accounts_orgunit unit ON unit.id = batch.county_id
 WHERE batch.month BETWEEN %(first)s AND %(month)s AND batch.state NOT IN ('void', 'calculating')
   AND (unit.path LIKE %(path)s OR %(root)s LIKE unit.path || '%%')
"""

# Whole counties: a statement's gross is the sum of its record lines.
BY_STATEMENT = """
SELECT {group} AS grp, sum(statement.gross) AS commission
  FROM commissions_statement statement
  JOIN commissions_settlementbatch batch ON batch.id = statement.batch_id
  JOIN dealers_dealer dealer ON dealer.id = statement.dealer_id
  JOIN accounts_orgunit county ON county.id = batch.county_id
 WHERE batch.id = ANY(%(batches)s) AND statement.gross <> 0
 GROUP BY 1
"""

# By what only the record knows, or for a part of a county.
BY_LINE = """
SELECT {group} AS grp, sum(line.amount) AS commission
  FROM commissions_commissionline line
  JOIN inventory_salesrecord sale ON sale.id = line.record_id
  JOIN dealers_dealer dealer ON dealer.id = line.dealer_id
  JOIN ({places}) place
    ON place.dealer_id = line.dealer_id AND sale.event_date >= place.valid_from AND sale.event_date < place.until
  JOIN accounts_orgunit unit ON unit.id = place.org_unit_id
  LEFT JOIN accounts_orgunit county ON county.id = unit.county_id
 WHERE line.batch_id = ANY(%(batches)s) AND line.line_type = 'record' AND line.amount <> 0
   AND unit.path LIKE %(path)s
 GROUP BY 1
"""


SETTINGS = {
    "revenue_per_100": "EFFECTIVENESS_REVENUE",
    "developed": "EFFECTIVENESS_DEVELOPED",
    "churn_rate": "EFFECTIVENESS_CHURN",
    "active_rate": "EFFECTIVENESS_ACTIVE",
    "arpu": "EFFECTIVENESS_ARPU",
    "minutes": "ACTIVE_CALL_MINUTES",
    "data": "ACTIVE_DATA_MB",
}


KEPT_SECONDS = 600
PATIENCE_SECONDS = 20
# What changes when files come in or batches move.
VERSION = """
SELECT (SELECT max(id) FROM core_importrun WHERE finished_at IS NOT NULL) AS imported,
       (SELECT max(id) FROM core_transition) AS moved,
       (SELECT max(calculated_at) FROM commissions_settlementbatch) AS calculated
"""


def report(*, span: Span, dimension: Dimension, unit: OrgUnit | None, keep: bool = False) -> Report:
    """The score of every group within `unit` (None: everywhere). Raises WeightsRefused.

    With `keep` the facts of the last ten minutes are good enough, unless a file came in or a batch moved since.
    """
    asked = _settings()
    facts, as_of = (_kept if keep else gather)(span=span, dimension=dimension, unit=unit, thresholds=asked)
    weights = {name: asked[name] for name in rules.INDICATORS}
    try:
        result = rules.evaluate(facts, weights=weights)
    except rules.WeightsInvalid as error:
        raise WeightsRefused(
            _("The weights of the score must sum to 1. An administrator can correct this in the settings.")
        ) from error
    return Report(span, dimension, result, as_of, weights)


def _settings() -> dict[str, Decimal]:
    """Weights by indicator and the thresholds of an active user, as the settings page has them now."""
    found = get_values_for_keys(list(SETTINGS.values()))
    return {name: found[key] for name, key in SETTINGS.items()}


def _kept(
    *, span: Span, dimension: Dimension, unit: OrgUnit | None, thresholds: dict[str, Decimal]
) -> tuple[list[Facts], datetime | None]:
    told = (span, dimension, unit.path if unit else "/", sorted(thresholds.items()), sql.fetch_one(VERSION))
    key = f"effectiveness-{sha256(repr(told).encode()).hexdigest()}"
    found: tuple[list[Facts], datetime | None] | None
    while (found := cache.get(key)) is None:
        # Of those who ask at once one works and the others wait for it, or go on if it died.
        if cache.add(f"{key}-at-work", True, PATIENCE_SECONDS):
            try:
                # Whoever worked before may have ended since we looked.
                if (found := cache.get(key)) is None:
                    found = gather(span=span, dimension=dimension, unit=unit, thresholds=thresholds)
                    cache.set(key, found, KEPT_SECONDS)
            finally:
                cache.delete(f"{key}-at-work")
            break
        time.sleep(0.05)
    return found


def gather(
    *, span: Span, dimension: Dimension, unit: OrgUnit | None, thresholds: dict[str, Decimal] | None = None
) -> tuple[list[Facts], datetime | None]:
    """The facts of every group that developed users or earned commission, and their time.

    `thresholds` has the least `minutes` and `data` (MB) of an active user.
    """
    thresholds = thresholds or _settings()
    root = unit.path if unit else "/"
    params: dict[str, Any] = {
        "first": span.first_day,
        "last": span.last_day,
        "month": span.end.first,
        "after": (span.end + 1).first,
        "root": root,
        "path": f"{root}%",
        "minutes": thresholds["minutes"],
        "data": thresholds["data"],
    }
    group = GROUP_OF_RECORD[dimension]
    with sql.snapshot():
        sql.execute(DEVELOPED.format(group=group, places=PLACES), params)
        users, money, cooperation = (_by_group(query, params) for query in (USERS, MONEY, COOPERATION))
        batches = sql.fetch_all(LIVE, params)
        params["batches"] = [batch["id"] for batch in batches]
        whole = unit is None or unit.level != "grid"
        query = BY_STATEMENT if whole and dimension != Dimension.SEGMENT else BY_LINE
        commission = _by_group(query.format(group=group, places=PLACES), params)
    nothing: dict[str, Any] = {}
    facts = [
        Facts(
            group=name or "",
            **users.get(name, nothing),
            **money.get(name, nothing),
            **commission.get(name, nothing),
            cooperation_months=Decimal(cooperation.get(name, {}).get("months") or 0),
        )
        for name in {*users, *commission}
    ]
    times = [batch["calculated_at"] for batch in batches if batch["calculated_at"]]
    return facts, max(times, default=None)


def _by_group(query: str, params: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row.pop("grp"): row for row in sql.fetch_all(query, params)}
