from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from inventory import states
from inventory.models import MaterialMonth, MaterialPlan, PlanItem


class PlanFilter(django_filters.FilterSet):
    activity = django_filters.CharFilter(label=_("Activity"), lookup_expr="icontains")
    state = django_filters.ChoiceFilter(label=_("State"), choices=states.MATERIAL_PLAN.choices)

    class Meta:
        model = MaterialPlan
        fields = ("activity", "state")


class ItemFilter(django_filters.FilterSet):
    dealer = django_filters.CharFilter(label=_("Dealer code"), field_name="dealer__code")
    product = django_filters.CharFilter(label=_("Material code"), field_name="product__code")

    class Meta:
        model = PlanItem
        fields = ("dealer", "product")


class AccountFilter(django_filters.FilterSet):
    month = django_filters.DateFilter(label=_("Month"), method="by_month", input_formats=["%Y-%m", "%Y-%m-%d"])
    node = django_filters.CharFilter(label=_("Node code"), field_name="node__code")
    product = django_filters.CharFilter(label=_("Material code"), field_name="product__code")
    reconciled = django_filters.BooleanFilter(
        label=_("Reconciled"), field_name="reconciled_at", lookup_expr="isnull", exclude=True
    )

    class Meta:
        model = MaterialMonth
        fields = ("month", "node", "product", "reconciled")

    def by_month(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        return rows.filter(month=value.replace(day=1))
