"""`/inspections/` and `/inspection-rounds/`."""

from typing import Any

import django_filters
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.models import OrgUnit, User
from accounts.roles import Permission
from audits.api.shapes import VisitOut
from audits.api.visit_actions import ArriveIn
from audits.models import Inspection, InspectionRound
from audits.queries import inspections
from audits.services import inspection as service
from core import clock
from core.api.filters import UnitFilter
from core.api.serializers import CodeField, InScope, PersonField
from core.api.viewsets import Resource, command, part
from core.periods import InvalidPeriod
from core.views.base import one_or_404
from dealers.rules.rating import RatingPeriod

SEES = (Permission.VIEW_INSPECTIONS, Permission.INSPECT)


class InspectionOut(serializers.ModelSerializer):
    """A store given to an inspector, its position in WGS-84 degrees; `visit` is what came of it."""

    round = CodeField(slug_field="number")
    dealer = CodeField()
    name = serializers.CharField(source="dealer.name", read_only=True)
    address = serializers.CharField(source="dealer.address", read_only=True)
    latitude = serializers.DecimalField(
        source="dealer.latitude", max_digits=9, decimal_places=6, read_only=True, allow_null=True
    )
    longitude = serializers.DecimalField(
        source="dealer.longitude", max_digits=9, decimal_places=6, read_only=True, allow_null=True
    )
    inspector = PersonField()
    visit = serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True)

    class Meta:
        model = Inspection
        fields = (
            "id", "round", "kind", "period", "dealer", "name", "address", "latitude", "longitude", "inspector",
            "due_on", "state", "visit",
        )  # fmt: skip
        read_only_fields = fields


class InspectionRoundOut(serializers.ModelSerializer):
    """What was ordered together. A spot check has the seed of its draw."""

    org_unit = CodeField()
    ordered_by = PersonField()
    assigned = serializers.IntegerField(read_only=True)
    done = serializers.IntegerField(read_only=True)
    cancelled = serializers.IntegerField(read_only=True)

    class Meta:
        model = InspectionRound
        fields = (
            "number", "kind", "org_unit", "period", "seed", "size", "due_on", "ordered_by", "ordered_at", "assigned",
            "done", "cancelled",
        )  # fmt: skip
        read_only_fields = fields


class DrawnOut(serializers.Serializer):
    """The draw made again: `stores` as [code, weight] in the order in which they came up; `same` as then?"""

    stores = serializers.ListField(read_only=True)
    pool = serializers.IntegerField(read_only=True)
    weight = serializers.IntegerField(read_only=True)
    same = serializers.BooleanField(read_only=True)


class RoundIn(serializers.Serializer):
    """Inspections of a unit by inspectors of it or above it, in equal parts."""

    org_unit = InScope(OrgUnit)
    inspectors = InScope(User, slug_field="username", many=True, allow_empty=False)
    due_on = serializers.DateField()

    def order(self, service_: Any) -> InspectionRound:
        """Order what was given."""
        given = dict(self.validated_data)
        given = {"unit": given.pop("org_unit"), **given}
        return service_(**given, by=self.context["request"].user, at=clock.now())  # type: ignore[no-any-return]


class MysteryIn(RoundIn):
    """A quarter like 2026Q4 that is not over."""

    period = serializers.CharField(max_length=6)

    def validate_period(self, value: str) -> RatingPeriod:
        try:
            return RatingPeriod.parse(value)
        except InvalidPeriod as error:
            raise serializers.ValidationError(_("Write a quarter like 2026Q4."), code="period") from error


class DrawIn(RoundIn):
    """How many stores to draw by risk."""

    size = serializers.IntegerField(min_value=1, max_value=service.MOST)


class InspectorIn(serializers.Serializer):
    inspector = InScope(User, slug_field="username")
    due_on = serializers.DateField(required=False)


class InspectionTextIn(serializers.Serializer):
    text = serializers.CharField(max_length=200)


class InspectionFilter(django_filters.FilterSet):
    dealer = django_filters.CharFilter(field_name="dealer__code")
    org_unit = UnitFilter(path="dealer__org_unit")
    inspector = django_filters.CharFilter(field_name="inspector__username")
    round = django_filters.CharFilter(field_name="round__number")
    due_on = django_filters.DateFromToRangeFilter()

    class Meta:
        model = Inspection
        fields = ("state", "kind", "period")


class InspectionRoundFilter(django_filters.FilterSet):
    org_unit = UnitFilter(path="org_unit")

    class Meta:
        model = InspectionRound
        fields = ("kind", "period")


class Inspections(Resource):
    """Inspections within the scope; an inspector finds his own."""

    permission = SEES
    lookup_value_regex = "[0-9]{1,18}"
    subject = "inspection"
    serializer_class = InspectionOut
    filterset_class = InspectionFilter
    ordering = ("due_on", "id")
    ordering_fields = ("due_on", "id")

    def get_rows(self, user: Any) -> Any:
        return inspections.inspections(user)

    @extend_schema(request=ArriveIn, responses={201: VisitOut})
    @command(permission=Permission.INSPECT)
    def start(self, request: Any, pk: str) -> Response:
        """Check in at the store; the visit goes on at `/visits/`."""
        row = one_or_404(inspections.waiting(request.user), pk=pk)
        given = ArriveIn(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        visit = given.begin(dealer=row.dealer, kind=row.kind, by=request.user)
        return Response(VisitOut(visit, context=self.get_serializer_context()).data, status=201)

    @extend_schema(request=InspectorIn, responses=InspectionOut)
    @command(permission=Permission.ORDER_INSPECTIONS)
    def assign(self, request: Any, pk: str) -> Response:
        """Give it to another inspector, perhaps until another day."""
        return self.step(service.assign, InspectorIn)

    @extend_schema(request=InspectionTextIn, responses=InspectionOut)
    @command(permission=Permission.ORDER_INSPECTIONS)
    def cancel(self, request: Any, pk: str) -> Response:
        """It will not be carried out."""
        return self.step(service.cancel, InspectionTextIn)


class InspectionRounds(Resource):
    """Rounds of inspections within the scope."""

    permission = Permission.VIEW_INSPECTIONS
    lookup_field = "number"
    serializer_class = InspectionRoundOut
    filterset_class = InspectionRoundFilter
    ordering = ("-ordered_at", "number")
    ordering_fields = ("ordered_at", "number", "due_on")

    def get_rows(self, user: Any) -> Any:
        return inspections.rounds(user)

    @extend_schema(responses=DrawnOut)
    @part()
    def drawn(self, request: Any, number: str) -> Response:
        """Draw again from what was drawn from then; 404 for a round that drew nothing."""
        row = self.get_object()
        if not row.seed:
            raise Http404
        return Response(DrawnOut(inspections.drawn(row)).data)

    def _ordered(self, form: type[RoundIn], service_: Any) -> Response:
        given = form(data=self.request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        found = given.order(service_)
        row = self.get_rows(self.request.user).get(pk=found.pk)
        return Response(InspectionRoundOut(row).data, status=201)

    @extend_schema(request=MysteryIn, responses={201: InspectionRoundOut})
    @command(permission=Permission.ORDER_INSPECTIONS, detail=False)
    def mystery(self, request: Any) -> Response:
        """Order the mystery inspections of a quarter for every store that has none yet."""
        return self._ordered(MysteryIn, service.order_mystery)

    @extend_schema(request=DrawIn, responses={201: InspectionRoundOut})
    @command(permission=Permission.ORDER_INSPECTIONS, detail=False)
    def draw(self, request: Any) -> Response:
        """Draw stores by risk for spot checks."""
        return self._ordered(DrawIn, service.order_spot_checks)
