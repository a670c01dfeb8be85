import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dealers import states
from dealers.models import Dealer
from dealers.queries import archive

STAGES = [(one, states.LIFE_CYCLE.state(one).label) for one in states.NEW]


class ApplicationFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Code, name or pinyin"), method="by_text")
    stage = django_filters.ChoiceFilter(label=_("Stage"), choices=STAGES)
    tier = django_filters.ChoiceFilter(label=_("Planned tier"), choices=states.Tier.choices)

    class Meta:
        model = Dealer
        fields = ()

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return archive.matching(rows, value)
