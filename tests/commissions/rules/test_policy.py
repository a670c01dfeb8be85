"""Policy files: what the executed table of docs/commissions.md can't show on one rule."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.rules.fields import LIST_LIMIT, Reader, exact_decimal
from commissions.rules.policy import (
    dump_policy,
    number,
    parse_policy,
    read_json,
    read_policy,
    validate_policy,
)
from commissions.rules.problems import MESSAGES, PolicyInvalid
from commissions.rules.values import Known

KNOWN = Known(
    products=frozenset({"P58"}),
    families=frozenset({"4G"}),
    units={"5326": "city", "532601": "county", "532601-G1": "grid"},
    rule_codes=frozenset({"TAKEN"}),
)


def rule(**changes: Any) -> dict[str, Any]:
    plain = {
        "code": "R1",
        "kind": "base",
        "business_type": "activation",
        "effective_from": "2026-01-01",
        "basis": "fixed",
        "value": "10",
        "instalments": [{"offset": 0, "share": "0.7"}, {"offset": 1, "share": "0.3"}],
    }
    return plain | changes


def file(*rules: Any, **changes: Any) -> dict[str, Any]:
    return {"code": "2026-A", "name": "政策", "org_unit": "5326", "rules": list(rules)} | changes


def codes(data: object, **options: Any) -> list[str]:
    return [f"{problem.path} {problem.code}" for problem in validate_policy(data, **options)]


@pytest.mark.parametrize("data", [None, [], "x", 3, True])
def test_a_file_is_an_object(data: object) -> None:
    assert codes(data) == [" not_an_object"]


def test_an_empty_object_lacks_everything() -> None:
    assert codes({}) == ["code required", "name required", "org_unit required", "rules required"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"rules": []}, ["rules empty_list"]),
        ({"rules": {}}, ["rules not_a_list"]),
        ({"rules": ["R1"]}, ["rules[0] not_an_object"]),
        ({"rules": [rule()] * (LIST_LIMIT + 1)}, ["rules too_many"]),
        ({"code": " "}, ["code not_text"]),
        ({"code": 5}, ["code not_text"]),
        ({"code": "A\nB"}, ["code not_text"]),
        ({"code": "x" * 65}, ["code not_text"]),
        ({"org_unit": "5399"}, ["org_unit unknown_unit"]),
        ({"version": 2}, [" unknown_key"]),
    ],
)
def test_the_file_itself(changes: dict[str, Any], expected: list[str]) -> None:
    assert codes(file(rule(), **changes), known=KNOWN) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"product": "P99"}, ["product unknown_product"]),
        ({"product": "P58"}, []),
        ({"product_family": "5G"}, ["product_family unknown_family"]),
        ({"product_family": "4G"}, []),
        ({"org_unit": "5399"}, ["org_unit unknown_unit"]),
        ({"org_unit": "532601-G1"}, ["org_unit unit_level"]),
        ({"org_unit": "532601"}, []),
        ({"org_unit": "5326"}, []),
        ({"code": "TAKEN"}, ["code code_taken"]),
        ({"code": 7}, ["code not_text"]),
        ({"kind": ["base"]}, ["kind not_a_choice"]),
        ({"value": 10}, []),
        ({"value": 10.25}, []),
        ({"value": 10.251}, ["value too_many_places"]),
        ({"value": float("nan")}, ["value not_a_number"]),
        ({"value": 10**400}, ["value not_a_number"]),
        ({"value": [10**400]}, ["value not_a_number"]),
        ({"value": {}}, ["value not_a_number"]),
        ({"effective_from": 20260101}, ["effective_from not_a_day"]),
        ({"effective_from": 10**5000}, ["effective_from not_a_day"]),
        ({"instalments": [{"offset": True, "share": "1"}]}, ["instalments[0].offset not_whole"]),
        ({"instalments": [{"offset": "0", "share": "0.7"}, {"offset": "1", "share": "0.3"}]}, []),
        ({"instalments": [{"offset": 0}]}, ["instalments[0].share required"]),
        ({"instalments": [{"offset": 61, "share": "1"}]}, ["instalments[0].offset not_whole"]),
        ({"initial_cap_waiver": "yes"}, ["initial_cap_waiver not_an_object"]),
        ({"initial_cap_waiver": {"approver": "wang"}}, ["initial_cap_waiver.reason required"]),
        (
            {"value": None, "bracket_mode": "whole", "brackets": [{"from": "x"}]},
            [
                "brackets[0].from not_whole",
                "brackets[0].value required",
            ],
        ),
        (
            {"value": None, "bracket_mode": "whole", "brackets": [{"value": "1"}]},
            [
                "brackets[0].from required",
            ],
        ),
        ({"basis": None}, ["basis required"]),
        (
            {"basis": None, "value": None, "bracket_mode": "whole", "brackets": [{"from": 1}]},
            [
                "basis required",
            ],
        ),
    ],
)
def test_one_rule(changes: dict[str, Any], expected: list[str]) -> None:
    assert codes(file(rule(**changes)), known=KNOWN) == [f"rules[0].{item}" for item in expected]


def conditions(*entries: Any) -> dict[str, Any]:
    later = {"offset": 1, "share": "0.3", "conditions": list(entries)}
    return file(rule(instalments=[{"offset": 0, "share": "0.7"}, later]))


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([{"test": "active"}, {"test": "active"}], ["[1].test duplicate_condition"]),
        (["active"], ["[0] not_an_object"]),
        ([{"test": "min_billed", "value": "1", "k": 1}], ["[0] unknown_key"]),
        ([{"test": "min_billed"}], ["[0].value required"]),
        ([{"test": "active_months", "k": 0}], ["[0].k not_whole"]),
        ([{}], ["[0].test required"]),
    ],
)
def test_conditions(entries: list[Any], expected: list[str]) -> None:
    place = "rules[0].instalments[1].conditions"
    assert codes(conditions(*entries)) == [place + item for item in expected]


def test_a_look_back_is_judged_only_with_an_offset() -> None:
    later = {"share": "0.3", "conditions": [{"test": "active_months", "k": 60}]}
    data = file(rule(instalments=[{"offset": 0, "share": "0.7"}, later]))
    assert codes(data) == ["rules[0].instalments[1].offset required"]


def test_codes_are_unique_even_of_rules_that_are_wrong() -> None:
    data = file(rule(kind="x"), rule(code=" R1 ", tier="mall"))
    assert codes(data) == ["rules[0].kind not_a_choice", "rules[1].code duplicate_code"]


@pytest.mark.parametrize(
    ("changes", "overlap"),
    [
        ({}, True),
        ({"effective_from": "2026-06-30"}, True),
        ({"effective_from": "2026-07-01"}, False),
        ({"kind": "service"}, False),
        ({"business_type": "port_in"}, False),
        ({"tier": "mall"}, False),
        ({"org_unit": "5326"}, False),
        ({"product": "P58"}, False),
        ({"product_family": "4G"}, False),
    ],
)
def test_rivals_do_not_share_a_day(changes: dict[str, Any], overlap: bool) -> None:
    data = file(rule(effective_to="2026-06-30"), rule(**{"code": "R2"} | changes))
    expected = ["rules[1].effective_from rules_overlap"] if overlap else []
    assert codes(data) == expected


def test_the_cap_is_a_setting() -> None:
    assert codes(file(rule()), initial_cap=Decimal("0.5")) == ["rules[0].instalments[0].share above_cap"]


def test_a_policy_is_parsed_by_the_cap_and_the_names_that_are_given() -> None:
    assert parse_policy(file(rule(instalments=[{"offset": 0, "share": "1"}])), initial_cap=Decimal(1))
    with pytest.raises(
        PolicyInvalid, match=r"^rules\[0\]\.product: There is no product “P99”\.; rules\[1\]\.tier: “x” is"
    ):
        parse_policy(file(rule(product="P99"), rule(code="R2", tier="x")), known=KNOWN)


def test_invalid_policies_are_not_parsed_and_say_why() -> None:
    with pytest.raises(PolicyInvalid) as caught:
        parse_policy(file(rule(value="1.234")))
    assert str(caught.value) == ("rules[0].value: “1.234” has more than 2 decimal places; it is refused, not rounded.")
    assert read_policy(None)[1][0].text() == "Must be an object with named values."


def test_every_message_can_be_filled_in() -> None:
    """A message's placeholders are exactly those that its problems bring."""
    seen = {}
    for data in BROKEN:
        for problem in validate_policy(data, known=KNOWN):
            assert problem.text()
            seen[problem.code] = problem
    for code in ("not_json", "duplicate_key"):
        with pytest.raises(PolicyInvalid) as caught:
            read_json("{" if code == "not_json" else '{"a": 1, "a": 2}')
        seen[code] = caught.value.problems[0]
        assert str(caught.value)
    assert {code for code, message in MESSAGES.items() if "%(" in message} <= set(seen)


