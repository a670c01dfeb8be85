import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from inventory.models import Product, StockLevel, StockNode
from inventory.queries import levels

ALERTS = [
    ("low", _("Low stock")),
    ("slow", _("Slow stock")),
    ("excess", _("Excess stock")),
    ("expired", _("Expired cards")),
    ("expiring", _("Expiring cards")),
]


class LevelFilter(django_filters.FilterSet):
    alert = django_filters.ChoiceFilter(label=_("Alert"), choices=ALERTS, method="by_alert")
    text = django_filters.CharFilter(label=_("Node"), method="by_text")
    product = django_filters.CharFilter(label=_("Product"), method="by_product")
    kind = django_filters.ChoiceFilter(label=_("Kind"), field_name="node__kind", choices=StockNode.Kind.choices)
    item = django_filters.ChoiceFilter(
        label=_("Item kind"), field_name="product__item_kind", choices=Product.ItemKind.choices
    )

    class Meta:
        model = StockLevel
        fields = ()

    def by_alert(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(levels.ALERTS[value])

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(Q(node__name__icontains=value) | Q(node__code__startswith=value))

    def by_product(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(Q(product__name__icontains=value) | Q(product__code__startswith=value))
