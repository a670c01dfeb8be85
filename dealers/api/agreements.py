"""`/agreements/`."""

from typing import Any

import django_filters
from rest_framework import serializers

from accounts.roles import Permission
from core.api.filters import UnitFilter
from core.api.serializers import CodeField
from core.api.viewsets import Resource
from dealers.models import Agreement


class AgreementOut(serializers.ModelSerializer):
    """A signed agreement and its term, both days included. Deposit in yuan."""

    dealer = CodeField()

    class Meta:
        model = Agreement
        fields = ("number", "dealer", "starts_on", "ends_on", "exclusive", "committed_sales_per_quarter", "deposit")
        read_only_fields = fields


class AgreementFilter(django_filters.FilterSet):
    dealer = django_filters.CharFilter(field_name="dealer__code")
    org_unit = UnitFilter(path="dealer__org_unit")
    starts_on = django_filters.DateFromToRangeFilter()
    ends_on = django_filters.DateFromToRangeFilter()

    class Meta:
        model = Agreement
        fields = ("exclusive",)


class Agreements(Resource):
    """Agreements of the dealers within the scope."""

    permission = (Permission.VIEW_DEALERS, Permission.VIEW_OWN_DEALER)
    lookup_field = "number"
    serializer_class = AgreementOut
    filterset_class = AgreementFilter
    ordering = ("number",)
    ordering_fields = ("number", "starts_on", "ends_on")

    def get_rows(self, user: Any) -> Any:
        return Agreement.objects.visible_to(user).select_related("dealer")
