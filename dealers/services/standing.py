"""Keeps what a dealer's row says of today (tier, unit, stage) in step with its histories."""

from datetime import date

from core import followups, sql

REFRESH = """
UPDATE dealers_dealer d SET tier = now.tier, org_unit_id = now.org_unit_id, stage = now.stage
  FROM (SELECT d.id,
               coalesce((SELECT h.tier FROM dealers_dealertier h WHERE h.dealer_id = d.id AND h.valid_from <= %(day)s
                          ORDER BY h.valid_from DESC LIMIT 1), d.tier) AS tier,
               coalesce((SELECT h.org_unit_id FROM dealers_dealerunit h
                          WHERE h.dealer_id = d.id AND h.valid_from <= %(day)s
                          ORDER BY h.valid_from DESC LIMIT 1), d.org_unit_id) AS org_unit_id,
               CASE WHEN EXISTS (SELECT FROM dealers_closed_span c WHERE c.dealer_id = d.id
                                    AND c.from_date <= %(day)s AND (c.until_date IS NULL OR c.until_date > %(day)s))
                    THEN 'terminated'
                    WHEN d.stage IN ('mature', 'suspended') AND EXISTS (
                         SELECT FROM dealers_dealersuspension s WHERE s.dealer_id = d.id
                            AND s.from_date <= %(day)s AND (s.to_date IS NULL OR s.to_date >= %(day)s))
                    THEN 'suspended'
                    WHEN d.stage = 'suspended' AND EXISTS (
                         SELECT FROM dealers_dealersuspension s WHERE s.dealer_id = d.id) THEN 'mature'
                    WHEN d.stage IN ('verified', 'terminated') AND EXISTS (
                         SELECT FROM dealers_agreement a WHERE a.dealer_id = d.id
                            AND a.starts_on <= %(day)s AND a.ends_on >= %(day)s) THEN 'contracted'
                    ELSE d.stage END AS stage
          FROM dealers_dealer d WHERE d.id = ANY(%(ids)s)) now
 WHERE d.id = now.id AND (d.tier, d.org_unit_id, d.stage) IS DISTINCT FROM (now.tier, now.org_unit_id, now.stage)
"""


def refresh(*, dealer_ids: list[int], day: date) -> int:
    """Write what holds on `day` into the dealers' rows; how many changed. Safe to run again."""
    if not dealer_ids:
        return 0
    changed = sql.execute(REFRESH, {"ids": list(dealer_ids), "day": day})
    followups.emit("dealers_changed", ids=list(dealer_ids))
    return changed
