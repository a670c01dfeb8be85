"""`/budgets/`, and what batches have to do with them."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from accounts.models import OrgUnit
from accounts.roles import Permission
from commissions.models import Budget, OverBudgetApproval
from commissions.queries import budgets
from commissions.services import budget as service
from commissions.states import BudgetKind
from core import clock
from core.api.filters import UnitFilter
from core.api.serializers import CodeField, InScope, Money, PersonField
from core.api.viewsets import Resource


class UseOut(serializers.Serializer):
    """How a budget stands. Yuan; shares are fractions; `paid` is null for a budget of one kind."""

    committed = Money()
    paid = Money(allow_null=True)
    forecast = Money()
    excess = Money()
    share = serializers.DecimalField(max_digits=9, decimal_places=4, allow_null=True, read_only=True)
    elapsed = serializers.DecimalField(max_digits=5, decimal_places=4, read_only=True)
    open_months = serializers.IntegerField(read_only=True)


class BudgetOut(serializers.ModelSerializer):
    """What a unit may spend in a month or year, for one kind or (empty) for all."""

    org_unit = CodeField()
    kind = serializers.CharField(read_only=True)

    class Meta:
        model = Budget
        fields: tuple[str, ...] = ("id", "org_unit", "period", "kind", "amount")
        read_only_fields = fields


class BudgetDetailOut(BudgetOut):
    """A budget with its use; null where it is not computed (a grid)."""

    use = serializers.SerializerMethodField()

    class Meta(BudgetOut.Meta):
        fields = (*BudgetOut.Meta.fields, "use")
        read_only_fields = fields

    @extend_schema_field(UseOut(allow_null=True))
    def get_use(self, budget: Budget) -> Any:
        found = budgets.use([budget], clock.today()).get(budget.pk)
        return UseOut(found).data if found else None


class BudgetIn(serializers.Serializer):
    """A budget; one that is there for the same unit, period and kind gets the new amount."""

    org_unit = InScope(OrgUnit)
    period = serializers.CharField(max_length=7)
    kind = serializers.ChoiceField(BudgetKind.choices, allow_blank=True, default="")
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, min_value=0)


class ApprovalOut(serializers.ModelSerializer):
    """Lets a batch be submitted beyond a budget, as long as no more than `covers` is committed. Yuan."""

    org_unit = CodeField(source="budget.org_unit")
    period = serializers.CharField(source="budget.period", read_only=True)
    kind = serializers.CharField(source="budget.kind", read_only=True)
    granted_by = PersonField()

    class Meta:
        model = OverBudgetApproval
        fields = ("org_unit", "period", "kind", "amount", "covers", "reason", "granted_by", "granted_at")
        read_only_fields = fields


class BudgetFilter(django_filters.FilterSet):
    org_unit = UnitFilter(path="org_unit")
    period = django_filters.CharFilter()

    class Meta:
        model = Budget
        fields = ("kind",)


class Budgets(Resource):
    """Budgets of the units within the scope."""

    permission = Permission.VIEW_BUDGETS
    permissions = {"create": Permission.EDIT_BUDGETS}
    lookup_value_regex = "[0-9]{1,18}"
    serializer_class = BudgetOut
    detail_serializer_class = BudgetDetailOut
    filterset_class = BudgetFilter
    ordering = ("-period", "org_unit__path", "kind")
    ordering_fields = ("period", "amount")

    def get_rows(self, user: Any) -> Any:
        return budgets.visible(user)

    @extend_schema(request=BudgetIn, responses={201: BudgetDetailOut})
    def create(self, request: Any) -> Response:
        """Set a budget."""
        given = BudgetIn(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        saved = service.save(by=request.user, **given.validated_data)
        return Response(BudgetDetailOut(saved, context=self.get_serializer_context()).data, status=201)
