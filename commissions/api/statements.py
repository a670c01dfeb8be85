"""`/statements/`, `/lines/` and `/pool-entries/`."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.roles import Permission
from commissions.api.fields import FIGURES
from commissions.models import CommissionLine, PoolEntry, SettlementBatch, Statement
from commissions.queries import lines, statements
from commissions.queries.explain import explain_line
from commissions.services import statement as service
from core import clock
from core.api.filters import MonthFilter, UnitFilter
from core.api.pagination import Cursor
from core.api.serializers import CodeField, MonthField
from core.api.viewsets import Resource, command, part


class StatementOut(serializers.ModelSerializer):
    """One dealer's result in one batch, in yuan; deduction, penalty and clawback are subtracted."""

    batch = serializers.SlugRelatedField(slug_field="number", read_only=True)
    dealer = CodeField()
    month = MonthField(source="batch.month")
    state = serializers.CharField(source="batch.state", read_only=True)
    confirmed_at = serializers.DateTimeField(source="confirmation.at", read_only=True, default=None, allow_null=True)

    class Meta:
        model = Statement
        fields = ("number", "batch", "dealer", "month", "state", *FIGURES, "confirmed_at")
        read_only_fields = fields


class StatementFilter(django_filters.FilterSet):
    batch = django_filters.CharFilter(field_name="batch__number")
    dealer = django_filters.CharFilter(field_name="dealer__code")
    county = django_filters.CharFilter(field_name="batch__county__code")
    month = MonthFilter(field_name="batch__month")
    confirmed = django_filters.BooleanFilter(field_name="confirmation", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Statement
        fields: tuple[str, ...] = ()


class Statements(Resource):
    """Statements within the scope; a dealer's user sees his own, from approval on."""

    permission = Permission.VIEW_STATEMENTS
    lookup_field = "number"
    serializer_class = StatementOut
    filterset_class = StatementFilter
    ordering = ("-batch__month", "number")
    ordering_fields = ("number", "gross", "net", "paid")

    def get_rows(self, user: Any) -> Any:
        return statements.visible(user)

    @extend_schema(request=None, responses=StatementOut)
    @command(permission=Permission.CONFIRM_STATEMENTS)
    def confirm(self, request: Any, number: str) -> Response:
        """The dealer says that the statement is right."""
        service.confirm(statement=self.get_object(), by=request.user, at=clock.now())
        return Response(StatementOut(self.get_object()).data)


class LineOut(serializers.ModelSerializer):
    """One line of a statement, with the columns of `lines.csv`. Yuan."""

    batch = serializers.SlugRelatedField(slug_field="number", read_only=True)
    dealer_code = serializers.CharField(source="dealer.code", read_only=True)
    event_no = serializers.CharField(source="record.event_no", read_only=True, default=None, allow_null=True)
    rule_code = serializers.CharField(source="rule.code", read_only=True, default=None, allow_null=True)
    kind = serializers.CharField(read_only=True)
    due_month = MonthField()

    class Meta:
        model = CommissionLine
        fields = (
            "id",
            "dealer_code",
            "event_no",
            "kind",
            "instalment",
            "line_type",
            "rule_code",
            "due_month",
            "total",
            "amount",
            "withheld",
            "reason",
            "pool_amount",
            "payable",
            "batch",
        )
        read_only_fields = fields


class LineFilter(django_filters.FilterSet):
    """Name a `batch` or a `statement` where you can: then one batch alone is read."""

    batch = django_filters.CharFilter(field_name="batch__number")
    statement = django_filters.CharFilter(method="of_statement", label="statement number")
    dealer = django_filters.CharFilter(field_name="dealer__code")
    event_no = django_filters.CharFilter(field_name="record__event_no")
    rule = django_filters.CharFilter(field_name="rule__code")
    withheld = django_filters.BooleanFilter(method="is_withheld", label="whether anything is withheld")

    class Meta:
        model = CommissionLine
        fields = ("line_type", "kind", "reason")

    def of_statement(self, rows: Any, name: str, value: str) -> Any:
        found = Statement.objects.filter(number=value).values_list("batch_id", "dealer_id").first()
        return rows.filter(batch_id=found[0], dealer_id=found[1]) if found else rows.none()

    def is_withheld(self, rows: Any, name: str, value: bool) -> Any:
        return rows.exclude(withheld=0) if value else rows.filter(withheld=0)


class StepOut(serializers.Serializer):
    """One step of the way to the amount."""

    label = serializers.CharField(read_only=True)
    text = serializers.CharField(read_only=True)


class ExplanationOut(serializers.Serializer):
    """Why a line is what it is, in the caller's language; `found` holds the values for machines."""

    line = LineOut(read_only=True)
    text = serializers.CharField(read_only=True)
    steps = StepOut(many=True, read_only=True)
    found = serializers.DictField(read_only=True)


class Lines(Resource):
    """Lines of the live batches within the scope, by cursor."""

    permission = Permission.VIEW_STATEMENTS
    lookup_value_regex = "[0-9]{1,18}"
    serializer_class = LineOut
    filterset_class = LineFilter
    pagination_class = Cursor
    ordering = ("pk",)
    ordering_fields = ("amount", "payable", "due_month")

    def get_rows(self, user: Any) -> Any:
        """The lines of the statements that the user may see. The batches are named by id, so
        that only their partitions are read."""
        seen = Statement.objects.visible_to(user).exclude(batch__state="void")
        asked = self.request.query_params.get("batch", "").replace("\x00", "")
        if asked:
            seen = seen.filter(batch__number=asked)
        batches = list(SettlementBatch.objects.filter(pk__in=seen.values("batch_id")).values_list("pk", flat=True))
        own = seen.filter(batch_id=OuterRef("batch_id"), dealer_id=OuterRef("dealer_id"))
        rows = CommissionLine.objects.filter(Exists(own), batch_id__in=batches)
        return rows.select_related("batch", "dealer", "record", "rule")

    def get_object(self) -> Any:
        line = lines.one_visible(int(self.kwargs["pk"]), self.request.user)
        if line is None:
            raise Http404
        return line

    @extend_schema(responses=ExplanationOut)
    @part(permission=Permission.VIEW_STATEMENTS)
    def explain(self, request: Any, pk: str) -> Response:
        """Why the line is what it is."""
        line = self.get_object()
        why = explain_line(line)
        found = {"line": line, "text": why.text, "steps": why.steps, "found": why.found}
        return Response(ExplanationOut(found).data)


class PoolEntryOut(serializers.ModelSerializer):
    """One signed entry of a dealer's pool, in yuan, and the balance after it."""

    dealer = CodeField()
    month = MonthField()

    class Meta:
        model = PoolEntry
        fields = ("id", "dealer", "month", "entry", "amount", "balance", "source", "posted_at")
        read_only_fields = fields


class PoolEntryFilter(django_filters.FilterSet):
    dealer = django_filters.CharFilter(field_name="dealer__code")
    org_unit = UnitFilter(path="dealer__org_unit")
    month = MonthFilter()

    class Meta:
        model = PoolEntry
        fields = ("entry",)


class PoolEntries(Resource):
    """The pool ledgers of the dealers within the scope, by cursor, as posted."""

    permission = Permission.VIEW_POOL
    lookup_value_regex = "[0-9]{1,18}"
    serializer_class = PoolEntryOut
    filterset_class = PoolEntryFilter
    pagination_class = Cursor
    ordering = ("pk",)
    ordering_fields = ("month", "amount")

    def get_rows(self, user: Any) -> Any:
        return PoolEntry.objects.visible_to(user).select_related("dealer")
