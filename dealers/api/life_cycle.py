"""A dealer's life below `/dealers/`: proposed, applied for, checked, signed, led in, suspended, ended."""

from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.models import OrgUnit, User
from accounts.roles import Permission
from core import clock
from core.api.papers import WithFiles, with_files
from core.api.serializers import InScope, Personal, PersonField
from core.api.viewsets import Resource, command, part
from core.views.base import one_or_404
from dealers import states
from dealers.api.shapes import CONTACTS, DealerDetailOut, DealerIn
from dealers.models import Application, CompetitorSeen, DealerDocument, SiteCheck, StaffMember
from dealers.services import agreement, application, life_cycle, manager, people, suspension


class ProposeIn(DealerIn):
    """A new site, why here, and what is known of it. `confirmed`: it is none of the stores that are alike."""

    org_unit = InScope(OrgUnit)
    tier = serializers.ChoiceField(choices=states.Tier.choices)
    case = serializers.CharField(max_length=application.LONGEST)
    confirmed = serializers.BooleanField(default=False)

    class Meta(DealerIn.Meta):
        fields: tuple[str, ...] = (*DealerIn.Meta.fields, "org_unit", "tier", "case", "confirmed")


class DocumentsIn(WithFiles):
    kind = serializers.ChoiceField(choices=states.DocumentKind.choices)


class SiteCheckIn(WithFiles):
    """The outcome of one part; the check on site needs a picture among the `files`."""

    part = serializers.ChoiceField(choices=states.CheckPart.choices)
    passed = serializers.BooleanField()
    checked_on = serializers.DateField()
    note = serializers.CharField(max_length=application.LONGEST, default="", allow_blank=True)


class DealerTextIn(serializers.Serializer):
    """Why, or by what evaluation."""

    text = serializers.CharField(max_length=200)


class SignIn(WithFiles):
    """A signed agreement; `committed` effective sales per quarter, deposit in yuan, `files` its scans."""

    number = serializers.CharField(max_length=40)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    exclusive = serializers.BooleanField(default=False)
    committed = serializers.IntegerField(min_value=1, max_value=2**31 - 1, allow_null=True, default=None)
    deposit = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0, allow_null=True, default=None)
    trial_until = serializers.DateField(allow_null=True, default=None)


class EndIn(serializers.Serializer):
    """The first day without cooperation, and why."""

    ended_on = serializers.DateField()
    cause = serializers.ChoiceField(choices=states.EndingCause.choices)
    text = serializers.CharField(max_length=200, default="", allow_blank=True)


class SuspendIn(serializers.Serializer):
    """The days, both included; without `to_date` until resumed."""

    from_date = serializers.DateField()
    to_date = serializers.DateField(allow_null=True, default=None)
    reason = serializers.CharField(max_length=200)


class ResumeIn(serializers.Serializer):
    reason = serializers.CharField(max_length=200, default="", allow_blank=True)


class ManagerIn(serializers.Serializer):
    """The channel manager by user name."""

    manager = InScope(User, slug_field="username")


class StaffOut(serializers.ModelSerializer):
    """Who works in the store; `left_on` is the first day without the person."""

    name = Personal(permission=CONTACTS)
    phone = Personal(permission=CONTACTS)

    class Meta:
        model = StaffMember
        fields = ("id", "name", "phone", "duty", "joined_on", "left_on")
        read_only_fields = fields


class StaffIn(serializers.Serializer):
    name = serializers.CharField(max_length=60)
    duty = serializers.ChoiceField(choices=states.Duty.choices)
    phone = serializers.CharField(max_length=20, default="", allow_blank=True)
    joined_on = serializers.DateField()


class LeaveIn(serializers.Serializer):
    left_on = serializers.DateField()


class CompetitorOut(serializers.ModelSerializer):
    """What was seen of a competitor near the store."""

    by = PersonField()

    class Meta:
        model = CompetitorSeen
        fields = ("id", "seen_on", "operator", "text", "by")
        read_only_fields = fields


class CompetitorIn(serializers.Serializer):
    operator = serializers.ChoiceField(choices=states.Competitor.choices)
    text = serializers.CharField(max_length=500)
    seen_on = serializers.DateField()


