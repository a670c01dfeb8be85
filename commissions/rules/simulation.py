"""What a simulation asks: which rules are tried, and what a dealer's figures become.

See docs/commissions.md#simulation.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from commissions.rules import totals
from commissions.rules.policy import rivals
from commissions.rules.totals import BANDS, Band, Totals
from commissions.rules.values import ZERO, Rule
from core.money import yuan
from core.periods import Month

DAY = timedelta(days=1)


def months_back(simulated: Iterable[Rule], month: Month) -> int:
    """By how many months the rules are moved so that the first is in force when `month` begins.

    0 if one of them begins in `month` or before.
    """
    first = min(rule.effective_from for rule in simulated)
    if first <= month.last:
        return 0
    back = Month.of(first) - month
    return back if first.day == 1 else back + 1


def moved_back(rule: Rule, months: int) -> Rule:
    """The rule with both dates `months` earlier; the last day of a month stays a last day."""
    ends = rule.effective_to
    return replace(
        rule,
        effective_from=_earlier(rule.effective_from, months),
        effective_to=None if ends is None else _earlier(ends, months, last=ends == Month.of(ends).last),
    )


def _earlier(day: date, months: int, *, last: bool = False) -> date:
    month = Month.of(day) + -months
    return month.last if last else month.first.replace(day=min(day.day, month.days))


def rules_tried(current: Iterable[Rule], simulated: Sequence[Rule], month: Month) -> list[Rule]:
    """The rules in force had `simulated` been published before `month`: as they would be then.

    Rules of `current` with the same owner, kind, business type and scope as a simulated
    one end on the day before it begins, as publishing would end them; those that begin
    later are left out.
    """
    back = months_back(simulated, month)
    tried = [moved_back(rule, back) for rule in simulated]
    codes = {rule.code for rule in tried}
    kept = []
    for rule in current:
        if rule.code in codes:
            continue
        for other in tried:
            if rivals(rule, other) and rule.overlaps(other):
                if other.effective_from <= rule.effective_from:
                    break
                rule = replace(rule, effective_to=other.effective_from - DAY)
        else:
            kept.append(rule)
    return [*kept, *tried]


@dataclass(frozen=True)
class Records:
    """Sums over some record lines of a dealer, in yuan."""

    gross: Decimal = ZERO
    withheld: Decimal = ZERO
    pool: Decimal = ZERO


@dataclass(frozen=True)
class Fine:
    """A penalty of the month itself: its multiplier, and what it was settled at (0.00 or less)."""

    multiplier: Decimal
    settled: Decimal


def month_deduction(
    before: Decimal,
    after: Decimal,
    *,
    settled: Decimal,
    score: Decimal | None,
    bands: Sequence[Band] = BANDS,
) -> Decimal:
    """The deduction (0.00 or more) of a month whose gross goes from `before` to `after`.

    `settled` is what was deducted from `before`; `score` is today's. A score that
    would not have deducted that was corrected since, and is not looked at.
    """
    if after == before:
        return settled
    if -totals.deduction(before, score, bands) == settled:
        return -totals.deduction(after, score, bands)
    return yuan(settled * max(after, ZERO) / before) if before > 0 else yuan(ZERO)


def month_penalties(before: Decimal, after: Decimal, fines: Iterable[Fine]) -> Decimal:
    """What the month's own penalties change by, as a positive figure, when its gross changes."""
    if after == before:
        return ZERO
    return -sum((totals.penalty(after, fine.multiplier) - fine.settled for fine in fines), ZERO)


def statement_after(
    settled: Mapping[str, Decimal],
    *,
    without: Records,
    plus: Records,
    deduction: Decimal,
    penalty_change: Decimal,
    carried_in: Decimal,
) -> Totals:
    """A statement with the record lines `without` replaced by `plus`, and its other figures as given."""
    gross = settled["gross"] - without.gross + plus.gross
    pool = settled["pool"] - without.pool + plus.pool
    penalty = settled["penalty"] + penalty_change
    net = (
        gross
        - pool
        + settled["subsidy"]
        - deduction
        - penalty
        - settled["clawback"]
        + settled["adjustments"]
        + carried_in
    )
    return Totals(
        gross=gross,
        withheld=settled["withheld"] - without.withheld + plus.withheld,
        pool=pool,
        subsidy=settled["subsidy"],
        deduction=deduction,
        penalty=penalty,
        clawback=settled["clawback"],
        adjustments=settled["adjustments"],
        carried_in=carried_in,
        net=net,
        paid=max(net, yuan(ZERO)),
        carried_out=min(net, yuan(ZERO)),
    )
