"""Copies of and differences between policies, in the form of their files.

See docs/commissions.md, "Editing a draft".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.periods import Month

SCOPE = ("kind", "business_type", "product", "product_family", "tier", "org_unit")


def copied(policy: Mapping[str, Any], *, code: str, name: str, months: int, on: date | None = None) -> dict[str, Any]:
    """The policy as a new one: dates `months` later, rule codes renamed, rules that ended before `on` left out.

    A rule code that contains the policy's code gets the new one in its place; another
    gets the new code in front. The end of an open rule stays open.
    """
    kept = [
        rule
        for rule in policy["rules"]
        if on is None or not rule.get("effective_to") or date.fromisoformat(rule["effective_to"]) >= on
    ]
    return {
        **policy,
        "code": code,
        "name": name,
        "rules": [
            {
                **rule,
                "code": _renamed(rule["code"], policy["code"], code),
                **{key: later(rule[key], months) for key in ("effective_from", "effective_to") if rule.get(key)},
            }
            for rule in kept
        ],
    }


def _renamed(rule: str, former: str, code: str) -> str:
    return rule.replace(former, code) if former in rule else f"{code}-{rule}"


def later(day: str, months: int) -> str:
    """A date so many months later; the last day of a month stays a last day."""
    found = date.fromisoformat(day)
    month = Month.of(found)
    moved = month + months
    if found == month.last:
        return moved.last.isoformat()
    return moved.first.replace(day=min(found.day, moved.days)).isoformat()


@dataclass(frozen=True)
class Pair:
    """A rule on the left and its counterpart on the right; `changed` names the keys that differ."""

    left: Mapping[str, Any] | None
    right: Mapping[str, Any] | None
    changed: Sequence[str]


def compared(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[Pair]:
    """The rules of two policies side by side: matched by scope, then in the order of the left one.

    Rules of the same scope are matched in the order of their dates; codes and dates alone
    are no change of what is paid, but dates are named.
    """
    rest = sorted(right["rules"], key=lambda rule: rule["effective_from"])
    pairs = []
    for rule in sorted(left["rules"], key=lambda rule: (_scope(rule), rule["effective_from"])):
        match = next((other for other in rest if _scope(other) == _scope(rule)), None)
        if match is not None:
            rest.remove(match)
        pairs.append(Pair(rule, match, _changes(rule, match) if match else ()))
    pairs += [Pair(None, rule, ()) for rule in rest]
    return pairs


def _scope(rule: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(rule.get(key) or "") for key in SCOPE)


def _changes(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[str]:
    keys = [key for key in {**left, **right} if key not in ("code", *SCOPE)]
    return [key for key in keys if (left.get(key) or None) != (right.get(key) or None)]
