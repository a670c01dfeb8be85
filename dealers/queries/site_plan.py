"""Planned stores against those that exist, unit by unit."""

from dataclasses import dataclass
from typing import Any

from accounts.models import OrgUnit
from core import sql

COMING = ("prospect", "applied", "verified")
# Units that have a plan, or grids and counties in which there are stores.
ROWS = """
SELECT unit.id, unit.name, unit.path, tier.tier, coalesce(plan.planned, 0) AS planned,
       coalesce(held.existing, 0) AS existing, coalesce(held.coming, 0) AS coming
  FROM accounts_orgunit unit
 CROSS JOIN unnest(%(tiers)s::text[]) WITH ORDINALITY AS tier (tier, place)
  LEFT JOIN dealers_siteplan plan ON plan.org_unit_id = unit.id AND plan.tier = tier.tier
  LEFT JOIN (SELECT org_unit_id, tier,
                    count(*) FILTER (WHERE stage IN ('contracted', 'lead_in', 'mature', 'suspended')) AS existing,
                    count(*) FILTER (WHERE stage = ANY(%(coming)s)) AS coming
               FROM dealers_dealer GROUP BY org_unit_id, tier) held
         ON held.org_unit_id = unit.id AND held.tier = tier.tier
 WHERE unit.id = ANY(%(units)s) AND (plan.id IS NOT NULL OR held.existing > 0 OR held.coming > 0)
 ORDER BY unit.path, tier.place
"""


@dataclass(frozen=True)
class Row:
    """A unit's stores of a tier: planned, there, on their way."""

    id: int
    name: str
    path: str
    tier: str
    planned: int
    existing: int
    coming: int

    @property
    def gap(self) -> int:
        """How many are still to be found; 0 if there is no plan or it is met."""
        return max(self.planned - self.existing - self.coming, 0)


def rows(user: Any, *, unit: Any = None) -> list[Row]:
    """The units of the scope (or of `unit`) in the order of the tree: two queries."""
    units = OrgUnit.objects.visible_to(user).within(unit)
    ids = list(units.filter(level__in=["county", "grid"]).values_list("pk", flat=True))
    given = {"units": ids, "tiers": ["partner", "exclusive", "mall"], "coming": list(COMING)}
    return [Row(**row) for row in sql.fetch_all(ROWS, given)]
