"""Whether an instalment is paid, why not, and what data it takes to say so.

See docs/commissions.md#conditions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from commissions.rules.values import ZERO, Condition, Instalment, Test, Tier
from core.periods import Month

CLAWED_BACK = "clawed_back"
DEALER_TERMINATED = "dealer_terminated"

NEEDS_SUBSCRIBER = frozenset(Test) - {Test.EXCLUSIVE, Test.PURE_NEW}
LATER_TIERS = frozenset({Tier.EXCLUSIVE, Tier.MALL})


@dataclass(frozen=True)
class SubscriberMonth:
    """What a subscriber did in a month; a blank figure (None) counts as 0.

    `call_minutes`, `data_mb` (MB); `billed_amount` and `arrears` in yuan, at the month's end.
    """

    in_network: bool
    call_minutes: Decimal | None = None
    data_mb: Decimal | None = None
    billed_amount: Decimal | None = None
    arrears: Decimal | None = None


@dataclass(frozen=True)
class Thresholds:
    """From when on a subscriber is active: call minutes or MB of data in the month."""

    call_minutes: Decimal = Decimal(10)
    data_mb: Decimal = Decimal(30)


@dataclass(frozen=True)
class Situation:
    """What the conditions of one instalment are judged by.

    `fee` is the product's fee at first settlement, `tier` the dealer's on the due
    month's last day, `terminated` its state on that day; `confirmed_false` and
    `suspect` (an open re-entry suspect) are the record's. `has_subscriber` is whether
    the record names one; `find(month)` is that subscriber's month or None;
    `imported(month)` is whether any row of the county was imported for it.
    """

    due: Month
    has_subscriber: bool
    find: Callable[[Month], SubscriberMonth | None]
    imported: Callable[[Month], bool] = lambda month: True
    fee: Decimal | None = None
    tier: str | None = None
    terminated: bool = False
    confirmed_false: bool = False
    suspect: bool = False
    thresholds: Thresholds = Thresholds()


@dataclass(frozen=True)
class Verdict:
    """`reason` is None when the instalment is paid, else why it is withheld.

    `missing` has the months without any imported row of the county that would be
    needed to say so; while it is not empty, `reason` is None and nothing is decided.
    """

    reason: str | None
    missing: tuple[Month, ...] = ()


def judge(instalment: Instalment, situation: Situation) -> Verdict:
    """The first reason against paying `instalment`, in the order of docs/commissions.md.

    A reason that comes earlier needs no data. A condition whose data are missing
    decides nothing: the ones after it are still looked at, so that every missing
    month is named at once.
    """
    if situation.confirmed_false:
        return Verdict(CLAWED_BACK)
    if situation.terminated and instalment.offset > 0:
        return Verdict(DEALER_TERMINATED)
    missing: list[Month] = []
    for condition in instalment.ordered_conditions:
        absent = [
            month
            for month in months_needed(condition, due=situation.due)
            if situation.has_subscriber and not situation.imported(month)
        ]
        if absent:
            missing += absent
        elif not holds(condition, situation):
            return Verdict(None, _unique(missing)) if missing else Verdict(condition.test.value)
    return Verdict(None, _unique(missing))


def holds(condition: Condition, situation: Situation) -> bool:
    """Does one condition hold? A missing subscriber or row fails all that need one."""
    if condition.test == Test.EXCLUSIVE:
        return situation.tier in LATER_TIERS
    if condition.test == Test.PURE_NEW:
        return not situation.suspect
    months = [
        situation.find(month) if situation.has_subscriber else None
        for month in months_needed(condition, due=situation.due)
    ]
    return all(month is not None and _month_passes(condition, month, situation) for month in months)


def months_needed(condition: Condition, *, due: Month) -> list[Month]:
    """The months, oldest first, whose subscriber rows a condition reads; [] if none."""
    if condition.test not in NEEDS_SUBSCRIBER:
        return []
    return [due + (-step) for step in reversed(range(condition.k or 1))]


def is_active(month: SubscriberMonth, thresholds: Thresholds) -> bool:
    """Enough call minutes or enough data."""
    return figure(month.call_minutes) >= thresholds.call_minutes or figure(month.data_mb) >= thresholds.data_mb


def figure(value: Decimal | None) -> Decimal:
    """A figure of a subscriber's month; blank counts as 0."""
    return ZERO if value is None else value


def _month_passes(condition: Condition, month: SubscriberMonth, situation: Situation) -> bool:
    if condition.test == Test.IN_NETWORK:
        return month.in_network
    if condition.test in (Test.ACTIVE, Test.ACTIVE_MONTHS):
        return is_active(month, situation.thresholds)
    if condition.test == Test.NO_ARREARS:
        return figure(month.arrears) == 0
    if condition.test == Test.MIN_BILLED:
        return figure(month.billed_amount) >= figure(condition.value)
    return figure(month.billed_amount) >= figure(situation.fee)


def _unique(months: Sequence[Month]) -> tuple[Month, ...]:
    return tuple(sorted(set(months)))
