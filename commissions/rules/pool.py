"""The deferred pool: payout rounds, forfeiture and what a balance consists of.

Yuan as Decimal with two places, months as `core.periods.Month`, days as dates.
See docs/commissions.md#payout-round, #forfeiture-after-an-ending and #what-a-pool-consists-of.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import total_ordering

from commissions.rules.values import ONE, ZERO
from core.money import yuan
from core.periods import InvalidPeriod, Month

PATTERN = re.compile(r"(\d{4})(?:H([12]))?")
HALF = Decimal("0.5")
CLOCK_MONTHS = 3
# Idle months: up to how many the whole, and how many the half is paid.
LIMITS = {"half_year": (1, 2), "year": (2, 3)}


@total_ordering
@dataclass(frozen=True)
class RoundPeriod:
    """What a payout round is about: a half-year `2026H1`, `2026H2` or a year `2026` (`half` 0)."""

    year: int
    half: int = 0

    @classmethod
    def parse(cls, text: str) -> "RoundPeriod":
        """InvalidPeriod unless the text is like 2026H1 or 2026."""
        match = PATTERN.fullmatch(text.strip())
        if not match:
            raise InvalidPeriod(text)
        return cls(int(match[1]), int(match[2] or 0))

    @classmethod
    def containing(cls, month: Month, rhythm: str) -> "RoundPeriod":
        """The period of that payout rhythm in which a month lies."""
        return cls(month.year, (1 if month.month <= 6 else 2) if rhythm == "half_year" else 0)

    @property
    def rhythm(self) -> str:
        """Of which dealers: those with this `payout_rhythm`."""
        return "half_year" if self.half else "year"

    @property
    def first_month(self) -> Month:
        return Month(self.year, 7 if self.half == 2 else 1)

    @property
    def last_month(self) -> Month:
        return Month(self.year, 6 if self.half == 1 else 12)

    @property
    def first(self) -> date:
        return self.first_month.first

    @property
    def last(self) -> date:
        return self.last_month.last

    @property
    def next(self) -> "RoundPeriod":
        if self.half == 1:
            return RoundPeriod(self.year, 2)
        return RoundPeriod(self.year + 1, 1 if self.half else 0)

    def __lt__(self, other: "RoundPeriod") -> bool:
        return (self.last, self.first) < (other.last, other.first)

    def __str__(self) -> str:
        return f"{self.year:04d}H{self.half}" if self.half else f"{self.year:04d}"


def idle_months(period: RoundPeriod, *, active: Iterable[Month], cooperation_start: date) -> int:
    """Months of the period without an activation, from the month in which the cooperation starts."""
    first = max(period.first_month, Month.of(cooperation_start))
    return len(set(first.until(period.last_month)) - set(active))


def factor(rhythm: str, idle: int) -> Decimal:
    """Which part of the basis the idle months leave: 1, 0.5 or 0."""
    whole, half = LIMITS[rhythm]
    if idle <= whole:
        return ONE
    return HALF if idle <= half else ZERO


@dataclass(frozen=True)
class Payout:
    """What a round does to a dealer's pool. `reason`: '', `suspended` or `terminated`."""

    payout: Decimal
    forfeit: Decimal
    reason: str = ""


def payout(
    basis: Decimal,
    *,
    factor: Decimal,
    ratio: Decimal = ONE,
    suspended: bool = False,
    terminated: bool = False,
    forfeits: bool = True,
    overridden: bool = False,
) -> Payout:
    """What is paid and what is lost of `basis`; a terminated or suspended dealer keeps all of it.

    `forfeits`: what idle months withhold is lost; otherwise it stays. `overridden`: the city
    lets the round pay in spite of the reason, or in spite of idle months where there is none.
    """
    reason = "terminated" if terminated else "suspended" if suspended else ""
    if reason and not overridden:
        return Payout(yuan(ZERO), yuan(ZERO), reason)
    part = ONE if overridden and not reason else factor
    lost = basis - yuan(basis * part) if forfeits else ZERO
    return Payout(yuan(basis * part * ratio), yuan(lost), reason)


def forfeited_on(ended_on: date) -> date:
    """The same day three months later, or that month's last day."""
    month = Month.of(ended_on) + CLOCK_MONTHS
    return date(month.year, month.month, min(ended_on.day, month.days))


def keeps_pool(ended_on: date, again_on: date) -> bool:
    """Does a dealer that is contracted again on `again_on` keep what was in its pool?"""
    return again_on < forfeited_on(ended_on)


@dataclass(frozen=True)
class Lot:
    """What is left in the pool of what came in for one month."""

    month: Month
    amount: Decimal


def lots(entries: Iterable[tuple[Month, Decimal]]) -> list[Lot]:
    """What a pool consists of, oldest month first: whatever leaves it takes the oldest first."""
    entries = list(entries)
    gone = -sum((amount for _, amount in entries if amount < 0), ZERO)
    came: dict[Month, Decimal] = {}
    for month, amount in entries:
        if amount > 0:
            came[month] = came.get(month, ZERO) + amount
    left = []
    for month in sorted(came):
        taken = min(gone, came[month])
        gone -= taken
        if came[month] > taken:
            left.append(Lot(month, yuan(came[month] - taken)))
    return left


def due_in(month: Month, rhythm: str, *, after: RoundPeriod | None) -> RoundPeriod:
    """The first round that can pay what came in for `month`, `after` being the last that is done."""
    period = RoundPeriod.containing(month, rhythm)
    while after is not None and period.last <= after.last:
        period = period.next
    return period
