"""What can be done with a batch, each by one service."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.models import OrgUnit
from accounts.roles import Permission
from commissions import tasks
from commissions.api.budgets import ApprovalOut
from commissions.models import SettlementBatch
from commissions.services import batch as service
from commissions.services import budget, payments
from core import clock
from core.api.serializers import InScope, Money, NeededReasonIn, Personal, ReasonIn, TransitionOut
from core.api.viewsets import command, part
from core.models import Transition
from core.periods import Period, parse_period


class SettleIn(serializers.Serializer):
    """`2026-09` or `2026-W37`; without counties all that the caller sees."""

    period = serializers.CharField(max_length=8)
    counties = serializers.ListField(child=InScope(OrgUnit), required=False, allow_empty=False, max_length=200)

    def validate_period(self, value: str) -> Period:
        try:
            return parse_period(value)
        except ValueError as error:
            raise serializers.ValidationError(_("Write the period like 2026-09 or 2026-W37.")) from error

    def validate_counties(self, units: list[OrgUnit]) -> list[OrgUnit]:
        if any(unit.level != "county" for unit in units):
            raise serializers.ValidationError(_("Name counties only."))
        return units


class JobOut(serializers.Serializer):
    """A settlement under way; its batch appears when it is done."""

    id = serializers.IntegerField(read_only=True)
    label = serializers.CharField(read_only=True)
    state = serializers.CharField(read_only=True)


class PaymentOut(serializers.Serializer):
    """A row of the payment file; those on hold say why. Yuan."""

    statement = serializers.CharField(read_only=True)
    dealer_code = serializers.CharField(read_only=True)
    dealer_name = serializers.CharField(read_only=True)
    amount = Money()
    bank = serializers.CharField(read_only=True)
    account = Personal(permission=Permission.PAY_BATCHES)
    holder = Personal(permission=Permission.PAY_BATCHES)
    hold_reason = serializers.CharField(read_only=True)


class ResultIn(serializers.Serializer):
    """What became of one payment; a failed one has a reason."""

    statement = serializers.CharField(max_length=72)
    result = serializers.ChoiceField(["ok", "failed"])
    reason = serializers.CharField(max_length=200, allow_blank=True, default="")


class ResultsIn(serializers.Serializer):
    rows = ResultIn(many=True, allow_empty=False)


class CountsOut(serializers.Serializer):
    """How many results were recorded, and how many were known."""

    ok = serializers.IntegerField(read_only=True)
    failed = serializers.IntegerField(read_only=True)
    unchanged = serializers.IntegerField(read_only=True)


class BatchActions:
    """The moves of `commissions.services.batch`. A breach of duties is 403, another refusal 409."""

    def _move(self: Any, request: Any, verb: Any, form: type[serializers.Serializer] = ReasonIn) -> Response:
        batch = self.get_object()
        given = form(data=request.data)
        given.is_valid(raise_exception=True)
        verb(batch=batch, by=request.user, at=clock.now(), reason=given.validated_data["reason"])
        fresh = self.get_rows(request.user).get(pk=batch.pk)
        return Response(self.detail_serializer_class(fresh, context=self.get_serializer_context()).data)

    @extend_schema(request=ReasonIn)
    @command(permission=Permission.SUBMIT_BATCHES)
    def submit(self, request: Any, number: str) -> Response:
        """The county passes a calculated batch on."""
        return self._move(request, service.submit)

    @extend_schema(request=ReasonIn)
    @command(permission=Permission.REVIEW_BATCHES)
    def review(self, request: Any, number: str) -> Response:
        """The city finds a submitted batch right."""
        return self._move(request, service.review)

    @extend_schema(request=NeededReasonIn)
    @command(permission=Permission.RETURN_BATCHES, url_path="return")
    def give_back(self, request: Any, number: str) -> Response:
        """Back to the county, with a reason."""
        return self._move(request, service.return_to_county, NeededReasonIn)

    @extend_schema(request=ReasonIn)
    @command(permission=Permission.APPROVE_BATCHES)
    def approve(self, request: Any, number: str) -> Response:
        """Finance approves: from now on nothing changes."""
        return self._move(request, service.approve)

    @extend_schema(request=NeededReasonIn)
    @command(permission=Permission.VOID_BATCHES)
    def void(self, request: Any, number: str) -> Response:
        """The batch no longer counts; the period can be calculated anew."""
        return self._move(request, service.void, NeededReasonIn)

    @extend_schema(request=SettleIn, responses={202: JobOut(many=True)})
    def create(self: Any, request: Any) -> Response:
        """Calculate, or calculate again, the batches of a period: one job for each county."""
        given = SettleIn(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        found = given.validated_data
        counties = found.get("counties") or OrgUnit.objects.visible_to(request.user).filter(level="county")
        jobs = tasks.start_settlement(period=found["period"], counties=counties, by=request.user)
        return Response(JobOut(jobs, many=True).data, status=202)

    @extend_schema(responses=PaymentOut(many=True))
    @part(permission=Permission.VIEW_BATCHES)
    def payments(self: Any, request: Any, number: str) -> Response:
        """What there is to pay and what is on hold, as it stands today. Changes nothing."""
        rows = payments.preview(batch=self.get_object(), today=clock.today())
        return Response(PaymentOut(rows, many=True, context=self.get_serializer_context()).data)

    @extend_schema(request=None, responses=PaymentOut(many=True))
    @command(permission=Permission.PAY_BATCHES, url_path="payments/export")
    def export_payments(self: Any, request: Any, number: str) -> Response:
        """Issue the payments: the batch is paying from now on. The rows are those of the payment file."""
        rows = payments.export(batch=self.get_object(), by=request.user, at=clock.now())
        return Response(PaymentOut(rows, many=True, context=self.get_serializer_context()).data)

    @extend_schema(request=ResultsIn, responses=CountsOut)
    @command(permission=Permission.PAY_BATCHES, detail=False, url_path="payments/record")
    def record_payments(self: Any, request: Any) -> Response:
        """Record what became of payments, of one batch or several: all rows or none."""
        given = ResultsIn(data=request.data)
        given.is_valid(raise_exception=True)
        counts = payments.record(rows=given.validated_data["rows"], by=request.user, at=clock.now())
        return Response(CountsOut(counts).data)

    @extend_schema(request=NeededReasonIn, responses=ApprovalOut(many=True))
    @command(permission=Permission.GRANT_OVER_BUDGET, url_path="over-budget")
    def over_budget(self: Any, request: Any, number: str) -> Response:
        """Let a calculated batch be submitted although budgets do not reach: one approval for each of them."""
        given = NeededReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        reason = given.validated_data["reason"]
        made = budget.grant(batch=self.get_object(), by=request.user, at=clock.now(), reason=reason)
        return Response(ApprovalOut(made, many=True).data)

    @extend_schema(responses=TransitionOut(many=True))
    @part(permission=Permission.VIEW_BATCHES)
    def history(self: Any, request: Any, number: str) -> Response:
        """Who moved the batch, when and why, oldest first."""
        rows = Transition.objects.filter(
            subject_type=SettlementBatch._meta.label_lower, subject_id=self.get_object().pk
        ).select_related("by")
        return Response(TransitionOut(rows.order_by("at", "pk"), many=True).data)
