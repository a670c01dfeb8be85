"""What a policy file is told when something is wrong with it, word for word, and how far each limit reaches."""

from decimal import Decimal
from typing import Any

import pytest

from commissions.rules.policy import parse_policy, read_json, validate_policy
from commissions.rules.problems import PolicyInvalid
from commissions.rules.rule_reader import RULE_KEYS
from tests.commissions.rules.test_policy import KNOWN, conditions, file, rule

TIERED = {"value": None, "bracket_mode": "whole"}
WAIVER = {"approver": "王", "reason": "x" * 500}


def said(data: object, **options: Any) -> list[str]:
    return [problem.text() for problem in validate_policy(data, known=KNOWN, **options)]


def shares(*parts: str) -> list[dict[str, Any]]:
    return [{"offset": offset, "share": share} for offset, share in enumerate(parts)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"version": 2}, "“version” is not known here. Known are: code, name, org_unit, rules."),
        ({"code": "x" * 65}, "code: Must be a text of 1 to 64 characters without line breaks."),
        ({"name": "x" * 200}, ""),
        ({"name": "x" * 201}, "name: Must be a text of 1 to 200 characters without line breaks."),
        (
            {"org_unit": "5399"},
            "org_unit: There is no org unit “5399” that is the policy's owner or lies below it.",
        ),
        ({"org_unit": "532601"}, ""),
    ],
)
def test_what_the_file_is_told(changes: dict[str, Any], expected: str) -> None:
    assert "; ".join(said(file(rule(), **changes))) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"x": 1}, f": “x” is not known here. Known are: {', '.join(RULE_KEYS)}."),
        ({"code": "TAKEN"}, ".code: Another policy already has a rule with the code “TAKEN”."),
        ({"product": "P99"}, ".product: There is no product “P99”."),
        ({"product_family": "5G"}, ".product_family: There is no product of the family “5G”."),
        ({"product": "P58", "product_family": "4G"}, ".product_family: Give product or product_family, never both."),
        (
            {"org_unit": "5399"},
            ".org_unit: There is no org unit “5399” that is the policy's owner or lies below it.",
        ),
        (
            {"org_unit": "532601-G1"},
            ".org_unit: A rule's org unit is a county or a city; “532601-G1” is neither.",
        ),
        ({"effective_to": "2026-01-01"}, ""),
        ({"effective_to": "2025-12-31"}, ".effective_to: effective_to lies before effective_from."),
        ({"brackets": [{"from": 1, "value": 1}]}, ".brackets: Give value or brackets, never both."),
        ({"value": None}, ".value: Give either value or brackets."),
        (
            {"value": None, "brackets": [{"from": 1, "value": 1}]},
            ".bracket_mode: Brackets need a bracket_mode: whole or marginal.",
        ),
        ({"bracket_mode": "whole"}, ".bracket_mode: A bracket_mode is only for rules with brackets."),
        ({"value": "1000000.00"}, ""),
        ({"value": "1000000.01"}, ".value: 1000000.01 is not from 0 to 1000000.00."),
        ({"basis": "percent_of_fee", "value": "0.1234"}, ""),
        (
            {"basis": "percent_of_fee", "value": "0.12345"},
            ".value: “0.12345” has more than 4 decimal places; it is refused, not rounded.",
        ),
        ({"pool_share": "0"}, ""),
        ({"pool_share": "0.1"}, ".pool_share: Only incentive rules put a share into the pool."),
        ({"kind": "incentive", "pool_share": "1"}, ""),
        ({"kind": "incentive", "pool_share": "1.1"}, ".pool_share: 1.1 is not from 0 to 1."),
        ({"kind": None, "pool_share": "0.1"}, ".kind: Is required."),
    ],
)
def test_what_a_rule_is_told(changes: dict[str, Any], expected: str) -> None:
    assert "; ".join(said(file(rule(**changes)))) == (f"rules[0]{expected}" if expected else "")


