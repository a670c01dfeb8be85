"""Adjustments: listed, entered by one, decided by another, with their papers."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import filters_corrections as filters
from commissions import forms_corrections as forms
from commissions import tables_corrections as tables
from commissions.models import Adjustment, Paper
from commissions.queries import adjustments
from commissions.services import adjustment as service
from commissions.views.common import AREA
from core import clock
from core.periods import Month
from core.views import (
    Action,
    Crumb,
    Figure,
    PortalActionView,
    PortalDetailView,
    PortalFormView,
    PortalListView,
    PortalMixin,
    one_or_404,
)


def adjustments_crumb() -> Crumb:
    return Crumb(_("Adjustments"), reverse("commissions:adjustments"))


class Adjustments(PortalListView):
    """Every adjustment in the scope with the batch that it stands in; a dealer has his approved ones."""

    permission = Permission.VIEW_STATEMENTS
    area = AREA
    title = _("Adjustments")
    primary_action = Action(
        _("Enter an adjustment"),
        reverse_lazy("commissions:adjustment_new"),
        permission=Permission.ENTER_ADJUSTMENTS,
        icon="plus",
    )

    @property
    def own(self) -> bool:
        return bool(self.request.user.is_dealer)

    def get_table(self) -> Any:
        return tables.OWN_ADJUSTMENTS if self.own else tables.ADJUSTMENTS

    @property
    def filterset_class(self) -> Any:  # type: ignore[override]
        return None if self.own else filters.AdjustmentFilter

    @property
    def empty_text(self) -> Any:  # type: ignore[override]
        if self.own:
            return _("No adjustment yet. Corrections of your commission appear here once they are approved.")
        return _("No adjustment yet. Enter one, or import a file of them.")

    def get_rows(self, user: Any) -> Any:
        return adjustments.visible(user)

    def complete(self, rows: list[Any]) -> list[Any]:
        found = adjustments.places(rows, self.request.user)
        for row in rows:
            row.place = found.get(row.pk)
        return rows


class NewAdjustment(PortalFormView):
    """One person writes it down; another decides."""

    permission = Permission.ENTER_ADJUSTMENTS
    area = AREA
    title = _("Enter an adjustment")
    form_class = forms.AdjustmentForm
    submit_label = _("Submit for approval")
    intro = _("Another person approves it; only then does it enter a batch and is shown to the dealer.")

    def get_breadcrumbs(self) -> list[Crumb]:
        return [adjustments_crumb()]

    def get_form_kwargs(self) -> dict[str, Any]:
        month = Month.of(clock.today()) + -1
        asked = self.request.GET.get("dealer", "")[:40]
        return {"user": self.request.user, "initial": {"month": str(month), "dealer": asked}}

    def perform(self, form: Any) -> str:
        given = form.cleaned_data
        row = service.enter(
            dealer=given["dealer"],
            month=given["month"],
            type=given["type"],
            amount=form.signed,
            document_no=given["document_no"],
            document_name=given["document_name"],
            reason=given["reason"],
            files=given["papers"],
            by=self.request.user,
            at=clock.now(),
        )
        return tables.adjustment_url(row)

    def get_success_message(self) -> str:
        return gettext("The adjustment is entered and waits for another person's approval.")


class AdjustmentDetail(PortalDetailView):
    """What is asked, how much, by which document; who entered and who decided."""

    permission = Permission.VIEW_STATEMENTS
    area = AREA
    lookup = "reference"
    template_name = "commissions/adjustment.html"

    @property
    def with_timeline(self) -> bool:  # type: ignore[override]
        return not self.request.user.is_dealer

    def get_rows(self, user: Any) -> Any:
        return adjustments.visible(user)

    def get_title(self) -> str:
        return gettext("Adjustment %(reference)s") % {"reference": self.object.reference}

    def get_subtitle(self) -> str:
        return f"{self.object.dealer.name} · {self.object.get_type_display()}"

    def get_breadcrumbs(self) -> list[Crumb]:
        return [adjustments_crumb()]

    def get_figures(self) -> Sequence[Figure]:
        row = self.object
        place = adjustments.places([row], self.request.user).get(row.pk)
        url = reverse("commissions:statement", args=[place.statement]) if place and place.statement else ""
        return [
            Figure(_("Amount"), row.amount, "money"),
            Figure(_("Month"), row.month, "month"),
            Figure(_("Batch"), str(place) if place else None, url=url),
        ]

    def get_context(self, **context: Any) -> dict[str, Any]:
        row, user = self.object, self.request.user
        own_entry = row.entered_by_id == user.pk
        return super().get_context(
            adjustment=row,
            papers=list(row.papers.order_by("pk")),
            own_entry=own_entry and row.state == "entered",
            may_decide=row.state == "entered" and not own_entry and user.can(Permission.APPROVE_ADJUSTMENTS),
            **context,
        )


class _Decide(PortalActionView):
    permission = Permission.APPROVE_ADJUSTMENTS
    area = AREA
    lookup = "reference"

    def get_rows(self, user: Any) -> Any:
        return adjustments.visible(user)

    def get_title(self) -> str:
        return gettext("%(action)s: %(what)s") % {"action": self.title, "what": self.object.reference}

    def get_breadcrumbs(self) -> list[Crumb]:
        return [adjustments_crumb(), Crumb(self.object.reference, tables.adjustment_url(self.object))]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.object.entered_by_id == request.user.pk:
            messages.warning(request, gettext("You entered this adjustment, so somebody else has to decide it."))
            return self.go(self.get_back_url())
        return super().get(request, *args, **kwargs)

    def effect(self) -> str:
        place = adjustments.places([self.object], self.request.user).get(self.object.pk)
        return gettext("%(amount)s for %(dealer)s: %(place)s.") % {
            "amount": _yuan(self.object),
            "dealer": self.object.dealer.name,
            "place": place,
        }


def _yuan(row: Adjustment) -> str:
    sign = "−" if row.amount < 0 else "+"
    return f"{sign}¥{abs(row.amount):,.2f}"


class ApproveAdjustment(_Decide):
    """The second person's word that it is right."""

    title = _("Approve the adjustment")
    submit_label = _("Approve")

    def get_effects(self) -> Sequence[Any]:
        return [self.effect(), _("The dealer is told and sees the document; nobody can change it afterwards.")]

    def perform(self, *, form: Any) -> str:
        service.approve(adjustment=self.object, by=self.request.user, at=clock.now())
        return tables.adjustment_url(self.object)

    def get_success_message(self) -> str:
        return gettext("Adjustment %(reference)s is approved.") % {"reference": self.object.reference}


