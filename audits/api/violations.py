"""`/violations/`."""

from typing import Any

import django_filters
from rest_framework import serializers

from accounts.roles import Permission
from audits.models import Violation, ViolationType
from core.api.filters import UnitFilter
from core.api.serializers import CodeField
from core.api.viewsets import Resource


class ViolationOut(serializers.ModelSerializer):
    """A confirmed breach; its month is that of `occurred_on`."""

    dealer = CodeField()
    type = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = Violation
        fields = ("reference", "dealer", "type", "occurred_on", "confirmed_on")
        read_only_fields = fields


class ViolationFilter(django_filters.FilterSet):
    dealer = django_filters.CharFilter(field_name="dealer__code")
    org_unit = UnitFilter(path="dealer__org_unit")
    type = django_filters.ChoiceFilter(field_name="type_id", choices=ViolationType.Code.choices)
    occurred_on = django_filters.DateFromToRangeFilter()
    confirmed_on = django_filters.DateFromToRangeFilter()

    class Meta:
        model = Violation
        fields: tuple[str, ...] = ()


class Violations(Resource):
    """Confirmed violations of the dealers within the scope."""

    permission = (Permission.VIEW_DEALERS, Permission.VIEW_OWN_DEALER)
    lookup_field = "reference"
    serializer_class = ViolationOut
    filterset_class = ViolationFilter
    ordering = ("-occurred_on", "reference")
    ordering_fields = ("reference", "occurred_on", "confirmed_on")

    def get_rows(self, user: Any) -> Any:
        return Violation.objects.visible_to(user).select_related("dealer")
