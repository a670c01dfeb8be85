"""What a channel manager does on a visit, each by one service. Everything may be sent twice."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.response import Response

from accounts.roles import Permission
from audits import states
from audits.api.shapes import FindingOut, PhotoOut, VisitDetailOut, VisitOut
from audits.models import Visit
from audits.services import guard
from audits.services import visit as service
from core import clock
from core.api.serializers import InScope, ReasonIn
from core.api.viewsets import command
from core.views.base import one_or_404
from dealers.models import Dealer

MOST_PHOTO = 20 * 1024 * 1024


class ArriveIn(serializers.Serializer):
    """Where and when a visit begins; `client_id` is chosen by the phone, so that a visit sent twice is one."""

    client_id = serializers.UUIDField(required=False)
    phone_at = serializers.DateTimeField(required=False)
    latitude = serializers.FloatField(min_value=-90, max_value=90, required=False)
    longitude = serializers.FloatField(min_value=-180, max_value=180, required=False)
    late = serializers.BooleanField(default=False, help_text="Begun without connection: the phone's times count.")
    template = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    accuracy_m = serializers.FloatField(min_value=0, max_value=1_000_000, required=False)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if ("latitude" in given) != ("longitude" in given):
            raise serializers.ValidationError({"longitude": _("Give both latitude and longitude, or neither.")})
        return given

    def begin(self, *, dealer: Dealer, kind: str, by: Any) -> Visit:
        """Check in with what was given."""
        given = self.validated_data
        fix = None
        if "latitude" in given:
            fix = service.Fix(given["latitude"], given["longitude"], given.get("accuracy_m"))
        return service.start(
            dealer=dealer,
            manager=by,
            kind=kind,
            at=clock.now(),
            client_id=given.get("client_id"),
            phone_at=given.get("phone_at"),
            fix=fix,
            late=given["late"],
            template_id=given.get("template"),
        )


class CheckInIn(ArriveIn):
    """A visit of one's own; inspections begin at `/inspections/`."""

    dealer = InScope(Dealer)
    kind = serializers.ChoiceField(states.OWN_KINDS, default="routine")


class AnswerIn(serializers.Serializer):
    """The answer to one question of the checklist; an empty one takes it back."""

    question = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    value = serializers.CharField(allow_blank=True, max_length=2000)
    note = serializers.CharField(allow_blank=True, max_length=300, default="")


class FindingIn(serializers.Serializer):
    """Something wrong that no question asks for."""

    category = serializers.ChoiceField(states.FindingCategory.choices)
    text = serializers.CharField(max_length=500)


class PhotoIn(serializers.Serializer):
    """A photo, of a question, of a finding or of neither."""

    photo = serializers.ImageField()
    question = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    finding = serializers.IntegerField(min_value=1, max_value=2**62, required=False)
    caption = serializers.CharField(allow_blank=True, max_length=200, default="")

    def validate_photo(self, photo: Any) -> Any:
        if photo.size > MOST_PHOTO:
            raise serializers.ValidationError(_("The photo is larger than 20 MB."))
        return photo


class CheckOutIn(serializers.Serializer):
    """Reasons where the visit was too far, too short or too long."""

    phone_at = serializers.DateTimeField(required=False)
    distance_reason = serializers.CharField(allow_blank=True, max_length=300, default="")
    length_reason = serializers.CharField(allow_blank=True, max_length=300, default="")
    summary = serializers.CharField(allow_blank=True, max_length=2000, default="")


class NoteIn(serializers.Serializer):
    text = serializers.CharField(max_length=1000)


class VisitActions:
    """Only the visit's own manager changes it; what the service refuses is 403 or 409."""

    parser_classes = (JSONParser, MultiPartParser)

    def _given(self: Any, request: Any, form: type[serializers.Serializer]) -> dict[str, Any]:
        given = form(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        return given.validated_data

    def _whole(self: Any, visit: Visit, status: int = 200) -> Response:
        fresh = self.get_rows(self.request.user).get(pk=visit.pk)
        return Response(VisitDetailOut(fresh, context=self.get_serializer_context()).data, status=status)

    @extend_schema(request=CheckInIn, responses={201: VisitOut})
    def create(self: Any, request: Any) -> Response:
        """Check in at a store."""
        given = CheckInIn(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        visit = given.begin(dealer=given.validated_data["dealer"], kind=given.validated_data["kind"], by=request.user)
        return self._whole(visit, status=201)

    @extend_schema(request=AnswerIn, responses=VisitDetailOut)
    @command(permission=guard.MAKES_VISITS)
    def answer(self: Any, request: Any, pk: str) -> Response:
        """Answer one question."""
        visit, given = self.get_object(), self._given(request, AnswerIn)
        question = given.pop("question")
        service.answer(visit=visit, question_id=question, by=request.user, at=clock.now(), **given)
        return self._whole(visit)

    @extend_schema(request=FindingIn, responses={201: FindingOut})
    @command(permission=guard.MAKES_VISITS)
    def findings(self: Any, request: Any, pk: str) -> Response:
        """Write down a finding."""
        visit, given = self.get_object(), self._given(request, FindingIn)
        found = service.add_finding(visit=visit, by=request.user, at=clock.now(), **given)
        return Response(FindingOut(found).data, status=201)

    @extend_schema(request={"multipart/form-data": PhotoIn}, responses={201: PhotoOut})
    @command(permission=guard.MAKES_VISITS)
    def photos(self: Any, request: Any, pk: str) -> Response:
        """Add a photo; it is encoded anew, and the same one sent again is one."""
        visit, given = self.get_object(), self._given(request, PhotoIn)
        finding = one_or_404(visit.findings.all(), pk=given["finding"]) if "finding" in given else None
        photo = service.add_photo(
            visit=visit,
            data=given["photo"].read(),
            by=request.user,
            at=clock.now(),
            question_id=given.get("question"),
            finding=finding,
            caption=given["caption"],
        )
        return Response(PhotoOut(photo).data, status=201)

    @extend_schema(request=CheckOutIn, responses=VisitDetailOut)
    @command(permission=guard.MAKES_VISITS, url_path="check-out")
    def check_out(self: Any, request: Any, pk: str) -> Response:
        """End the visit."""
        visit, given = self.get_object(), self._given(request, CheckOutIn)
        service.check_out(visit=visit, by=request.user, at=clock.now(), **given)
        return self._whole(visit)

    @extend_schema(request=NoteIn, responses=VisitDetailOut)
    @command(permission=Permission.LOG_VISITS)
    def notes(self: Any, request: Any, pk: str) -> Response:
        """Say something about a visit afterwards."""
        visit, given = self.get_object(), self._given(request, NoteIn)
        service.note(visit=visit, text=given["text"], by=request.user, at=clock.now())
        return self._whole(visit)


class FindingActions:
    @extend_schema(request=ReasonIn, responses=FindingOut)
    @command(permission=guard.MAKES_VISITS)
    def withdraw(self: Any, request: Any, pk: str) -> Response:
        """Take back a finding that was none."""
        finding, given = self.get_object(), ReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        service.withdraw_finding(
            finding=finding, by=request.user, at=clock.now(), reason=given.validated_data["reason"]
        )
        finding.refresh_from_db()
        return Response(FindingOut(finding).data)
