"""`/score-rounds/`: computed assessment scores."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.roles import Permission
from audits.models import DealerScore, ScoreRound
from audits.queries import scores
from audits.services import score as service
from core.api.serializers import CodeField, MonthField
from core.api.viewsets import Resource, command, part


class ScoreRoundOut(serializers.ModelSerializer):
    """A county's month; `mean` of the scores that are known."""

    county = CodeField()
    month = MonthField()
    dealers = serializers.IntegerField(read_only=True)
    known = serializers.IntegerField(read_only=True)
    mean = serializers.DecimalField(max_digits=5, decimal_places=2, read_only=True, allow_null=True)

    class Meta:
        model = ScoreRound
        fields = ("id", "county", "month", "state", "computed_at", "dealers", "known", "mean")
        read_only_fields = fields


class DealerScoreOut(serializers.ModelSerializer):
    """A dealer's parts and score, 0 to 100; null where not known."""

    dealer = CodeField()

    class Meta:
        model = DealerScore
        fields = ("dealer", "checklist", "sales", "training", "complaints", "quality", "score")
        read_only_fields = fields


class ScoreRoundFilter(django_filters.FilterSet):
    county = django_filters.CharFilter(field_name="county__code")

    class Meta:
        model = ScoreRound
        fields = ("state",)


class ScoreRounds(Resource):
    """Assessments of the counties within the scope."""

    permission = Permission.VIEW_SCORES
    lookup_value_regex = "[0-9]{1,18}"
    subject = "scores_of"
    serializer_class = ScoreRoundOut
    filterset_class = ScoreRoundFilter
    ordering = ("-month", "county__code")
    ordering_fields = ("month",)

    def get_rows(self, user: Any) -> Any:
        return scores.rounds(user)

    @extend_schema(responses=DealerScoreOut(many=True))
    @part()
    def rows(self, request: Any, pk: str) -> Response:
        """The dealers with the parts of their scores."""
        found = scores.rows(self.get_object(), request.user).order_by("dealer__code")
        return Response(DealerScoreOut(found, many=True).data)

    @extend_schema(request=None, responses=ScoreRoundOut)
    @command(permission=Permission.PUBLISH_SCORES)
    def publish(self, request: Any, pk: str) -> Response:
        """From now on the scores count."""
        return self.step(service.publish)
