"""What the commission pages share."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions.models import SettlementBatch
from commissions.queries import batches, budgets
from core import clock
from core.periods import InvalidPeriod, Month, Period, Week, parse_period
from core.views import Crumb, one_or_404
from core.views.base import with_query

AREA = "commissions"


def batches_crumb() -> Crumb:
    return Crumb(_("Settlement batches"), reverse("commissions:batches"))


def statements_crumb() -> Crumb:
    return Crumb(_("Statements"), reverse("commissions:statements"))


def batch_crumb(batch: SettlementBatch) -> Crumb:
    return Crumb(str(batch), batch_url(batch))


def batch_url(batch: SettlementBatch, page: str = "batch") -> str:
    return reverse(f"commissions:{page}", args=[batch.number])


def period_of(request: HttpRequest) -> Period:
    """The period that the address names, else the last month that is over."""
    try:
        return parse_period(request.GET.get("period", ""))
    except InvalidPeriod:
        return Month.of(clock.today()) + -1


def batch_budgets(
    batch: SettlementBatch, found: Sequence[budgets.BatchBudget], user: Any, *, offered: bool = True
) -> dict[str, Any]:
    """What the budgets' part of a batch page needs; `offered` shows the way to an over-budget approval."""
    refused = batch.state == "calculated" and any(one.refused for one in found)
    within = user.org_unit.path if user.can(Permission.VIEW_BUDGETS) and user.org_unit else None
    return {
        "budgets": [
            {
                "on": one,
                "url": reverse("commissions:budget", args=[one.budget.pk])
                if within and one.budget.org_unit.path.startswith(within)
                else "",
            }
            for one in found
        ],
        "budget_refused": refused,
        "may_grant": refused and offered and user.can(Permission.GRANT_OVER_BUDGET),
    }


def periods_around(period: Period, today: date) -> dict[str, Any]:
    """What the bar of periods shows: those on offer, the neighbours, and the way from months to weeks or back."""
    later = period + 1
    monthly = isinstance(period, Month)
    return {
        "period": period,
        "periods": sorted({*batches.periods_on_offer(type(period), today), period}, reverse=True),
        "earlier": period + -1,
        "later": later if later.first <= today else None,
        "monthly": monthly,
        "month_view": batches.last_over(Month, today) if monthly else period.settlement_month,
        "week_view": batches.last_over(Week, today) if monthly else period,
    }


class OfBatch:
    """Mixin: `batch` is the visible batch that `number` in the address names; Http404 otherwise."""

    request: HttpRequest
    kwargs: dict[str, Any]
    area = AREA

    @cached_property
    def batch(self) -> SettlementBatch:
        return one_or_404(batches.visible(self.request.user), number=self.kwargs["number"])

    def get_breadcrumbs(self) -> list[Crumb]:
        batch = self.batch
        period = Crumb(_("Settlement batches"), reverse("commissions:batches") + f"?period={batch.period}")
        return [period, batch_crumb(batch)]

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(  # type: ignore[misc]
            batch=self.batch, batch_state=SettlementBatch.machine.state(self.batch.state), **context
        )


__all__ = [
    "AREA",
    "OfBatch",
    "batch_budgets",
    "batch_crumb",
    "batch_url",
    "batches_crumb",
    "period_of",
    "statements_crumb",
    "with_query",
]
