import django_filters
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from dealers.models import Dealer
from inventory.models import DealerReceipt


class AmountFilter(django_filters.FilterSet):
    code = django_filters.CharFilter(label=_("Dealer code"), lookup_expr="startswith")
    name = django_filters.CharFilter(label=_("Dealer"), lookup_expr="icontains")
    over = django_filters.BooleanFilter(label=_("Over the limit"), method="by_over")

    class Meta:
        model = Dealer
        fields = ("code", "name", "over")

    def by_over(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        return rows.filter(owes__gt=F("credit_limit")) if value else rows.filter(owes__lte=F("credit_limit"))


class ReceiptFilter(django_filters.FilterSet):
    dealer = django_filters.CharFilter(label=_("Dealer code"), field_name="dealer__code")
    bank_reference = django_filters.CharFilter(label=_("Bank reference"), lookup_expr="icontains")

    class Meta:
        model = DealerReceipt
        fields = ("dealer", "bank_reference")
