"""The page of a dealer, its parts, and the dealer's own page."""

from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.roles import Permission
from core.clock import today
from core.views import Action, Crumb, Figure, PortalDetailView, PortalMixin, PortalPage, Section
from dealers import states
from dealers.models import Dealer
from dealers.queries import archive, attention, changes, history, tiers
from dealers.rules.tier_check import months_completed
from dealers.services import application as service
from dealers.views import applications, life_cycle
from dealers.views.common import LIST, OfDealer, address

log = structlog.get_logger(__name__)

# Parts that floors above show about a dealer: title, URL name, who may see it.
PARTS = (
    (gettext_lazy("Sales"), "audits:dealer-sales", Permission.VIEW_DEALERS),
    (gettext_lazy("Statements"), "commissions:dealer-statements", Permission.VIEW_STATEMENTS),
    (gettext_lazy("Visits"), "audits:dealer-visits", Permission.VIEW_VISITS),
)


SHOWN = 20  # competitors seen, the newest first


class DealerPage(PortalDetailView):
    """All about one dealer, in the order in which people ask."""

    permission = Permission.VIEW_DEALERS
    area = "dealers"
    template_name = "dealers/detail.html"
    breadcrumbs = (LIST,)
    with_timeline = False

    def get_rows(self, user: Any) -> Any:
        return archive.dealers(user=user).select_related("org_unit__county", "parent")

    def get_title(self) -> str:
        return self.object.name

    def get_subtitle(self) -> str:
        return " · ".join(filter(None, [self.object.code, _place(self.object), self.object.address]))

    def get_state(self) -> Any:
        return states.LIFE_CYCLE.state(self.object.stage)

    def get_primary_action(self) -> Action | None:
        if self.object.stage in states.NEW:
            return next(iter(applications.actions(self.object)), None)
        url = address("audits:visit-start", self.object.pk)
        live = self.object.stage not in attention.ENDED
        return Action(_("Log a visit"), url, Permission.LOG_VISITS, icon="map-pin") if url and live else None

    def get_actions(self) -> Iterable[Action]:
        pk = self.object.pk
        yield Action(_("Edit archive"), reverse("dealers:edit", args=[pk]), Permission.EDIT_DEALERS, icon="pencil")
        yield Action(
            _("Channel manager"), reverse("dealers:manager", args=[pk]), Permission.ASSIGN_MANAGERS, icon="user"
        )
        if self.object.stage == "suspended":
            yield Action(
                _("Resume"), reverse("dealers:resume", args=[pk]), Permission.ASSIGN_MANAGERS, icon="player-play"
            )
        elif self.object.stage == "mature":
            yield Action(_("Suspend"), reverse("dealers:suspend", args=[pk]), Permission.ASSIGN_MANAGERS, icon="ban")
        yield from list(applications.actions(self.object))[1:]
        yield from life_cycle.actions(self.object)

    def get_figures(self) -> Sequence[Figure]:
        dealer = self.object
        return (
            Figure(_("Tier"), dealer.get_tier_display(), hint=dealer.get_visit_regime_display()),
            Figure(_("Cooperation"), _months(dealer), hint=_("since %(day)s") % {"day": dealer.cooperation_start}),
            Figure(_("Agreement until"), self.agreement.ends_on if self.agreement else None, "date", self._days_left()),
            Figure(_("Channel manager"), dealer.manager.name if dealer.manager else None),
        )

    @property
    def agreement(self) -> Any:
        """The agreement that ends last."""
        return max(self.agreements, key=lambda one: one.ends_on, default=None)

    @property
    def agreements(self) -> list[Any]:
        if not hasattr(self, "_agreements"):
            self._agreements = list(self.object.agreements.order_by("-starts_on"))
        return self._agreements

    def _days_left(self) -> str:
        if self.agreement is None:
            return _("none on file")
        left = (self.agreement.ends_on - today()).days
        if left < 0:
            return _("has ended")
        return ngettext("%(count)s day left", "%(count)s days left", left) % {"count": left}

    def get_sections(self) -> Sequence[Section]:
        user, pk = self.request.user, self.object.pk
        parts = [
            Section(title, url=address(name, pk), anchor=name.split("-")[-1])
            for title, name, permission in PARTS
            if user.can(permission) and address(name, pk)
        ]
        return (
            *self._application(),
            Section(_("Archive"), "dealers/archive.html", anchor="archive"),
            Section(_("Tier check"), url=reverse("dealers:tiers", args=[pk]), anchor="tiers"),
            *parts,
            Section(_("Agreements"), "dealers/agreements.html", anchor="agreements"),
            Section(_("Documents"), "dealers/documents.html", anchor="documents"),
            Section(_("Staff"), "dealers/staff.html", anchor="staff"),
            Section(_("Competitors nearby"), "dealers/competitors.html", anchor="competitors"),
            Section(_("Payment accounts"), "dealers/accounts.html", anchor="accounts"),
            Section(_("What was changed"), url=reverse("dealers:history", args=[pk]), anchor="history"),
        )

    def _application(self) -> Iterable[Section]:
        """As long as it is no store yet."""
        if self.object.stage in states.NEW:
            yield Section(_("Application"), "dealers/application.html", anchor="application")

    def get_context(self, **context: Any) -> dict[str, Any]:
        dealer, user = self.object, self.request.user
        shows_contact = user.can(Permission.EDIT_DEALERS)
        if shows_contact and dealer.contact_phone:
            log.info("personal_data_shown", dealer=dealer.code, fields=["contact_name", "contact_phone"])
        return super().get_context(
            dealer=dealer,
            day=today(),
            shows_contact=shows_contact,
            points=attention.marks([dealer], day=today()).get(dealer.pk, []),
            agreements=self.agreements,
            accounts=dealer.accounts.select_related("entered_by", "verified_by").order_by("-entered_at"),
            documents=list(dealer.documents.select_related("by", "agreement")),
            checks=service.newest_checks(dealer) if dealer.stage in states.NEW else {},
            parts=states.CheckPart,
            add_documents=Action(
                _("Add documents"),
                reverse("dealers:documents", args=[dealer.pk]),
                Permission.EDIT_DEALERS,
                icon="upload",
            ),
            staff=list(dealer.staff.all()),
            add_staff=Action(
                _("Add a member of the staff"), reverse("dealers:staff-join", args=[dealer.pk]), Permission.EDIT_DEALERS
            ),
            competitors=list(dealer.competitors.select_related("by")[:SHOWN]),
            add_competitor=Action(
                _("Note a competitor"), reverse("dealers:competitor", args=[dealer.pk]), Permission.EDIT_DEALERS
            ),
            suspensions=dealer.suspensions.order_by("-from_date"),
            new_account=Action(
                _("New account"), reverse("dealers:account", args=[dealer.pk]), Permission.ENTER_ACCOUNTS
            ),
            **context,
        )


