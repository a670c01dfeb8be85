"""Filters of payout rounds, their dealers, change requests, and events of the counties' assessment."""

import django_filters
from django.db.models import F, Q, QuerySet
from django.forms import DateInput
from django.utils.translation import gettext_lazy as _

from commissions import states
from commissions.filters import DealerTextFilter
from commissions.models import CountyAssessmentEvent, PoolChange, PoolRound, PoolRoundRow


class RoundFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label=_("State"), choices=states.ROUND.choices)
    period = django_filters.CharFilter(label=_("Period (2026H1, 2026)"), method="by_period")
    county = django_filters.CharFilter(label=_("County: code or name"), method="by_county")

    class Meta:
        model = PoolRound
        fields = ("state", "period", "county")

    def by_period(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(period=value.strip()[:8].replace("\x00", "").upper())

    def by_county(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        text = value.strip().replace("\x00", "")
        return rows.filter(Q(county__code=text) | Q(county__name__icontains=text)) if text else rows


class RoundRowFilter(DealerTextFilter):
    result = django_filters.ChoiceFilter(
        label=_("Result"),
        method="by_result",
        choices=[
            ("held", _("held back: terminated or suspended")),
            ("forfeits", _("forfeits something")),
            ("reduced", _("return ratio below 1")),
            ("full", _("gets everything")),
        ],
    )

    class Meta:
        model = PoolRoundRow
        fields = ("dealer", "result")

    def by_result(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        chosen = {
            "held": ~Q(reason="") & Q(overridden=False),
            "forfeits": Q(forfeit__gt=0),
            "reduced": Q(ratio__lt=1),
            "full": Q(payout=F("basis")),
        }
        return rows.filter(chosen[value])


class ChangeFilter(DealerTextFilter):
    state = django_filters.ChoiceFilter(label=_("State"), choices=states.POOL_CHANGE.choices)
    sign = django_filters.ChoiceFilter(
        label=_("Direction"), method="by_sign", choices=[("in", _("into the pool")), ("out", _("out of the pool"))]
    )

    class Meta:
        model = PoolChange
        fields = ("state", "dealer", "sign")

    def by_sign(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(amount__gt=0) if value == "in" else rows.filter(amount__lt=0)


class EventFilter(DealerTextFilter):
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=CountyAssessmentEvent.Kind.choices)
    since = django_filters.DateFilter(
        label=_("From"), field_name="at", lookup_expr="date__gte", widget=DateInput(attrs={"type": "date"})
    )
    until = django_filters.DateFilter(
        label=_("Until"), field_name="at", lookup_expr="date__lte", widget=DateInput(attrs={"type": "date"})
    )

    class Meta:
        model = CountyAssessmentEvent
        fields = ("kind", "dealer", "since", "until")