@pytest.mark.parametrize(
    ("brackets", "expected"),
    [
        ([(1, "1"), (2, "2")], ""),
        ([(1, "1"), (1_000_000, "2")], ""),
        ([(1, "1"), (1_000_001, "2")], "[1].from: Must be a whole number from 1 to 1000000."),
        ([(0, "1")], "[0].from: Must be a whole number from 1 to 1000000."),
        ([(2, "1")], "[0].from: The first bracket starts from 1."),
        ([(1, "1"), (1, "2")], "[1].from: Brackets must start from strictly rising counts."),
        ([(1, "1"), (3, "2"), (2, "3")], "[2].from: Brackets must start from strictly rising counts."),
        ([(None, "1"), (1, "2")], "[0].from: Is required."),
        (
            [(1, "x"), (1, "2")],
            "[0].value: “x” is not a decimal number.; [1].from: Brackets must start from strictly rising counts.",
        ),
        (
            [(None, "1"), (2, "2"), (2, "2")],
            "[0].from: Is required.; [2].from: Brackets must start from strictly rising counts.",
        ),
    ],
)
def test_what_brackets_are_told(brackets: list[tuple[Any, str]], expected: str) -> None:
    entries = [{"from": start, "value": value} for start, value in brackets]
    wanted = expected.replace("[", "rules[0].brackets[")
    assert "; ".join(said(file(rule(**TIERED, brackets=entries)))) == wanted


def test_a_bracket_has_two_keys() -> None:
    data = file(rule(**TIERED, brackets=[{"from": 1, "value": "1", "to": 9}]))
    assert said(data) == ["rules[0].brackets[0]: “to” is not known here. Known are: from, value."]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"instalments": shares("0.7", "0.3")}, []),
        ({"instalments": shares("0.3", "0.7")}, []),
        ({"instalments": shares("0.2", "0.8")}, []),
        (
            {"instalments": shares("0.7001", "0.2999")},
            [
                "instalments[0].share: The first share 0.7001 is above the cap of 0.70;"
                " that needs an initial_cap_waiver with approver and reason."
            ],
        ),
        ({"instalments": shares("0.7001", "0.2999"), "initial_cap_waiver": WAIVER}, []),
        ({"instalments": shares("1"), "initial_cap_waiver": WAIVER}, []),
        (
            {"instalments": shares("0.5", "0.4")},
            ["instalments: The shares sum to 0.9; they must sum to exactly 1."],
        ),
        ({"instalments": shares("0.5", "1.1")}, ["instalments[1].share: 1.1 is not from 0 to 1."]),
        (
            {"instalments": [{"offset": 1, "share": "0.5"}, {"offset": 1, "share": "0.5"}]},
            [
                "instalments[0].offset: The first instalment has offset 0.",
                "instalments[1].offset: Offsets must strictly increase.",
            ],
        ),
        ({"instalments": [{"offset": 0, "share": "0.5"}, {"offset": 60, "share": "0.5"}]}, []),
        (
            {"instalments": [{"offset": 0, "share": "0.5"}, {"offset": 61, "share": "0.5"}]},
            ["instalments[1].offset: Must be a whole number from 0 to 60."],
        ),
        (
            {"instalments": [{"offset": 0, "share": "0.5", "on": 1}, {"offset": 2, "share": "0.5"}]},
            ["instalments[0]: “on” is not known here. Known are: offset, share, conditions."],
        ),
        (
            {"initial_cap_waiver": {"approver": "王", "reason": "x" * 501}},
            ["initial_cap_waiver.reason: Must be a text of 1 to 500 characters without line breaks."],
        ),
        (
            {"initial_cap_waiver": {"approver": "王", "reason": "x", "day": 1}},
            ["initial_cap_waiver: “day” is not known here. Known are: approver, reason."],
        ),
        ({"initial_cap_waiver": {"reason": "x"}}, ["initial_cap_waiver.approver: Is required."]),
    ],
)
def test_what_instalments_are_told(changes: dict[str, Any], expected: list[str]) -> None:
    assert said(file(rule(**changes))) == [f"rules[0].{item}" for item in expected]