BROKEN = [
    file(rule(), rule(), x=1),
    file(rule(code="TAKEN", product="P9", org_unit="X", kind="x", effective_from="x")),
    file(rule(product_family="9G", org_unit="532601-G1", value="x", effective_to="2020-01-01")),
    file(rule(value="1.234", instalments=[{"offset": -1, "share": "2"}])),
    file(rule(instalments=[{"offset": 0, "share": "0.9"}]), code="\n"),
    file(rule(), rule(code="R2"), rule(code="R3", tier="mall", value="-1")),
    file(*[rule()] * (LIST_LIMIT + 1)),
    conditions({"test": "active"}, {"test": "active"}, {"test": "active_months", "k": 3}),
]


@pytest.mark.parametrize("text", ["", "{", "[1, NaN]", "[Infinity]", "[-Infinity]", "[" * 100_000])
def test_what_is_not_json(text: str) -> None:
    with pytest.raises(PolicyInvalid) as caught:
        read_json(text)
    assert caught.value.problems[0].code == "not_json"


def test_json_fractions_are_exact() -> None:
    assert read_json('{"value": 0.1}') == {"value": Decimal("0.1")}


def test_json_keys_are_unique_at_every_depth() -> None:
    with pytest.raises(PolicyInvalid) as caught:
        read_json('{"rules": [{"code": "A", "code": "B"}]}')
    assert caught.value.problems[0].params == {"key": "code"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("10.0000", "10"),
        ("0.5", "0.50"),
        ("0.5000", "0.50"),
        ("0.0125", "0.0125"),
        ("100", "100"),
        ("0.00", "0"),
        ("12.34", "12.34"),
        ("1E+2", "100"),
    ],
)
def test_numbers_as_a_file_writes_them(value: str, text: str) -> None:
    assert number(Decimal(value)) == text


