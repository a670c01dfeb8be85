"""Findings to decide, and the notices of violation that follow: confirmed, appealed, decided, printed."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from audits import forms_notices as forms
from audits import tables_notices as tables
from audits.filters_notices import FindingFilter, NoticeFilter
from audits.forms_cases import SayForm
from audits.queries import notices, rectifications
from audits.services import notice as service
from audits.views.common import SEES_LIST
from audits.views.photos import photo_response
from core import clock, transitions
from core.views import (
    Action,
    Crumb,
    Figure,
    PortalActionView,
    PortalDetailView,
    PortalListView,
    PortalPage,
    one_or_404,
)
from core.views.base import PortalMixin

AREA = "audits"
DISMISS = pgettext_lazy("finding", "Dismiss")
SEES_FINDINGS = SEES_LIST  # findings are read by those who read the visits


def findings_crumb() -> Crumb:
    return Crumb(_("Findings"), reverse("audits:findings"))


def notices_crumb() -> Crumb:
    return Crumb(_("Violation notices"), reverse("audits:notices"))


class Findings(PortalListView):
    """What visits found wrong, and what became of it."""

    permission = SEES_FINDINGS
    area = AREA
    title = _("Findings")
    table = tables.FINDINGS
    filterset_class = FindingFilter
    empty_text = _("Nothing was found wrong. Findings are written during visits.")

    def get_rows(self, user: Any) -> Any:
        return notices.findings(user)


class FindingPage(PortalDetailView):
    """A finding with its photos, and the way to decide it."""

    permission = SEES_FINDINGS
    area = AREA
    template_name = "audits/finding.html"

    def get_rows(self, user: Any) -> Any:
        return notices.findings(user)

    def get_title(self) -> str:
        return str(self.object.dealer.name)

    def get_subtitle(self) -> str:
        return f"{self.object.get_category_display()} · {self.object.dealer.org_unit.name}"

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (findings_crumb(),)

    def get_actions(self) -> Iterable[Action]:
        yield Action(_("Visit"), reverse("audits:visit", args=[self.object.visit_id]), SEES_FINDINGS, "map-pin")

    def get_figures(self) -> Sequence[Figure]:
        row = self.object
        repeats = f"{reverse('audits:findings')}?text={row.dealer.code}&category={row.category}"
        return (
            Figure(pgettext_lazy("finding", "Found"), row.found_at, "datetime", hint=str(row.visit.manager)),
            Figure(_("Earlier ones"), row.earlier, "number", hint=_("of the same category in 180 days"), url=repeats),
        )

    def get_context(self, **context: Any) -> dict[str, Any]:
        row, user = self.object, self.request.user
        ordered = rectifications.of_finding(user, row)
        return super().get_context(
            finding=row,
            photos=list(row.photos.all()),
            notice=getattr(row, "notice", None),
            rectification=ordered,
            may_see_notice=user.can(Permission.VIEW_NOTICES),
            offers=finding_offers(row, user, ordered=ordered is not None),
            **context,
        )


def finding_offers(row: Any, user: Any, *, ordered: bool) -> list[tuple[str, Any, str]]:
    """What the user may do with a finding now: (address name, label, style), the usual step last."""
    found: list[tuple[str, Any, str]] = []
    if row.visit.state == "open":
        return found
    decides = user.can(Permission.DECIDE_FINDINGS)
    if row.state == "open" and decides:
        found.append(("audits:finding-dismiss", DISMISS, "btn"))
    if row.state in ("open", "confirmed") and not ordered and user.can(Permission.MANAGE_RECTIFICATIONS):
        found.append(("audits:finding-rectify", _("Order a rectification"), "btn"))
    if row.state in ("open", "rectifying") and decides and user.pk != row.visit.manager_id:
        found.append(("audits:finding-confirm", _("Confirm as a violation"), "btn btn-primary"))
    return found


class _DecideFinding(PortalActionView):
    """Base: one step of a finding."""

    permission: Any = Permission.DECIDE_FINDINGS
    area = AREA

    def get_rows(self, user: Any) -> Any:
        return notices.findings(user)

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (findings_crumb(), Crumb(str(self.object.dealer.name), tables.finding_url(self.object)))

    def given(self, form: Any) -> dict[str, Any]:
        return {"finding": self.object, **form.cleaned_data, "by": self.request.user, "at": clock.now()}


class ConfirmFinding(_DecideFinding):
    title = _("Confirm as a violation")
    submit_label = _("Issue the notice")
    form_class = forms.ConfirmForm
    destructive = True
    success_message = _("The notice is issued; the dealer is told and can appeal.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"finding": self.object}

    def get_effects(self) -> Sequence[Any]:
        return [
            self.object.text,
            _("The dealer gets a numbered notice and can appeal. Penalty, pool and tier follow once it stands."),
        ]

    def perform(self, *, form: Any) -> str:
        return tables.notice_url(service.confirm(**self.given(form)))


class DismissFinding(_DecideFinding):
    title = DISMISS
    submit_label = DISMISS
    form_class = SayForm
    success_message = _("The finding is dismissed.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"label": _("Reason")}

    def get_effects(self) -> Sequence[Any]:
        return [self.object.text, _("It is no violation; who found it is told.")]

    def perform(self, *, form: Any) -> None:
        service.dismiss(**self.given(form))


class Notices(PortalListView):
    """The notices of the unit; a dealer has his own."""

    permission = Permission.VIEW_NOTICES
    area = AREA
    title = _("Violation notices")
    table = tables.NOTICES
    filterset_class = NoticeFilter
    empty_text = _("No notices of violation.")

    def get_rows(self, user: Any) -> Any:
        return notices.notices(user)


class NoticePage(PortalDetailView):
    """What is held against the dealer, with the photos, his appeal and the decision."""

    permission = Permission.VIEW_NOTICES
    area = AREA
    lookup = "number"
    template_name = "audits/notice.html"

    def get_rows(self, user: Any) -> Any:
        return notices.notices(user)

    def get_title(self) -> str:
        return f"{self.object.type} · {self.object.dealer.name}"

    def get_subtitle(self) -> str:
        return f"{self.object.number} · {self.object.dealer.org_unit.name}"

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (notices_crumb(),)

    def get_actions(self) -> Iterable[Action]:
        number = self.object.number
        yield Action(_("Print"), reverse("audits:notice-sheet", args=[number]), Permission.VIEW_NOTICES, "printer")
        yield Action(_("Finding"), tables.finding_url(self.object.finding), SEES_FINDINGS)

    def get_figures(self) -> Sequence[Figure]:
        row = self.object
        before = notices.standing_before(row)
        multiplier = row.type.multiplier
        return (
            Figure(_("Occurred on"), row.occurred_on, "date"),
            Figure(_("Appeal until"), row.appeal_until, "date"),
            Figure(_("Penalty"), penalty(multiplier), hint=gettext("of the month %(month)s") % _month(row)),
            Figure(_("Earlier violations of this type"), before, "number"),
        )

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(
            notice=self.object,
            photos=list(self.object.finding.photos.all()),
            shows_reporter=not self.request.user.is_dealer,
            offers=offers(self.object, self.request.user),
            **context,
        )


def penalty(multiplier: Any) -> str:
    """The penalty in words."""
    if not multiplier:
        return gettext("none in money")
    return gettext("%(times)s times the gross commission") % {"times": f"{multiplier.normalize():f}"}


def _month(row: Any) -> dict[str, str]:
    return {"month": f"{row.occurred_on:%Y-%m}"}


def offers(row: Any, user: Any) -> list[tuple[str, Any, str]]:
    """What the user may do with it now: (address name, label, style), the usual step last."""
    if row.state == "issued" and user.can(Permission.APPEAL_NOTICES) and clock.today() <= row.appeal_until:
        return [("audits:notice-appeal", _("Appeal"), "btn btn-primary")]
    if row.state == "appealed" and user.can(Permission.CONFIRM_VIOLATIONS):
        if user.pk in (row.issued_by_id, row.reported_by_id):
            return []
        return [
            ("audits:notice-annul", _("Grant the appeal"), "btn"),
            ("audits:notice-uphold", _("Reject the appeal"), "btn btn-primary"),
        ]
    return []


class NoticeSheet(PortalPage):
    """The notice on A4."""

    permission = Permission.VIEW_NOTICES
    area = AREA
    template_name = "audits/notice_sheet.html"

    @cached_property
    def notice(self) -> Any:
        return one_or_404(notices.notices(self.request.user), number=self.kwargs["number"])

    def get_title(self) -> str:
        return gettext("Notice of violation")

    def get_back_url(self) -> str:
        return tables.notice_url(self.notice)

    def get_context(self, **context: Any) -> dict[str, Any]:
        row = self.notice
        return super().get_context(
            notice=row,
            penalty=penalty(row.type.multiplier),
            earlier=notices.standing_before(row),
            printed_at=clock.now(),
            **context,
        )


class NoticePhoto(PortalMixin):
    """A photo of the finding, for whoever sees the notice: the dealer too."""

    permission = Permission.VIEW_NOTICES

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        notice = one_or_404(notices.notices(request.user), number=kwargs["number"])
        photo = one_or_404(notice.finding.photos.all(), pk=kwargs["pk"])
        return photo_response(photo, small=request.GET.get("size") == "small")


class _Step(PortalActionView):
    """Base: one step of a notice."""

    permission: Any = Permission.CONFIRM_VIOLATIONS
    action: str
    area = AREA
    lookup = "number"
    form_class = SayForm
    label: Any = _("Reason")

    def get_rows(self, user: Any) -> Any:
        return notices.notices(user)

    def demand(self) -> None:
        transitions.demand(self.object, action=self.action)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"label": self.label}

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (notices_crumb(), Crumb(self.object.number, tables.notice_url(self.object)))

    def given(self, form: Any) -> dict[str, Any]:
        text = form.cleaned_data["text"]
        return {"notice": self.object, "text": text, "by": self.request.user, "at": clock.now()}


class AppealNotice(_Step):
    action = "appeal"
    permission = Permission.APPEAL_NOTICES
    title = _("Appeal")
    label = _("Why is the notice wrong?")
    submit_label = _("Send the appeal")
    success_message = _("Your appeal has been sent; the city decides.")

    def get_effects(self) -> Sequence[Any]:
        return [_("You appeal once. Nothing is deducted before the city has decided.")]

    def perform(self, *, form: Any) -> None:
        service.appeal(**self.given(form))


class UpholdNotice(_Step):
    action = "uphold"
    title = _("Reject the appeal")
    submit_label = _("Reject the appeal")
    destructive = True
    success_message = _("The violation stands; the dealer is told.")

    def get_effects(self) -> Sequence[Any]:
        return [
            gettext("The dealer says: %(answer)s") % {"answer": self.object.appeal},
            gettext("Violation %(number)s stands from today: %(penalty)s in the next batch.")
            % {"number": self.object.number, "penalty": penalty(self.object.type.multiplier)},
        ]

    def perform(self, *, form: Any) -> None:
        service.decide(**self.given(form), upholds=True)


class AnnulNotice(_Step):
    action = "annul"
    title = _("Grant the appeal")
    submit_label = _("Grant the appeal")
    success_message = _("The notice is annulled; the dealer is told.")

    def get_effects(self) -> Sequence[Any]:
        return [gettext("The dealer says: %(answer)s") % {"answer": self.object.appeal}]

    def perform(self, *, form: Any) -> None:
        service.decide(**self.given(form), upholds=False)
