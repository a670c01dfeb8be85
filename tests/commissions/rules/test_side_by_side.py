"""Two policies side by side. See docs/commissions.md, "Editing a draft"."""

from typing import Any

from commissions.rules import policy_copy


def rule(code: str, kind: str = "base", since: str = "2026-01-01", **more: Any) -> dict[str, Any]:
    return {"code": code, "kind": kind, "business_type": "activation", "effective_from": since, "value": "10", **more}


def side_by_side(left: list[dict[str, Any]], right: list[dict[str, Any]]) -> list[tuple[Any, Any, tuple[str, ...]]]:
    pairs = policy_copy.compared({"rules": left}, {"rules": right})
    return [(one.left and one.left["code"], one.right and one.right["code"], tuple(one.changed)) for one in pairs]


def test_rules_of_one_scope_meet_in_the_order_of_their_dates() -> None:
    left = [rule("A2", since="2026-07-01"), rule("A1"), rule("A3", kind="incentive")]
    right = [rule("B2", since="2026-08-01", value="12"), rule("B1")]
    found = side_by_side(left, right)
    assert [pair[:2] for pair in found] == [("A1", "B1"), ("A2", "B2"), ("A3", None)]
    assert found[0][2] == ()
    assert "value" in found[1][2]


def test_what_stands_on_one_side_only_has_no_counterpart() -> None:
    assert side_by_side([rule("A1")], []) == [("A1", None, ())]
    assert side_by_side([], [rule("B1")]) == [(None, "B1", ())]
