"""`/rating-rounds/` and `/rating-proposals/`."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.roles import Permission
from core import clock
from core.api.filters import UnitFilter
from core.api.serializers import CodeField, PersonField
from core.api.viewsets import Resource, command
from dealers.models import RatingProposal, RatingRound
from dealers.queries import ratings
from dealers.services import rating_decision


class RatingRoundOut(serializers.ModelSerializer):
    """A city's round of a quarter or year; `waiting` proposals are not decided."""

    city = CodeField()
    waiting = serializers.IntegerField(read_only=True)

    class Meta:
        model = RatingRound
        fields = ("number", "city", "period", "state", "last_day", "effective_on", "dealers", "unknown", "waiting")
        read_only_fields = fields


class RatingProposalOut(serializers.ModelSerializer):
    """A proposed change of tier; `proposed` empty: the cooperation is to end."""

    round = CodeField(slug_field="number")
    dealer = CodeField()
    decided_by = PersonField()

    class Meta:
        model = RatingProposal
        fields = (
            "id", "round", "dealer", "current", "proposed", "reason", "state", "evidence", "decided_by", "decided_at",
            "remark",
        )  # fmt: skip
        read_only_fields = fields


class RemarkIn(serializers.Serializer):
    remark = serializers.CharField(max_length=rating_decision.LONGEST)


class RatingRoundFilter(django_filters.FilterSet):
    city = django_filters.CharFilter(field_name="city__code")

    class Meta:
        model = RatingRound
        fields = ("state", "period")


class RatingProposalFilter(django_filters.FilterSet):
    dealer = django_filters.CharFilter(field_name="dealer__code")
    org_unit = UnitFilter(path="dealer__org_unit")
    period = django_filters.CharFilter(field_name="round__period")

    class Meta:
        model = RatingProposal
        fields = ("state", "reason", "current", "proposed")


class RatingRounds(Resource):
    """Rating rounds of the cities within the scope."""

    permission = Permission.APPROVE_RATINGS
    lookup_field = "number"
    serializer_class = RatingRoundOut
    filterset_class = RatingRoundFilter
    ordering = ("-last_day", "number")
    ordering_fields = ("number", "last_day")

    def get_rows(self, user: Any) -> Any:
        return ratings.rounds(user)

    @extend_schema(request=None, responses=RatingRoundOut)
    @command(permission=Permission.APPROVE_RATINGS)
    def approve(self, request: Any, number: str) -> Response:
        """Approve every proposal that waits; those that were overtaken go on waiting."""
        found = self.get_object()
        rating_decision.approve(
            proposals=ratings.proposals(request.user).filter(round=found, state="proposed"),
            by=request.user,
            at=clock.now(),
            today=clock.today(),
        )
        return Response(RatingRoundOut(self.get_rows(request.user).get(pk=found.pk)).data)


class RatingProposals(Resource):
    """What ratings propose for the dealers within the scope."""

    permission = Permission.VIEW_RATINGS
    lookup_value_regex = "[0-9]{1,18}"
    serializer_class = RatingProposalOut
    filterset_class = RatingProposalFilter
    ordering = ("-round__last_day", "dealer__code")
    ordering_fields = ("id", "dealer__code")

    def get_rows(self, user: Any) -> Any:
        return ratings.proposals(user)

    def _answer(self, pk: int) -> Response:
        return Response(RatingProposalOut(self.get_rows(self.request.user).get(pk=pk)).data)

    @extend_schema(request=None, responses=RatingProposalOut)
    @command(permission=Permission.APPROVE_RATINGS)
    def approve(self, request: Any, pk: str) -> Response:
        """The tier changes from the round's day on."""
        row = self.get_object()
        decided = rating_decision.approve(proposals=[row], by=request.user, at=clock.now(), today=clock.today())
        for _row, refusal in decided.refused:
            raise refusal
        return self._answer(row.pk)

    @extend_schema(request=RemarkIn, responses=RatingProposalOut)
    @command(permission=Permission.APPROVE_RATINGS)
    def reject(self, request: Any, pk: str) -> Response:
        """The dealer keeps its tier, and why."""
        row = self.get_object()
        rating_decision.reject(proposals=[row], **self.given(RemarkIn), by=request.user, at=clock.now())
        return self._answer(row.pk)
