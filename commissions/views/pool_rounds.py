"""Payout rounds: listed, calculated, decided dealer by dealer, moved on and paid."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import structlog
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from accounts.roles import Permission
from commissions import filters_pool as filters
from commissions import forms_pool as forms
from commissions import payment_file
from commissions import tables_pool as tables
from commissions.models import PoolRound, PoolRoundRow
from commissions.queries import payments, pool_rounds
from commissions.rules.pool import RoundPeriod
from commissions.services import pool_decision, pool_payments
from commissions.services import pool_round as service
from commissions.views.common import AREA
from core import clock, exports
from core.charts import Chart, Series
from core.views import (
    Action,
    Crumb,
    Figure,
    PortalActionView,
    PortalFormView,
    PortalListView,
    PortalMixin,
    PortalPage,
    one_or_404,
    timeline,
)

log = structlog.get_logger(__name__)


def rounds_crumb() -> Crumb:
    return Crumb(_("Payout rounds"), reverse("commissions:pool_rounds"))


class Rounds(PortalListView):
    """The rounds of the user's counties, newest first."""

    permission = Permission.VIEW_POOL_ROUNDS
    area = AREA
    title = _("Payout rounds")
    table = tables.ROUNDS
    filterset_class = filters.RoundFilter
    empty_text = _("No payout round yet. A round is calculated once its half-year or year is over.")
    primary_action = Action(
        _("Calculate a round"), reverse_lazy("commissions:pool_round_new"), permission=Permission.SETTLE
    )

    def get_rows(self, user: Any) -> Any:
        return pool_rounds.visible(user)


class Calculate(PortalFormView):
    """Calculates the rounds of a period for the user's counties."""

    permission = Permission.SETTLE
    area = AREA
    title = _("Calculate a round")
    form_class = forms.CalculateForm
    submit_label = _("Calculate")
    intro = _("Rounds that are not yet submitted are calculated anew; decided ratios are kept.")

    def get_breadcrumbs(self) -> list[Crumb]:
        return [rounds_crumb()]

    def perform(self, form: Any) -> str:
        user = self.request.user
        outcome = service.calculate_period(
            period=RoundPeriod.parse(form.cleaned_data["period"]),
            counties=OrgUnit.objects.visible_to(user).filter(level="county").order_by("code"),
            by=user,
            at=clock.now(),
            today=clock.today(),
        )
        for county, refusal in outcome.refused:
            messages.warning(self.request, f"{county.name}: {refusal}")
        if outcome.rounds:
            messages.success(
                self.request, gettext("%(count)s payout rounds are calculated.") % {"count": len(outcome.rounds)}
            )
        if len(outcome.rounds) == 1:
            return tables.round_url(outcome.rounds[0])
        return reverse("commissions:pool_rounds")


class OfRound:
    """Mixin: `round_` is the visible round that `number` names; Http404 otherwise."""

    request: HttpRequest
    kwargs: dict[str, Any]
    area = AREA

    @cached_property
    def round_(self) -> PoolRound:
        return one_or_404(pool_rounds.visible(self.request.user), number=self.kwargs["number"])

    def get_breadcrumbs(self) -> list[Crumb]:
        return [rounds_crumb(), Crumb(str(self.round_), tables.round_url(self.round_))]

    def get_back_url(self) -> str:
        return tables.round_url(self.round_)


