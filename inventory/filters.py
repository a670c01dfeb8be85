import django_filters
from django.db.models import Q, QuerySet
from django.forms import DateInput
from django.utils.translation import gettext_lazy as _

from dealers.models.tiers import BusinessType
from inventory.models import Card, Product, SalesRecord, StockNode


def _day() -> DateInput:
    return DateInput(attrs={"type": "date"})


class NodeFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Name or code"), method="by_text")
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=StockNode.Kind.choices)

    class Meta:
        model = StockNode
        fields = ("text", "kind")

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(Q(name__icontains=value) | Q(code__startswith=value))


class CardFilter(django_filters.FilterSet):
    serial = django_filters.CharFilter(label=_("Serial begins with"), lookup_expr="startswith")
    state = django_filters.ChoiceFilter(label=_("State"), choices=Card.State.choices)
    node = django_filters.CharFilter(label=_("Node code"), field_name="node__code")
    kind = django_filters.ChoiceFilter(
        label=_("Item kind"), field_name="product__item_kind", choices=Product.ItemKind.choices
    )

    class Meta:
        model = Card
        fields = ("serial", "state", "node", "kind")


class SaleFilter(django_filters.FilterSet):
    dealer = django_filters.CharFilter(label=_("Dealer code"), field_name="seller__code")
    business_type = django_filters.ChoiceFilter(label=_("Business type"), choices=BusinessType.choices)
    since = django_filters.DateFilter(label=_("From"), field_name="event_date", lookup_expr="gte", widget=_day())
    until = django_filters.DateFilter(label=_("To"), field_name="event_date", lookup_expr="lte", widget=_day())
    event_no = django_filters.CharFilter(label=_("Event number"))
    serial = django_filters.CharFilter(label=_("Serial"))

    class Meta:
        model = SalesRecord
        fields = ("dealer", "business_type", "since", "until", "event_no", "serial")
