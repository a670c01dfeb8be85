"""What one calculation is about: the batch, its county and the small tables it is based on."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from accounts.models import OrgUnit
from commissions.models import CommissionRule, SettlementBatch
from commissions.rules import values
from core.periods import Month


@dataclass(frozen=True)
class Thresholds:
    """From when a subscriber is active: minutes or MB in a month."""

    call_minutes: Decimal
    data_mb: Decimal


@dataclass
class Context:
    """One run of the settlement of `batch`. Months are first days; `rules` by row id.

    `previous` is the county's latest live monthly batch before this period: everything
    that was due up to its month is settled. `later` are the county's weekly batches that came
    after it, `earlier` all its other batches. `segments` are the days on which the set of
    rules in force changes. `versions` are those of the small tables, `facts` of the large ones,
    `arrivals` of the months' sales records. `records` is what pricing found: how many records
    the county's dealers have in each month.
    """

    batch: SettlementBatch
    county: OrgUnit
    month: Month
    weekly: bool
    first_day: date
    last_day: date
    previous: SettlementBatch | None
    rules: dict[int, CommissionRule]
    values: dict[int, values.Rule]
    thresholds: Thresholds
    deduction_bands: str = ""
    segments: list[date] = field(default_factory=list)
    earlier: list[int] = field(default_factory=list)
    later: list[int] = field(default_factory=list)
    shared: bool = False
    same_versions: bool = False
    versions: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    arrivals: dict[str, str] = field(default_factory=dict)
    records: dict[str, int] = field(default_factory=dict)

    @property
    def params(self) -> dict[str, Any]:
        """What every SQL step may refer to."""
        return {
            "batch": self.batch.pk,
            "county": self.county.pk,
            "first_day": self.first_day,
            "last_day": self.last_day,
            "month": self.month.first,
            "month_last": self.month.last,
            "month_days": self.month.days,
            "weekly": self.weekly,
            "earlier": self.earlier,
            "later": self.later,
            "open_from": (self.previous_month + 1).first if self.previous else date.min,
            "segments": self.segments,
            "min_minutes": self.thresholds.call_minutes,
            "min_mb": self.thresholds.data_mb,
        }

    @property
    def previous_month(self) -> Month:
        """The month up to which the county is settled."""
        return Month.of(self.previous.month) if self.previous else Month.of(date.min)

    @property
    def lines_table(self) -> str:
        """The batch's own partition of the lines."""
        return f"commissions_line_b{int(self.batch.pk)}"