@pytest.mark.parametrize(
    ("offset", "entry", "expected"),
    [
        (1, {"test": "active", "k": 1}, ": “k” is not known here. Known are: test."),
        (1, {"test": "active_months", "k": 2, "value": 1}, ": “value” is not known here. Known are: test, k."),
        (1, {"test": "min_billed", "k": 1, "value": 1}, ": “k” is not known here. Known are: test, value."),
        (
            1,
            {"test": "min_billed", "value": "1.001"},
            ".value: “1.001” has more than 2 decimal places; it is refused, not rounded.",
        ),
        (1, {"test": "active_months", "k": 2}, ""),
        (1, {"test": "active_months"}, ".k: Is required."),
        (
            1,
            {"test": "active_months", "k": 3},
            ".k: active_months can look back over at most 2 months in this instalment.",
        ),
        (60, {"test": "active_months", "k": 61}, ""),
        (60, {"test": "active_months", "k": 62}, ".k: Must be a whole number from 1 to 61."),
        (60, {"test": "active_months", "k": 1}, ""),
        (60, {"test": "active_months", "k": 0}, ".k: Must be a whole number from 1 to 61."),
    ],
)
def test_what_conditions_are_told(offset: int, entry: dict[str, Any], expected: str) -> None:
    later = {"offset": offset, "share": "0.3", "conditions": [entry]}
    found = said(file(rule(instalments=[{"offset": 0, "share": "0.7"}, later])))
    assert found == ([f"rules[0].instalments[1].conditions[0]{expected}"] if expected else [])


def test_a_condition_that_cannot_be_read_does_not_hide_the_next() -> None:
    where = "rules[0].instalments[1].conditions"
    data = conditions({"test": "x"}, {"test": "active"}, {"test": "pure_new"}, {"test": "active"})
    assert said(data)[1:] == [f"{where}[3].test: The condition “active” appears twice."]


def test_an_instalment_that_cannot_be_read_does_not_hide_the_next() -> None:
    entries = [{"offset": 0, "share": "x"}, {"offset": 0, "share": "0.1"}, {"offset": 0, "share": "0.1"}]
    assert said(file(rule(instalments=entries))) == [
        "rules[0].instalments[0].share: “x” is not a decimal number.",
        "rules[0].instalments[2].offset: Offsets must strictly increase.",
    ]


def test_rules_are_told_of_each_other() -> None:
    assert said(file(rule(), rule(), rule(code="R2"))) == [
        "rules[1].code: The rule code “R1” is used more than once.",
        "rules[1].effective_from: Rule R1 and rule R1 have the same kind, business type and scope and share days.",
        "rules[2].effective_from: Rule R2 and rule R1 have the same kind, business type and scope and share days.",
        "rules[2].effective_from: Rule R2 and rule R1 have the same kind, business type and scope and share days.",
    ]


def test_a_rule_that_is_wrong_is_not_compared_with_others() -> None:
    wrong = rule(code="R2", pool_share="0.1")
    assert [text.split(":")[0] for text in said(file(rule(), wrong, rule(code="R3", tier="mall")))] == [
        "rules[1].pool_share"
    ]


def test_a_rule_belongs_to_the_unit_of_its_policy() -> None:
    assert [item.owner for item in parse_policy(file(rule())).rules] == ["5326"]


def test_a_cap_of_its_own_is_named() -> None:
    [told] = said(file(rule()), initial_cap=Decimal("0.5"))
    assert "The first share 0.7 is above the cap of 0.5;" in told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "This is not valid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("[NaN]", "This is not valid JSON: NaN"),
        ("[-Infinity]", "This is not valid JSON: -Infinity"),
        ('{"a": 1, "a": 2}', "The key “a” appears twice in the same object."),
        (f'{{"{"k" * 65}": 1, "{"k" * 65}": 2}}', f"The key “{'k' * 64}” appears twice in the same object."),
    ],
)
def test_what_a_text_is_told_that_is_no_policy_file(text: str, expected: str) -> None:
    with pytest.raises(PolicyInvalid) as caught:
        read_json(text)
    assert (str(caught.value), caught.value.problems[0].path) == (expected, "")
