import django_filters
from django.utils.translation import gettext_lazy as _

from inventory import states
from inventory.models import Difference, Stocktake


class StocktakeFilter(django_filters.FilterSet):
    number = django_filters.CharFilter(label=_("Stocktake number"), lookup_expr="icontains")
    state = django_filters.ChoiceFilter(label=_("State"), choices=states.STOCKTAKE.choices)
    node = django_filters.CharFilter(label=_("Node code"), field_name="node__code")
    sample = django_filters.BooleanFilter(label=_("Sample"), field_name="sample", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Stocktake
        fields = ("number", "state", "node", "sample")


class DifferenceFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Difference.Kind.choices)
    stands = django_filters.BooleanFilter(label=_("Stands"))
    serial = django_filters.CharFilter(label=_("Serial"), lookup_expr="icontains")

    class Meta:
        model = Difference
        fields = ("kind", "stands", "serial")
