"""Which days a rule covers, and with which other rule it shares one."""

from datetime import date

import pytest

from commissions.rules.values import Basis, BusinessType, Kind, Rule


def rule(starts: str, ends: str = "") -> Rule:
    return Rule(
        code="R",
        kind=Kind.BASE,
        business_type=BusinessType.ACTIVATION,
        effective_from=date.fromisoformat(starts),
        effective_to=date.fromisoformat(ends) if ends else None,
        basis=Basis.FIXED,
        instalments=(),
    )


@pytest.mark.parametrize(
    ("day", "covered"),
    [("2026-08-31", False), ("2026-09-01", True), ("2026-09-15", True), ("2026-09-30", True), ("2026-10-01", False)],
)
def test_both_dates_are_within(day: str, covered: bool) -> None:
    asked = date.fromisoformat(day)
    assert rule("2026-09-01", "2026-09-30").covers(asked) is covered
    assert rule("2026-09-01").covers(asked) is (day >= "2026-09-01")


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (("2026-09-01", "2026-09-30"), ("2026-09-30", "2026-10-31"), True),
        (("2026-09-01", "2026-09-30"), ("2026-10-01", "2026-10-31"), False),
        (("2026-09-01", "2026-09-30"), ("2026-09-30", ""), True),
        (("2026-09-01", "2026-09-30"), ("2026-10-01", ""), False),
        (("2026-09-01", ""), ("2027-01-01", ""), True),
        (("2026-09-01", "2026-12-31"), ("2026-10-01", "2026-10-31"), True),
    ],
)
def test_rules_share_days(one: tuple[str, str], other: tuple[str, str], shared: bool) -> None:
    assert rule(*one).overlaps(rule(*other)) is shared
    assert rule(*other).overlaps(rule(*one)) is shared
