"""Filters of the points pages."""

import django_filters
from django.utils.translation import gettext_lazy as _

from commissions import states_points as states
from commissions.filters import YES_NO, DealerTextFilter
from commissions.models import PointsAccount, PointsEntry, PointsItem, PointsRule, Redemption


class PointsAccountFilter(DealerTextFilter):
    class Meta:
        model = PointsAccount
        fields = ("dealer",)


class PointsEntryFilter(django_filters.FilterSet):
    entry = django_filters.ChoiceFilter(label=_("Entry"), choices=states.EntryKind.choices)

    class Meta:
        model = PointsEntry
        fields = ("entry",)


class PointsRuleFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(label=_("For what"), choices=states.RuleKind.choices)

    class Meta:
        model = PointsRule
        fields = ("kind",)


class PointsItemFilter(django_filters.FilterSet):
    category = django_filters.ChoiceFilter(label=_("Category"), choices=states.Category.choices)
    offered = django_filters.ChoiceFilter(label=_("Offered"), choices=YES_NO)

    class Meta:
        model = PointsItem
        fields = ("category", "offered")


class OfferFilter(django_filters.FilterSet):
    category = django_filters.ChoiceFilter(label=_("Category"), choices=states.Category.choices)

    class Meta:
        model = PointsItem
        fields = ("category",)


class RedemptionFilter(DealerTextFilter):
    state = django_filters.ChoiceFilter(label=_("State"), choices=states.REDEMPTION.choices)
    category = django_filters.ChoiceFilter(
        label=_("Category"), field_name="item__category", choices=states.Category.choices
    )

    class Meta:
        model = Redemption
        fields = ("dealer", "state", "category")
