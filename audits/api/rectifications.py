"""`/rectifications/`, and the order from a finding."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.response import Response

from accounts.roles import Permission
from audits.models import Rectification
from audits.queries import rectifications
from audits.services import rectification as service
from core import clock
from core.api.filters import UnitFilter
from core.api.serializers import CodeField, PersonField
from core.api.viewsets import Resource, command
from core.photos import LARGEST_BYTES


class RectificationOut(serializers.ModelSerializer):
    """What a dealer has to put right; `photos` shows how many were handed in."""

    dealer = CodeField()
    finding = serializers.PrimaryKeyRelatedField(read_only=True)
    ordered_by = PersonField()
    done_by = PersonField()
    verified_by = PersonField()

    class Meta:
        model = Rectification
        fields = (
            "number", "dealer", "finding", "demand", "due_on", "state", "ordered_by", "ordered_at", "report", "done_by",
            "done_at", "verified_by", "verified_at", "escalated_at",
        )  # fmt: skip
        read_only_fields = fields


class OrderIn(serializers.Serializer):
    demand = serializers.CharField(max_length=500)
    due_on = serializers.DateField()


class ReportIn(serializers.Serializer):
    """What was done and at least one photo, JPEG, PNG or WebP, 10 MB at most."""

    text = serializers.CharField(max_length=service.LONGEST)
    photos = serializers.ListField(child=serializers.FileField(), max_length=service.MOST_PHOTOS)

    def validate_photos(self, photos: list[Any]) -> list[bytes]:
        return [one.read(LARGEST_BYTES + 1) for one in photos]


class RemarkIn(serializers.Serializer):
    text = serializers.CharField(max_length=service.LONGEST, allow_blank=True, default="")


class ReasonIn(serializers.Serializer):
    text = serializers.CharField(max_length=service.LONGEST)


class SendBackIn(ReasonIn):
    due_on = serializers.DateField()


class RectificationFilter(django_filters.FilterSet):
    dealer = django_filters.CharFilter(field_name="dealer__code")
    org_unit = UnitFilter(path="dealer__org_unit")
    due_on = django_filters.DateFromToRangeFilter()

    class Meta:
        model = Rectification
        fields = ("state",)


class Rectifications(Resource):
    """Rectifications of the dealers within the scope."""

    permission = Permission.VIEW_RECTIFICATIONS
    parser_classes = (JSONParser, MultiPartParser)
    lookup_field = "number"
    subject = "rectification"
    serializer_class = RectificationOut
    filterset_class = RectificationFilter
    ordering = ("-number",)
    ordering_fields = ("number", "due_on")

    def get_rows(self, user: Any) -> Any:
        return rectifications.rectifications(user)

    @extend_schema(request={"multipart/form-data": ReportIn}, responses=RectificationOut)
    @command(permission=Permission.REPORT_RECTIFICATIONS)
    def report(self, request: Any, number: str) -> Response:
        """It is done, and photos show it."""
        return self.step(service.report, ReportIn)

    @extend_schema(request=RemarkIn, responses=RectificationOut)
    @command(permission=Permission.MANAGE_RECTIFICATIONS)
    def verify(self, request: Any, number: str) -> Response:
        """It is put right; not by whoever reported it."""
        return self.step(service.verify, RemarkIn)

    @extend_schema(request=SendBackIn, responses=RectificationOut)
    @command(permission=Permission.MANAGE_RECTIFICATIONS, url_path="send-back")
    def send_back(self, request: Any, number: str) -> Response:
        """It is not put right yet, why, and until when it has to be."""
        return self.step(service.send_back, SendBackIn)

    @extend_schema(request=ReasonIn, responses=RectificationOut)
    @command(permission=Permission.DECIDE_FINDINGS)
    def cancel(self, request: Any, number: str) -> Response:
        """Nothing has to be put right after all."""
        return self.step(service.cancel, ReasonIn)


class FindingOrders:
    """A manager has what a visit found put right."""

    @extend_schema(request=OrderIn, responses={201: RectificationOut})
    @command(permission=Permission.MANAGE_RECTIFICATIONS)
    def rectify(self: Any, request: Any, pk: str) -> Response:
        """Order a rectification until a day."""
        row = service.order(finding=self.get_object(), **self.given(OrderIn), by=request.user, at=clock.now())
        return Response(RectificationOut(row, context=self.get_serializer_context()).data, status=201)
