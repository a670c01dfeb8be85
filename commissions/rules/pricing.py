"""What a record earns in all, and how that splits into instalments.

Yuan as Decimal; rounded once per figure, half away from zero.
See docs/commissions.md#total-commission and docs/commissions.md#instalments.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from commissions.rules.brackets import Counted, bracket_at, position
from commissions.rules.values import ZERO, Basis, Bracket, Instalment, Rule
from core.money import yuan
from core.periods import Month


@dataclass(frozen=True)
class Price:
    """A record's total commission under one rule, and the bracket that it came from.

    `total` is in yuan. `value` is the amount or rate used; `basis_amount` what it was
    multiplied with; `bracket` and `at` (count or rank) are None without brackets.
    """

    total: Decimal
    value: Decimal
    basis_amount: Decimal
    bracket: Bracket | None = None
    at: int | None = None


def basis_amount(basis: Basis, *, fee: Decimal | None, amount: Decimal | None) -> Decimal | None:
    """What the rule's value is multiplied with: 1, the product's fee or the record's amount.

    A blank amount counts as 0. None means that the product has no fee, which leaves
    the record unpriced under this rule.
    """
    if basis == Basis.FIXED:
        return Decimal(1)
    if basis == Basis.PERCENT_OF_FEE:
        return fee
    return ZERO if amount is None else amount


def price(
    rule: Rule,
    *,
    fee: Decimal | None,
    amount: Decimal | None,
    event_no: str = "",
    records: Sequence[Counted] = (),
) -> Price | None:
    """The total commission of record `event_no` under `rule`; None without a fee to price by.

    `records` are the dealer's records of the event's month under the same rule, the
    record itself included; only rules with brackets look at them.
    """
    base = basis_amount(rule.basis, fee=fee, amount=amount)
    if base is None:
        return None
    if rule.value is not None:
        return Price(yuan(rule.value * base), rule.value, base)
    at = position(records, event_no=event_no, mode=rule.bracket_mode)
    bracket = bracket_at(rule.brackets, at)
    return Price(yuan(bracket.value * base), bracket.value, base, bracket, at)


def split(total: Decimal, shares: Sequence[Decimal]) -> list[Decimal]:
    """The instalments of `total` (yuan): differences of the rounded running shares.

    With shares that sum to 1 they sum to `total`, and none has the other sign.
    """
    found = []
    running = before = ZERO
    for share in shares:
        running += share
        after = yuan(total * running)
        found.append(yuan(after - before))
        before = after
    return found


@dataclass(frozen=True)
class Due:
    """One instalment of a record: `number` counts from 1, `amount` in yuan."""

    number: int
    instalment: Instalment
    month: Month
    amount: Decimal


def schedule(rule: Rule, *, total: Decimal, event_month: Month) -> list[Due]:
    """Every instalment of a record under `rule` with its due month and its amount."""
    amounts = split(total, [item.share for item in rule.instalments])
    return [
        Due(number, item, event_month + item.offset, amount)
        for number, (item, amount) in enumerate(zip(rule.instalments, amounts, strict=True), start=1)
    ]


def paid_weekly(rule: Rule, number: int) -> bool:
    """May a weekly batch take instalment `number`? Only an unconditional first one, no brackets."""
    return number == 1 and not rule.brackets and not rule.instalments[0].conditions
