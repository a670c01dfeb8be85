"""Figures of a line, of a dealer and of a statement. Yuan as Decimal with two places.

See docs/commissions.md#pool-part, #subsidy, #assessment-deduction, #penalties and #statement.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from commissions.rules.values import ONE, ZERO
from core.money import yuan
from core.periods import Month

ADJUSTMENT_SIGNS = {
    "audit_back_pay": 1,
    "delayed": 1,
    "policy_back_pay": 1,
    "other_back_pay": 1,
    "audit_deduction": -1,
    "real_name": -1,
    "terminal": -1,
    "farming": -1,
}


@dataclass(frozen=True)
class Band:
    """From `least` points on, a dealer keeps `coefficient` of its gross."""

    least: Decimal
    coefficient: Decimal


BANDS = (
    Band(Decimal(90), Decimal("1.00")),
    Band(Decimal(80), Decimal("0.95")),
    Band(Decimal(60), Decimal("0.80")),
    Band(Decimal(0), Decimal("0.50")),
)


def pool_amount(amount: Decimal, pool_share: Decimal) -> Decimal:
    """The part of a line's amount that goes to the pool; never negative."""
    return yuan(max(amount, ZERO) * pool_share)


def payable(amount: Decimal, pool: Decimal) -> Decimal:
    """What of a line's amount is paid out now."""
    return amount - pool


def days_in_force(
    month: Month,
    *,
    valid_from: date,
    valid_to: date | None,
    terminated: Callable[[date], bool] = lambda day: False,
) -> int:
    """Days of `month` within the dates (inclusive) on which the dealer is not terminated."""
    days = (date(month.year, month.month, day) for day in range(1, month.days + 1))
    return sum(1 for day in days if valid_from <= day and (valid_to is None or day <= valid_to) and not terminated(day))


def subsidy(
    monthly_amount: Decimal,
    *,
    days: int,
    month: Month,
    min_score: Decimal | None = None,
    score: Decimal | None = None,
) -> Decimal:
    """A month's subsidy: by days in force, 0.00 under the minimum score. No score passes."""
    if min_score is not None and score is not None and score < min_score:
        return yuan(ZERO)
    return yuan(monthly_amount * days / month.days)


def coefficient(score: Decimal | None, bands: Sequence[Band] = BANDS) -> Decimal:
    """What part of its gross a dealer keeps: that of the highest band reached.

    1 without a score. ValueError if the score is below every band.
    """
    if score is None:
        return ONE
    reached = [band for band in bands if score >= band.least]
    if not reached:
        raise ValueError(f"No assessment band for a score of {score}.")
    return max(reached, key=lambda band: band.least).coefficient


def deduction(gross: Decimal, score: Decimal | None, bands: Sequence[Band] = BANDS) -> Decimal:
    """The line's amount: minus what the score takes from a positive gross; 0.00 or less."""
    return -yuan((ONE - coefficient(score, bands)) * max(gross, ZERO))


def penalty(gross: Decimal, multiplier: Decimal) -> Decimal:
    """The line's amount: minus a multiple of the violation month's positive gross."""
    return -yuan(multiplier * max(gross, ZERO))


def adjustment_sign_fits(type_: str, amount: Decimal) -> bool:
    """Does the sign of an adjustment's amount fit its type? 0 never does. KeyError: no such type."""
    return amount * ADJUSTMENT_SIGNS[type_] > 0


def clawback(amount: Decimal, pool: Decimal, *, pool_left: Decimal) -> tuple[Decimal, Decimal]:
    """Amount and pool part of the line that reverses one of `amount` with `pool` in the pool.

    `pool_left` is what the dealer's pool still holds: no more than that is taken from it.
    """
    return -amount, -min(pool, max(pool_left, ZERO))


@dataclass(frozen=True)
class RecordFigures:
    """What a record line brings to its statement."""

    amount: Decimal
    withheld: Decimal
    pool_amount: Decimal

    @property
    def payable(self) -> Decimal:
        return payable(self.amount, self.pool_amount)


@dataclass(frozen=True)
class Totals:
    """A statement's figures. `deduction`, `penalty`, `clawback` are positive and subtracted."""

    gross: Decimal
    withheld: Decimal
    pool: Decimal
    subsidy: Decimal
    deduction: Decimal
    penalty: Decimal
    clawback: Decimal
    adjustments: Decimal
    carried_in: Decimal
    net: Decimal
    paid: Decimal
    carried_out: Decimal


def statement(
    records: Iterable[RecordFigures],
    *,
    subsidies: Iterable[Decimal] = (),
    deductions: Iterable[Decimal] = (),
    penalties: Iterable[Decimal] = (),
    clawbacks: Iterable[Decimal] = (),
    adjustments: Iterable[Decimal] = (),
    carried_in: Decimal = ZERO,
) -> Totals:
    """A dealer's statement from its lines.

    Other than record lines are given by what they pay, signed as they stand on the
    line (deductions, penalties and most clawbacks negative).
    """
    records = tuple(records)
    subsidised, adjusted = yuan(_sum(subsidies)), yuan(_sum(adjustments))
    deducted, fined, clawed = (yuan(ZERO - _sum(lines)) for lines in (deductions, penalties, clawbacks))
    paid_out = _sum(record.payable for record in records)
    net = yuan(paid_out + subsidised - deducted - fined - clawed + adjusted + carried_in)
    return Totals(
        gross=yuan(_sum(record.amount for record in records)),
        withheld=yuan(_sum(record.withheld for record in records)),
        pool=yuan(_sum(record.pool_amount for record in records)),
        subsidy=subsidised,
        deduction=deducted,
        penalty=fined,
        clawback=clawed,
        adjustments=adjusted,
        carried_in=yuan(carried_in),
        net=net,
        paid=max(net, yuan(ZERO)),
        carried_out=min(net, yuan(ZERO)),
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
