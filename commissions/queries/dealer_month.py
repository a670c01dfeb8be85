"""What a dealer has sold so far in a month: counts only, amounts follow at settlement."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, QuerySet

from commissions.models import PoolAccount
from core.periods import Month
from dealers.models import Dealer
from dealers.models.tiers import BusinessType
from inventory.models import SalesRecord


@dataclass(frozen=True)
class BusinessCount:
    """Records of one business type: this month and in the same days of the month before."""

    business_type: str
    count: int
    before: int

    @property
    def label(self) -> Any:
        return BusinessType(self.business_type).label


@dataclass(frozen=True)
class SoFar:
    """A month to date. `last_day` is the day of the newest record that the portal has."""

    month: Month
    today: date
    last_day: date | None
    counts: list[BusinessCount]

    @property
    def total(self) -> int:
        return sum(one.count for one in self.counts)

    @property
    def before(self) -> int:
        return sum(one.before for one in self.counts)


def so_far(dealer_id: int, today: date) -> SoFar:
    """Sales of the dealer in the month of `today` up to that day, against the same days a month earlier."""
    month = Month.of(today)
    earlier = month + -1
    same_day = date(earlier.year, earlier.month, min(today.day, earlier.days))
    rows = SalesRecord.objects.filter(seller_id=dealer_id)
    now = _by_type(rows.filter(event_date__range=(month.first, today)))
    before = _by_type(rows.filter(event_date__range=(earlier.first, same_day)))
    newest = rows.filter(event_date__range=(month.first, today)).aggregate(day=Max("event_date"))["day"]
    counts = [
        BusinessCount(name, now.get(name, 0), before.get(name, 0))
        for name in BusinessType.values
        if name in now or name in before
    ]
    return SoFar(month, today, newest, counts)


def _by_type(rows: QuerySet[SalesRecord]) -> dict[str, int]:
    return dict(rows.order_by().values_list("business_type").annotate(count=Count("*")))


def pool_balance(dealer_id: int) -> Any:
    """The dealer's pool in yuan; None if it never had one."""
    return PoolAccount.objects.filter(dealer_id=dealer_id).values_list("balance", flat=True).first()


def own(user: Any) -> Dealer | None:
    """The dealer that the user belongs to."""
    return Dealer.objects.visible_to(user).filter(pk=user.dealer_id).first() if user.dealer_id else None
