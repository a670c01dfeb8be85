"""Which rules of those in force a simulation leaves in place. See docs/commissions.md, "Simulation"."""

from datetime import date
from decimal import Decimal

import pytest

from commissions.rules.simulation import rules_tried
from commissions.rules.values import ONE, Basis, BusinessType, Instalment, Kind, Rule
from core.periods import Month

MONTH = Month(2026, 9)


def rule(code: str, since: date, until: date | None = None, *, kind: Kind = Kind.BASE) -> Rule:
    return Rule(
        code=code,
        kind=kind,
        business_type=BusinessType.ACTIVATION,
        effective_from=since,
        effective_to=until,
        basis=Basis.FIXED,
        value=Decimal(10),
        owner="5326",
        instalments=(Instalment(0, ONE),),
    )


@pytest.mark.parametrize(
    ("current", "ends"),
    [
        (rule("OLD", date(2026, 1, 1)), date(2026, 8, 31)),  # as publishing would end it
        (rule("OLD", date(2026, 1, 1), date(2026, 8, 20)), date(2026, 8, 20)),
        (rule("OLD", date(2026, 1, 1), kind=Kind.INCENTIVE), None),
        (rule("OLD", date(2026, 9, 1)), "left out"),
        (rule("OLD", date(2026, 10, 1)), "left out"),
        (rule("NEW", date(2026, 1, 1)), "left out"),  # the same rule, tried again
    ],
)
def test_what_a_simulated_rule_leaves_of_one_in_force(current: Rule, ends: date | str | None) -> None:
    new = rule("NEW", date(2026, 9, 1))
    found = rules_tried([current], [new], MONTH)
    assert found[-1] == new
    assert [one.effective_to for one in found[:-1]] == ([] if ends == "left out" else [ends])
