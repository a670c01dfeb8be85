"""Budgets: how far a period is, what will be spent by its end, what is above it.

See docs/commissions.md, "Budgets". Money in yuan.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from core.money import ZERO, yuan
from core.periods import InvalidPeriod, Month

RECENT = 3  # months that a forecast looks back at
SHARE = Decimal("0.0001")


def span(period: str) -> tuple[date, date]:
    """First and last day of a month `2026-09` or a year `2026`; InvalidPeriod otherwise."""
    if len(period) == 4 and period.isdigit() and period.isascii() and period >= "0001":
        return date(int(period), 1, 1), date(int(period), 12, 31)
    if len(period) != 7:
        raise InvalidPeriod(period)
    month = Month.parse(period)
    return month.first, month.last


def periods_of(month: Month) -> tuple[str, str]:
    """The month and the year whose budgets a settlement month draws on."""
    return str(month), f"{month.year:04d}"


def elapsed(first: date, last: date, today: date) -> Decimal:
    """The share of the period's days that are over at the end of `today`, 0 to 1, at four places."""
    days = (last - first).days + 1
    over = min(max((today - first).days + 1, 0), days)
    return (Decimal(over) / days).quantize(SHARE, rounding=ROUND_HALF_UP)


def used(amount: Decimal, committed: Decimal) -> Decimal | None:
    """The share of a budget that is committed, at four places; None where the budget is 0."""
    return (committed / amount).quantize(SHARE, rounding=ROUND_HALF_UP) if amount else None


@dataclass(frozen=True)
class CountyMonth:
    """What a county's batches of a month commit so far.

    `settled`: its monthly batch is among them, or that of a later month, after which it can
    no longer be settled.
    """

    committed: Decimal
    settled: bool


def usual(recent: Iterable[Decimal]) -> Decimal:
    """What a county usually commits in a month: the mean of its last settled months, at most three; 0 without any."""
    months = list(recent)[-RECENT:]
    return yuan(sum(months, ZERO) / len(months)) if months else ZERO


def forecast(months: Iterable[tuple[CountyMonth, Decimal]]) -> Decimal:
    """What will be committed at the end of the period: (county's month, what is usual there) of each in it.

    A settled month counts as it is, another with what weekly batches have committed
    already or with what is usual, whichever is more.
    """
    return sum((month.committed if month.settled else max(month.committed, mean) for month, mean in months), ZERO)


def excess(amount: Decimal, committed: Decimal) -> Decimal:
    """By how much a budget does not reach."""
    return max(committed - amount, ZERO)


def refused(amount: Decimal, committed: Decimal, granted: Iterable[Decimal]) -> bool:
    """Whether submitting is refused: above the budget, and no approval covers as much."""
    return committed > amount and not any(covers >= committed for covers in granted)
