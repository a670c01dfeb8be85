"""Budgets: list against time, one by month with its history, entering, and letting a batch go beyond."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import filters_budgets, forms_budgets, tables_budgets
from commissions.models import Budget, SettlementBatch
from commissions.queries import batches, budgets
from commissions.services import budget as service
from commissions.views.batch import batch_figures
from commissions.views.common import AREA, batch_budgets, batch_crumb, batch_url
from core import clock, formats
from core.charts import Chart, Series
from core.views import (
    Action,
    Crumb,
    Figure,
    PortalActionView,
    PortalDetailView,
    PortalFormView,
    PortalListView,
    one_or_404,
)

IN_CHART = 12


def budgets_crumb() -> Crumb:
    return Crumb(_("Budgets"), reverse("commissions:budgets"))


class Budgets(PortalListView):
    """Budgets of the scope with their use against the time that has elapsed."""

    permission = Permission.VIEW_BUDGETS
    area = AREA
    title = _("Budgets")
    summary_template = "commissions/budgets_chart.html"
    table = tables_budgets.BUDGETS
    filterset_class = filters_budgets.BudgetFilter
    empty_text = _("No budget yet. Enter one, or import a file with all of them.")
    primary_action = Action(
        _("New budget"), reverse_lazy("commissions:budget_new"), permission=Permission.EDIT_BUDGETS, icon="plus"
    )

    def get_rows(self, user: Any) -> Any:
        return budgets.visible(user)

    def complete(self, rows: list[Any]) -> list[Any]:
        """The budgets with their `use`."""
        found = budgets.use(rows, clock.today()) if rows else {}
        for one in rows:
            one.use = found.get(one.pk)
        return rows

    def get_context(self, **context: Any) -> dict[str, Any]:
        found = super().get_context(**context)
        shown = [row.source for row in found["rows"] if row.source.use][:IN_CHART]
        return {**found, "chart": _chart(shown) if len(shown) > 1 else None}


def _chart(shown: Sequence[Any]) -> Chart:
    """Budget, committed and forecast beside each other."""
    return Chart(
        key="budgets",
        title=_("Budget, committed and forecast"),
        kind="bar",
        categories=[f"{one.org_unit.name} {one.period}" for one in shown],
        series=[
            Series(_("Budget"), [one.amount for one in shown]),
            Series(_("Committed"), [one.use.committed for one in shown]),
            Series(_("Forecast"), [one.use.forecast for one in shown]),
        ],
        unit=_("yuan"),
        value_kind="money",
        category_label=_("Budget"),
    )


class BudgetDetail(PortalDetailView):
    """One budget: use, month by month, who set it, and which batches may go beyond it."""

    permission = Permission.VIEW_BUDGETS
    area = AREA
    template_name = "commissions/budget.html"
    with_timeline = False

    def get_rows(self, user: Any) -> Any:
        return budgets.visible(user)

    def get_breadcrumbs(self) -> list[Crumb]:
        return [budgets_crumb()]

    def get_primary_action(self) -> Action:
        url = reverse("commissions:budget_edit", args=[self.object.pk])
        return Action(_("Change the amount"), url, permission=Permission.EDIT_BUDGETS, icon="pencil")

    @cached_property
    def use(self) -> budgets.Use | None:
        return budgets.use([self.object], clock.today()).get(self.object.pk)

    def get_state(self) -> Any:
        return self.use.state if self.use else budgets.STATES["unknown"]

    def get_figures(self) -> Sequence[Figure]:
        if self.use is None:
            return [Figure(_("Budget"), self.object.amount, "money")]
        return [
            Figure(_("Budget"), self.object.amount, "money"),
            Figure(_("Committed"), self.use.committed, "money", _hint(self.use)),
            Figure(_("Paid out"), self.use.paid, "money", "" if self.use.paid is not None else _("of all kinds only")),
            Figure(_("Forecast"), self.use.forecast, "money", _open(self.use)),
        ]

    def get_context(self, **context: Any) -> dict[str, Any]:
        months = budgets.by_month(self.object) if self.use and len(self.object.period) == 4 else []
        approvals = self.object.approvals.filter(batch__in=batches.visible(self.request.user))
        return super().get_context(
            use=self.use,
            bar=formats.show("bar", tables_budgets.bar(self.use)),
            chart=_months_chart(self.object, months) if months else None,
            changes=budgets.history(self.object),
            approvals=approvals.select_related("granted_by", "batch", "batch__county"),
            **context,
        )


def _hint(use: budgets.Use) -> str:
    if use.excess:
        return gettext("¥%(amount)s too much") % {"amount": f"{use.excess:,.2f}"}
    return gettext("¥%(amount)s left") % {"amount": f"{use.left:,.2f}"}


def _open(use: budgets.Use) -> str:
    if not use.open_months:
        return gettext("everything is settled")
    return gettext("%(count)s county months not settled yet") % {"count": use.open_months}


def _months_chart(budget: Budget, months: Sequence[budgets.MonthUse]) -> Chart:
    """What adds up over the year beside the budget."""
    committed, forecast = [], []
    so_far = ahead = budget.amount * 0
    last = max((place for place, one in enumerate(months) if one.committed), default=-1)
    for place, one in enumerate(months):
        so_far, ahead = so_far + one.committed, ahead + one.forecast
        committed.append(so_far if place <= last else None)
        forecast.append(ahead)
    return Chart(
        key="months",
        title=_("Month by month, added up"),
        kind="line",
        categories=[f"{one.month:%Y-%m}" for one in months],
        series=[
            Series(_("Committed"), committed),
            Series(_("Forecast"), forecast),
            Series(_("Budget"), [budget.amount] * len(months)),
        ],
        unit=_("yuan"),
        value_kind="money",
        category_label=_("Month"),
    )


class NewBudget(PortalFormView):
    """Enter a budget."""

    permission = Permission.EDIT_BUDGETS
    area = AREA
    title = _("New budget")
    form_class = forms_budgets.NewBudgetForm
    intro = _("A budget that is there already for the same unit, period and kind gets the new amount.")
    success_message = _("The budget is saved.")

    def get_breadcrumbs(self) -> list[Crumb]:
        return [budgets_crumb()]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def perform(self, form: Any) -> str:
        saved = service.save(by=self.request.user, **form.cleaned_data)
        return reverse("commissions:budget", args=[saved.pk])


class EditBudget(PortalFormView):
    """Another amount for a budget; its history keeps the former."""

    permission = Permission.EDIT_BUDGETS
    area = AREA
    form_class = forms_budgets.BudgetForm
    success_message = _("The budget is saved.")

    @cached_property
    def budget(self) -> Budget:
        return one_or_404(budgets.visible(self.request.user), pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return gettext("Change %(budget)s") % {"budget": self.budget}

    def get_breadcrumbs(self) -> list[Crumb]:
        return [budgets_crumb(), Crumb(str(self.budget), reverse("commissions:budget", args=[self.budget.pk]))]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"initial": {"amount": self.budget.amount}}

    def perform(self, form: Any) -> str:
        one = self.budget
        service.save(
            org_unit=one.org_unit,
            period=one.period,
            kind=one.kind,
            amount=form.cleaned_data["amount"],
            by=self.request.user,
        )
        return reverse("commissions:budget", args=[one.pk])


class GrantOverBudget(PortalActionView):
    """Let a calculated batch go beyond the budgets that keep it from being submitted."""

    permission = Permission.GRANT_OVER_BUDGET
    area = AREA
    lookup = "number"
    title = _("Grant an over-budget approval")
    submit_label = _("Grant the approval")
    form_class = forms_budgets.GrantForm
    template_name = "commissions/over_budget.html"

    def get_rows(self, user: Any) -> Any:
        return batches.visible(user)

    def get_title(self) -> str:
        return gettext("Over-budget approval: %(batch)s") % {"batch": self.object}

    def get_breadcrumbs(self) -> list[Crumb]:
        period = Crumb(_("Settlement batches"), reverse("commissions:batches") + f"?period={self.object.period}")
        return [period, batch_crumb(self.object)]

    def get_back_url(self) -> str:
        return batch_url(self.object)

    @cached_property
    def budgets(self) -> list[budgets.BatchBudget]:
        return budgets.of_batch(self.object, clock.today())

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.object.state != "calculated" or not any(one.refused for one in self.budgets):
            words = gettext("%(batch)s needs no over-budget approval now.") % {"batch": self.object}
            messages.warning(request, words)
            return self.go(batch_url(self.object))
        return super().get(request, *args, **kwargs)

    def get_effects(self) -> Sequence[Any]:
        return [
            gettext("%(budget)s: the batch may be submitted with ¥%(committed)s committed, ¥%(excess)s above budget.")
            % {
                "budget": one.budget,
                "committed": f"{one.use.committed:,.2f}",
                "excess": f"{one.use.excess:,.2f}",
            }
            for one in self.budgets
            if one.refused
        ] + [
            gettext("The approval covers what is committed now: if it becomes more, another one is needed."),
            gettext("You cannot submit the batch yourself afterwards."),
        ]

    def get_context(self, **context: Any) -> dict[str, Any]:
        before = batches.month_before(self.object)
        return super().get_context(
            batch=self.object,
            state=SettlementBatch.machine.state(self.object.state),
            **batch_budgets(self.object, self.budgets, self.request.user, offered=False),
            figures=batch_figures(self.object, before),
            compared=batches.compared(self.object, before),
            before=before,
            **context,
        )

    def perform(self, *, form: Any) -> str:
        reason = form.cleaned_data["reason"]
        service.grant(batch=self.object, by=self.request.user, at=clock.now(), reason=reason)
        return batch_url(self.object)

    def get_success_message(self) -> str:
        return gettext("%(batch)s may be submitted beyond its budget.") % {"batch": self.object}
