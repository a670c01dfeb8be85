"""Read policies and rules: as model rows, as plain values, as the file they came from."""

from decimal import Decimal
from typing import Any

from django.db.models import Q

from commissions.models import CommissionPolicy, CommissionRule
from commissions.rules import policy as policy_file
from commissions.rules import values


def rule_value(rule: CommissionRule) -> values.Rule:
    """A rule row as the plain value that `commissions.rules` decides with.

    Wants `owner`, `product` and `org_unit` selected with the row.
    """
    return values.Rule(
        code=rule.code,
        kind=values.Kind(rule.kind),
        business_type=values.BusinessType(rule.business_type),
        effective_from=rule.effective_from,
        effective_to=rule.effective_to,
        basis=values.Basis(rule.basis),
        value=rule.value,
        brackets=tuple(values.Bracket(int(item["from"]), Decimal(item["value"])) for item in rule.brackets or ()),
        bracket_mode=values.BracketMode(rule.bracket_mode) if rule.bracket_mode else None,
        instalments=tuple(_instalment(item) for item in rule.instalments),
        pool_share=rule.pool_share,
        owner=rule.owner.code,
        product=rule.product.code if rule.product else None,
        product_family=rule.product_family or None,
        tier=values.Tier(rule.tier) if rule.tier else None,
        org_unit=rule.org_unit.code if rule.org_unit else None,
        initial_cap_waiver=values.Waiver(rule.waiver_approver, rule.waiver_reason) if rule.waiver_approver else None,
    )


def _instalment(item: dict[str, Any]) -> values.Instalment:
    return values.Instalment(
        offset=int(item["offset"]),
        share=Decimal(item["share"]),
        conditions=tuple(
            values.Condition(
                test=values.Test(condition["test"]),
                k=condition.get("k"),
                value=Decimal(condition["value"]) if "value" in condition else None,
            )
            for condition in item.get("conditions", ())
        ),
    )


def export_policy(policy: CommissionPolicy) -> dict[str, Any]:
    """The policy in the form of docs/data-contracts.md, "Policy file"."""
    rules = policy.rules.select_related("owner", "product", "org_unit").order_by("id")
    return policy_file.dump_policy(
        values.Policy(policy.code, policy.name, policy.org_unit.code, tuple(rule_value(rule) for rule in rules))
    )


def live_rules(*, path: str, until: Any) -> list[CommissionRule]:
    """The published rules (of retired policies too) that could price events of dealers at `path`.

    `path` is an org unit's path: its own policies, those above it and those below.
    """
    rows = _published(path=path).filter(effective_from__lte=until)
    return list(rows.order_by("id"))


def rules_near(*, path: str, business_type: str) -> list[CommissionRule]:
    """The published rules for a business around `path`, whenever they are in force, newest first."""
    return list(_published(path=path).filter(business_type=business_type).order_by("-effective_from", "id"))


def _published(*, path: str) -> Any:
    above = ["/" + "/".join(path.strip("/").split("/")[:depth]) + "/" for depth in range(1, path.count("/"))]
    rows = CommissionRule.objects.filter(published=True)
    rows = rows.filter(Q(owner__path__in=above) | Q(owner__path__startswith=path))
    return rows.select_related("owner", "product", "org_unit")
