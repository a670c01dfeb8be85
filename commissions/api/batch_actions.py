"""What can be done with a batch, each by one service."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.roles import Permission
from commissions.models import SettlementBatch
from commissions.services import batch as service
from core import clock
from core.api.serializers import NeededReasonIn, ReasonIn, TransitionOut
from core.api.viewsets import command, part
from core.models import Transition


class BatchActions:
    """The moves of `commissions.services.batch`. A breach of duties is 403, another refusal 409."""

    def _move(self: Any, request: Any, verb: Any, form: type[serializers.Serializer] = ReasonIn) -> Response:
        batch = self.get_object()
        given = form(data=request.data)
        given.is_valid(raise_exception=True)
        verb(batch=batch, by=request.user, at=clock.now(), reason=given.validated_data["reason"])
        fresh = self.get_rows(request.user).get(pk=batch.pk)
        return Response(self.detail_serializer_class(fresh, context=self.get_serializer_context()).data)

    @extend_schema(request=ReasonIn)
    @command(permission=Permission.SUBMIT_BATCHES)
    def submit(self, request: Any, number: str) -> Response:
        """The county passes a calculated batch on."""
        return self._move(request, service.submit)

    @extend_schema(request=ReasonIn)
    @command(permission=Permission.REVIEW_BATCHES)
    def review(self, request: Any, number: str) -> Response:
        """The city finds a submitted batch right."""
        return self._move(request, service.review)

    @extend_schema(request=NeededReasonIn)
    @command(permission=Permission.RETURN_BATCHES, url_path="return")
    def give_back(self, request: Any, number: str) -> Response:
        """Back to the county, with a reason."""
        return self._move(request, service.return_to_county, NeededReasonIn)

    @extend_schema(request=ReasonIn)
    @command(permission=Permission.APPROVE_BATCHES)
    def approve(self, request: Any, number: str) -> Response:
        """Finance approves: from now on nothing changes."""
        return self._move(request, service.approve)

    @extend_schema(request=NeededReasonIn)
    @command(permission=Permission.VOID_BATCHES)
    def void(self, request: Any, number: str) -> Response:
        """The batch no longer counts; the period can be calculated anew."""
        return self._move(request, service.void, NeededReasonIn)

    @extend_schema(responses=TransitionOut(many=True))
    @part(permission=Permission.VIEW_BATCHES)
    def history(self: Any, request: Any, number: str) -> Response:
        """Who moved the batch, when and why, oldest first."""
        rows = Transition.objects.filter(
            subject_type=SettlementBatch._meta.label_lower, subject_id=self.get_object().pk
        ).select_related("by")
        return Response(TransitionOut(rows.order_by("at", "pk"), many=True).data)