@given(st.decimals(min_value=0, max_value=10**6, places=4))
def test_written_numbers_read_back(value: Decimal) -> None:
    assert exact_decimal(number(value)) == value


def test_a_policy_writes_back_what_it_read() -> None:
    data = file(
        rule(
            code="FULL",
            kind="incentive",
            product="P58",
            tier="mall",
            org_unit="532601",
            effective_to="2026-12-31",
            value=None,
            bracket_mode="marginal",
            brackets=[{"from": 1, "value": "10.50"}, {"from": 51, "value": "15"}],
            instalments=[
                {"offset": 0, "share": "0.80"},
                {
                    "offset": 2,
                    "share": "0.20",
                    "conditions": [
                        {"test": "min_billed", "value": "19"},
                        {"test": "active_months", "k": 2},
                    ],
                },
            ],
            pool_share="0.30",
            initial_cap_waiver={"approver": "王", "reason": "充值卡"},
        ),
        rule(product_family="4G"),
    )
    written = dump_policy(parse_policy(read_json(json.dumps(data))))
    del data["rules"][0]["value"]
    data["rules"][1]["effective_to"] = None
    for share in data["rules"][1]["instalments"]:
        share["share"] += "0"
    assert written == data


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "code",
                    "kind",
                    "value",
                    "brackets",
                    "from",
                    "instalments",
                    "offset",
                    "share",
                    "test",
                    "k",
                    "conditions",
                    "basis",
                    "effective_from",
                    "pool_share",
                    "initial_cap_waiver",
                    "rules",
                    "org_unit",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(JSON)
def test_nothing_breaks_the_reader(data: object) -> None:
    policy, problems = read_policy(data)
    assert (policy is None) == bool(problems)


@given(JSON, st.sampled_from(sorted(rule())))
def test_nothing_in_a_rule_breaks_the_reader(value: object, key: str) -> None:
    policy, problems = read_policy(file(rule(**{key: value})))
    assert (policy is None) == bool(problems)
    assert all(problem.text() for problem in problems)


def test_a_reader_knows_its_paths() -> None:
    reader = Reader({"a": 1}, "", [])
    assert (reader.at("a"), Reader({}, "x[0]", []).at("a")) == ("a", "x[0].a")
