"""`/ledger-checks/`: whether the books hold."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.roles import Permission
from commissions import tasks
from commissions.queries import ledger_checks
from core.api.serializers import CodeField, PersonField
from core.api.viewsets import Resource, part
from core.models import LedgerCheck, LedgerFinding


class LedgerCheckOut(serializers.ModelSerializer):
    """One check of the books: `checked` says how many things each invariant was looked at on."""

    by = PersonField()
    checked = serializers.DictField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = LedgerCheck
        fields: tuple[str, ...] = ("id", "cause", "by", "started_at", "finished_at", "held", "broken", "checked")
        read_only_fields = fields


class LedgerFindingOut(serializers.ModelSerializer):
    """One thing that did not hold."""

    check = serializers.CharField(source="check_code", read_only=True)
    org_unit = CodeField(source="unit")

    class Meta:
        model = LedgerFinding
        fields: tuple[str, ...] = ("check", "what", "found", "expected", "org_unit")
        read_only_fields = fields


class StartedOut(serializers.Serializer):
    """The job that checks the books."""

    job = serializers.IntegerField(read_only=True)
    state = serializers.CharField(read_only=True)


class LedgerChecks(Resource):
    """Every check of the books, the newest first."""

    permission = Permission.VIEW_LEDGERS
    permissions = {"create": Permission.VIEW_LEDGERS}
    lookup_value_regex = "[0-9]{1,18}"
    serializer_class = LedgerCheckOut
    filterset_fields = ("held", "cause")
    ordering = ("-finished_at", "-pk")
    ordering_fields = ("finished_at", "broken")

    def get_rows(self, user: Any) -> Any:
        return LedgerCheck.objects.visible_to(user).select_related("by")

    @extend_schema(request=None, responses={202: StartedOut})
    def create(self, request: Any) -> Response:
        """Check now, as a job; one that is under way already is enough."""
        job = tasks.start_ledger_check(by=request.user)
        return Response({"job": job.pk, "state": job.state}, status=202)

    @extend_schema(responses=LedgerFindingOut(many=True))
    @part()
    def findings(self, request: Any, pk: str) -> Response:
        """What did not hold, within the scope."""
        found = ledger_checks.findings(self.get_object(), request.user)
        return Response(LedgerFindingOut(found, many=True).data)
