"""`/org-units/`."""

from typing import Any

import django_filters
from rest_framework import serializers

from accounts.models import OrgUnit
from accounts.roles import Permission
from core.api.serializers import CodeField
from core.api.viewsets import Resource


class OrgUnitOut(serializers.ModelSerializer):
    """A node of the tree; `path` is the codes from the root down."""

    parent = CodeField()

    class Meta:
        model = OrgUnit
        fields = ("code", "name", "level", "parent", "path")
        read_only_fields = fields


class OrgUnitFilter(django_filters.FilterSet):
    """`below` keeps the subtree of a unit, itself included."""

    parent = django_filters.CharFilter(field_name="parent__code")
    below = django_filters.CharFilter(method="in_subtree", label="code of a unit: itself and all below it")
    name = django_filters.CharFilter(lookup_expr="icontains")

    class Meta:
        model = OrgUnit
        fields = ("level",)

    def in_subtree(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(path__contains=f"/{value}/") if value else rows


class OrgUnits(Resource):
    """Org units within the scope."""

    permission = Permission.USE_PORTAL
    lookup_field = "code"
    serializer_class = OrgUnitOut
    filterset_class = OrgUnitFilter
    ordering = ("path",)
    ordering_fields = ("code", "name", "level", "path")

    def get_rows(self, user: Any) -> Any:
        return OrgUnit.objects.visible_to(user).select_related("parent")
