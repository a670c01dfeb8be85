from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers import states
from dealers.models import RatingProposal, RatingRound
from dealers.queries import archive

PROPOSED = [*states.Tier.choices, ("end", pgettext_lazy("rating", "End of the cooperation"))]


class ProposalFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Code, name or pinyin"), method="by_text")
    period = django_filters.CharFilter(label=pgettext_lazy("rating", "Period"), field_name="round__period")
    state = django_filters.ChoiceFilter(label=_("State"), choices=states.PROPOSAL.choices)
    reason = django_filters.ChoiceFilter(label=_("Reason"), choices=states.RatingReason.choices)
    proposed = django_filters.ChoiceFilter(label=_("Proposed tier"), choices=PROPOSED, method="by_proposed")

    class Meta:
        model = RatingProposal
        fields = ()

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(dealer__in=archive.matching(archive.dealers(user=self.request.user), value))

    def by_proposed(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        return rows.filter(proposed="" if value == "end" else value)


class RoundFilter(django_filters.FilterSet):
    period = django_filters.CharFilter(label=pgettext_lazy("rating", "Period"))
    state = django_filters.ChoiceFilter(label=_("State"), choices=states.RATING.choices)

    class Meta:
        model = RatingRound
        fields = ()
