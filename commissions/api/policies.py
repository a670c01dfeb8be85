"""`/policies/` and `/rules/`."""

from typing import Any

import django_filters
from rest_framework import serializers

from accounts.roles import Permission
from commissions.models import CommissionPolicy, CommissionRule
from core.api.filters import UnitFilter
from core.api.serializers import CodeField, PersonField
from core.api.viewsets import Resource


class PolicyOut(serializers.ModelSerializer):
    """A set of rules and who made, proposed and published it."""

    org_unit = CodeField()
    created_by = PersonField()
    proposed_by = PersonField()
    approved_by = PersonField()

    class Meta:
        model = CommissionPolicy
        fields = (
            "code",
            "name",
            "org_unit",
            "state",
            "created_by",
            "created_at",
            "proposed_by",
            "proposed_at",
            "approved_by",
            "published_at",
        )
        read_only_fields = fields


class RuleOut(serializers.ModelSerializer):
    """One rule. `value` is yuan (basis `fixed`) or a rate."""

    policy = CodeField()
    product = CodeField()
    org_unit = CodeField()

    class Meta:
        model = CommissionRule
        fields = (
            "code",
            "policy",
            "published",
            "kind",
            "business_type",
            "product",
            "product_family",
            "tier",
            "org_unit",
            "effective_from",
            "effective_to",
            "basis",
            "value",
            "bracket_mode",
            "brackets",
            "instalments",
            "pool_share",
            "waiver_approver",
            "waiver_reason",
        )
        read_only_fields = fields


class PolicyFilter(django_filters.FilterSet):
    org_unit = UnitFilter(path="org_unit")

    class Meta:
        model = CommissionPolicy
        fields = ("state",)


class RuleFilter(django_filters.FilterSet):
    """`on` keeps the rules that are in force on a day."""

    policy = django_filters.CharFilter(field_name="policy__code")
    product = django_filters.CharFilter(field_name="product__code")
    on = django_filters.DateFilter(method="in_force", label="in force on this day")

    class Meta:
        model = CommissionRule
        fields = ("kind", "business_type", "product_family", "tier", "published")

    def in_force(self, rows: Any, name: str, value: Any) -> Any:
        open_end = rows.filter(effective_from__lte=value)
        return open_end.filter(effective_to=None) | open_end.filter(effective_to__gte=value)


class Policies(Resource):
    """Commission policies of the units within the scope."""

    permission = Permission.VIEW_POLICIES
    lookup_field = "code"
    serializer_class = PolicyOut
    filterset_class = PolicyFilter
    ordering = ("-created_at",)
    ordering_fields = ("code", "created_at", "published_at")

    def get_rows(self, user: Any) -> Any:
        people = ("created_by", "proposed_by", "approved_by")
        return CommissionPolicy.objects.visible_to(user).select_related("org_unit", *people)


class Rules(Resource):
    """The rules of these policies."""

    permission = Permission.VIEW_POLICIES
    lookup_field = "code"
    serializer_class = RuleOut
    filterset_class = RuleFilter
    ordering = ("code",)
    ordering_fields = ("code", "effective_from")

    def get_rows(self, user: Any) -> Any:
        return CommissionRule.objects.visible_to(user).select_related("policy", "product", "org_unit")
