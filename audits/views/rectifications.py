"""What is to be put right: ordered, reported with photos, verified, sent back, cancelled."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from audits import forms_rectifications as forms
from audits import tables_rectifications as tables
from audits.filters_rectifications import RectificationFilter
from audits.forms_cases import SayForm
from audits.queries import notices
from audits.queries import rectifications as queries
from audits.services import rectification as service
from audits.tables_notices import finding_url
from audits.views.notices import SEES_FINDINGS, findings_crumb
from audits.views.photos import photo_response
from core import clock, transitions
from core.views import (
    Action,
    Crumb,
    Figure,
    PortalActionView,
    PortalDetailView,
    PortalListView,
    PortalMixin,
    one_or_404,
)

AREA = "audits"
Offer = tuple[str, Any, str]


def rectifications_crumb() -> Crumb:
    return Crumb(_("Rectifications"), reverse("audits:rectifications"))


class Rectifications(PortalListView):
    """The rectifications of the unit; a dealer has his own."""

    permission = Permission.VIEW_RECTIFICATIONS
    area = AREA
    title = _("Rectifications")
    table = tables.RECTIFICATIONS
    filterset_class = RectificationFilter
    empty_text = _("Nothing has to be put right. Rectifications are ordered from a finding's page.")

    def get_rows(self, user: Any) -> Any:
        return queries.rectifications(user)


class RectificationPage(PortalDetailView):
    """What has to be done until when, what was found, what was done, with the photos of before and after."""

    permission = Permission.VIEW_RECTIFICATIONS
    area = AREA
    lookup = "number"
    template_name = "audits/rectification.html"

    def get_rows(self, user: Any) -> Any:
        return queries.rectifications(user)

    def get_title(self) -> str:
        return str(self.object.dealer.name)

    def get_subtitle(self) -> str:
        return f"{self.object.number} · {self.object.finding.get_category_display()}"

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (rectifications_crumb(),)

    def get_actions(self) -> Iterable[Action]:
        yield Action(_("Finding"), finding_url(self.object.finding), SEES_FINDINGS)

    def get_figures(self) -> Sequence[Figure]:
        row = self.object
        late = (clock.today() - row.due_on).days
        hint = gettext("overdue by %(days)s days") % {"days": late} if row.state == "open" and late > 0 else ""
        return (
            Figure(pgettext_lazy("rectification", "Due on"), row.due_on, "date", hint=hint),
            Figure(_("Ordered at"), row.ordered_at, "datetime", hint=str(row.ordered_by)),
            Figure(_("Done at"), row.done_at, "datetime", hint=str(row.done_by or "")),
            Figure(
                pgettext_lazy("rectification", "Verified at"),
                row.verified_at,
                "datetime",
                hint=str(row.verified_by or ""),
            ),
        )

    def get_context(self, **context: Any) -> dict[str, Any]:
        row = self.object
        return super().get_context(
            rectification=row,
            before=list(row.finding.photos.all()),
            after=list(row.photos.all()),
            offers=offers(row, self.request.user),
            **context,
        )


def offers(row: Any, user: Any) -> list[Offer]:
    """What the user may do with it now: (address name, label, style), the usual step last."""
    found: list[Offer] = []
    if row.state in ("open", "done") and user.can(Permission.DECIDE_FINDINGS):
        found.append(("audits:rectification-cancel", _("Cancel the rectification"), "btn"))
    if row.state == "open" and user.can(Permission.REPORT_RECTIFICATIONS):
        found.append(("audits:rectification-report", _("Report as done"), "btn btn-primary"))
    if row.state == "done" and user.can(Permission.MANAGE_RECTIFICATIONS) and user.pk != row.done_by_id:
        found.append(("audits:rectification-send-back", _("Send back"), "btn"))
        found.append(("audits:rectification-verify", pgettext_lazy("rectification", "Verify"), "btn btn-primary"))
    return found


class RectificationPhoto(PortalMixin):
    """A photo of before or after, for whoever sees the rectification: the dealer too."""

    permission = Permission.VIEW_RECTIFICATIONS

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        row = one_or_404(queries.rectifications(request.user), number=kwargs["number"])
        photos = row.finding.photos if kwargs["of"] == "finding" else row.photos
        photo = one_or_404(photos.all(), pk=kwargs["pk"])
        return photo_response(photo, small=request.GET.get("size") == "small")


class OrderRectification(PortalActionView):
    """Have a finding put right."""

    permission = Permission.MANAGE_RECTIFICATIONS
    area = AREA
    title = _("Order a rectification")
    submit_label = _("Order")
    form_class = forms.OrderForm
    success_message = _("The rectification is ordered; the dealer and his channel manager are told.")

    def get_rows(self, user: Any) -> Any:
        return notices.findings(user)

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (findings_crumb(), Crumb(str(self.object.dealer.name), finding_url(self.object)))

    def get_effects(self) -> Sequence[Any]:
        return [self.object.text, _("The dealer reports it as done with a photo; somebody else verifies it.")]

    def perform(self, *, form: Any) -> str:
        row = service.order(finding=self.object, **form.cleaned_data, by=self.request.user, at=clock.now())
        return tables.rectification_url(row)


class _Step(PortalActionView):
    """Base: one step of a rectification."""

    permission: Any = Permission.MANAGE_RECTIFICATIONS
    area = AREA
    lookup = "number"
    action: str

    def get_rows(self, user: Any) -> Any:
        return queries.rectifications(user)

    def demand(self) -> None:
        transitions.demand(self.object, action=self.action)

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (rectifications_crumb(), Crumb(self.object.number, tables.rectification_url(self.object)))

    def get_back_url(self) -> str:
        return tables.rectification_url(self.object)

    def given(self, form: Any) -> dict[str, Any]:
        return {"rectification": self.object, **form.cleaned_data, "by": self.request.user, "at": clock.now()}

    def get_effects(self) -> Sequence[Any]:
        return [self.object.demand]


class ReportRectification(_Step):
    permission = Permission.REPORT_RECTIFICATIONS
    action = "report"
    title = _("Report as done")
    submit_label = _("Report as done")
    form_class = forms.ReportForm
    success_message = _("Reported; somebody else verifies it.")

    def perform(self, *, form: Any) -> None:
        service.report(**self.given(form))


class VerifyRectification(_Step):
    action = "verify"
    title = pgettext_lazy("rectification", "Verify")
    submit_label = _("It is put right")
    form_class = forms.RemarkForm
    success_message = _("The rectification is verified.")

    def get_effects(self) -> Sequence[Any]:
        return [self.object.demand, gettext("Reported: %(text)s") % {"text": self.object.report}]

    def perform(self, *, form: Any) -> None:
        service.verify(**self.given(form))


class SendBackRectification(_Step):
    action = "send_back"
    title = _("Send back")
    submit_label = _("Send back")
    form_class = forms.SendBackForm
    success_message = _("The rectification is sent back; the dealer is told.")

    def perform(self, *, form: Any) -> None:
        service.send_back(**self.given(form))


class CancelRectification(_Step):
    permission = Permission.DECIDE_FINDINGS
    action = "cancel"
    title = _("Cancel the rectification")
    submit_label = _("Cancel the rectification")
    form_class = SayForm
    destructive = True
    success_message = _("The rectification is cancelled.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"label": _("Reason")}

    def perform(self, *, form: Any) -> None:
        service.cancel(**self.given(form))
