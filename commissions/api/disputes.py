"""`/disputes/`."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from accounts.roles import Permission
from commissions.api.adjustments import AdjustmentOut
from commissions.models import Adjustment, Dispute, Statement
from commissions.queries import disputes
from commissions.services import dispute as service
from core import clock
from core.api.filters import MonthFilter, UnitFilter
from core.api.papers import PARSERS, WithFiles, with_files
from core.api.serializers import CodeField, InScope, MonthField, TransitionOut
from core.api.viewsets import Resource, command, part
from core.models import Transition


class DisputeOut(serializers.ModelSerializer):
    """What a dealer says is wrong with his statement or a line of it, and what came of it."""

    statement = serializers.SlugRelatedField(slug_field="number", read_only=True)
    dealer = CodeField()
    month = MonthField(source="statement.batch.month")
    line = serializers.IntegerField(read_only=True, allow_null=True, help_text="id of the line; null: the statement")

    class Meta:
        model = Dispute
        fields: tuple[str, ...] = (
            "number",
            "statement",
            "dealer",
            "month",
            "line",
            "text",
            "answer",
            "decision",
            "state",
            "due_on",
            "opened_at",
            "closed_at",
        )
        read_only_fields = fields


class DisputeDetailOut(DisputeOut):
    """A dispute with the adjustments that it led to; a dealer's user sees approved ones."""

    adjustments = serializers.SerializerMethodField()

    class Meta(DisputeOut.Meta):
        fields = (*DisputeOut.Meta.fields, "adjustments")
        read_only_fields = fields

    @extend_schema_field(AdjustmentOut(many=True))
    def get_adjustments(self, row: Dispute) -> Any:
        rows = row.adjustments.visible_to(self.context["request"].user).order_by("pk")  # type: ignore[attr-defined]
        return AdjustmentOut(rows.select_related("dealer", "entered_by", "approved_by"), many=True).data


class DisputeIn(WithFiles):
    """What is wrong: with a line of the statement, or with all of it."""

    statement = InScope(Statement, slug_field="number")
    line = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, max_value=2**62)
    text = serializers.CharField(max_length=service.LONGEST)


class TextIn(serializers.Serializer):
    """What is said: the decision."""

    text = serializers.CharField(max_length=service.LONGEST)


class ReplyIn(TextIn, WithFiles):
    """What is said, with papers: the answer, why one goes on."""


class GrantIn(serializers.Serializer):
    """The decision, and the adjustment that follows; `amount` is signed by its type."""

    text = serializers.CharField(max_length=200)
    type = serializers.ChoiceField(choices=Adjustment.Type.choices)
    amount = serializers.DecimalField(max_digits=12, decimal_places=2)
    document_no = serializers.CharField(max_length=60)
    document_name = serializers.CharField(max_length=120)


class DisputeFilter(django_filters.FilterSet):
    """`overdue` keeps those whose deadline is over."""

    statement = django_filters.CharFilter(field_name="statement__number")
    dealer = django_filters.CharFilter(field_name="dealer__code")
    org_unit = UnitFilter(path="statement__batch__county")
    month = MonthFilter(field_name="statement__batch__month")
    overdue = django_filters.BooleanFilter(method="is_overdue", label="whether the deadline is over")

    class Meta:
        model = Dispute
        fields = ("state",)

    def is_overdue(self, rows: Any, name: str, value: bool) -> Any:
        today = clock.today()
        return rows.filter(due_on__lt=today) if value else rows.exclude(due_on__lt=today)


class Disputes(Resource):
    """Disputes of the statements within the scope; a dealer's user has his own."""

    permission = Permission.VIEW_STATEMENTS
    permissions = {"create": Permission.DISPUTE_STATEMENTS}
    lookup_field = "number"
    parser_classes = PARSERS
    serializer_class = DisputeOut
    detail_serializer_class = DisputeDetailOut
    filterset_class = DisputeFilter
    ordering = ("-opened_at", "number")
    ordering_fields = ("number", "opened_at", "due_on", "state")

    def get_rows(self, user: Any) -> Any:
        return disputes.visible(user)

    def _answer(self, row: Dispute, status: int = 200) -> Response:
        row = self.get_rows(self.request.user).get(pk=row.pk)
        return Response(DisputeDetailOut(row, context=self.get_serializer_context()).data, status=status)

    def _said(self, request: Any, shape: type[TextIn] = TextIn) -> dict[str, Any]:
        row, given = self.get_object(), shape(data=request.data)
        given.is_valid(raise_exception=True)
        return {"dispute": row, **given.validated_data, "by": request.user, "at": clock.now()}

    @with_files(DisputeIn, responses={201: DisputeDetailOut})
    def create(self, request: Any) -> Response:
        """The dealer says what is wrong with an approved statement of his, in time."""
        given = DisputeIn(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        row = service.open_dispute(**given.validated_data, by=request.user, at=clock.now())
        return self._answer(row, status=201)

    @with_files(ReplyIn, responses=DisputeDetailOut)
    @command(permission=Permission.ANSWER_DISPUTES)
    def answer(self, request: Any, number: str) -> Response:
        """The county explains."""
        return self._answer(service.answer(**self._said(request, ReplyIn)))

    @extend_schema(request=None, responses=DisputeDetailOut)
    @command(permission=Permission.DISPUTE_STATEMENTS)
    def accept(self, request: Any, number: str) -> Response:
        """The dealer accepts the answer."""
        return self._answer(service.accept(dispute=self.get_object(), by=request.user, at=clock.now()))

    @with_files(ReplyIn, responses=DisputeDetailOut)
    @command(permission=Permission.DISPUTE_STATEMENTS)
    def escalate(self, request: Any, number: str) -> Response:
        """The dealer does not accept the answer: the city decides."""
        return self._answer(service.escalate(**self._said(request, ReplyIn)))

    @extend_schema(request=GrantIn, responses=DisputeDetailOut)
    @command(permission=(Permission.ANSWER_DISPUTES, Permission.DECIDE_DISPUTES))
    def grant(self, request: Any, number: str) -> Response:
        """The dealer is right: an adjustment is entered, which another person approves."""
        found, given = self.get_object(), GrantIn(data=request.data)
        given.is_valid(raise_exception=True)
        row, _adjustment = service.grant(dispute=found, **given.validated_data, by=request.user, at=clock.now())
        return self._answer(row)

    @extend_schema(request=TextIn, responses=DisputeDetailOut)
    @command(permission=Permission.DECIDE_DISPUTES)
    def refuse(self, request: Any, number: str) -> Response:
        """The city finds the statement right."""
        return self._answer(service.refuse(**self._said(request)))

    @extend_schema(responses=TransitionOut(many=True))
    @part(permission=Permission.VIEW_STATEMENTS)
    def history(self, request: Any, number: str) -> Response:
        """Who did what, when, and what was said, oldest first."""
        rows = Transition.objects.filter(
            subject_type=Dispute._meta.label_lower, subject_id=self.get_object().pk
        ).select_related("by")
        return Response(TransitionOut(rows.order_by("at", "pk"), many=True).data)
