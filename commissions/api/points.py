"""`/points-entries/`, `/points-items/` and `/redemptions/`."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.roles import Permission
from commissions.models import PointsEntry, PointsItem, Redemption
from commissions.queries import points
from commissions.services import points as service
from core import clock
from core.api.filters import MonthFilter, UnitFilter
from core.api.pagination import Cursor
from core.api.serializers import CodeField, MonthField, NeededReasonIn, PersonField, ReasonIn
from core.api.viewsets import Resource, command


class PointsEntryOut(serializers.ModelSerializer):
    """One signed entry of a dealer's points, and the balance after it."""

    dealer = CodeField()
    month = MonthField()

    class Meta:
        model = PointsEntry
        fields = ("id", "dealer", "month", "entry", "points", "balance", "source", "posted_at")
        read_only_fields = fields


class PointsEntryFilter(django_filters.FilterSet):
    dealer = django_filters.CharFilter(field_name="dealer__code")
    org_unit = UnitFilter(path="dealer__org_unit")
    month = MonthFilter()

    class Meta:
        model = PointsEntry
        fields = ("entry",)


class PointsEntries(Resource):
    """The points ledgers of the dealers within the scope, by cursor, as posted."""

    permission = Permission.VIEW_POINTS
    lookup_value_regex = "[0-9]{1,18}"
    serializer_class = PointsEntryOut
    filterset_class = PointsEntryFilter
    pagination_class = Cursor
    ordering = ("pk",)
    ordering_fields = ("month", "points")

    def get_rows(self, user: Any) -> Any:
        return points.entries(user)


class PointsItemOut(serializers.ModelSerializer):
    """A reward and how many of it are left."""

    org_unit = CodeField()
    left = serializers.IntegerField(read_only=True)

    class Meta:
        model = PointsItem
        fields = ("code", "name", "org_unit", "category", "points", "left", "offered")
        read_only_fields = fields


class PointsItemFilter(django_filters.FilterSet):
    org_unit = UnitFilter(path="org_unit")

    class Meta:
        model = PointsItem
        fields = ("category", "offered")


class PointsItems(Resource):
    """The catalogue: to staff the rewards of their units, to a dealer those that are offered to it."""

    permission = Permission.VIEW_POINTS
    lookup_field = "code"
    serializer_class = PointsItemOut
    filterset_class = PointsItemFilter
    ordering = ("code",)
    ordering_fields = ("code", "points")

    def get_rows(self, user: Any) -> Any:
        return points.items(user)


class RedemptionOut(serializers.ModelSerializer):
    """A dealer's request for a reward, and who decided."""

    dealer = CodeField()
    item = CodeField()
    requested_by = PersonField()
    decided_by = PersonField()
    handed_over_by = PersonField()

    class Meta:
        model = Redemption
        fields = (
            "reference",
            "dealer",
            "item",
            "quantity",
            "points",
            "state",
            "requested_by",
            "requested_at",
            "decided_by",
            "decided_at",
            "reason",
            "handed_over_by",
            "handed_over_at",
        )
        read_only_fields = fields


class RedemptionIn(serializers.Serializer):
    """Which reward, by its code, and how many."""

    item = serializers.CharField(max_length=40)
    quantity = serializers.IntegerField(min_value=1, max_value=1000, default=1)


class RedemptionFilter(django_filters.FilterSet):
    dealer = django_filters.CharFilter(field_name="dealer__code")
    org_unit = UnitFilter(path="dealer__org_unit")

    class Meta:
        model = Redemption
        fields = ("state",)


class Redemptions(Resource):
    """What dealers asked for. A dealer asks and takes back; the city decides; a third person hands over."""

    permission = Permission.VIEW_POINTS
    permissions = {"create": Permission.REDEEM_POINTS}
    lookup_field = "reference"
    serializer_class = RedemptionOut
    filterset_class = RedemptionFilter
    ordering = ("-requested_at", "reference")
    ordering_fields = ("requested_at", "points", "state")

    def get_rows(self, user: Any) -> Any:
        return points.redemptions(user)

    def _out(self, made: Redemption, status: int = 200) -> Response:
        fresh = self.get_rows(self.request.user).get(pk=made.pk)
        return Response(RedemptionOut(fresh, context=self.get_serializer_context()).data, status=status)

    def _move(self, request: Any, verb: Any, form: type[serializers.Serializer] = ReasonIn) -> Response:
        redemption = self.get_object()
        given = form(data=request.data)
        given.is_valid(raise_exception=True)
        reason = given.validated_data["reason"]
        return self._out(verb(redemption=redemption, by=request.user, at=clock.now(), reason=reason))

    @extend_schema(request=RedemptionIn, responses={201: RedemptionOut})
    def create(self, request: Any) -> Response:
        """Ask for a reward: points and reward are reserved at once."""
        given = RedemptionIn(data=request.data)
        given.is_valid(raise_exception=True)
        item = points.items(request.user).filter(code=given.validated_data["item"].replace("\x00", "")).first()
        if item is None:
            raise serializers.ValidationError({"item": service.NOT_OFFERED})
        quantity = given.validated_data["quantity"]
        return self._out(service.redeem(item=item, quantity=quantity, by=request.user, at=clock.now()), 201)

    @extend_schema(request=ReasonIn)
    @command(permission=Permission.APPROVE_REDEMPTIONS)
    def approve(self, request: Any, reference: str) -> Response:
        """Let the dealer have it."""
        return self._move(request, service.approve)

    @extend_schema(request=NeededReasonIn)
    @command(permission=Permission.APPROVE_REDEMPTIONS)
    def reject(self, request: Any, reference: str) -> Response:
        """Turn it down, with a reason."""
        return self._move(request, service.reject, NeededReasonIn)

    @extend_schema(request=ReasonIn)
    @command(permission=Permission.REDEEM_POINTS)
    def cancel(self, request: Any, reference: str) -> Response:
        """The dealer takes the request back."""
        return self._move(request, service.cancel)

    @extend_schema(request=ReasonIn)
    @command(permission=Permission.HAND_OVER_REWARDS, url_path="hand-over")
    def hand_over(self, request: Any, reference: str) -> Response:
        """The reward was given out."""
        return self._move(request, service.hand_over)
