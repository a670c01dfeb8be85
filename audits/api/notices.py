"""`/violation-notices/`, and the decision of findings."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.roles import Permission
from audits.api.shapes import FindingOut
from audits.models import ViolationNotice, ViolationType
from audits.queries import notices
from audits.services import notice as service
from core import clock
from core.api.filters import UnitFilter
from core.api.serializers import CodeField, PersonField
from core.api.viewsets import Resource, command


class NoticeOut(serializers.ModelSerializer):
    """A numbered notice of violation; `violation` once it stands. Dealers are not told who reported it."""

    dealer = CodeField()
    type = serializers.PrimaryKeyRelatedField(read_only=True)
    finding = serializers.PrimaryKeyRelatedField(read_only=True)
    reported_by = PersonField()
    issued_by = PersonField()
    decided_by = PersonField()
    violation = CodeField(slug_field="reference")

    class Meta:
        model = ViolationNotice
        fields = (
            "number",
            "dealer",
            "type",
            "finding",
            "occurred_on",
            "grounds",
            "state",
            "reported_by",
            "issued_by",
            "issued_at",
            "appeal_until",
            "appeal",
            "decision",
            "decided_by",
            "violation",
        )
        read_only_fields = fields

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown = super().to_representation(instance)
        if self.context["request"].user.is_dealer:
            shown["reported_by"] = None
        return shown


class ConfirmIn(serializers.Serializer):
    type = serializers.PrimaryKeyRelatedField(queryset=ViolationType.objects.all(), source="breach")
    text = serializers.CharField(allow_blank=True, max_length=service.LONGEST, default="")


class TextIn(serializers.Serializer):
    text = serializers.CharField(max_length=service.LONGEST)


class NoticeFilter(django_filters.FilterSet):
    dealer = django_filters.CharFilter(field_name="dealer__code")
    org_unit = UnitFilter(path="dealer__org_unit")
    type = django_filters.ChoiceFilter(field_name="type_id", choices=ViolationType.Code.choices)

    class Meta:
        model = ViolationNotice
        fields = ("state",)


class Notices(Resource):
    """Notices of violation of the dealers within the scope."""

    permission = Permission.VIEW_NOTICES
    lookup_field = "number"
    subject = "notice"
    serializer_class = NoticeOut
    filterset_class = NoticeFilter
    ordering = ("-number",)
    ordering_fields = ("number", "occurred_on", "appeal_until")

    def get_rows(self, user: Any) -> Any:
        return notices.notices(user)

    @extend_schema(request=TextIn, responses=NoticeOut)
    @command(permission=Permission.APPEAL_NOTICES)
    def appeal(self, request: Any, number: str) -> Response:
        """The dealer appeals, once and in time."""
        return self.step(service.appeal, TextIn)

    @extend_schema(request=TextIn, responses=NoticeOut)
    @command(permission=Permission.CONFIRM_VIOLATIONS)
    def uphold(self, request: Any, number: str) -> Response:
        """Reject the appeal: the violation stands from today."""
        return self.step(_upheld, TextIn)

    @extend_schema(request=TextIn, responses=NoticeOut)
    @command(permission=Permission.CONFIRM_VIOLATIONS)
    def annul(self, request: Any, number: str) -> Response:
        """Grant the appeal."""
        return self.step(_annulled, TextIn)


def _upheld(**given: Any) -> None:
    service.decide(**given, upholds=True)


def _annulled(**given: Any) -> None:
    service.decide(**given, upholds=False)


class FindingDecisions:
    """A supervisor decides what a visit found."""

    @extend_schema(request=ConfirmIn, responses={201: NoticeOut})
    @command(permission=Permission.DECIDE_FINDINGS)
    def confirm(self: Any, request: Any, pk: str) -> Response:
        """Issue a notice of violation."""
        row = service.confirm(finding=self.get_object(), **self.given(ConfirmIn), by=request.user, at=clock.now())
        return Response(NoticeOut(row, context=self.get_serializer_context()).data, status=201)

    @extend_schema(request=TextIn, responses=FindingOut)
    @command(permission=Permission.DECIDE_FINDINGS)
    def dismiss(self: Any, request: Any, pk: str) -> Response:
        """It is no violation, and why."""
        row = service.dismiss(finding=self.get_object(), **self.given(TextIn), by=request.user, at=clock.now())
        return Response(FindingOut(row).data)
