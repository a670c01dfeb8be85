from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import units
from accounts.models import OrgUnit
from accounts.roles import Role
from core.clock import today
from dealers import states
from dealers.models import Dealer
from dealers.queries import archive, attention

WHOSE = [("mine", _("My dealers")), ("all", _("All in my unit"))]


class DealerFilter(django_filters.FilterSet):
    """Channel managers start with their own dealers."""

    text = django_filters.CharFilter(label=_("Code, name or pinyin"), method="by_text")
    attention = django_filters.ChoiceFilter(label=_("Needs attention"), method="by_attention")
    whose = django_filters.ChoiceFilter(label=_("Whose"), choices=WHOSE, method="by_whose", empty_label=None)
    tier = django_filters.ChoiceFilter(label=_("Tier"), choices=states.Tier.choices)
    stage = django_filters.ChoiceFilter(label=_("Stage"), choices=states.LIFE_CYCLE.choices)
    branch = django_filters.ChoiceFilter(label=_("Org unit"), method="by_branch")
    manager = django_filters.ModelChoiceFilter(label=_("Channel manager"), queryset=lambda request: _managers(request))
    unassigned = django_filters.BooleanFilter(label=_("Without a manager"), field_name="manager", lookup_expr="isnull")
    visit_regime = django_filters.ChoiceFilter(label=_("Visit regime"), choices=states.VisitRegime.choices)
    chain_type = django_filters.ChoiceFilter(label=_("Chain type"), choices=states.ChainType.choices)

    class Meta:
        model = Dealer
        fields = ()

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        request = kwargs["request"]
        data = data.copy()
        if not data.get("whose"):
            data["whose"] = "mine" if request.user.role == Role.CHANNEL_MANAGER else "all"
        super().__init__(data, *args, **kwargs)
        self.filters["attention"].extra["choices"] = [
            ("any", _("Anything")),
            *((point.name, point.label) for point in attention.points()),
        ]
        self.filters["branch"].extra["choices"] = [
            (unit.code, f"{'　' * (unit.depth - request.user.org_unit.depth)}{unit.name}")
            for unit in units.choices(request.user)
        ]

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return archive.matching(rows, value)

    def by_attention(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return attention.only(rows, name=value, day=today())

    def by_whose(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(manager=self.request.user) if value == "mine" else rows

    def by_branch(self, rows: Any, name: str, value: str) -> QuerySet:
        unit = OrgUnit.objects.visible_to(self.request.user).filter(code=value).first()
        return rows.within(unit) if unit else rows.none()


def _managers(request: Any) -> QuerySet:
    return archive.managers(user=request.user)
