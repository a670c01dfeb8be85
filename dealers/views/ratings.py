"""Rating: rounds, what they propose and why, and the city's decisions, one by one or many at once."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core import clock
from core.errors import Refused
from core.views import (
    Action,
    BulkAction,
    Crumb,
    Figure,
    PortalDetailView,
    PortalFormView,
    PortalListView,
    PortalMixin,
    ReasonForm,
)
from dealers import forms_ratings as forms
from dealers import states, tasks
from dealers import tables_ratings as tables
from dealers.filters_ratings import ProposalFilter, RoundFilter
from dealers.queries import ratings, tiers
from dealers.rules.rating import RatingPeriod
from dealers.services import rating_decision as service

AREA = "dealers"
MOST = 5_000


def proposals_crumb() -> Crumb:
    return Crumb(_("Rating proposals"), reverse("dealers:proposals"))


class Rounds(PortalListView):
    """The rating rounds of the user's cities, the newest first."""

    permission = Permission.APPROVE_RATINGS
    area = AREA
    title = _("Rating rounds")
    table = tables.ROUNDS
    filterset_class = RoundFilter
    empty_text = _("Nothing has been rated yet. On the 3rd of a quarter the one before is rated by itself.")
    primary_action = Action(_("Rate a period"), reverse_lazy("dealers:rate"), permission=Permission.RATE_DEALERS)

    def get_rows(self, user: Any) -> Any:
        return ratings.rounds(user)


class Rate(PortalFormView):
    """Rate a period now; what is decided stays, the rest is proposed anew."""

    permission = Permission.RATE_DEALERS
    area = AREA
    title = _("Rate a period")
    form_class = forms.RateForm
    submit_label = _("Rate")
    intro = _("Every dealer is judged as of the period's last day. What is decided already stays as it is.")

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (Crumb(_("Rating rounds"), reverse("dealers:ratings")),)

    def perform(self, form: Any) -> str:
        job = tasks.start_rating(period=RatingPeriod.parse(form.cleaned_data["period"]), by=self.request.user)
        return reverse("core:job", args=[job.pk])


class Proposals(PortalListView):
    """What is proposed for the dealers of the unit, and what became of it."""

    permission = Permission.VIEW_RATINGS
    area = AREA
    title = _("Rating proposals")
    table = tables.PROPOSALS
    filterset_class = ProposalFilter
    empty_text = _("No change of a tier is proposed. Dealers are rated after each quarter.")

    def get_rows(self, user: Any) -> Any:
        return ratings.proposals(user)

    def get_bulk_actions(self) -> Sequence[BulkAction]:
        may = Permission.APPROVE_RATINGS
        return (
            BulkAction(_("Approve"), reverse("dealers:proposals-approve"), may, icon="check"),
            BulkAction(_("Reject"), reverse("dealers:proposals-reject"), may, icon="x"),
        )


class Proposal(PortalDetailView):
    """One proposal: from which tier to which, the reason, every criterion with the value found, the evidence."""

    permission = Permission.VIEW_RATINGS
    area = AREA
    template_name = "dealers/proposal.html"

    def get_rows(self, user: Any) -> Any:
        return ratings.proposals(user)

    def get_title(self) -> str:
        return str(self.object.dealer.name)

    def get_subtitle(self) -> str:
        return f"{self.object.round.period} · {self.object.get_reason_display()}"

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (proposals_crumb(),)

    def get_actions(self) -> Iterable[Action]:
        yield Action(_("Dealer"), reverse("dealers:detail", args=[self.object.dealer_id]), Permission.VIEW_DEALERS)

    def get_figures(self) -> Sequence[Figure]:
        row = self.object
        return (
            Figure(_("Present tier"), row.get_current_display()),
            Figure(_("Proposed tier"), str(tables.proposed(row))),
            Figure(_("Judged on"), row.round.last_day, "date"),
            Figure(_("Effective from"), row.round.effective_on, "date"),
        )

    def get_context(self, **context: Any) -> dict[str, Any]:
        row, user = self.object, self.request.user
        may = row.state == "proposed" and user.can(Permission.APPROVE_RATINGS)
        return super().get_context(proposal=row, answers=_by_tier(row), may_decide=may, **context)


def _by_tier(row: Any) -> list[tuple[Any, list[tuple[tiers.Line, str]]]]:
    """The evidence's criteria in words, tier by tier: (label, [(line, waiver)])."""
    found: dict[str, list[tuple[tiers.Line, str]]] = {}
    for one in row.evidence.get("criteria", []):
        line = tiers.in_words(one["attribute"], one["operator"], one["value"], one["found"], one["met"])
        found.setdefault(one["tier"], []).append((line, one["waiver"]))
    return [(states.Tier(tier).label, lines) for tier, lines in found.items()]


class _Decide(PortalMixin):
    """Base: the chosen proposals, first shown, then decided at once."""

    permission: Any = Permission.APPROVE_RATINGS
    area = AREA
    template_name = "dealers/proposals_decide.html"
    submit_label: Any = ""
    form_class: Any = None

    @cached_property
    def rows(self) -> list[Any]:
        """The chosen ones within the scope that still wait."""
        keys = [key for key in self.request.POST.getlist("pk")[:MOST] if key.isascii() and key.isdecimal()]
        return list(ratings.proposals(self.request.user).filter(pk__in=[key[:18] for key in keys], state="proposed"))

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (proposals_crumb(),)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.go(reverse("dealers:proposals"))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.rows:
            messages.error(request, gettext("Choose at least one proposal that waits for a decision."))
            return self.go(reverse("dealers:proposals"))
        if "confirmed" not in request.POST:
            return self.render(rows=self.rows, form=self.form_class and self.form_class())
        form = self.form_class and self.form_class(request.POST)
        if form is None or form.is_valid():
            try:
                self.decide(form.cleaned_data if form else {})
            except Refused as refusal:
                messages.error(request, str(refusal.message))
            return self.go(reverse("dealers:proposals"))
        return self.render(rows=self.rows, form=form, status=422)

    def decide(self, said: dict[str, Any]) -> None:
        raise NotImplementedError


class ApproveProposals(_Decide):
    title = _("Approve proposals")
    submit_label = _("Approve")

    def decide(self, said: dict[str, Any]) -> None:
        decided = service.approve(
            proposals=self.rows, by=self.request.user, at=clock.now(), today=clock.today(), **said
        )
        count = len(decided.approved)
        if count:
            done = ngettext("%(count)s proposal is approved.", "%(count)s proposals are approved.", count)
            messages.success(self.request, done % {"count": count})
        for _row, refusal in decided.refused[:10]:
            messages.warning(self.request, str(refusal.message))


class RejectProposals(_Decide):
    title = _("Reject proposals")
    submit_label = _("Reject")
    form_class = ReasonForm

    def decide(self, said: dict[str, Any]) -> None:
        rows = service.reject(proposals=self.rows, remark=said["reason"], by=self.request.user, at=clock.now())
        count = len(rows)
        done = ngettext("%(count)s proposal is rejected.", "%(count)s proposals are rejected.", count)
        messages.success(self.request, done % {"count": count})
