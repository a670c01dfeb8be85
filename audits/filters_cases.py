from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from audits import states
from audits.models import CrossRegionCase
from core.periods import InvalidPeriod, Month
from dealers.queries import archive


class CaseFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label=_("State"), choices=states.CASE.choices)
    text = django_filters.CharFilter(label=_("Dealer"), method="by_text")
    month = django_filters.CharFilter(label=_("Month"), method="by_month")

    class Meta:
        model = CrossRegionCase
        fields = ()

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(dealer__in=archive.matching(archive.dealers(user=self.request.user), value))

    def by_month(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        try:
            return rows.filter(month=Month.parse(value).first)
        except InvalidPeriod:
            return rows.none()