class Round(OfRound, PortalListView):
    """A round: its sums, what waits, and every dealer with its months, factor, ratio and why."""

    permission = Permission.VIEW_POOL_ROUNDS
    table = tables.ROWS
    filterset_class = filters.RoundRowFilter
    template_name = "commissions/pool_round.html"
    name = "round"
    follows_unit = False
    empty_text = _("No dealer of this rhythm has anything in its pool for this period.")

    def get_breadcrumbs(self) -> list[Crumb]:
        return [rounds_crumb()]

    def get_title(self) -> str:
        return gettext("Payout round %(round)s") % {"round": self.round_}

    def get_back_url(self) -> str:
        return reverse("commissions:pool_rounds")

    def get_rows(self, user: Any) -> Any:
        return pool_rounds.rows(self.round_, user)

    def get_context(self, **context: Any) -> dict[str, Any]:
        one, user = self.round_, self.request.user
        state = PoolRound.machine.state(one.state)
        figures = [
            Figure(_("Dealers"), one.dealers, "number"),
            Figure(_("Payout basis"), one.basis, "money"),
            Figure(_("Payout"), one.payout, "money"),
            Figure(_("Forfeited"), one.forfeit, "money"),
        ]
        return super().get_context(
            round=one,
            state=state,
            figures=figures,
            timeline=timeline(one),
            steps=[step for step in self.steps() if user.can(step[2])],
            issued=pool_rounds.issued(one).count() if one.frozen and user.can(Permission.PAY_BATCHES) else 0,
            **context,
        )

    def steps(self) -> list[tuple[str, Any, Permission, str]]:
        """(address name, label, permission, style) of what is possible from the state."""
        if self.round_.state == "calculated":
            return [
                ("pool_ratios", _("Decide ratios"), Permission.DECIDE_RATIOS, ""),
                ("pool_round_submit", _("Submit"), Permission.SUBMIT_BATCHES, "btn-primary"),
            ]
        if self.round_.state == "submitted":
            return [
                ("pool_round_return", _("Return"), Permission.RETURN_BATCHES, "btn-outline-danger"),
                ("pool_round_approve", _("Approve"), Permission.APPROVE_POOL_ROUNDS, "btn-primary"),
            ]
        if self.round_.state == "approved":
            return [("pool_round_pay", _("Issue payments"), Permission.PAY_BATCHES, "btn-primary")]
        return []


class Ratios(OfRound, PortalPage):
    """The county's ratios in a grid: Tab goes to the next dealer, Enter saves."""

    permission = Permission.DECIDE_RATIOS
    title = _("Decide ratios")
    template_name = "commissions/pool_ratios.html"

    def get_title(self) -> str:
        return gettext("Return ratios of %(round)s") % {"round": self.round_}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        field, ratios, wrong = forms.RatioField(), {}, {}
        for row in self.rows:
            typed = request.POST.get(f"ratio-{row.dealer.code}")
            if typed is None:
                continue
            try:
                ratios[row.dealer.code] = field.clean(typed)
            except ValidationError as error:
                wrong[row.dealer.code] = (typed, " ".join(error.messages))
        if wrong:
            return self.render(wrong=wrong, status=422)
        changed = pool_decision.set_ratios(round_=self.round_, ratios=ratios, by=request.user, at=clock.now())
        messages.success(request, gettext("%(count)s ratios are changed.") % {"count": changed})
        return self.go(tables.round_url(self.round_))

    @cached_property
    def rows(self) -> list[PoolRoundRow]:
        return list(pool_rounds.rows(self.round_, self.request.user).order_by("dealer__code"))

    def get_context(self, wrong: Any = None, **context: Any) -> dict[str, Any]:
        wrong = wrong or {}
        grid = [
            {
                "row": row,
                "why": tables.why(row),
                "value": wrong.get(row.dealer.code, (f"{row.ratio.normalize():f}",))[0],
                "error": wrong.get(row.dealer.code, ("", ""))[1],
            }
            for row in self.rows
        ]
        return super().get_context(round=self.round_, grid=grid, open=self.round_.state == "calculated", **context)


class _Move(PortalActionView):
    area = AREA
    lookup = "number"

    def get_rows(self, user: Any) -> Any:
        return pool_rounds.visible(user)

    def get_title(self) -> str:
        return gettext("%(action)s: %(what)s") % {"action": self.title, "what": self.object}

    def get_breadcrumbs(self) -> list[Crumb]:
        return [rounds_crumb(), Crumb(str(self.object), tables.round_url(self.object))]

    def get_back_url(self) -> str:
        return tables.round_url(self.object)

    def get_success_message(self) -> str:
        self.object.refresh_from_db()
        state = PoolRound.machine.state(self.object.state).label
        return gettext("Payout round %(round)s: %(state)s.") % {"round": self.object, "state": state}


class Submit(_Move):
    permission = Permission.SUBMIT_BATCHES
    title = _("Submit")
    submit_label = _("Submit")

    def get_effects(self) -> Sequence[Any]:
        return [_("The round goes to the city for approval; its ratios can no longer be changed.")]

    def perform(self, *, form: Any) -> None:
        service.submit(round_=self.object, by=self.request.user, at=clock.now(), today=clock.today())


class Return(_Move):
    permission = Permission.RETURN_BATCHES
    title = _("Return")
    submit_label = _("Return to the county")
    needs_reason = True

    def get_effects(self) -> Sequence[Any]:
        return [_("The county can recalculate and has to submit again; your reason is shown to it.")]

    def perform(self, *, form: Any) -> None:
        reason = form.cleaned_data["reason"]
        service.return_to_county(round_=self.object, by=self.request.user, at=clock.now(), reason=reason)


