"""Payout rounds, their rows and payments, change requests, and what pools will be due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from commissions.models import CountyAssessmentEvent, PoolChange, PoolEntry, PoolPayment, PoolRound, PoolRoundRow
from commissions.rules import pool
from commissions.rules.pool import RoundPeriod
from core import sql
from core.periods import Month
from dealers.models import Dealer


def visible(user: Any) -> QuerySet[PoolRound]:
    return PoolRound.objects.visible_to(user).select_related("county", "submitted_by", "approved_by")


def rows(round_: PoolRound, user: Any) -> QuerySet[PoolRoundRow]:
    """The dealers of a round within the user's scope."""
    return PoolRoundRow.objects.visible_to(user).filter(round=round_).select_related("dealer", "round")


def changes(user: Any) -> QuerySet[PoolChange]:
    return PoolChange.objects.visible_to(user).select_related("dealer", "dealer__org_unit", "filed_by", "decided_by")


def county_events(user: Any) -> QuerySet[CountyAssessmentEvent]:
    """What counts in the assessment of the counties within the user's scope."""
    return CountyAssessmentEvent.objects.visible_to(user).select_related("county", "dealer", "round", "change", "by")


def issued(round_: PoolRound) -> QuerySet[PoolPayment]:
    """The payments of a round that are under way."""
    return (
        PoolPayment.objects.filter(row__round=round_, state="issued")
        .select_related("row", "row__dealer")
        .order_by("row__dealer__code")
    )


def periods_on_offer(today: date) -> list[RoundPeriod]:
    """The last periods that are over, newest first."""
    found = [RoundPeriod(year, half) for year in range(today.year - 2, today.year + 1) for half in (0, 1, 2)]
    return sorted((one for one in found if one.last < today), reverse=True)[:6]


@dataclass(frozen=True)
class Due:
    """What of a pool is due in one round: months that make it up, idle months so far, what they leave."""

    period: RoundPeriod
    lots: Sequence[pool.Lot]
    amount: Decimal
    idle: int
    factor: Decimal
    until_half: int
    until_none: int


def calendar(dealer: Dealer, today: date) -> list[Due]:
    """When what is in the dealer's pool will be due, as the months until `today` stand."""
    entries = [
        (Month.of(month), amount)
        for month, amount in PoolEntry.objects.filter(dealer=dealer).values_list("month", "amount")
    ]
    last = (
        PoolRoundRow.objects.filter(dealer=dealer, round__state__in=("approved", "paid"))
        .order_by("-round__last_day")
        .values_list("round__period", flat=True)
        .first()
    )
    after = RoundPeriod.parse(last) if last else None
    by_period: dict[RoundPeriod, list[pool.Lot]] = {}
    for lot in pool.lots(entries):
        by_period.setdefault(pool.due_in(lot.month, dealer.payout_rhythm, after=after), []).append(lot)
    return [_due(dealer, period, lots, today) for period, lots in sorted(by_period.items())]


def _due(dealer: Dealer, period: RoundPeriod, lots: list[pool.Lot], today: date) -> Due:
    sold = sql.fetch_all(
        """SELECT DISTINCT date_trunc('month', event_date)::date AS month FROM inventory_salesrecord
            WHERE seller_id = %s AND business_type = 'activation' AND event_date BETWEEN %s AND %s""",
        [dealer.pk, period.first, period.last],
    )
    over = [month for month in period.first_month.until(period.last_month) if month.last < today]
    active = {Month.of(row["month"]) for row in sold}
    counted = [month for month in over if month >= Month.of(dealer.cooperation_start)]
    idle = len([month for month in counted if month not in active])
    whole, half = pool.LIMITS[period.rhythm]
    return Due(
        period=period,
        lots=lots,
        amount=sum((lot.amount for lot in lots), Decimal("0.00")),
        idle=idle,
        factor=pool.factor(period.rhythm, idle),
        until_half=max(0, whole + 1 - idle),
        until_none=max(0, half + 1 - idle),
    )


def forfeited_on(dealer: Dealer, today: date) -> date | None:
    """The day on which the pool of a dealer that is terminated today is lost; None if it is not."""
    ended = sql.fetch_value(
        """SELECT min(from_date) FROM dealers_closed_span WHERE dealer_id = %s AND from_date <= %s
              AND (until_date IS NULL OR until_date > %s)""",
        [dealer.pk, today, today],
    )
    return pool.forfeited_on(ended) if ended else None


# FIFO: what leaves a pool takes the oldest month first.
LIABILITY = """
WITH came AS (
    SELECT entry.dealer_id, entry.month, sum(entry.amount) FILTER (WHERE entry.amount > 0) AS amount
      FROM commissions_poolentry entry WHERE entry.dealer_id = ANY(%(dealers)s::bigint[])
     GROUP BY entry.dealer_id, entry.month HAVING sum(entry.amount) FILTER (WHERE entry.amount > 0) > 0),
gone AS (
    SELECT dealer_id, -sum(amount) AS amount FROM commissions_poolentry
     WHERE amount < 0 AND dealer_id = ANY(%(dealers)s::bigint[]) GROUP BY dealer_id),
lots AS (
    SELECT came.dealer_id, came.month,
           greatest(0, least(came.amount, sum(came.amount) OVER (PARTITION BY came.dealer_id ORDER BY came.month)
                                          - coalesce(gone.amount, 0))) AS amount
      FROM came LEFT JOIN gone USING (dealer_id)),
placed AS (
    SELECT lots.dealer_id, lots.amount,
           greatest(CASE WHEN dealer.payout_rhythm = 'year' THEN make_date(extract(year FROM lots.month)::int, 12, 31)
                         WHEN extract(month FROM lots.month) <= 6
                         THEN make_date(extract(year FROM lots.month)::int, 6, 30)
                         ELSE make_date(extract(year FROM lots.month)::int, 12, 31) END,
                    coalesce(done.after, '-infinity')) AS due, dealer.stage = 'terminated' AS ended
      FROM lots JOIN dealers_dealer dealer ON dealer.id = lots.dealer_id
      LEFT JOIN LATERAL (
           SELECT (max(round.last_day) + 1 + CASE dealer.payout_rhythm WHEN 'year' THEN interval '12 months'
                                                  ELSE interval '6 months' END)::date - 1 AS after
             FROM commissions_poolroundrow part JOIN commissions_poolround round ON round.id = part.round_id
            WHERE part.dealer_id = lots.dealer_id AND round.state IN ('approved', 'paid')) done ON true
     WHERE lots.amount > 0)
SELECT due, sum(amount) AS amount, count(DISTINCT dealer_id) AS dealers,
       coalesce(sum(amount) FILTER (WHERE ended), 0) AS ended
  FROM placed GROUP BY due ORDER BY due
"""


def liability(user: Any, unit: Any = None) -> list[dict[str, Any]]:
    """What is in the pools of the user's dealers by the day on which its period ends (yuan)."""
    dealers = Dealer.objects.visible_to(user).within(unit).values_list("pk", flat=True)
    return sql.fetch_all(LIABILITY, {"dealers": list(dealers)})
