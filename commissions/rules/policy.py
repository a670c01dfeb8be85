"""A policy file: read it, say everything that is wrong with it, write it back.

The form is JSON as docs/commissions.md#policy-file describes it; the rules that a
file must keep are docs/commissions.md#rules.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from commissions.rules.fields import Reader
from commissions.rules.problems import PolicyInvalid, Problem
from commissions.rules.rule_reader import read_rule
from commissions.rules.values import Bracket, Condition, Instalment, Known, Policy, Rule

POLICY_KEYS = ("code", "name", "org_unit", "rules")
NAME_LIMIT = 200
INITIAL_CAP = Decimal("0.70")
ASK_NOTHING = Known()


def read_json(text: str) -> Any:
    """The JSON in `text`, fractions as exact Decimal.

    Raises PolicyInvalid for what is not JSON, for NaN and infinities, and for an
    object with the same key twice.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise PolicyInvalid([Problem("", "duplicate_key", {"key": key[:64]})])
            found[key] = value
        return found

    def no_constant(name: str) -> Any:
        raise ValueError(name)

    try:
        return json.loads(text, parse_float=Decimal, parse_constant=no_constant, object_pairs_hook=unique)
    except PolicyInvalid:
        raise
    except (ValueError, RecursionError) as error:
        raise PolicyInvalid([Problem("", "not_json", {"detail": str(error)})]) from error


def read_policy(
    data: object, *, initial_cap: Decimal = INITIAL_CAP, known: Known = ASK_NOTHING
) -> tuple[Policy | None, list[Problem]]:
    """The policy in `data` (decoded JSON) and its problems; the policy is None if it has any.

    `initial_cap` is the largest first share that needs no waiver; `known` is what the
    file may refer to. Problems come in the order of the file.
    """
    problems: list[Problem] = []
    if not isinstance(data, Mapping):
        return None, [Problem("", "not_an_object")]
    reader = Reader(data, "", problems)
    reader.only(POLICY_KEYS)
    code = reader.text("code")
    name = reader.text("name", limit=NAME_LIMIT)
    owner = reader.text("org_unit")
    if owner and known.units is not None and owner not in known.units:
        reader.note("org_unit", "unknown_unit", value=owner)
    rules: list[Rule] = []
    codes: set[str] = set()
    for entry in reader.objects("rules") or ():
        rule = read_rule(entry, owner=owner or "", initial_cap=initial_cap, known=known)
        _check_code(entry, known, codes)
        if rule:
            _check_overlap(entry, rule, rules)
            rules.append(rule)
    if problems or not (code and name and owner):
        return None, problems
    return Policy(code, name, owner, tuple(rules)), []


def validate_policy(data: object, *, initial_cap: Decimal = INITIAL_CAP, known: Known = ASK_NOTHING) -> list[Problem]:
    """Everything wrong with `data` (decoded JSON), in the order of the file; [] if nothing."""
    return read_policy(data, initial_cap=initial_cap, known=known)[1]


def parse_policy(data: object, *, initial_cap: Decimal = INITIAL_CAP, known: Known = ASK_NOTHING) -> Policy:
    """The policy in `data` (decoded JSON). Raises PolicyInvalid with every problem."""
    policy, problems = read_policy(data, initial_cap=initial_cap, known=known)
    if policy is None:
        raise PolicyInvalid(problems)
    return policy


def _check_code(entry: Reader, known: Known, codes: set[str]) -> None:
    """Note a code that the file (`codes`, which it joins) or another policy already uses."""
    code = entry.data.get("code")
    if not isinstance(code, str):
        return
    code = code.strip()
    if code in codes:
        entry.note("code", "duplicate_code", code=code)
    elif code in known.rule_codes:
        entry.note("code", "code_taken", code=code)
    codes.add(code)


def _check_overlap(entry: Reader, rule: Rule, others: list[Rule]) -> None:
    for other in others:
        if rivals(rule, other) and rule.overlaps(other):
            entry.note("effective_from", "rules_overlap", code=rule.code, other=other.code)


def rivals(rule: Rule, other: Rule) -> bool:
    """Same owner, kind, business type and scope: they must not share a day."""
    return (rule.owner, rule.kind, rule.business_type, rule.scope) == (
        other.owner,
        other.kind,
        other.business_type,
        other.scope,
    )


def dump_policy(policy: Policy) -> dict[str, Any]:
    """The policy in the form of its file; `parse_policy` of it gives the same policy."""
    return {
        "code": policy.code,
        "name": policy.name,
        "org_unit": policy.org_unit,
        "rules": [dump_rule(rule) for rule in policy.rules],
    }


def dump_rule(rule: Rule) -> dict[str, Any]:
    """One rule in the form of a policy file: keys without a value left out, numbers as text."""
    scope = {
        "product": rule.product,
        "product_family": rule.product_family,
        "tier": rule.tier and rule.tier.value,
        "org_unit": rule.org_unit,
    }
    found: dict[str, Any] = {
        "code": rule.code,
        "kind": rule.kind.value,
        "business_type": rule.business_type.value,
        **{key: value for key, value in scope.items() if value is not None},
        "effective_from": rule.effective_from.isoformat(),
        "effective_to": rule.effective_to and rule.effective_to.isoformat(),
        "basis": rule.basis.value,
    }
    if rule.value is not None:
        found["value"] = number(rule.value)
    if rule.bracket_mode is not None:
        found["bracket_mode"] = rule.bracket_mode.value
        found["brackets"] = [_dump_bracket(bracket) for bracket in rule.brackets]
    found["instalments"] = [_dump_instalment(instalment) for instalment in rule.instalments]
    if rule.pool_share:
        found["pool_share"] = number(rule.pool_share)
    if rule.initial_cap_waiver:
        waiver = rule.initial_cap_waiver
        found["initial_cap_waiver"] = {"approver": waiver.approver, "reason": waiver.reason}
    return found


def number(value: Decimal) -> str:
    """A decimal as a policy file writes it: 10, 0.50, 0.0125."""
    plain = format(value, "f")
    if "." in plain:
        whole, places = plain.split(".")
        places = places.rstrip("0")
        plain = f"{whole}.{places:0<2}" if places else whole
    return plain


def _dump_bracket(bracket: Bracket) -> dict[str, Any]:
    return {"from": bracket.start, "value": number(bracket.value)}


def _dump_instalment(instalment: Instalment) -> dict[str, Any]:
    found: dict[str, Any] = {"offset": instalment.offset, "share": number(instalment.share)}
    if instalment.conditions:
        found["conditions"] = [_dump_condition(condition) for condition in instalment.conditions]
    return found


def _dump_condition(condition: Condition) -> dict[str, Any]:
    found: dict[str, Any] = {"test": condition.test.value}
    if condition.k is not None:
        found["k"] = condition.k
    if condition.value is not None:
        found["value"] = number(condition.value)
    return found
