"""Copies of a policy, and two policies side by side."""

from datetime import date
from typing import Any

import pytest

from commissions.rules.policy_copy import Pair, compared, copied, later


def rule(code: str, starts: str = "2026-01-01", ends: str | None = None, **changes: Any) -> dict[str, Any]:
    plain = {
        "code": code,
        "kind": "base",
        "business_type": "activation",
        "effective_from": starts,
        "effective_to": ends,
    }
    return plain | changes


def file(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"code": "2026-A", "name": "one", "org_unit": "5326", "rules": list(rules)}


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-01-30", 1, "2026-02-28"),
        ("2026-01-15", 12, "2027-01-15"),
        ("2026-02-28", 1, "2026-03-31"),
        ("2026-02-27", 1, "2026-03-27"),
        ("2026-03-15", -1, "2026-02-15"),
    ],
)
def test_a_day_some_months_later(day: str, months: int, expected: str) -> None:
    assert later(day, months) == expected


def test_a_copy_leaves_the_rest_as_it_is() -> None:
    made = copied(file(rule("2026-A-1", value="3"), rule("X", ends="2026-06-30")), code="2027-A", name="two", months=12)
    assert made == {
        "code": "2027-A",
        "name": "two",
        "org_unit": "5326",
        "rules": [
            rule("2027-A-1", "2027-01-01", value="3"),
            rule("2027-A-X", "2027-01-01", "2027-06-30"),
        ],
    }


@pytest.mark.parametrize(
    ("on", "kept"),
    [
        (None, "ABC"),
        (date(2026, 6, 29), "ABC"),
        (date(2026, 6, 30), "ABC"),
        (date(2026, 7, 1), "BC"),
        (date(2027, 1, 1), "B"),
    ],
)
def test_rules_that_ended_before_a_day_are_left_out(on: date | None, kept: str) -> None:
    data = file(rule("A", ends="2026-06-30"), rule("B"), rule("C", ends="2026-12-31"))
    made = copied(data, code="N", name="", months=0, on=on)
    assert [one["code"] for one in made["rules"]] == [f"N-{name}" for name in kept]


def test_rules_of_a_scope_are_matched_in_the_order_of_their_dates() -> None:
    old, new = rule("L1", "2026-01-01", value="1"), rule("L2", "2026-07-01", value="2")
    first, second = rule("R1", "2026-01-01", value="1"), rule("R2", "2026-08-01", value="3")
    alone, other = rule("L3", kind="service"), rule("R3", tier="mall")
    assert compared(file(alone, new, old), file(other, second, first)) == [
        Pair(old, first, []),
        Pair(new, second, ["effective_from", "value"]),
        Pair(alone, None, ()),
        Pair(None, other, ()),
    ]


def test_rules_that_only_the_right_has_stand_by_their_dates() -> None:
    late, early = rule("R1", "2026-07-01", tier="mall"), rule("R2", "2026-01-01", tier="partner")
    assert compared(file(), file(late, early)) == [Pair(None, early, ()), Pair(None, late, ())]


def test_rules_that_only_the_left_has_stand_by_their_scope() -> None:
    sim, mall, plain = rule("L1", product="P58"), rule("L2", tier="mall"), rule("L3", "2026-07-01")
    assert [pair.left for pair in compared(file(sim, mall, plain), file())] == [plain, mall, sim]


@pytest.mark.parametrize("key", ["kind", "business_type", "product", "product_family", "tier", "org_unit"])
def test_another_scope_is_another_rule(key: str) -> None:
    one, other = rule("L"), rule("R", **{key: "zz"})
    assert compared(file(one), file(other)) == [Pair(one, None, ()), Pair(None, other, ())]


@pytest.mark.parametrize(
    ("left", "right", "changed"),
    [
        ({}, {"effective_to": ""}, []),
        ({"value": "1"}, {}, ["value"]),
        ({}, {"value": "1"}, ["value"]),
        ({"tier": None}, {"tier": ""}, []),
        ({"pool_share": "0.1", "value": "1"}, {"value": "2", "pool_share": "0.2"}, ["pool_share", "value"]),
    ],
)
def test_what_differs_is_named(left: dict[str, Any], right: dict[str, Any], changed: list[str]) -> None:
    [pair] = compared(file(rule("L", **left)), file(rule("R", **right)))
    assert list(pair.changed) == changed
