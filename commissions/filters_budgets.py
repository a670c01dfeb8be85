"""Filters of the budgets."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from commissions import states
from commissions.models import Budget, CompetitorLevel
from dealers.models.tiers import BusinessType

ALL = "all"


class BudgetFilter(django_filters.FilterSet):
    period = django_filters.CharFilter(label=_("Period (2026-09 or 2026)"), method="by_period")
    level = django_filters.ChoiceFilter(
        label=_("Level"), field_name="org_unit__level", choices=OrgUnit.Level.choices[:3]
    )
    kind = django_filters.ChoiceFilter(
        label=_("Commission kind"), method="by_kind", choices=[(ALL, _("all kinds")), *states.BudgetKind.choices]
    )

    class Meta:
        model = Budget
        fields = ("period", "level", "kind")

    def by_period(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(period=value.strip()[:7].replace("\x00", ""))

    def by_kind(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(kind="" if value == ALL else value)


class CompetitorFilter(django_filters.FilterSet):
    business_type = django_filters.ChoiceFilter(label=_("Business"), choices=BusinessType.choices)
    competitor = django_filters.CharFilter(label=_("Competitor"), method="by_competitor")

    class Meta:
        model = CompetitorLevel
        fields = ("business_type", "competitor")

    def by_competitor(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(competitor__icontains=value.strip().replace("\x00", ""))
