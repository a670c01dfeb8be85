"""`/adjustments/`."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.roles import Permission
from commissions.models import Adjustment
from commissions.queries import adjustments
from commissions.services import adjustment as service
from core import clock
from core.api.filters import MonthFilter, UnitFilter
from core.api.papers import PARSERS, WithFiles, with_files
from core.api.serializers import CodeField, InScope, MonthField, NeededReasonIn, PersonField
from core.api.viewsets import Resource, command
from core.periods import Month
from dealers.models import Dealer


class AdjustmentOut(serializers.ModelSerializer):
    """A correction by hand, in yuan, signed as it enters the statement."""

    dealer = CodeField()
    month = MonthField()
    entered_by = PersonField()
    approved_by = PersonField()

    class Meta:
        model = Adjustment
        fields = (
            "reference",
            "dealer",
            "month",
            "amount",
            "type",
            "document_no",
            "document_name",
            "reason",
            "state",
            "entered_by",
            "entered_at",
            "approved_by",
            "approved_at",
        )
        read_only_fields = fields


class PlaceOut(serializers.Serializer):
    """The batch in which it stands, or the period whose batch it will enter."""

    period = serializers.CharField(read_only=True)
    batch = serializers.CharField(read_only=True, help_text="empty as long as no batch has taken it in")
    statement = serializers.CharField(read_only=True)
    final = serializers.BooleanField(read_only=True, help_text="whether that batch is approved")


class AdjustmentDetailOut(AdjustmentOut):
    """An adjustment and where it stands."""

    place = PlaceOut(read_only=True, allow_null=True)

    class Meta(AdjustmentOut.Meta):
        fields = (*AdjustmentOut.Meta.fields, "place")
        read_only_fields = fields


class MonthIn(serializers.RegexField):
    """A month as `2026-09`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(r"^\d{4}-(0[1-9]|1[0-2])$", **kwargs)


class AdjustmentIn(WithFiles):
    """A new adjustment; `amount` is signed: negative for deductions and penalties."""

    dealer = InScope(Dealer)
    month = MonthIn()
    type = serializers.ChoiceField(choices=Adjustment.Type.choices)
    amount = serializers.DecimalField(max_digits=12, decimal_places=2)
    document_no = serializers.CharField(max_length=60)
    document_name = serializers.CharField(max_length=120)
    reason = serializers.CharField(max_length=200)


class AdjustmentFilter(django_filters.FilterSet):
    dealer = django_filters.CharFilter(field_name="dealer__code")
    org_unit = UnitFilter(path="dealer__org_unit")
    month = MonthFilter()

    class Meta:
        model = Adjustment
        fields = ("state", "type", "document_no")


class Adjustments(Resource):
    """Adjustments of the dealers within the scope; a dealer's user sees his approved ones."""

    permission = Permission.VIEW_STATEMENTS
    permissions = {"create": Permission.ENTER_ADJUSTMENTS}
    lookup_field = "reference"
    parser_classes = PARSERS
    serializer_class = AdjustmentOut
    detail_serializer_class = AdjustmentDetailOut
    filterset_class = AdjustmentFilter
    ordering = ("-entered_at", "reference")
    ordering_fields = ("reference", "month", "amount", "entered_at", "approved_at")

    def get_rows(self, user: Any) -> Any:
        return adjustments.visible(user)

    def get_object(self) -> Any:
        row = super().get_object()
        row.place = adjustments.places([row], self.request.user).get(row.pk)  # type: ignore[attr-defined]
        return row

    def _answer(self, row: Adjustment, status: int = 200) -> Response:
        row = self.get_rows(self.request.user).get(pk=row.pk)
        row.place = adjustments.places([row], self.request.user).get(row.pk)  # type: ignore[attr-defined]
        return Response(AdjustmentDetailOut(row).data, status=status)

    @with_files(AdjustmentIn, responses={201: AdjustmentDetailOut})
    def create(self, request: Any) -> Response:
        """Enter an adjustment; it waits for another person's approval."""
        given = AdjustmentIn(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        values = {**given.validated_data, "month": Month.parse(given.validated_data["month"])}
        row = service.enter(**values, by=request.user, at=clock.now())
        return self._answer(row, status=201)

    @extend_schema(request=None, responses=AdjustmentDetailOut)
    @command(permission=Permission.APPROVE_ADJUSTMENTS)
    def approve(self, request: Any, reference: str) -> Response:
        """Approve what another person entered."""
        row = self.get_object()
        return self._answer(service.approve(adjustment=row, by=request.user, at=clock.now()))

    @extend_schema(request=NeededReasonIn, responses=AdjustmentDetailOut)
    @command(permission=Permission.APPROVE_ADJUSTMENTS)
    def reject(self, request: Any, reference: str) -> Response:
        """Reject what another person entered, with the reason."""
        row, given = self.get_object(), NeededReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        reason = given.validated_data["reason"]
        return self._answer(service.reject(adjustment=row, by=request.user, at=clock.now(), reason=reason))
