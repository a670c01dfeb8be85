import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from audits import states
from audits.models import Rectification
from core import clock
from dealers.queries import archive


class RectificationFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Dealer or number"), method="by_text")
    state = django_filters.ChoiceFilter(label=_("State"), choices=states.RECTIFICATION.choices)
    overdue = django_filters.BooleanFilter(label=_("Overdue"), method="by_overdue")
    category = django_filters.ChoiceFilter(
        label=_("Category"), field_name="finding__category", choices=states.FindingCategory.choices
    )

    class Meta:
        model = Rectification
        fields = ()

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        dealers = archive.matching(archive.dealers(user=self.request.user), value)
        return rows.filter(Q(number__icontains=value.strip()) | Q(dealer__in=dealers))

    def by_overdue(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        late = Q(state="open", due_on__lt=clock.today())
        return rows.filter(late) if value else rows.exclude(late)
