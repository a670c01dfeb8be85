"""What a rule is compared with, where it can be compared at all."""

from decimal import Decimal

import pytest

from commissions.rules.competitor import Offer, exceeds, highest, same_business
from commissions.rules.values import Basis


def offer(text: str) -> Offer:
    basis, value = text.split()
    return Offer(Basis(basis), Decimal(value))


@pytest.mark.parametrize(
    ("rule", "level", "fee", "expected"),
    [
        ("fixed 30", "fixed 29.99", None, True),
        ("fixed 30", "fixed 30", Decimal(58), False),
        ("percent_of_fee 0.50", "fixed 28.99", Decimal(58), True),
        ("percent_of_fee 0.50", "fixed 29", Decimal(58), False),
        ("fixed 29", "percent_of_fee 0.50", Decimal(58), False),
        ("fixed 29.01", "percent_of_fee 0.50", Decimal(58), True),
        ("percent_of_fee 0.50", "fixed 1", None, None),
        ("percent_of_amount 0.50", "fixed 0.1", Decimal(58), None),
        ("percent_of_amount 0.50", "percent_of_fee 0.1", Decimal(58), None),
    ],
)
def test_what_pays_more(rule: str, level: str, fee: Decimal | None, expected: bool | None) -> None:
    assert exceeds(offer(rule), offer(level), fee=fee) is expected


@pytest.mark.parametrize(
    ("rule", "level", "same"),
    [("", "", True), ("4G", "", True), ("", "4G", True), ("4G", "4G", True), ("4G", "5G", False)],
)
def test_what_is_about_the_same_products(rule: str, level: str, same: bool) -> None:
    one, other = (Offer(Basis.FIXED, Decimal(1), family) for family in (rule, level))
    assert same_business(one, other) is same
    assert Offer(Basis.FIXED, Decimal(1)).family == ""


def test_a_rule_pays_at_most_its_value_or_its_best_bracket() -> None:
    assert highest(Decimal(0), [Decimal(3)]) == 0
    assert highest(None, [Decimal(1), Decimal(3), Decimal(2)]) == 3
