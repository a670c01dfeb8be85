"""Policies as their pages show them."""

from typing import Any

from django.db.models import Count, QuerySet

from commissions.models import CommissionPolicy, CommissionRule


def visible(user: Any) -> Any:
    """The policies within the user's scope, with owner, people and number of rules (`rule_count`)."""
    policies: QuerySet[CommissionPolicy] = CommissionPolicy.objects.visible_to(user)
    return policies.select_related("org_unit", "created_by", "proposed_by", "approved_by").annotate(
        rule_count=Count("rules")
    )


def rules(policy: CommissionPolicy) -> QuerySet[CommissionRule]:
    """The policy's rules with what their words need."""
    return policy.rules.select_related("product", "org_unit", "owner").order_by("business_type", "kind", "code")
