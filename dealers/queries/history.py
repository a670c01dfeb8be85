"""What held on a day: tier, unit and stage, for one dealer and for all at once.

Suspended and terminated follow from dates, so they are right even before the nightly
job has written the stage. See docs/dealers.md, "What holds on a day".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from core import sql
from dealers.models import Dealer


@dataclass(frozen=True)
class Standing:
    """What held for a dealer on a day. `stage` is None before the cooperation began."""

    dealer_id: int
    tier: str | None
    org_unit_id: int | None
    stage: str | None
    ended_on: date | None = None
    cause: str = ""


# One row per dealer of %(ids)s: index lookups in the three histories and the closed spans.
ON_DAY = """
SELECT dealer.id AS dealer_id,
       coalesce(tier.tier, CASE WHEN NOT EXISTS (SELECT FROM dealers_dealertier t WHERE t.dealer_id = dealer.id)
                                THEN dealer.tier END) AS tier,
       coalesce(unit.org_unit_id,
                CASE WHEN NOT EXISTS (SELECT FROM dealers_dealerunit u WHERE u.dealer_id = dealer.id)
                     THEN dealer.org_unit_id END) AS org_unit_id,
       CASE WHEN closed.from_date IS NOT NULL THEN 'terminated'
            WHEN dealer.cooperation_start > %(day)s THEN NULL
            WHEN EXISTS (SELECT FROM dealers_dealersuspension s WHERE s.dealer_id = dealer.id
                            AND s.from_date <= %(day)s AND (s.to_date IS NULL OR s.to_date >= %(day)s))
                 THEN 'suspended'
            WHEN dealer.stage IN ('suspended', 'terminated') THEN 'mature'
            ELSE dealer.stage END AS stage,
       closed.from_date AS ended_on,
       coalesce(closed.cause, '') AS cause
  FROM dealers_dealer dealer
  LEFT JOIN LATERAL (SELECT t.tier FROM dealers_dealertier t
                      WHERE t.dealer_id = dealer.id AND t.valid_from <= %(day)s
                      ORDER BY t.valid_from DESC LIMIT 1) tier ON true
  LEFT JOIN LATERAL (SELECT u.org_unit_id FROM dealers_dealerunit u
                      WHERE u.dealer_id = dealer.id AND u.valid_from <= %(day)s
                      ORDER BY u.valid_from DESC LIMIT 1) unit ON true
  LEFT JOIN LATERAL (SELECT c.from_date, c.cause FROM dealers_closed_span c
                      WHERE c.dealer_id = dealer.id AND c.from_date <= %(day)s
                        AND (c.until_date IS NULL OR c.until_date > %(day)s)
                      ORDER BY c.from_date LIMIT 1) closed ON true
 WHERE dealer.id = ANY(%(ids)s)
"""


def standings(*, dealer_ids: Iterable[int], day: date) -> dict[int, Standing]:
    """What held on `day` for each of the dealers: one query."""
    rows = sql.fetch_all(ON_DAY, {"ids": list(dealer_ids), "day": day})
    return {row["dealer_id"]: Standing(**row) for row in rows}


def standing(*, dealer: Dealer, day: date) -> Standing:
    """What held on `day` for one dealer."""
    return standings(dealer_ids=[dealer.pk], day=day)[dealer.pk]


@dataclass(frozen=True)
class Span:
    """Days on which something held: `first` included, `last` included, None while it lasts."""

    first: date
    last: date | None
    value: str


TIER_SPANS = """
SELECT valid_from AS first, lead(valid_from) OVER (ORDER BY valid_from) - 1 AS last, tier AS value
  FROM dealers_dealertier WHERE dealer_id = %(dealer)s ORDER BY valid_from DESC
"""
UNIT_SPANS = """
SELECT history.valid_from AS first, lead(history.valid_from) OVER (ORDER BY history.valid_from) - 1 AS last,
       unit.name AS value
  FROM dealers_dealerunit history JOIN accounts_orgunit unit ON unit.id = history.org_unit_id
 WHERE history.dealer_id = %(dealer)s ORDER BY history.valid_from DESC
"""
CLOSED_SPANS = """
SELECT from_date AS first, until_date - 1 AS last, cause AS value
  FROM dealers_closed_span WHERE dealer_id = %(dealer)s ORDER BY from_date DESC
"""


def tier_spans(*, dealer: Dealer) -> list[Span]:
    """The tiers of a dealer, the newest first."""
    return _spans(TIER_SPANS, dealer)


def unit_spans(*, dealer: Dealer) -> list[Span]:
    """The units of a dealer by name, the newest first."""
    return _spans(UNIT_SPANS, dealer)


def closed_spans(*, dealer: Dealer) -> list[Span]:
    """The times in which a dealer was terminated, with the cause, the newest first."""
    return _spans(CLOSED_SPANS, dealer)


def _spans(statement: str, dealer: Dealer) -> list[Span]:
    return [Span(**row) for row in sql.fetch_all(statement, {"dealer": dealer.pk})]
