"""New stores: proposed, applied for, checked; the plan that they fill."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.roles import Permission
from core.clock import now
from core.views import (
    Action,
    Crumb,
    PortalActionView,
    PortalFormView,
    PortalListView,
    PortalMixin,
    one_or_404,
)
from dealers import forms_life as forms
from dealers import states, tables_applications
from dealers.filters_applications import ApplicationFilter
from dealers.models import DealerDocument
from dealers.queries import applications, archive, site_plan
from dealers.services import application as service
from dealers.views.common import OfDealer

AREA = "dealers"


def applications_crumb() -> Crumb:
    return Crumb(_("New stores"), reverse("dealers:applications"))


class Applications(PortalListView):
    """Sites from the first idea to the first agreement."""

    permission = Permission.VIEW_DEALERS
    area = AREA
    title = _("New stores")
    table = tables_applications.APPLICATIONS
    filterset_class = ApplicationFilter
    empty_text = _("No new stores under way. Propose a site where the plan has a gap.")
    primary_action = Action(
        _("Propose a site"), reverse_lazy("dealers:propose"), permission=Permission.EDIT_DEALERS, icon="plus"
    )

    def get_rows(self, user: Any) -> Any:
        return applications.applications(user)


class SitePlanPage(PortalListView):
    """Planned stores against those that exist, grid by grid."""

    permission = Permission.VIEW_DEALERS
    area = AREA
    title = _("Plan of stores")
    table = tables_applications.PLAN
    follows_unit = False  # asks for the unit itself
    empty_text = _("Nothing is planned and nothing is there. The plan comes by import (planned stores).")

    def get_rows(self, user: Any) -> Any:
        return site_plan.rows(user, unit=self.request.unit)


class Propose(PortalFormView):
    """A new site; what is like a known store is shown before it is written down."""

    permission = Permission.EDIT_DEALERS
    area = AREA
    title = _("Propose a site")
    template_name = "dealers/propose.html"
    form_class = forms.ProposeForm
    submit_label = pgettext_lazy("stores", "Propose")
    success_message = _("The site is written down. Add its documents, then apply.")

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (applications_crumb(),)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def perform(self, form: Any) -> str:
        data = form.cleaned_data
        try:
            dealer = service.propose(
                name=data["name"],
                org_unit=data["org_unit"],
                tier=data["tier"],
                case=data["case"],
                fields=form.changes(),
                confirmed=data["confirmed"],
                by=self.request.user,
                at=now(),
            )
        except service.StoresAlike as refusal:
            form.ask(refusal.found)
            raise
        return reverse("dealers:detail", args=[dealer.pk])


class AddDocuments(OfDealer, PortalFormView):
    """Documents and photos of a dealer."""

    permission = Permission.EDIT_DEALERS
    title = _("Add documents")
    form_class = forms.DocumentForm
    submit_label = _("Add")
    success_message = _("The documents are kept.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"initial": {"kind": self.request.GET.get("kind", "")}}

    def perform(self, form: Any) -> str:
        service.attach(dealer=self.dealer, **form.cleaned_data, by=self.request.user, at=now())
        return f"{self.dealer_url}#application"


class Document(PortalMixin):
    """The file: a picture is shown, a PDF is downloaded."""

    permission = Permission.VIEW_DEALERS

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        row = one_or_404(DealerDocument.objects.visible_to(request.user), pk=kwargs["document"], dealer=kwargs["pk"])
        try:
            file = default_storage.open(row.file)
        except OSError as error:
            raise Http404 from error
        shown = row.content_type.startswith("image/")
        response = FileResponse(file, content_type=row.content_type, as_attachment=not shown, filename=row.name)
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response


class _Step(PortalActionView):
    """Base: one step of an application."""

    permission: Any = Permission.EDIT_DEALERS
    area = AREA

    def get_rows(self, user: Any) -> Any:
        return archive.dealers(user=user)

    def get_back_url(self) -> str:
        return reverse("dealers:detail", args=[self.object.pk])

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (applications_crumb(), Crumb(self.object.name, self.get_back_url()))


class Apply(_Step):
    title = pgettext_lazy("life cycle", "Apply")
    submit_label = _("Hand in the application")
    success_message = _("The application is handed in; the supervisors are told.")

    def get_effects(self) -> Sequence[Any]:
        return [_("Documents and site are checked by two people; you cannot be one of them.")]

    def perform(self, *, form: Any) -> None:
        service.apply(dealer=self.object, by=self.request.user, at=now())


class Check(OfDealer, PortalFormView):
    """One of the two checks."""

    permission = Permission.VERIFY_DEALERS
    form_class = forms.CheckForm
    submit_label = _("Enter the outcome")
    success_message = _("The outcome is entered.")

    def get_title(self) -> str:
        return str(states.CheckPart(self.part).label)

    @cached_property
    def part(self) -> str:
        if self.kwargs["part"] not in states.CheckPart.values:  # type: ignore[attr-defined]
            raise Http404
        return str(self.kwargs["part"])  # type: ignore[attr-defined]

    def perform(self, form: Any) -> str:
        service.check(dealer=self.dealer, part=self.part, **form.cleaned_data, by=self.request.user, at=now())
        return f"{self.dealer_url}#application"


class Reject(_Step):
    permission = Permission.ASSIGN_MANAGERS
    title = _("Reject the application")
    submit_label = _("Reject the application")
    needs_reason = True
    destructive = True
    success_message = _("The application is rejected; who proposed it is told.")

    def perform(self, *, form: Any) -> None:
        service.reject(dealer=self.object, text=form.cleaned_data["reason"], by=self.request.user, at=now())


def actions(dealer: Any) -> Iterable[Action]:
    """What can be done next with a new store, by its stage."""
    pk = dealer.pk
    if dealer.stage == "prospect":
        yield Action(
            pgettext_lazy("life cycle", "Apply"),
            reverse("dealers:apply", args=[pk]),
            Permission.EDIT_DEALERS,
            icon="send",
        )
    elif dealer.stage == "applied":
        for part in states.CheckPart:
            yield Action(part.label, reverse("dealers:check", args=[pk, part]), Permission.VERIFY_DEALERS, icon="check")
        yield Action(_("Reject the application"), reverse("dealers:reject", args=[pk]), Permission.ASSIGN_MANAGERS)
