"""`/pool-rounds/` and `/pool-changes/`."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.roles import Permission
from commissions.models import PoolChange, PoolRound, PoolRoundRow
from commissions.queries import pool_rounds
from commissions.services import pool_change, pool_round
from core import clock
from core.api.filters import UnitFilter
from core.api.papers import PARSERS, WithFiles, with_files
from core.api.serializers import CodeField, InScope, NeededReasonIn, PersonField
from core.api.viewsets import Resource, command, part
from dealers.models import Dealer


class PoolRoundOut(serializers.ModelSerializer):
    """A county's payout round. Yuan."""

    county = CodeField()
    submitted_by = PersonField()
    approved_by = PersonField()

    class Meta:
        model = PoolRound
        fields = (
            "number", "county", "period", "state", "dealers", "basis", "payout", "forfeit",
            "calculated_at", "submitted_by", "submitted_at", "approved_by", "approved_at",
        )  # fmt: skip
        read_only_fields = fields


class PoolRoundRowOut(serializers.ModelSerializer):
    """A dealer in a round; `months` are pairs of month and activations. Yuan."""

    dealer = CodeField()
    months = serializers.ListField(child=serializers.ListField(), read_only=True)

    class Meta:
        model = PoolRoundRow
        fields = (
            "number", "dealer", "basis", "months", "idle_months", "factor", "ratio", "payout", "forfeit",
            "reason", "ground", "overridden",
        )  # fmt: skip
        read_only_fields = fields


class PoolRoundFilter(django_filters.FilterSet):
    county = django_filters.CharFilter(field_name="county__code")

    class Meta:
        model = PoolRound
        fields = ("state", "period")


class PoolRounds(Resource):
    """Payout rounds of the counties within the scope."""

    permission = Permission.VIEW_POOL_ROUNDS
    lookup_field = "number"
    serializer_class = PoolRoundOut
    filterset_class = PoolRoundFilter
    ordering = ("-last_day", "number")
    ordering_fields = ("number", "payout", "forfeit")

    def get_rows(self, user: Any) -> Any:
        return pool_rounds.visible(user)

    def _answer(self, round_: PoolRound) -> Response:
        return Response(PoolRoundOut(self.get_rows(self.request.user).get(pk=round_.pk)).data)

    @extend_schema(responses=PoolRoundRowOut(many=True))
    @part()
    def rows(self, request: Any, number: str) -> Response:
        """The dealers of the round with what they are computed from."""
        found = pool_rounds.rows(self.get_object(), request.user).order_by("dealer__code")
        return Response(PoolRoundRowOut(found, many=True).data)

    @extend_schema(request=None, responses=PoolRoundOut)
    @command(permission=Permission.SUBMIT_BATCHES)
    def submit(self, request: Any, number: str) -> Response:
        """The county passes the round on."""
        at, today = clock.now(), clock.today()
        return self._answer(pool_round.submit(round_=self.get_object(), by=request.user, at=at, today=today))

    @extend_schema(request=None, responses=PoolRoundOut)
    @command(permission=Permission.APPROVE_POOL_ROUNDS)
    def approve(self, request: Any, number: str) -> Response:
        """The city approves: payouts and forfeits are posted."""
        at, today = clock.now(), clock.today()
        return self._answer(pool_round.approve(round_=self.get_object(), by=request.user, at=at, today=today))

    @extend_schema(request=NeededReasonIn, responses=PoolRoundOut)
    @command(permission=Permission.RETURN_BATCHES, url_path="return")
    def return_(self, request: Any, number: str) -> Response:
        """Back to the county, with the reason."""
        round_, given = self.get_object(), NeededReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        reason = given.validated_data["reason"]
        return self._answer(pool_round.return_to_county(round_=round_, by=request.user, at=clock.now(), reason=reason))


class PoolChangeOut(serializers.ModelSerializer):
    """A request to change a pool by hand, signed, in yuan."""

    dealer = CodeField()
    filed_by = PersonField()
    decided_by = PersonField()

    class Meta:
        model = PoolChange
        fields = (
            "reference", "dealer", "amount", "reason", "state", "filed_by", "filed_at", "decided_by", "decided_at",
        )  # fmt: skip
        read_only_fields = fields


class PoolChangeIn(WithFiles):
    """A new request; a negative amount takes from the pool."""

    dealer = InScope(Dealer)
    amount = serializers.DecimalField(max_digits=12, decimal_places=2)
    reason = serializers.CharField(max_length=200)


class PoolChangeFilter(django_filters.FilterSet):
    dealer = django_filters.CharFilter(field_name="dealer__code")
    org_unit = UnitFilter(path="dealer__org_unit")

    class Meta:
        model = PoolChange
        fields = ("state",)


class PoolChanges(Resource):
    """Change requests of the pools within the scope."""

    permission = Permission.VIEW_POOL_ROUNDS
    permissions = {"create": Permission.FILE_POOL_CHANGES}
    lookup_field = "reference"
    parser_classes = PARSERS
    serializer_class = PoolChangeOut
    filterset_class = PoolChangeFilter
    ordering = ("-filed_at", "reference")
    ordering_fields = ("reference", "amount", "filed_at")

    def get_rows(self, user: Any) -> Any:
        return pool_rounds.changes(user)

    def _answer(self, change: PoolChange, status: int = 200) -> Response:
        return Response(PoolChangeOut(self.get_rows(self.request.user).get(pk=change.pk)).data, status=status)

    @with_files(PoolChangeIn, responses={201: PoolChangeOut})
    def create(self, request: Any) -> Response:
        """File a request; it waits for another person's approval."""
        given = PoolChangeIn(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        return self._answer(pool_change.file(**given.validated_data, by=request.user, at=clock.now()), status=201)

    @extend_schema(request=None, responses=PoolChangeOut)
    @command(permission=Permission.APPROVE_POOL_CHANGES)
    def approve(self, request: Any, reference: str) -> Response:
        """Approve what another person filed: it is posted to the pool."""
        return self._answer(pool_change.approve(change=self.get_object(), by=request.user, at=clock.now()))

    @extend_schema(request=NeededReasonIn, responses=PoolChangeOut)
    @command(permission=Permission.APPROVE_POOL_CHANGES)
    def reject(self, request: Any, reference: str) -> Response:
        """Reject what another person filed, with the reason."""
        change, given = self.get_object(), NeededReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        reason = given.validated_data["reason"]
        return self._answer(pool_change.reject(change=change, by=request.user, at=clock.now(), reason=reason))