class SiteCheckOut(serializers.ModelSerializer):
    checker = PersonField()

    class Meta:
        model = SiteCheck
        fields = ("part", "passed", "note", "checked_on", "checker", "entered_at")
        read_only_fields = fields


class DocumentOut(serializers.ModelSerializer):
    """A file's own page hands it out; `sha256` tells equal ones."""

    by = PersonField()

    class Meta:
        model = DealerDocument
        fields = ("id", "kind", "name", "content_type", "size", "sha256", "by", "at")
        read_only_fields = fields


class ApplicationOut(serializers.ModelSerializer):
    """Why here, by whom, and what was checked and handed in since."""

    proposed_by = PersonField()
    checks = SiteCheckOut(source="dealer.checks", many=True, read_only=True)
    documents = DocumentOut(source="dealer.documents", many=True, read_only=True)

    class Meta:
        model = Application
        fields = ("case", "proposed_by", "proposed_at", "checks", "documents")
        read_only_fields = fields


class LifeCycle(Resource):
    """The steps of a dealer's life; each answers the dealer as it is then."""

    @extend_schema(request=ProposeIn, responses={201: DealerDetailOut})
    def create(self, request: Any) -> Response:
        """Propose a site: 409 `alike` names stores that could be the same, until `confirmed` is sent."""
        given = self.given(ProposeIn)
        named = {name: given.pop(name) for name in ("name", "org_unit", "tier", "case")}
        confirmed = given.pop("confirmed")
        dealer = application.propose(**named, fields=given, confirmed=confirmed, by=request.user, at=clock.now())
        row = self.get_rows(request.user).get(pk=dealer.pk)
        return Response(DealerDetailOut(row, context=self.get_serializer_context()).data, status=201)

    def _today(self, service: Any) -> Any:
        return partial(service, day=clock.today())

    @extend_schema(responses=ApplicationOut)
    @part(permission=Permission.VIEW_DEALERS)
    def application(self, request: Any, code: str) -> Response:
        """Why the site was proposed, its checks and documents."""
        rows = Application.objects.visible_to(request.user).select_related("proposed_by")
        row = one_or_404(rows.prefetch_related("dealer__checks__checker", "dealer__documents__by"), dealer__code=code)
        return Response(ApplicationOut(row).data)

    @extend_schema(responses=StaffOut(many=True))
    @part()
    def staff(self, request: Any, code: str) -> Response:
        """Who works in the store, and who did."""
        rows = StaffMember.objects.visible_to(request.user).filter(dealer=self.get_object())
        return Response(StaffOut(rows, many=True, context=self.get_serializer_context()).data)

    @extend_schema(request=StaffIn, responses={201: StaffOut})
    @staff.mapping.post
    def join_staff(self, request: Any, code: str) -> Response:
        """Somebody works in the store."""
        row = people.join(dealer=self.get_object(), **self.given(StaffIn), by=request.user, at=clock.now())
        return Response(StaffOut(row, context=self.get_serializer_context()).data, status=201)

    @extend_schema(request=LeaveIn, responses=StaffOut)
    @command(permission=Permission.EDIT_DEALERS, url_path="staff/(?P<member_id>[0-9]{1,18})/leave")
    def leave_staff(self, request: Any, code: str, member_id: str) -> Response:
        """Somebody no longer works in the store."""
        rows = StaffMember.objects.visible_to(request.user).filter(dealer=self.get_object())
        row = people.leave(
            member=one_or_404(rows, pk=member_id), **self.given(LeaveIn), by=request.user, at=clock.now()
        )
        return Response(StaffOut(row, context=self.get_serializer_context()).data)

    @extend_schema(responses=CompetitorOut(many=True))
    @part(permission=Permission.VIEW_DEALERS)
    def competitors(self, request: Any, code: str) -> Response:
        """What was seen of competitors near the store, the newest first."""
        rows = CompetitorSeen.objects.visible_to(request.user).filter(dealer=self.get_object()).select_related("by")
        return Response(CompetitorOut(rows, many=True).data)

    @extend_schema(request=CompetitorIn, responses={201: CompetitorOut})
    @competitors.mapping.post
    def see_competitor(self, request: Any, code: str) -> Response:
        """Note what was seen of a competitor."""
        row = people.see_competitor(
            dealer=self.get_object(), **self.given(CompetitorIn), by=request.user, at=clock.now()
        )
        return Response(CompetitorOut(row).data, status=201)

    @with_files(DocumentsIn, responses=DealerDetailOut)
    @command(permission=Permission.EDIT_DEALERS)
    def documents(self, request: Any, code: str) -> Response:
        """Keep documents of the dealer; the same file of the same kind only once."""
        return self.step(_files_as("papers", application.attach), DocumentsIn)

    @extend_schema(request=None, responses=DealerDetailOut)
    @command(permission=Permission.EDIT_DEALERS)
    def apply(self, request: Any, code: str) -> Response:
        """Hand the application in."""
        return self.step(application.apply)

    @with_files(SiteCheckIn, responses=DealerDetailOut)
    @command(permission=Permission.VERIFY_DEALERS)
    def check(self, request: Any, code: str) -> Response:
        """Enter the outcome of one of the two checks; both passed, the store is verified."""
        return self.step(_files_as("photos", application.check), SiteCheckIn)

    @extend_schema(request=DealerTextIn, responses=DealerDetailOut)
    @command(permission=Permission.ASSIGN_MANAGERS)
    def reject(self, request: Any, code: str) -> Response:
        """The site becomes no store."""
        return self.step(application.reject, DealerTextIn)

    @with_files(SignIn, responses=DealerDetailOut)
    @command(permission=Permission.EDIT_DEALERS)
    def sign(self, request: Any, code: str) -> Response:
        """Enter a signed agreement: the first, a renewal, or one after the end."""
        return self.step(_files_as("scans", self._today(agreement.sign)), SignIn)

    @extend_schema(request=None, responses=DealerDetailOut)
    @command(permission=Permission.EDIT_DEALERS, url_path="lead-in")
    def lead_in(self, request: Any, code: str) -> Response:
        """The daily support in the store begins today."""
        return self.step(life_cycle.begin_lead_in)

    @extend_schema(request=None, responses=DealerDetailOut)
    @command(permission=Permission.EDIT_DEALERS)
    def mature(self, request: Any, code: str) -> Response:
        """The lead-in is over, after the days set."""
        return self.step(life_cycle.mature)

    @extend_schema(request=DealerTextIn, responses=DealerDetailOut)
    @command(permission=Permission.ASSIGN_MANAGERS, url_path="make-regular")
    def make_regular(self, request: Any, code: str) -> Response:
        """The trial is passed."""
        return self.step(life_cycle.make_regular, DealerTextIn)

    @extend_schema(request=SuspendIn, responses=DealerDetailOut)
    @command(permission=Permission.ASSIGN_MANAGERS)
    def suspend(self, request: Any, code: str) -> Response:
        """Payments are held on these days."""
        return self.step(self._today(suspension.suspend), SuspendIn)

    @extend_schema(request=ResumeIn, responses=DealerDetailOut)
    @command(permission=Permission.ASSIGN_MANAGERS)
    def resume(self, request: Any, code: str) -> Response:
        """Yesterday was the last day of the suspension."""
        return self.step(self._today(suspension.resume), ResumeIn)

    @extend_schema(request=EndIn, responses=DealerDetailOut)
    @command(permission=Permission.ASSIGN_MANAGERS)
    def end(self, request: Any, code: str) -> Response:
        """End the cooperation."""
        return self.step(self._today(life_cycle.end), EndIn)

    @extend_schema(request=ManagerIn, responses=DealerDetailOut)
    @command(permission=Permission.ASSIGN_MANAGERS)
    def assign(self, request: Any, code: str) -> Response:
        """Give the dealer to a channel manager."""
        return self.step(lambda dealer, **given: manager.assign(dealers=[dealer], **given), ManagerIn)


def _files_as(name: str, service: Any) -> Any:
    """A service that calls the request's files `name`."""
    return lambda files=(), **given: service(**given, **{name: files})
