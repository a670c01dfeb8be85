"""A dealer's sales by month and business type."""

from dataclasses import dataclass
from datetime import date

from core import sql
from core.periods import Month
from dealers.models import Dealer
from dealers.models.tiers import BusinessType

MONTHS = 12
# One range of the index (seller, event_date).
BY_MONTH = """
SELECT date_trunc('month', event_date)::date AS month, business_type, count(*) AS n
  FROM inventory_salesrecord
 WHERE seller_id = %(dealer)s AND event_date BETWEEN %(first)s AND %(last)s
 GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Trend:
    """Records per month, for each business type that occurs, in the order of the types."""

    months: list[Month]
    by_type: dict[str, list[int]]

    @property
    def totals(self) -> list[int]:
        return [sum(column) for column in zip(*self.by_type.values(), strict=True)] or [0] * len(self.months)


def trend(*, dealer: Dealer, day: date, months: int = MONTHS) -> Trend:
    """The last `months` months up to that of `day`: one query."""
    last = Month.of(day)
    first = last + (1 - months)
    span = list(first.until(last))
    found: dict[tuple[str, Month], int] = {
        (row["business_type"], Month.of(row["month"])): row["n"]
        for row in sql.fetch_all(BY_MONTH, {"dealer": dealer.pk, "first": first.first, "last": last.last})
    }
    occurring = {business_type for business_type, _ in found}
    return Trend(
        span,
        {one: [found.get((one, month), 0) for month in span] for one in BusinessType.values if one in occurring},
    )
