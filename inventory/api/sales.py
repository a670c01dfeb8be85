"""`/sales/`."""

from typing import Any

import django_filters
from rest_framework import serializers

from accounts.roles import Permission
from core.api.filters import UnitFilter
from core.api.pagination import Cursor
from core.api.serializers import CodeField, Personal
from core.api.viewsets import Resource
from inventory.models import SalesRecord


class SaleOut(serializers.ModelSerializer):
    """One commissionable event; `seller` is the dealer that it counts for. Amount in yuan."""

    product = CodeField()
    dealer = CodeField()
    seller = CodeField()
    msisdn = Personal(permission=Permission.IMPORT_FACTS)

    class Meta:
        model = SalesRecord
        fields = (
            "event_no",
            "business_type",
            "occurred_at",
            "event_date",
            "product",
            "dealer",
            "seller",
            "subscriber_no",
            "msisdn",
            "serial",
            "amount",
            "cell_id",
            "segment",
        )
        read_only_fields = fields


class SaleFilter(django_filters.FilterSet):
    seller = django_filters.CharFilter(field_name="seller__code")
    product = django_filters.CharFilter(field_name="product__code")
    org_unit = UnitFilter(path="seller__org_unit")
    date = django_filters.DateFromToRangeFilter(field_name="event_date")

    class Meta:
        model = SalesRecord
        fields = ("business_type", "segment", "serial", "subscriber_no")


class Sales(Resource):
    """Sales records within the scope, by cursor."""

    permission = (Permission.VIEW_DEALERS, Permission.VIEW_OWN_DEALER)
    lookup_field = "event_no"
    serializer_class = SaleOut
    filterset_class = SaleFilter
    pagination_class = Cursor
    ordering = ("-pk",)
    ordering_fields = ("event_date", "occurred_at")

    def get_rows(self, user: Any) -> Any:
        return SalesRecord.objects.visible_to(user).select_related("product", "dealer", "seller")
