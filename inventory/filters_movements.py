import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core import clock
from inventory import states
from inventory.models import Card, StockMovement
from inventory.queries import movements


class MovementFilter(django_filters.FilterSet):
    number = django_filters.CharFilter(label=_("Movement number"), lookup_expr="icontains")
    state = django_filters.ChoiceFilter(label=_("State"), choices=states.MOVEMENT.choices)
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=states.MovementKind.choices)
    origin = django_filters.CharFilter(label=_("Sender (node code)"), field_name="origin__code")
    destination = django_filters.CharFilter(label=_("Receiver (node code)"), field_name="destination__code")
    serial = django_filters.CharFilter(label=_("Contains the serial"), method="by_serial")
    overdue = django_filters.BooleanFilter(label=_("Loan overdue"), method="by_overdue")

    class Meta:
        model = StockMovement
        fields = ("number", "state", "kind", "origin", "destination", "serial", "overdue")

    def by_serial(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        card = Card.objects.filter(serial=value.strip()).values_list("pk", flat=True).first()
        return rows.filter(lines__cards__contains=card).distinct() if card else rows.none()

    def by_overdue(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        late = movements.overdue(rows, clock.today())
        return late if value else rows.exclude(pk__in=late.values("pk"))
