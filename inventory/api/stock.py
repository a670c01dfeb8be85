"""`/stock-nodes/` and `/cards/`."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.roles import Permission
from core.api.filters import UnitFilter
from core.api.pagination import Cursor
from core.api.serializers import CodeField, Personal
from core.api.viewsets import Resource, part
from inventory.models import Card, StockNode
from inventory.queries import cards


class StockNodeOut(serializers.ModelSerializer):
    """A place that holds stock; a dealer's own node has the dealer's code."""

    org_unit = CodeField()
    parent = CodeField()
    dealer = CodeField()

    class Meta:
        model = StockNode
        fields = ("code", "name", "kind", "org_unit", "parent", "dealer")
        read_only_fields = fields


class StockNodeFilter(django_filters.FilterSet):
    org_unit = UnitFilter(path="org_unit")
    parent = django_filters.CharFilter(field_name="parent__code")

    class Meta:
        model = StockNode
        fields = ("kind",)


class StockNodes(Resource):
    """Stock nodes within the scope."""

    permission = Permission.VIEW_STOCK
    lookup_field = "code"
    serializer_class = StockNodeOut
    filterset_class = StockNodeFilter
    ordering = ("code",)
    ordering_fields = ("code", "name", "kind")

    def get_rows(self, user: Any) -> Any:
        return StockNode.objects.visible_to(user).select_related("org_unit", "parent", "dealer")


class CardOut(serializers.ModelSerializer):
    """One serialised item and the node that holds it, or held it last."""

    product = CodeField()
    node = CodeField()
    msisdn = Personal(permission=Permission.IMPORT_STOCK)

    class Meta:
        model = Card
        fields = ("serial", "product", "node", "state", "msisdn", "expires_on")
        read_only_fields = fields


class CardEventOut(serializers.Serializer):
    """Something that happened to a card: `node` and `state` are what held afterwards."""

    at = serializers.DateTimeField(read_only=True)
    event = serializers.CharField(read_only=True)
    node = serializers.CharField(read_only=True, allow_null=True)
    state = serializers.CharField(read_only=True, allow_null=True)
    reference = serializers.CharField(read_only=True, allow_null=True)


class CardFilter(django_filters.FilterSet):
    node = django_filters.CharFilter(field_name="node__code")
    product = django_filters.CharFilter(field_name="product__code")
    org_unit = UnitFilter(path="node__org_unit")

    class Meta:
        model = Card
        fields = ("state",)


class Cards(Resource):
    """Cards and terminals within the scope, by cursor."""

    permission = Permission.VIEW_STOCK
    lookup_field = "serial"
    serializer_class = CardOut
    filterset_class = CardFilter
    pagination_class = Cursor
    ordering = ("serial",)
    ordering_fields = ("serial", "expires_on")

    def get_rows(self, user: Any) -> Any:
        return cards.visible(user)

    @extend_schema(responses=CardEventOut(many=True))
    @part()
    def history(self, request: Any, serial: str) -> Response:
        """What happened to the card, oldest first."""
        return Response(CardEventOut(cards.history(self.get_object(), request.user), many=True).data)
