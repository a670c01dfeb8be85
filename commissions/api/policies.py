"""`/policies/` and `/rules/`."""

from typing import Any

import django_filters
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.response import Response

from accounts.roles import Permission
from commissions import tasks
from commissions.api.batch_actions import JobOut
from commissions.models import CommissionPolicy, CommissionRule
from commissions.queries import simulations
from commissions.queries.policies import export_policy
from commissions.rules.policy import read_json
from commissions.rules.problems import PolicyInvalid
from commissions.services import policy as service
from core import clock
from core.api.filters import UnitFilter
from core.api.problems import Invalid
from core.api.serializers import CodeField, Money, PersonField
from core.api.viewsets import Resource, command, part
from core.periods import InvalidPeriod, Month


class PolicyOut(serializers.ModelSerializer):
    """A set of rules and who made, proposed and published it."""

    org_unit = CodeField()
    created_by = PersonField()
    proposed_by = PersonField()
    approved_by = PersonField()

    class Meta:
        model = CommissionPolicy
        fields = (
            "code",
            "name",
            "org_unit",
            "state",
            "created_by",
            "created_at",
            "proposed_by",
            "proposed_at",
            "approved_by",
            "published_at",
        )
        read_only_fields = fields


class RuleOut(serializers.ModelSerializer):
    """One rule. `value` is yuan (basis `fixed`) or a rate."""

    policy = CodeField()
    tier = serializers.CharField(read_only=True)
    bracket_mode = serializers.CharField(read_only=True)
    product = CodeField()
    org_unit = CodeField()

    class Meta:
        model = CommissionRule
        fields = (
            "code",
            "policy",
            "published",
            "kind",
            "business_type",
            "product",
            "product_family",
            "tier",
            "org_unit",
            "effective_from",
            "effective_to",
            "basis",
            "value",
            "bracket_mode",
            "brackets",
            "instalments",
            "pool_share",
            "waiver_approver",
            "waiver_reason",
        )
        read_only_fields = fields


class PolicyFilter(django_filters.FilterSet):
    org_unit = UnitFilter(path="org_unit")

    class Meta:
        model = CommissionPolicy
        fields = ("state",)


class RuleFilter(django_filters.FilterSet):
    """`on` keeps the rules that are in force on a day."""

    policy = django_filters.CharFilter(field_name="policy__code")
    product = django_filters.CharFilter(field_name="product__code")
    on = django_filters.DateFilter(method="in_force", label="in force on this day")

    class Meta:
        model = CommissionRule
        fields = ("kind", "business_type", "product_family", "tier", "published")

    def in_force(self, rows: Any, name: str, value: Any) -> Any:
        open_end = rows.filter(effective_from__lte=value)
        return open_end.filter(effective_to=None) | open_end.filter(effective_to__gte=value)


