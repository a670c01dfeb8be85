"""The rank of dealers by effective terminal sales within their own org unit. See docs/dealers.md, "Tiers"."""

from collections.abc import Mapping

from core import sql
from core.periods import Month, Quarter
from dealers.models import Dealer

RANKS = """
SELECT dealer_id, rank() OVER (PARTITION BY unit_id ORDER BY sold DESC) AS place
  FROM (SELECT placed.dealer_id, placed.unit_id, sum(facts.effective_terminals) AS sold
          FROM unnest(%(dealers)s::bigint[], %(units)s::bigint[]) AS placed (dealer_id, unit_id)
          JOIN dealers_dealermonth facts
            ON facts.dealer_id = placed.dealer_id AND facts.month BETWEEN %(first)s AND %(last)s
         GROUP BY placed.dealer_id, placed.unit_id
        HAVING sum(facts.effective_terminals) > 0) sold
"""


def ranks(*, units: Mapping[int, int], first: Month, last: Month) -> dict[int, int]:
    """1 + how many dealers of the very same unit sold strictly more in those months; nobody without a sale.

    `units`: the unit of each dealer by their ids.
    """
    given = {"dealers": list(units), "units": list(units.values()), "first": first.first, "last": last.first}
    return {row["dealer_id"]: row["place"] for row in sql.fetch_all(RANKS, given)}


def in_unit(dealer: Dealer, *, quarter: Quarter) -> int | None:
    """The dealer's rank in a quarter; None without a sale of its own."""
    unit = dealer.org_unit_id
    neighbours = Dealer.objects.filter(org_unit=unit).values_list("pk", flat=True)
    found = ranks(units=dict.fromkeys(neighbours, unit), first=quarter.first_month, last=quarter.last_month)
    return found.get(dealer.pk)
