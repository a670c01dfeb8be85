import django_filters
from django.db.models import QuerySet
from django.forms import DateInput
from django.utils.translation import gettext_lazy as _

from inventory import states
from inventory.models import Card, StockMovement


class MovementFilter(django_filters.FilterSet):
    number = django_filters.CharFilter(label=_("Movement number"), lookup_expr="icontains")
    state = django_filters.ChoiceFilter(label=_("State"), choices=states.MOVEMENT.choices)
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=states.MovementKind.choices)
    origin = django_filters.CharFilter(label=_("Sender (node code)"), field_name="origin__code")
    destination = django_filters.CharFilter(label=_("Receiver (node code)"), field_name="destination__code")
    serial = django_filters.CharFilter(label=_("Contains the serial"), method="by_serial")
    overdue_on = django_filters.DateFilter(
        label=_("Due back before"),
        field_name="due_on",
        lookup_expr="lt",
        widget=DateInput(attrs={"type": "date"}),
    )

    class Meta:
        model = StockMovement
        fields = ("number", "state", "kind", "origin", "destination", "serial", "overdue_on")

    def by_serial(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        card = Card.objects.filter(serial=value.strip()).values_list("pk", flat=True).first()
        return rows.filter(lines__cards__contains=card).distinct() if card else rows.none()
