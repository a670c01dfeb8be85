"""What a rule would pay, shown beside its form: examples, not a settlement."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from commissions.models import CommissionRule
from commissions.queries.policies import rule_value
from commissions.rules import brackets, pricing, totals, values
from core.money import yuan
from core.periods import Month
from inventory.models import Product

FEES = (Decimal("38.00"), Decimal("58.00"), Decimal("128.00"))
AMOUNT = Decimal("100.00")
MOST_FEES = 3


@dataclass(frozen=True)
class Part:
    """One instalment of an example, in yuan: what is due, and what of it goes to the pool."""

    month: Month
    amount: Decimal
    pool: Decimal


@dataclass(frozen=True)
class Example:
    """One record: the `at`-th of its month, with what its value is multiplied by (yuan; 1 if fixed)."""

    at: int
    basis_amount: Decimal
    total: Decimal
    parts: list[Part]


def examples(rule: CommissionRule) -> list[Example]:
    """A record at the start of each bracket, for some fees: one query at most."""
    plain = rule_value(rule)
    counts = [bracket.start for bracket in plain.brackets] or [1]
    return [_example(plain, at, base) for base in _bases(rule) for at in counts]


def _bases(rule: CommissionRule) -> list[Decimal]:
    """What to multiply by: the fee of the rule's product, fees of its family, or round figures."""
    if rule.basis == "fixed":
        return [Decimal(1)]
    if rule.basis == "percent_of_amount":
        return [AMOUNT]
    if rule.product is not None:
        return [rule.product.monthly_fee] if rule.product.monthly_fee is not None else []
    fees = Product.objects.filter(monthly_fee__gt=0)
    if rule.product_family:
        fees = fees.filter(family=rule.product_family)
    found: list[Any] = list(fees.order_by("monthly_fee").values_list("monthly_fee", flat=True).distinct())
    return found[:: max(1, len(found) // MOST_FEES)][:MOST_FEES] or list(FEES)


def _example(rule: values.Rule, at: int, base: Decimal) -> Example:
    value = rule.value if rule.value is not None else brackets.bracket_at(rule.brackets, at).value
    total = yuan(value * base)
    month = Month.of(rule.effective_from)
    parts = [
        Part(due.month, due.amount, totals.pool_amount(due.amount, rule.pool_share))
        for due in pricing.schedule(rule, total=total, event_month=month)
    ]
    return Example(at, base, total, parts)
