import django_filters
from django.db.models import Q, QuerySet
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
    dealer = django_filters.CharFilter(label=_("Dealer code"), method="by_dealer")
    due = django_filters.BooleanFilter(label=_("With an amount due"), field_name="amount_due", method="by_due")
    overdue = django_filters.BooleanFilter(label=_("Loan overdue"), method="by_overdue")

    class Meta:
        model = StockMovement
        fields = ("number", "state", "kind", "origin", "destination", "serial", "dealer", "due", "overdue")

    def by_serial(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        card = Card.objects.filter(serial=value.strip()).values_list("pk", flat=True).first()
        return rows.filter(lines__cards__contains=card).distinct() if card else rows.none()

    def by_dealer(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(Q(origin__dealer__code=value) | Q(destination__dealer__code=value))

    def by_due(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        return rows.exclude(amount_due=0) if value else rows.filter(amount_due=0)

    def by_overdue(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        late = movements.overdue(rows, clock.today())
        return late if value else rows.exclude(pk__in=late.values("pk"))
