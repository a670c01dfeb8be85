"""Whether a rule pays more than a competitor does for the same business.

See docs/budgets.md, "Competitor levels". Values are yuan per record or rates.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from commissions.rules.values import Basis


@dataclass(frozen=True)
class Offer:
    """What a rule or a competitor pays for one record; `family` '' stands for all products."""

    basis: Basis
    value: Decimal
    family: str = ""


def highest(value: Decimal | None, brackets: Iterable[Decimal]) -> Decimal:
    """What a rule pays at most: its value, or that of its best bracket."""
    return value if value is not None else max(brackets)


def same_business(rule: Offer, level: Offer) -> bool:
    """Whether both are about the same products: the same family, or one of them about all."""
    return not rule.family or not level.family or rule.family == level.family


def exceeds(rule: Offer, level: Offer, *, fee: Decimal | None) -> bool | None:
    """Whether `rule` pays more than `level`; None where they cannot be compared.

    Equal bases are compared as they are, a share of the fee with a fixed amount at
    `fee`, the highest monthly fee among the rule's products.
    """
    if rule.basis == level.basis:
        return rule.value > level.value
    by_fee, fixed = Basis.PERCENT_OF_FEE, Basis.FIXED
    if fee is None or {rule.basis, level.basis} != {by_fee, fixed}:
        return None
    paid = {by_fee: fee, fixed: Decimal(1)}
    return rule.value * paid[rule.basis] > level.value * paid[level.basis]
