import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit, User
from accounts.roles import Role


class UserFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Name or user name"), method="by_text")
    role = django_filters.ChoiceFilter(label=_("Role"), choices=Role.choices)
    is_active = django_filters.BooleanFilter(label=_("Active"))

    class Meta:
        model = User
        fields = ("text", "role", "is_active")

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(Q(username__icontains=value) | Q(name__icontains=value))


class UnitFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Name, code or pinyin"), method="by_text")
    level = django_filters.ChoiceFilter(label=_("Level"), choices=OrgUnit.Level.choices)

    class Meta:
        model = OrgUnit
        fields = ("text", "level")

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(Q(name__icontains=value) | Q(code__startswith=value) | Q(pinyin__icontains=value))
