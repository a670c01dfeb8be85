"""`/imports/`: the files that were given to the portal and what became of them."""

from typing import Any

import django_filters
from rest_framework import serializers

from accounts.roles import Permission
from core.api.serializers import CodeField, PersonField
from core.api.viewsets import Resource
from core.models import ImportRun


class RejectedOut(serializers.Serializer):
    """One rejected row."""

    row = serializers.IntegerField(read_only=True)
    column = serializers.CharField(read_only=True)
    value = serializers.CharField(read_only=True)
    reason = serializers.CharField(read_only=True)


class ImportOut(serializers.ModelSerializer):
    """A file: `accepted + unchanged + rejected = rows` once it has been checked."""

    by = PersonField()
    org_unit = CodeField()

    class Meta:
        model = ImportRun
        fields: tuple[str, ...] = (
            "id",
            "kind",
            "file_name",
            "sha256",
            "size",
            "by",
            "org_unit",
            "state",
            "partial",
            "rows",
            "accepted",
            "unchanged",
            "rejected",
            "message",
            "created_at",
            "finished_at",
        )
        read_only_fields = fields


class ImportFilter(django_filters.FilterSet):
    by = django_filters.CharFilter(field_name="by__username")
    created_at = django_filters.IsoDateTimeFromToRangeFilter()

    class Meta:
        model = ImportRun
        fields = ("kind", "state", "partial", "sha256")


class Imports(Resource):
    """Imports within the scope, the newest first."""

    permission = Permission.VIEW_IMPORTS
    lookup_value_regex = "[0-9]{1,18}"
    serializer_class = ImportOut
    filterset_class = ImportFilter
    ordering = ("-created_at", "-pk")
    ordering_fields = ("created_at", "kind", "state", "rows")

    def get_rows(self, user: Any) -> Any:
        return ImportRun.objects.visible_to(user).select_related("by", "org_unit")
