"""The commission policy of the demo: several families, whole and marginal brackets, conditions, a county of its own.

The dictionary has the form of a policy file (docs/data-contracts.md, "Policy file").
"""

from datetime import date, timedelta
from typing import Any

from channels_portal.demo.plan import Plan
from channels_portal.demo.units import Unit

ONCE = [{"offset": 0, "share": "1"}]
BORDER_COUNTIES = ("532628", "532624")  # where broadband is paid better


def code(owner: str) -> str:
    return f"DEMO-{owner}"


def file_of(plan: Plan, city: Unit, *, approver: str) -> dict[str, Any]:
    """The policy of one city; `approver` signed the exceptions from the cap on first instalments."""
    start = date(plan.first.year, 1, 1)
    raise_from = (plan.last + -2).first
    waiver = {"approver": approver, "reason": "一次性业务, 无后续在网考核"}
    prefix = f"{city.code}-"

    def rule(name: str, kind: str, business_type: str, instalments: Any, **more: Any) -> dict[str, Any]:
        found = {"code": prefix + name, "kind": kind, "business_type": business_type, "instalments": instalments}
        found |= {"effective_from": start.isoformat(), "effective_to": None, **more}
        if instalments is ONCE:
            found["initial_cap_waiver"] = waiver
        return found

    stay = _instalments("0.70", (3, "0.30", [{"test": "active_months", "k": 3}]))
    five_g = _instalments("0.50", (1, "0.20", ["active"]), (3, "0.30", ["in_network", "fee_kept"]))
    rules = [
        rule("B-ACT", "base", "activation", stay, **_brackets("whole", (1, "10"), (31, "13"), (81, "16"))),
        rule(
            "B-ACT-EX",
            "base",
            "activation",
            stay,
            tier="exclusive",
            **_brackets("marginal", (1, "12"), (21, "15"), (61, "20")),
        ),
        rule(
            "B-ACT-MALL",
            "base",
            "activation",
            stay,
            tier="mall",
            **_brackets("marginal", (1, "14"), (51, "18"), (151, "24")),
        ),
        rule(
            "B-PORT",
            "base",
            "port_in",
            _instalments("0.50", (2, "0.30", ["in_network"]), (4, "0.20", ["in_network", "no_arrears"])),
            basis="fixed",
            value="30",
        ),
        rule(
            "B-BB",
            "base",
            "broadband",
            _instalments("0.60", (3, "0.40", ["in_network", "no_arrears"])),
            basis="fixed",
            value="60",
        ),
        rule("B-TERM", "base", "terminal", ONCE, basis="percent_of_amount", value="0.015"),
        rule(
            "B-UPG",
            "base",
            "plan_upgrade",
            _instalments("0.60", (2, "0.40", ["fee_kept"])),
            basis="percent_of_fee",
            value="0.30",
        ),
        rule(
            "I-ACT-4G",
            "incentive",
            "activation",
            _instalments("0.60", (1, "0.25", ["in_network"]), (2, "0.15", ["in_network", "no_arrears"])),
            product_family="4G",
            basis="percent_of_fee",
            value="0.50",
            pool_share="0.30",
        ),
        rule(
            "I-ACT-5G",
            "incentive",
            "activation",
            five_g,
            product_family="5G",
            basis="percent_of_fee",
            value="0.55",
            pool_share="0.30",
            effective_to=(raise_from - timedelta(days=1)).isoformat(),
        ),
        rule(
            "I-ACT-5G-UP",
            "incentive",
            "activation",
            five_g,
            product_family="5G",
            basis="percent_of_fee",
            value="0.65",
            pool_share="0.30",
            effective_from=raise_from.isoformat(),
        ),
        rule(
            "I-ACT-5G-EX",
            "incentive",
            "activation",
            _instalments("0.50", (1, "0.20", ["active"]), (3, "0.30", ["fee_kept", "exclusive"])),
            product_family="5G",
            tier="exclusive",
            basis="percent_of_fee",
            value="0.75",
            pool_share="0.20",
        ),
        rule(
            "I-ACT-CM",
            "incentive",
            "activation",
            _instalments("0.60", (2, "0.40", [{"test": "min_billed", "value": "20"}])),
            product_family="CAMPUS",
            basis="percent_of_fee",
            value="0.40",
            pool_share="0.30",
        ),
        rule(
            "I-PORT",
            "incentive",
            "port_in",
            _instalments("0.60", (3, "0.40", ["active", "no_arrears", "pure_new"])),
            basis="percent_of_fee",
            value="0.80",
            pool_share="0.25",
        ),
        rule("S-RCH", "service", "recharge", ONCE, basis="percent_of_amount", value="0.015"),
        rule("S-SVC", "service", "service", ONCE, basis="percent_of_fee", value="0.40"),
    ]
    for county in BORDER_COUNTIES:
        if county.startswith(city.code):
            later = _instalments("0.60", (3, "0.40", ["in_network", "no_arrears"]))
            rules.append(rule(f"B-BB-{county}", "base", "broadband", later, org_unit=county, basis="fixed", value="55"))
    name = f"{plan.last.year} 年{city.name}社会渠道酬金政策"
    return {"code": code(city.code), "name": name, "org_unit": city.code, "rules": rules}


def _instalments(first: str, *later: tuple[int, str, list[Any]]) -> list[dict[str, Any]]:
    return [{"offset": 0, "share": first}] + [
        {
            "offset": offset,
            "share": share,
            "conditions": [{"test": one} if isinstance(one, str) else one for one in conditions],
        }
        for offset, share, conditions in later
    ]


def _brackets(mode: str, *brackets: tuple[int, str]) -> dict[str, Any]:
    rows = [{"from": count, "value": value} for count, value in brackets]
    return {"basis": "fixed", "bracket_mode": mode, "brackets": rows}
