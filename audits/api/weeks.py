"""`/planned-visits/`: channel managers' weeks."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.models import User
from accounts.roles import Permission
from audits.models import PlannedVisit
from audits.services import week as service
from core import clock
from core.api.filters import UnitFilter
from core.api.serializers import CodeField, InScope, PersonField
from core.api.viewsets import Resource, command
from core.periods import Week
from dealers.models import Dealer

PLANS = (Permission.LOG_VISITS, Permission.ASSIGN_MANAGERS)


class PlannedVisitOut(serializers.ModelSerializer):
    """A store that a manager means to visit on a day, the `place`th of it."""

    manager = PersonField()
    dealer = CodeField()

    class Meta:
        model = PlannedVisit
        fields = ("id", "manager", "dealer", "day", "place", "kind")
        read_only_fields = fields


class OfManager(serializers.Serializer):
    """Whose week; the caller's own without."""

    manager = InScope(User, slug_field="username", required=False)

    def of(self) -> Any:
        return self.validated_data.get("manager") or self.context["request"].user


class WeekIn(OfManager):
    """Any day of the week."""

    week = serializers.DateField()


class PutIn(OfManager):
    """A store and a day."""

    dealer = InScope(Dealer)
    day = serializers.DateField()


class DraftedOut(serializers.Serializer):
    planned = serializers.IntegerField(read_only=True)


class PlannedVisitFilter(django_filters.FilterSet):
    manager = django_filters.CharFilter(field_name="manager__username")
    dealer = django_filters.CharFilter(field_name="dealer__code")
    org_unit = UnitFilter(path="dealer__org_unit")
    day = django_filters.DateFromToRangeFilter()

    class Meta:
        model = PlannedVisit
        fields = ("kind",)


class PlannedVisits(Resource):
    """What channel managers plan, within the scope."""

    permission = (Permission.VIEW_VISITS, *PLANS)
    permissions = {"create": PLANS, "destroy": PLANS}
    lookup_value_regex = "[0-9]{1,18}"
    serializer_class = PlannedVisitOut
    filterset_class = PlannedVisitFilter
    ordering = ("day", "place", "id")
    ordering_fields = ("day", "id")

    def get_rows(self, user: Any) -> Any:
        return PlannedVisit.objects.visible_to(user).select_related("manager", "dealer")

    def _given(self, form: type[OfManager]) -> Any:
        given = form(data=self.request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        return given

    @extend_schema(request=PutIn, responses={201: PlannedVisitOut})
    def create(self, request: Any) -> Response:
        """Plan a store for a day, or for another one of its week."""
        given = self._given(PutIn)
        data = given.validated_data
        row = service.put(manager=given.of(), dealer=data["dealer"], on=data["day"], by=request.user, day=clock.today())
        return Response(PlannedVisitOut(row).data, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Any, pk: str) -> Response:
        """Do not visit the store that day."""
        service.remove(planned=self.get_object(), by=request.user, day=clock.today())
        return Response(status=204)

    @extend_schema(request=WeekIn, responses=DraftedOut)
    @command(permission=PLANS, detail=False)
    def draft(self, request: Any) -> Response:
        """Plan the days of the week that are left anew."""
        given = self._given(WeekIn)
        week = Week.of(given.validated_data["week"])
        count = service.draft(manager=given.of(), week=week, by=request.user, day=clock.today())
        return Response(DraftedOut({"planned": count}).data)
