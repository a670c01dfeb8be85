"""Change requests of pools: listed, filed with papers, decided by another person."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import filters_pool as filters
from commissions import forms_pool as forms
from commissions import tables_pool as tables
from commissions.queries import dealer_month, pool_rounds
from commissions.services import pool_change as service
from commissions.views.adjustments import paper_response
from commissions.views.common import AREA
from core import clock
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


def changes_crumb() -> Crumb:
    return Crumb(_("Pool changes"), reverse("commissions:pool_changes"))


class Changes(PortalListView):
    permission = Permission.VIEW_POOL_ROUNDS
    area = AREA
    title = _("Pool changes")
    table = tables.CHANGES
    filterset_class = filters.ChangeFilter
    empty_text = _("No change request yet. It is the only way to change a pool by hand.")
    primary_action = Action(
        _("File a request"), reverse_lazy("commissions:pool_change_new"), permission=Permission.FILE_POOL_CHANGES
    )

    def get_rows(self, user: Any) -> Any:
        return pool_rounds.changes(user)


class CountyEvents(PortalListView):
    """What counts in the counties' assessment about pools: payments against the rules, wrong entries put right."""

    permission = Permission.VIEW_POOL_ROUNDS
    area = AREA
    title = _("County assessment events")
    table = tables.COUNTY_EVENTS
    filterset_class = filters.EventFilter
    empty_text = _(
        "No event. One is recorded when the city lets a payout go against the rules,"
        " or puts a wrong entry of a pool right."
    )

    def get_rows(self, user: Any) -> Any:
        return pool_rounds.county_events(user)


class NewChange(PortalFormView):
    permission = Permission.FILE_POOL_CHANGES
    area = AREA
    title = _("File a request")
    form_class = forms.ChangeForm
    submit_label = _("Submit for approval")
    intro = _("Another person of the city approves it; only then does it enter the pool.")

    def get_breadcrumbs(self) -> list[Crumb]:
        return [changes_crumb()]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user, "initial": {"dealer": self.request.GET.get("dealer", "")[:40]}}

    def perform(self, form: Any) -> str:
        given = form.cleaned_data
        change = service.file(
            dealer=given["dealer"],
            amount=given["amount"],
            reason=given["reason"],
            files=given["papers"],
            by=self.request.user,
            at=clock.now(),
        )
        return tables.change_url(change)

    def get_success_message(self) -> str:
        return gettext("The request is filed and waits for another person's approval.")


class Change(PortalDetailView):
    permission = Permission.VIEW_POOL_ROUNDS
    area = AREA
    lookup = "reference"
    template_name = "commissions/pool_change.html"

    def get_rows(self, user: Any) -> Any:
        return pool_rounds.changes(user)

    def get_title(self) -> str:
        return gettext("Pool change %(reference)s") % {"reference": self.object.reference}

    def get_subtitle(self) -> str:
        return str(self.object.dealer.name)

    def get_breadcrumbs(self) -> list[Crumb]:
        return [changes_crumb()]

    def get_figures(self) -> Sequence[Figure]:
        change = self.object
        ledger = reverse("commissions:dealer_pool", args=[change.dealer.code])
        balance = dealer_month.pool_balance(change.dealer_id) or 0
        figures = [Figure(_("Amount"), change.amount, "money"), Figure(_("Pool balance"), balance, "money", url=ledger)]
        if change.state == "filed":
            figures.append(Figure(_("After the change"), balance + change.amount, "money"))
        return figures

    def get_context(self, **context: Any) -> dict[str, Any]:
        change, user = self.object, self.request.user
        own = change.filed_by_id == user.pk
        return super().get_context(
            change=change,
            papers=list(change.papers.order_by("pk")),
            own=own and change.state == "filed",
            may_decide=change.state == "filed" and not own and user.can(Permission.APPROVE_POOL_CHANGES),
            **context,
        )


class _Decide(PortalActionView):
    permission = Permission.APPROVE_POOL_CHANGES
    area = AREA
    lookup = "reference"

    def get_rows(self, user: Any) -> Any:
        return pool_rounds.changes(user)

    def get_title(self) -> str:
        return gettext("%(action)s: %(what)s") % {"action": self.title, "what": self.object.reference}

    def get_breadcrumbs(self) -> list[Crumb]:
        return [changes_crumb(), Crumb(self.object.reference, tables.change_url(self.object))]

    def get_back_url(self) -> str:
        return tables.change_url(self.object)


class Approve(_Decide):
    title = _("Approve")
    submit_label = _("Approve")
    form_class = forms.ApproveChangeForm

    def get_effects(self) -> Sequence[Any]:
        amount = f"{self.object.amount:+,.2f}".replace("-", "−")
        return [
            gettext("%(amount)s yuan are posted to the pool of %(dealer)s with this month.")
            % {"amount": amount, "dealer": self.object.dealer.name}
        ]

    def perform(self, *, form: Any) -> None:
        counts = form.cleaned_data["counts"]
        service.approve(change=self.object, by=self.request.user, at=clock.now(), counts_against_county=counts)

    def get_success_message(self) -> str:
        return gettext("Pool change %(reference)s is approved.") % {"reference": self.object.reference}


class Reject(_Decide):
    title = _("Reject")
    submit_label = _("Reject")
    needs_reason = True
    destructive = True

    def get_effects(self) -> Sequence[Any]:
        return [_("The pool stays as it is.")]

    def perform(self, *, form: Any) -> None:
        reason = form.cleaned_data["reason"]
        service.reject(change=self.object, by=self.request.user, at=clock.now(), reason=reason)

    def get_success_message(self) -> str:
        return gettext("Pool change %(reference)s is rejected.") % {"reference": self.object.reference}


class ChangePaper(PortalMixin):
    """A paper of a request, for whoever sees the request."""

    permission = Permission.VIEW_POOL_ROUNDS

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        change = one_or_404(pool_rounds.changes(request.user), reference=kwargs["reference"])
        return paper_response(one_or_404(change.papers.all(), pk=kwargs["pk"]))