def _place(dealer: Dealer) -> str:
    """County and grid, each once."""
    county = dealer.org_unit.county
    return dealer.org_unit.name if county in (None, dealer.org_unit) else f"{county.name} {dealer.org_unit.name}"


def _months(dealer: Dealer) -> str:
    months = max(months_completed(dealer.cooperation_start, today()), 0)
    return ngettext("%(count)s month", "%(count)s months", months) % {"count": months}


class Part(OfDealer, PortalPage):
    """A part of a dealer's page; opened by itself it is a page of its own."""

    part = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.dealer  # noqa: B018 - 404 before anything is shown
        self.template_name = self.part if request.headers.get("HX-Request") else "dealers/part.html"
        return self.render(part=self.part, dealer=self.dealer)


class TierCheck(Part):
    """Each criterion of the dealer's tier and of the one above it."""

    permission = Permission.VIEW_DEALERS
    title = gettext_lazy("Tier check")
    part = "dealers/tiers.html"

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(answers=tiers.check(dealer=self.dealer, day=today()), day=today(), **context)


class History(Part):
    """Who changed what, and which tiers and units the dealer has had."""

    permission = Permission.VIEW_DEALERS
    title = gettext_lazy("What was changed")
    part = "dealers/history.html"

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(
            changes=changes.changes(dealer=self.dealer),
            tier_spans=[(span, states.Tier(span.value).label) for span in history.tier_spans(dealer=self.dealer)],
            unit_spans=history.unit_spans(dealer=self.dealer),
            closed_spans=[
                (span, states.EndingCause(span.value).label)
                for span in history.closed_spans(dealer=self.dealer)
                if span.first <= today()
            ],
            **context,
        )


class OwnDealer(PortalMixin):
    """What a dealer's user sees of his own archive."""

    permission = Permission.VIEW_OWN_DEALER
    title = gettext_lazy("My shop")
    area = "dealers"
    template_name = "dealers/own.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        dealer = Dealer.objects.visible_to(request.user).select_related("org_unit", "manager", "parent").first()
        if dealer is None:
            raise Http404
        return self.render(
            dealer=dealer,
            state=states.LIFE_CYCLE.state(dealer.stage),
            figures=(
                Figure(_("Tier"), dealer.get_tier_display()),
                Figure(_("Cooperation"), _months(dealer), hint=_("since %(day)s") % {"day": dealer.cooperation_start}),
                Figure(_("Channel manager"), dealer.manager.name if dealer.manager else None),
            ),
            agreements=dealer.agreements.order_by("-starts_on"),
            accounts=dealer.accounts.exclude(state="replaced").order_by("-entered_at"),
            day=today(),
        )

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return ()
