"""Simulations: try a policy on a settled month, and what came of it."""

from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import simulation_file, tables, tasks
from commissions.models import CommissionPolicy, Simulation
from commissions.queries import policy_pages, simulations
from commissions.views.common import AREA
from core import clock, exports
from core.charts import Chart, Series
from core.errors import Refused
from core.periods import InvalidPeriod, Month
from core.views import (
    Action,
    Crumb,
    PortalDetailView,
    PortalFormView,
    PortalListView,
    PortalMixin,
    one_or_404,
)
from core.views.details import Figure
from dealers.states import Tier

TIERS = dict(Tier.choices)


def policy_crumbs(policy: CommissionPolicy) -> list[Crumb]:
    return [
        Crumb(_("Policies"), reverse("commissions:policies")),
        Crumb(str(policy), reverse("commissions:policy", args=[policy.code])),
    ]


def month_first(text: str) -> Any:
    """The first day of the month that an address names; None if it names none."""
    try:
        return Month.parse(text).first
    except InvalidPeriod:
        return None


class MonthForm(forms.Form):
    """Which settled month."""

    month = forms.ChoiceField(label=_("Settled month"))

    def __init__(self, *args: Any, months: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [f"{month:%Y-%m}" for month in months]
        self.fields["month"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]


class SimulatePolicy(PortalFormView):
    """Choose a settled month; a job tries the policy on it."""

    permission = Permission.EDIT_POLICIES
    area = AREA
    submit_label = _("Simulate")
    intro = _("The settlement is computed anew with the policy's rules. Nothing of the settled month changes.")

    @cached_property
    def policy(self) -> CommissionPolicy:
        return one_or_404(policy_pages.visible(self.request.user), code=self.kwargs["code"])

    def get_title(self) -> str:
        return gettext("Simulate %(policy)s") % {"policy": self.policy.code}

    def get_breadcrumbs(self) -> list[Crumb]:
        return policy_crumbs(self.policy)

    def get_form(self, **kwargs: Any) -> Any:
        return MonthForm(months=simulations.settled_months(self.policy.org_unit.path)[:24], **kwargs)

    def perform(self, form: Any) -> str:
        if not self.policy.rules.exists():
            raise Refused(_("Policy %(code)s has no rules yet.") % {"code": self.policy.code})
        job = tasks.start_simulation(
            policy=self.policy, month=Month.parse(form.cleaned_data["month"]), by=self.request.user
        )
        return reverse("core:job", args=[job.pk])


class _OfSimulation(PortalMixin):
    permission = Permission.VIEW_POLICIES
    area = AREA

    @cached_property
    def simulation(self) -> Simulation:
        return one_or_404(
            simulations.visible(self.request.user),
            policy__code=self.kwargs["code"],
            month=month_first(self.kwargs["period"]),
        )

    def get_breadcrumbs(self) -> list[Crumb]:
        return policy_crumbs(self.simulation.policy)


class SimulationDetail(_OfSimulation, PortalDetailView):
    """Totals, winners and losers, tier by county, budgets."""

    template_name = "commissions/simulation.html"
    with_timeline = False

    @cached_property
    def object(self) -> Simulation:
        return self.simulation

    def get_title(self) -> str:
        names = {"policy": self.simulation.policy.code, "month": self.simulation.period}
        return gettext("%(policy)s simulated on %(month)s") % names

    def get_state(self) -> None:
        return None

    def get_actions(self) -> Sequence[Action]:
        address = [self.simulation.policy.code, self.simulation.period]
        return [
            Action(_("Export as XLSX"), reverse("commissions:simulation_file", args=address), icon="download"),
            Action(_("All dealers"), reverse("commissions:simulation_dealers", args=address), icon="list"),
            Action(
                _("Simulate again"),
                reverse("commissions:policy_simulate", args=address[:1]),
                Permission.EDIT_POLICIES,
                icon="refresh",
            ),
        ]

    def get_figures(self) -> list[Figure]:
        return key_figures(self.simulation)

    def get_context(self, **context: Any) -> dict[str, Any]:
        simulation = self.simulation
        winners, losers = simulations.movers(simulation)
        return super().get_context(
            simulation=simulation,
            outdated=simulations.outdated(simulation),
            rows=compared(simulation),
            winners=winners,
            losers=losers,
            matrix=matrix(simulation),
            chart=movers_chart(winners, losers),
            budgets=simulations.budget_effects(simulation, clock.today()),
            **context,
        )


def key_figures(simulation: Simulation) -> list[Figure]:
    """Four figures that say what the policy changes, each beside what was settled."""
    before, after = (simulation.result["totals"][when] for when in ("before", "after"))
    labels = (("gross", _("Gross")), ("total", _("Month's sales in all")), ("net", _("Net")), ("paid", _("Paid out")))
    return [
        Figure(
            label,
            Decimal(after[name]),
            kind="money",
            hint=gettext("settled %(amount)s") % {"amount": f"¥{Decimal(before[name]):,.2f}"},
        )
        for name, label in labels
    ]


def compared(simulation: Simulation) -> list[dict[str, Any]]:
    """Every figure settled and simulated."""
    before, after = (simulation.result["totals"][when] for when in ("before", "after"))
    return [
        {
            "label": label,
            "before": Decimal(before[name]),
            "after": Decimal(after[name]),
            "change": Decimal(after[name]) - Decimal(before[name]),
        }
        for name, label in simulation_file.figures()
    ]


def matrix(simulation: Simulation) -> dict[str, Any]:
    """Counties × tiers: the gross settled, simulated, and the change, with sums."""
    rows = simulations.groups(simulation, "county__name", "tier")
    tiers = sorted({row["tier"] for row in rows}, key=lambda tier: list(TIERS).index(tier) if tier in TIERS else 99)
    cells = {(row["county__name"], row["tier"]): row for row in rows}
    by_county = {row["county__name"]: row for row in simulations.groups(simulation, "county__name")}
    return {
        "tiers": [TIERS.get(tier, tier) for tier in tiers],
        "rows": [
            {"county": county, "cells": [cells.get((county, tier)) for tier in tiers], "sum": total}
            for county, total in by_county.items()
        ],
    }


def movers_chart(winners: Sequence[Any], losers: Sequence[Any]) -> Chart | None:
    """The largest changes of gross, up and down."""
    rows = [*winners, *reversed(losers)]
    if not rows:
        return None
    return Chart(
        key="movers",
        title=_("Largest changes of gross by dealer"),
        kind="hbar",
        categories=[row.dealer.name for row in rows],
        series=[Series(_("Change of gross"), [row.gross_change for row in rows])],
        unit=_("yuan"),
        value_kind="money",
        category_label=_("Dealer"),
        height="high",
    )


class SimulationDealers(_OfSimulation, PortalListView):
    """Every dealer of the simulation."""

    table = tables.SIMULATED_DEALERS
    follows_unit = False

    def get_title(self) -> str:
        return gettext("Dealers")

    def get_breadcrumbs(self) -> list[Crumb]:
        one = self.simulation
        return [
            *super().get_breadcrumbs(),
            Crumb(one.period, reverse("commissions:simulation", args=[one.policy.code, one.period])),
        ]

    def get_rows(self, user: Any) -> Any:
        return simulations.dealers(self.simulation)


class SimulationFile(_OfSimulation):
    """The simulation as a workbook."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        one = self.simulation
        return exports.response(f"{one.policy.code}-{one.period}", simulation_file.sheets(one), as_="xlsx")
