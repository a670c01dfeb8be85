from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from audits import states
from audits.filters import DAY
from audits.models import Finding, ViolationNotice, ViolationType
from audits.queries import due
from dealers.queries import archive


class FindingFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Dealer"), method="by_text")
    state = django_filters.ChoiceFilter(label=_("State"), choices=states.FINDING.choices)
    category = django_filters.ChoiceFilter(label=_("Category"), choices=states.FindingCategory.choices)
    repeated = django_filters.BooleanFilter(label=_("Repeated"), method="by_repeated")
    since = django_filters.DateFilter(label=_("From"), method="by_since", **DAY)

    class Meta:
        model = Finding
        fields = ()

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(dealer__in=archive.matching(archive.dealers(user=self.request.user), value))

    def by_repeated(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        return rows.filter(earlier__gt=0) if value else rows.filter(earlier=0)

    def by_since(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        return rows.filter(found_at__gte=due.start_of(value))


class NoticeFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Dealer or number"), method="by_text")
    state = django_filters.ChoiceFilter(label=_("State"), choices=states.NOTICE.choices)
    type = django_filters.ChoiceFilter(label=_("Type"), field_name="type_id", choices=ViolationType.Code.choices)

    class Meta:
        model = ViolationNotice
        fields = ()

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        dealers = archive.matching(archive.dealers(user=self.request.user), value)
        return rows.filter(Q(number__icontains=value.strip()) | Q(dealer__in=dealers))
