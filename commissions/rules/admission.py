"""Whether a county's period may be settled, by what is live there and what day it is.

See docs/commissions.md#when-a-period-can-be-settled.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from commissions.rules.problems import gettext_noop
from core.periods import Month, Period, Week

OPEN_STATES = frozenset({"calculating", "calculated"})
FROZEN_STATES = frozenset({"approved", "paying", "paid"})

REFUSALS = {
    "not_over": gettext_noop("%(period)s is not over yet."),
    "already_submitted": gettext_noop(
        "The batch of %(other)s is already %(state)s; only a batch that is not yet submitted can be calculated again."
    ),
    "later_live": gettext_noop("%(other)s is already settled; earlier months stay as they are."),
    "earlier_open": gettext_noop("The batch of %(other)s must be approved first."),
    "weekly_open": gettext_noop("The weekly batch of %(other)s must be approved first."),
    "month_submitted": gettext_noop(
        "The batch of %(other)s is already %(state)s and has taken what this week would pay."
    ),
    "no_data": gettext_noop("No subscriber data of the county for: %(months)s."),
}


@dataclass(frozen=True)
class LiveBatch:
    """A batch of the county that is not void."""

    period: Period
    state: str


@dataclass(frozen=True)
class Refusal:
    """Why a period is not settled: a code of REFUSALS, the batch that stands in the way, months."""

    code: str
    other: str = ""
    state: str = ""
    months: tuple[Month, ...] = ()


def refusal(period: Period, live: Iterable[LiveBatch], *, today: date) -> Refusal | None:
    """Why the county's `period` may not be settled (or settled again) today; None if it may.

    `live` are the county's batches that are not void. Missing data are found only by
    settling: that refusal has the code `no_data`.
    """
    live = sorted(live, key=lambda batch: (batch.period.first, batch.period.last))
    if period.last >= today:
        return Refusal("not_over")
    for batch in live:
        if batch.period == period and batch.state not in OPEN_STATES:
            return Refusal("already_submitted", str(batch.period), batch.state)
    if isinstance(period, Week):
        return _week_refusal(period, live)
    return _month_refusal(period, live)


def _week_refusal(week: Week, live: list[LiveBatch]) -> Refusal | None:
    for batch in live:
        if batch.period == week.settlement_month and batch.state not in OPEN_STATES:
            return Refusal("month_submitted", str(batch.period), batch.state)
    return None


def _month_refusal(month: Month, live: list[LiveBatch]) -> Refusal | None:
    monthly = [(b.period, b.state) for b in live if isinstance(b.period, Month)]
    later = [period for period, _ in monthly if period > month]
    if later:
        return Refusal("later_live", str(later[-1]))
    for period, state in monthly:
        if period < month and state not in FROZEN_STATES:
            return Refusal("earlier_open", str(period), state)
    for batch in live:
        if (
            isinstance(batch.period, Week)
            and batch.period.settlement_month == month
            and batch.state not in FROZEN_STATES
        ):
            return Refusal("weekly_open", str(batch.period), batch.state)
    return None