class RejectAdjustment(_Decide):
    """The second person's word that it is wrong."""

    title = _("Reject the adjustment")
    submit_label = _("Reject")
    needs_reason = True
    destructive = True

    def get_effects(self) -> Sequence[Any]:
        return [_("It never enters a batch; whoever entered it is told your reason.")]

    def perform(self, *, form: Any) -> str:
        service.reject(adjustment=self.object, by=self.request.user, at=clock.now(), reason=form.cleaned_data["reason"])
        return tables.adjustment_url(self.object)

    def get_success_message(self) -> str:
        return gettext("Adjustment %(reference)s is rejected.") % {"reference": self.object.reference}


class AdjustmentPaper(PortalMixin):
    """A file of an adjustment, for whoever sees the adjustment."""

    permission = Permission.VIEW_STATEMENTS

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        row = one_or_404(adjustments.visible(request.user), reference=kwargs["reference"])
        return paper_response(one_or_404(row.papers.all(), pk=kwargs["pk"]))


def paper_response(paper: Paper) -> HttpResponseBase:
    """A picture is shown, anything else downloaded; never taken for another type."""
    try:
        file = default_storage.open(paper.file)
    except OSError as error:
        raise Http404 from error
    as_download = not paper.content_type.startswith("image/")
    response = FileResponse(file, content_type=paper.content_type, as_attachment=as_download, filename=paper.name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=86400"
    return response
