from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from audits import states
from audits.models import Violation, ViolationType, Visit
from audits.queries import due
from dealers.queries import archive

WHOSE = [("mine", _("My visits")), ("all", _("All in my unit"))]
MARKS = [
    ("far", _("too far")),
    ("length", _("too short or too long")),
    ("no_position", _("no position")),
    ("findings", _("with findings")),
]
DAY = {"widget": forms.DateInput(attrs={"type": "date"})}


class VisitFilter(django_filters.FilterSet):
    """Channel managers start with their own visits."""

    text = django_filters.CharFilter(label=_("Dealer"), method="by_text")
    whose = django_filters.ChoiceFilter(label=_("Whose"), choices=WHOSE, method="by_whose", empty_label=None)
    mark = django_filters.ChoiceFilter(label=_("Remarks"), choices=MARKS, method="by_mark")
    kind = django_filters.ChoiceFilter(label=_("Kind of visit"), choices=states.VisitKind.choices)
    evidence = django_filters.ChoiceFilter(label=_("Evidence of place"), choices=states.Evidence.choices)
    state = django_filters.ChoiceFilter(label=_("State"), choices=states.VISIT.choices)
    since = django_filters.DateFilter(label=_("From"), method="by_since", **DAY)
    until = django_filters.DateFilter(label=_("Until"), method="by_until", **DAY)

    class Meta:
        model = Visit
        fields = ()

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        data = data.copy()
        if not data.get("whose"):
            data["whose"] = "mine" if kwargs["request"].user.role == Role.CHANNEL_MANAGER else "all"
        super().__init__(data, *args, **kwargs)

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(dealer__in=archive.matching(archive.dealers(user=self.request.user), value))

    def by_whose(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(manager=self.request.user) if value == "mine" else rows

    def by_mark(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(
            {
                "far": Q(too_far=True),
                "length": Q(too_short=True) | Q(too_long=True),
                "no_position": Q(latitude=None),
                "findings": Q(finding_count__gt=0),
            }[value]
        )

    def by_since(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        return rows.filter(checked_in_at__gte=due.start_of(value))

    def by_until(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        return rows.filter(checked_in_at__lt=due.end_of(value))


class ViolationFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Dealer or reference"), method="by_text")
    type = django_filters.ChoiceFilter(label=_("Type"), field_name="type_id", choices=ViolationType.Code.choices)
    since = django_filters.DateFilter(label=_("Confirmed from"), field_name="confirmed_on", lookup_expr="gte", **DAY)
    until = django_filters.DateFilter(label=_("Confirmed until"), field_name="confirmed_on", lookup_expr="lte", **DAY)

    class Meta:
        model = Violation
        fields = ()

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        dealers = archive.matching(archive.dealers(user=self.request.user), value)
        return rows.filter(Q(reference__icontains=value.strip()) | Q(dealer__in=dealers))