class ExactJSON(JSONParser):
    """JSON with fractions as they stand, and no key twice in an object."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return read_json(stream.read().decode("utf-8-sig"))
        except (PolicyInvalid, UnicodeDecodeError) as error:
            raise ParseError(str(error)) from error


@extend_schema_serializer(component_name="PolicyFile")
class PolicyIn(serializers.Serializer):
    """A policy in the form of its file (docs/data-contracts.md, “Policy file”)."""

    code = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=120)
    org_unit = serializers.CharField()
    rules = serializers.ListField(child=serializers.DictField(), min_length=1)


class RetireIn(serializers.Serializer):
    """The last day on which open-ended rules hold; today if it is left out."""

    on = serializers.DateField(required=False)


class SimulateIn(serializers.Serializer):
    """A settled month, `2026-09`."""

    period = serializers.CharField(max_length=8)

    def validate_period(self, value: str) -> Month:
        try:
            return Month.parse(value)
        except InvalidPeriod as error:
            raise serializers.ValidationError(_("Write the month like 2026-09.")) from error


class SimulationOut(serializers.Serializer):
    """Sums in yuan as settled and as simulated; `change` is that of gross."""

    period = serializers.CharField(read_only=True)
    moved_months = serializers.IntegerField(read_only=True)
    at = serializers.DateTimeField(read_only=True)
    outdated = serializers.BooleanField(read_only=True)
    total_before = Money()
    total_after = Money()
    gross_before = Money()
    gross_after = Money()
    net_before = Money()
    net_after = Money()
    paid_before = Money()
    paid_after = Money()
    change = Money()


def problems_of(invalid: PolicyInvalid) -> list[dict[str, str]]:
    """What is wrong with a policy, for the caller."""
    return [
        {"pointer": f"#/{problem.path}", "code": problem.code, "detail": _(problem.message) % dict(problem.params)}
        for problem in invalid.problems
    ]


class Policies(Resource):
    """Commission policies of the units within the scope."""

    permission = Permission.VIEW_POLICIES
    permissions = {"create": Permission.EDIT_POLICIES}
    lookup_field = "code"
    serializer_class = PolicyOut
    filterset_class = PolicyFilter
    ordering = ("-created_at",)
    ordering_fields = ("code", "created_at", "published_at")

    def get_rows(self, user: Any) -> Any:
        people = ("created_by", "proposed_by", "approved_by")
        return CommissionPolicy.objects.visible_to(user).select_related("org_unit", *people)

    def get_parsers(self) -> list[Any]:
        """A policy's own file needs exact fractions; they do no harm to other bodies."""
        return [ExactJSON()]

    def _answer(self, policy: CommissionPolicy, status: int = 200) -> Response:
        return Response(PolicyOut(self.get_rows(self.request.user).get(pk=policy.pk)).data, status=status)

    @extend_schema(request=PolicyIn, responses={200: PolicyOut, 201: PolicyOut})
    def create(self, request: Any) -> Response:
        """Store a draft. 201 for a new one; 200 where a draft of this code was replaced or is the same."""
        data = request.data
        if not isinstance(data, dict):
            raise ParseError(_("Must be an object with named values."))
        try:
            policy, what = service.import_draft(data=data, by=request.user)
        except PolicyInvalid as invalid:
            raise Invalid(problems_of(invalid)) from invalid
        return self._answer(policy, status=201 if what == "created" else 200)

    @extend_schema(responses=PolicyIn)
    @part(permission=Permission.VIEW_POLICIES)
    def file(self, request: Any, code: str) -> Response:
        """The policy in the form of its file."""
        return Response(export_policy(self.get_object()))

    @extend_schema(request=None, responses=PolicyOut)
    @command(permission=Permission.EDIT_POLICIES)
    def propose(self, request: Any, code: str) -> Response:
        """Ask a second city manager to publish the draft."""
        policy = self.get_object()
        service.propose(policy=policy, by=request.user, at=clock.now())
        return self._answer(policy)

    @extend_schema(request=None, responses=PolicyOut)
    @command(permission=Permission.PUBLISH_POLICIES)
    def publish(self, request: Any, code: str) -> Response:
        """Publish the draft that another person proposed."""
        policy = self.get_object()
        service.publish(policy=policy, by=request.user, at=clock.now())
        return self._answer(policy)

    @extend_schema(request=RetireIn, responses=PolicyOut)
    @command(permission=Permission.PUBLISH_POLICIES)
    def retire(self, request: Any, code: str) -> Response:
        """End the policy's open-ended rules."""
        policy, given = self.get_object(), RetireIn(data=request.data)
        given.is_valid(raise_exception=True)
        on = given.validated_data.get("on", clock.today())
        service.retire(policy=policy, by=request.user, at=clock.now(), on=on)
        return self._answer(policy)

    @extend_schema(request=SimulateIn, responses={202: JobOut})
    @command(permission=Permission.EDIT_POLICIES)
    def simulate(self, request: Any, code: str) -> Response:
        """Start trying the policy on a settled month; the result is then among its simulations."""
        policy, given = self.get_object(), SimulateIn(data=request.data)
        given.is_valid(raise_exception=True)
        if not policy.rules.exists():
            raise service.PolicyRefused(_("Policy %(code)s has no rules yet.") % {"code": policy.code})
        job = tasks.start_simulation(policy=policy, month=given.validated_data["period"], by=request.user)
        return Response(JobOut(job).data, status=202)

    @extend_schema(responses=SimulationOut(many=True))
    @part(permission=Permission.VIEW_POLICIES)
    def simulations(self, request: Any, code: str) -> Response:
        """What the policy would have made of settled months, the latest month first."""
        return Response(SimulationOut(simulations.summaries(self.get_object()), many=True).data)


class Rules(Resource):
    """The rules of these policies."""

    permission = Permission.VIEW_POLICIES
    lookup_field = "code"
    serializer_class = RuleOut
    filterset_class = RuleFilter
    ordering = ("code",)
    ordering_fields = ("code", "effective_from")

    def get_rows(self, user: Any) -> Any:
        return CommissionRule.objects.visible_to(user).select_related("policy", "product", "org_unit")