class Approve(_Move):
    permission = Permission.APPROVE_POOL_ROUNDS
    title = _("Approve")
    submit_label = _("Approve")

    def get_effects(self) -> Sequence[Any]:
        return [
            gettext("¥%(payout)s are paid to %(dealers)s dealers, ¥%(forfeit)s are forfeited for idle months.")
            % {
                "payout": f"{self.object.payout:,.2f}",
                "forfeit": f"{self.object.forfeit:,.2f}",
                "dealers": self.object.rows.filter(payout__gt=0).count(),
            },
            _("Both are posted to the pools; nobody can change the round afterwards."),
        ]

    def perform(self, *, form: Any) -> None:
        service.approve(round_=self.object, by=self.request.user, at=clock.now(), today=clock.today())


class Pay(_Move):
    permission = Permission.PAY_BATCHES
    title = _("Issue payments")
    submit_label = _("Issue payments")

    def get_effects(self) -> Sequence[Any]:
        if self.object.state != "approved":
            return []
        rows = [one for one in self.preview() if one.state in ("", "failed")]
        held = [one for one in rows if one.hold]
        ready = gettext("%(count)s payouts can be paid now.") % {"count": len(rows) - len(held)}
        return [ready, *(f"{one.dealer_name}: {one.hold_reason}" for one in held[:20])]

    def preview(self) -> list[Any]:
        return pool_payments.preview(round_=self.object, today=clock.today())

    def perform(self, *, form: Any) -> None:
        pool_payments.export(round_=self.object, by=self.request.user, at=clock.now())


class PayFile(OfRound, PortalMixin):
    """What is under way, as a payment file with full account numbers; that it was taken is logged."""

    permission = Permission.PAY_BATCHES

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        rows = [
            payments.FileRow(
                one.row.number, one.row.dealer.code, one.row.dealer.name, one.amount, one.bank, one.account, one.holder
            )
            for one in pool_rounds.issued(self.round_)
        ]
        if not rows:
            raise Http404
        log.info("payment_file_taken", round=self.round_.number, payments=len(rows), user=request.user.pk)
        name = gettext("Payments %(number)s") % {"number": self.round_.number}
        return exports.response(name, payment_file.sheet(rows), as_="xlsx")


class Override(PortalActionView):
    """The city lets one dealer be paid what the rules hold back."""

    permission = Permission.OVERRIDE_POOL
    area = AREA
    title = _("Pay all the same")
    submit_label = _("Pay all the same")
    lookup = "number"
    needs_reason = True
    destructive = True

    def get_rows(self, user: Any) -> Any:
        return PoolRoundRow.objects.visible_to(user).select_related("dealer", "round", "round__county")

    def get_title(self) -> str:
        return gettext("%(action)s: %(what)s") % {"action": self.title, "what": self.object.dealer.name}

    def get_breadcrumbs(self) -> list[Crumb]:
        return [rounds_crumb(), Crumb(str(self.object.round), self.get_back_url())]

    def get_back_url(self) -> str:
        return tables.round_url(self.object.round)

    def get_effects(self) -> Sequence[Any]:
        return [
            tables.why(self.object) or gettext("Nothing is held back."),
            _("The dealer is paid in this round, and the event counts in the county's assessment. It stays."),
        ]

    def perform(self, *, form: Any) -> None:
        reason = form.cleaned_data["reason"]
        pool_decision.override(row=self.object, by=self.request.user, at=clock.now(), reason=reason)


class Liability(PortalListView):
    """What the pools hold, by the day on which it falls due."""

    permission = Permission.VIEW_POOL_ROUNDS
    area = AREA
    title = _("Pool liability")
    table = tables.LIABILITY
    template_name = "commissions/pool_liability.html"
    empty_text = _("The pools of this unit are empty.")

    def get_rows(self, user: Any) -> Any:
        return self.found

    @cached_property
    def found(self) -> list[dict[str, Any]]:
        return pool_rounds.liability(self.request.user, getattr(self.request, "unit", None))

    def get_context(self, **context: Any) -> dict[str, Any]:
        chart = Chart(
            "liability",
            _("Pools by the end of their period"),
            "bar",
            [str(one["due"]) for one in self.found],
            [Series(_("In the pools"), [one["amount"] for one in self.found])],
            unit=tables.YUAN,
            value_kind="money",
            height="low",
        )
        return super().get_context(chart=chart, **context)
