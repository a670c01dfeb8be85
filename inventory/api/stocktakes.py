"""`/stocktakes/`: counts of stock, what they found, and each of their steps."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.roles import Permission
from core import clock
from core.api.serializers import CodeField, InScope, NeededReasonIn, PersonField
from core.api.viewsets import Resource, command, part
from inventory.api.movements import SerialsIn
from inventory.models import Difference, Product, StockNode, Stocktake
from inventory.queries import stocktakes
from inventory.services import stocktake as service


class StocktakeOut(serializers.ModelSerializer):
    """A count of what a node holds; the figures are empty until the first count is finished."""

    node = CodeField()
    products = serializers.SlugRelatedField(slug_field="code", many=True, read_only=True)
    made_by = PersonField()
    verified_by = PersonField()

    class Meta:
        model = Stocktake
        fields = (
            "number",
            "node",
            "products",
            "blind",
            "sample",
            "state",
            "turn",
            "expected",
            "counted",
            "differing",
            "made_by",
            "made_at",
            "started_at",
            "verified_by",
            "finding",
        )
        read_only_fields = fields


class StocktakeIn(serializers.Serializer):
    node = InScope(StockNode)
    products = serializers.SlugRelatedField(
        slug_field="code", queryset=Product.objects.exclude(item_kind="plan"), many=True, required=False
    )
    blind = serializers.BooleanField(default=True)
    sample = serializers.IntegerField(
        min_value=1, max_value=service.LARGEST_SAMPLE, required=False, allow_null=True, default=None
    )


class CountedOut(serializers.Serializer):
    """How many cards are new to this count, how many were noted before, and what is not known or no serial."""

    added = serializers.IntegerField(read_only=True)
    twice = serializers.IntegerField(read_only=True)
    unknown = serializers.ListField(child=serializers.CharField(), read_only=True)
    unreadable = serializers.ListField(child=serializers.CharField(), read_only=True)


class MaterialIn(serializers.Serializer):
    product = serializers.SlugRelatedField(slug_field="code", queryset=Product.objects.filter(item_kind="material"))
    quantity = serializers.IntegerField(min_value=0, max_value=10_000_000)


class FinishIn(serializers.Serializer):
    """Which count is finished: `turn` of the stocktake."""

    turn = serializers.IntegerField(min_value=1, max_value=1_000)


class VerifyIn(serializers.Serializer):
    finding = serializers.CharField(allow_blank=True, max_length=500, default="")


class DifferenceOut(serializers.ModelSerializer):
    product = CodeField()

    class Meta:
        model = Difference
        fields = ("kind", "serial", "product", "expected", "counted", "recounted", "stands")
        read_only_fields = fields


class StocktakeFilter(django_filters.FilterSet):
    node = django_filters.CharFilter(field_name="node__code")

    class Meta:
        model = Stocktake
        fields = ("state",)


class Stocktakes(Resource):
    """Stocktakes of nodes within the scope."""

    permission = Permission.VIEW_STOCKTAKES
    permissions = {"create": Permission.COUNT_STOCK}
    lookup_field = "number"
    subject = "stocktake"
    serializer_class = StocktakeOut
    filterset_class = StocktakeFilter
    ordering = ("-made_at",)
    ordering_fields = ("number", "made_at")

    def get_rows(self, user: Any) -> Any:
        return stocktakes.visible(user).prefetch_related("products")

    @extend_schema(request=StocktakeIn, responses={201: StocktakeOut})
    def create(self, request: Any) -> Response:
        """Plan a stocktake."""
        row = service.plan(**self.given(StocktakeIn), by=request.user, at=clock.now())
        return Response(StocktakeOut(row).data, status=201)

    @extend_schema(responses=DifferenceOut(many=True))
    @part()
    def differences(self, request: Any, number: str) -> Response:
        """Where count and books differ: the first 200. Nothing while a blind count goes on."""
        row = self.get_object()
        found = stocktakes.differences(row)[: stocktakes.SHOWN] if stocktakes.shown(row) else []
        return Response(DifferenceOut(found, many=True).data)

    @extend_schema(request=None, responses=StocktakeOut)
    @command(permission=Permission.COUNT_STOCK)
    def start(self, request: Any, number: str) -> Response:
        """Begin to count; movements of the node wait."""
        return self.step(service.start)

    @extend_schema(request=SerialsIn, responses=CountedOut)
    @command(permission=Permission.COUNT_STOCK)
    def count(self, request: Any, number: str) -> Response:
        """Note serials that were seen."""
        row, given = self.get_object(), self.given(SerialsIn)
        done = service.count_serials(stocktake=row, text=given["serials"], by=request.user, at=clock.now())
        return Response(CountedOut(done).data)

    @extend_schema(request=MaterialIn, responses=StocktakeOut)
    @command(permission=Permission.COUNT_STOCK)
    def quantity(self, request: Any, number: str) -> Response:
        """Note how many of a counted material are there."""
        return self.step(service.count_quantity, MaterialIn)

    @extend_schema(request=FinishIn, responses=StocktakeOut)
    @command(permission=Permission.COUNT_STOCK)
    def finish(self, request: Any, number: str) -> Response:
        """Compare with the books; differences of the first count are counted again."""
        return self.step(service.finish, FinishIn)

    @extend_schema(request=NeededReasonIn, responses=StocktakeOut)
    @command(permission=Permission.VERIFY_STOCKTAKES)
    def recount(self, request: Any, number: str) -> Response:
        """Have what is disputed counted once more."""
        return self.step(service.recount, NeededReasonIn)

    @extend_schema(request=VerifyIn, responses=StocktakeOut)
    @command(permission=Permission.VERIFY_STOCKTAKES)
    def verify(self, request: Any, number: str) -> Response:
        """Say that it is so; adjustments wait for approval, if any are needed."""
        return self.step(service.verify, VerifyIn)

    @extend_schema(request=NeededReasonIn, responses=StocktakeOut)
    @command(permission=Permission.COUNT_STOCK)
    def cancel(self, request: Any, number: str) -> Response:
        """Give it up."""
        return self.step(service.cancel, NeededReasonIn)
