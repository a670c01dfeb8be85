"""`/batches/`."""

from typing import Any

import django_filters
from rest_framework import serializers

from accounts.roles import Permission
from commissions.api.batch_actions import BatchActions
from commissions.api.fields import FIGURES
from commissions.models import SettlementBatch
from commissions.queries import batches
from core.api.filters import MonthFilter, UnitFilter
from core.api.serializers import CodeField, MonthField, PersonField
from core.api.viewsets import Resource

PEOPLE = ("calculated_by", "submitted_by", "reviewed_by", "approved_by", "paying_by")


class BatchOut(serializers.ModelSerializer):
    """One county's commissions of one period. Yuan."""

    county = CodeField()
    month = MonthField()

    class Meta:
        model = SettlementBatch
        fields: tuple[str, ...] = (
            "number",
            "county",
            "kind",
            "period",
            "month",
            "state",
            "dealers",
            "unpriced",
            *FIGURES,
        )
        read_only_fields = fields


class CheckOut(serializers.Serializer):
    """Something that the calculation noticed about itself."""

    code = serializers.CharField(read_only=True)
    severity = serializers.ChoiceField(["info", "warning", "error"], read_only=True)
    count = serializers.IntegerField(read_only=True)
    dealers = serializers.ListField(child=serializers.CharField(), read_only=True)
    params = serializers.DictField(read_only=True)


class BatchDetailOut(BatchOut):
    """A batch with its checks and the people who moved it."""

    calculated_by = PersonField()
    submitted_by = PersonField()
    reviewed_by = PersonField()
    approved_by = PersonField()
    paying_by = PersonField()
    checks = CheckOut(many=True, read_only=True)

    class Meta(BatchOut.Meta):
        fields = (
            *BatchOut.Meta.fields,
            "calculated_at",
            "submitted_at",
            "reviewed_at",
            "approved_at",
            *PEOPLE,
            "checks",
            "content_hash",
        )
        read_only_fields = fields


class BatchFilter(django_filters.FilterSet):
    county = django_filters.CharFilter(field_name="county__code")
    org_unit = UnitFilter(path="county")
    month = MonthFilter()
    period = django_filters.CharFilter()

    class Meta:
        model = SettlementBatch
        fields = ("kind", "state")


class Batches(BatchActions, Resource):
    """Settlement batches of the counties within the scope."""

    permission = Permission.VIEW_BATCHES
    permissions = {"create": Permission.SETTLE}
    lookup_field = "number"
    serializer_class = BatchOut
    detail_serializer_class = BatchDetailOut
    filterset_class = BatchFilter
    ordering = ("-month", "number")
    ordering_fields = ("number", "month", "period", "state", "gross", "net", "paid")

    def get_rows(self, user: Any) -> Any:
        return batches.visible(user)
