"""`/imports/`: the files that were given to the portal and what became of them."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.response import Response

from accounts.roles import Permission
from core.api.filters import MomentsFilter
from core.api.serializers import CodeField, PersonField
from core.api.viewsets import Resource, command, part
from core.imports import registry, runs
from core.imports.forms import ImportForm
from core.models import ImportRun

IMPORT = (
    Permission.IMPORT_ORGANISATION,
    Permission.IMPORT_MASTER_DATA,
    Permission.IMPORT_DEALERS,
    Permission.IMPORT_FACTS,
    Permission.IMPORT_FINANCE,
    Permission.IMPORT_STOCK,
)


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
    created_at = MomentsFilter()

    class Meta:
        model = ImportRun
        fields = ("kind", "state", "partial", "sha256")


class ImportIn(serializers.Serializer):
    """A file and what it is. `kind` is one of docs/data-contracts.md, “Files in”."""

    kind = serializers.CharField(max_length=40)
    file = serializers.FileField()

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """As strict as the page: the form of the page does it."""
        form = ImportForm({"kind": given["kind"]}, {"file": given["file"]}, user=self.context["request"].user)
        if not form.is_valid():
            raise serializers.ValidationError(
                {name: [str(said) for said in found] for name, found in form.errors.items()}
            )
        return given


class ApplyIn(serializers.Serializer):
    """`partial` loads the good rows where some are rejected."""

    partial = serializers.BooleanField(default=False)


class Imports(Resource):
    """Imports within the scope, the newest first."""

    permission = Permission.VIEW_IMPORTS
    permissions = {"create": IMPORT}
    parser_classes = (MultiPartParser, JSONParser)
    lookup_value_regex = "[0-9]{1,18}"
    serializer_class = ImportOut
    filterset_class = ImportFilter
    ordering = ("-created_at", "-pk")
    ordering_fields = ("created_at", "kind", "state", "rows")

    def get_rows(self, user: Any) -> Any:
        return ImportRun.objects.visible_to(user).select_related("by", "org_unit")

    @extend_schema(request={"multipart/form-data": ImportIn}, responses={202: ImportOut})
    def create(self, request: Any) -> Response:
        """Hand in a file. Its check starts at once, as a job; read the import until it is `checked`."""
        given = ImportIn(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        kind = registry.get(given.validated_data["kind"])
        run = runs.upload(kind=kind, file=given.validated_data["file"], user=request.user)
        return Response(ImportOut(run).data, status=202)

    @extend_schema(request=ApplyIn, responses={202: ImportOut})
    @command(permission=IMPORT)
    def apply(self, request: Any, pk: str) -> Response:
        """Load a checked file, as a job: all rows, or with `partial` the good ones."""
        run, given = self.get_object(), ApplyIn(data=request.data)
        given.is_valid(raise_exception=True)
        runs.apply(run=run, user=request.user, partial=given.validated_data["partial"])
        return Response(ImportOut(self.get_object()).data, status=202)

    @extend_schema(responses=RejectedOut(many=True))
    @part(permission=Permission.VIEW_IMPORTS)
    def rejected(self, request: Any, pk: str) -> Response:
        """The first hundred rejected rows with their reasons."""
        run = self.get_object()
        found = runs.described(registry.get(run.kind), run.errors) if run.kind in registry.names() else []
        return Response(RejectedOut(found, many=True).data)
