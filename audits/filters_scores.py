import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from audits import states
from audits.models import DealerScore, ScoreRound
from dealers.queries import archive


class RoundFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label=_("State"), choices=states.SCORES.choices)
    county = django_filters.CharFilter(label=_("County"), field_name="county__name", lookup_expr="icontains")

    class Meta:
        model = ScoreRound
        fields = ()


class RowFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Code, name or pinyin"), method="by_text")
    below = django_filters.NumberFilter(label=_("Score below"), field_name="score", lookup_expr="lt")

    class Meta:
        model = DealerScore
        fields = ()

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(dealer__in=archive.matching(archive.dealers(user=self.request.user), value))
