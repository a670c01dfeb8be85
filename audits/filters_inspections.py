import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from audits import states
from audits.models import Inspection, InspectionRound
from core import clock
from dealers.models import Dealer
from dealers.queries import archive


class InspectionFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Dealer or code"), method="by_text")
    state = django_filters.ChoiceFilter(label=_("State"), choices=states.INSPECTION.choices)
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=states.InspectionKind.choices)
    overdue = django_filters.BooleanFilter(label=_("Overdue"), method="by_overdue")

    class Meta:
        model = Inspection
        fields = ()

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        # The rows are the reader's already; an inspector has no dealers of his own.
        return rows.filter(dealer__in=archive.matching(Dealer.objects.all(), value))

    def by_overdue(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        late = Q(state="assigned", due_on__lt=clock.today())
        return rows.filter(late) if value else rows.exclude(late)


class InspectionRoundFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=states.InspectionKind.choices)

    class Meta:
        model = InspectionRound
        fields = ()
