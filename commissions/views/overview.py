"""Batches of a period at a glance, and their calculation."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from accounts.roles import Permission
from commissions import states, tasks
from commissions.queries import batches, offers
from commissions.views.common import AREA, period_of, periods_around
from core import clock
from core.periods import InvalidPeriod, Month, parse_period
from core.views import PortalMixin, PortalPage


class Overview(PortalPage):
    """Counties × state of one period. A county's own staff sees what to do next instead."""

    permission = Permission.VIEW_BATCHES
    area = AREA
    template_name = "commissions/overview.html"

    def get_title(self) -> str:
        return gettext("Settlement batches of %(period)s") % {"period": period_of(self.request)}

    def get_context(self, **context: Any) -> dict[str, Any]:
        request, today = self.request, clock.today()
        period = period_of(request)
        unit = getattr(request, "unit", None) or request.user.org_unit
        found = batches.overview(request.user, period, within=getattr(request, "unit", None))
        may_settle = request.user.can(Permission.SETTLE) and period.last < today
        rows = [_row(row, request.user, may_settle=may_settle) for row in found.rows]
        return super().get_context(
            over=period.last < today,
            found=found,
            rows=rows,
            only=rows[0] if len(rows) == 1 else None,
            unit=unit,
            stages=[states.BATCH.state(name) for name in batches.STAGES],
            stage_counts=[found.by_state[name] for name in batches.STAGES],
            not_begun=found.by_state[""],
            figures=_figures(found),
            weeks=batches.weeks_of(request.user, period, within=getattr(request, "unit", None))
            if isinstance(period, Month)
            else [],
            may_settle=may_settle and any(row["can_settle"] for row in rows),
            busy=bool(found.jobs),
            **periods_around(period, today),
            **context,
        )


def _row(row: batches.CountyRow, user: Any, *, may_settle: bool) -> dict[str, Any]:
    """What the template shows of a county, with its next step and the offers of its batch."""
    place = batches.STAGES.index(row.state) if row.state in batches.STAGES else -1
    marks = ["done" if i < place else "now" if i == place else "" for i in range(len(batches.STAGES))]
    return {
        "county": row.county,
        "batch": row.batch,
        "before": row.before,
        "job": row.job if row.job and row.job.active else None,
        "state": states.BATCH.state(row.state) if row.batch else None,
        "marks": marks,
        "steps": list(zip(map(states.BATCH.state, batches.STAGES), marks, strict=True)),
        "change": row.change,
        "warnings": row.warnings(),
        "errors": row.errors(),
        "refusals": row.refusals,
        "can_settle": may_settle and row.can_settle,
        "next": offers.next_step(row.batch),
        "offers": offers.offers(row.batch, user) if row.batch else [],
    }


def _figures(found: batches.Overview) -> list[dict[str, Any]]:
    """The sums of the period, each with its change against the period before."""
    labels = (("gross", _("Gross")), ("withheld", _("Withheld")), ("pool", _("To the pool")), ("paid", _("Paid out")))
    return [{"label": label, "value": found.totals[name], "change": found.change_of(name)} for name, label in labels]


class Settle(PortalMixin):
    """Start the calculation of the chosen counties, or of all that can be calculated."""

    permission = Permission.SETTLE
    area = AREA
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        back = reverse("commissions:batches")
        try:
            period = parse_period(request.POST.get("period", ""))
        except InvalidPeriod:
            messages.error(request, gettext("Choose the period to settle."))
            return self.go(back)
        back = f"{back}?period={period}"
        if period.last >= clock.today():
            messages.error(request, gettext("%(period)s is not over yet.") % {"period": period})
            return self.go(back)
        counties = OrgUnit.objects.visible_to(request.user).filter(level="county").order_by("path")
        chosen = request.POST.getlist("county")
        if chosen:
            counties = counties.filter(code__in=chosen)
        elif unit := getattr(request, "unit", None):
            counties = counties.within(unit)
        jobs = tasks.start_settlement(period=period, counties=list(counties), by=request.user)
        if jobs:
            count = len(jobs)
            text = ngettext(
                "The calculation of %(count)s county has started.",
                "The calculation of %(count)s counties has started.",
                count,
            )
            messages.success(request, text % {"count": count})
        else:
            messages.warning(request, gettext("There is no county to settle in your scope."))
        following = request.POST.get("next", "")
        return self.go(following if _local(following) else back)


def _local(url: str) -> bool:
    return url.startswith("/commissions/")


class SettlementProgress(PortalMixin):
    """The calculations under way; asks again while one is, and reloads the page when all are done."""

    permission = Permission.VIEW_BATCHES
    area = AREA
    template_name = "commissions/progress.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        period = period_of(request)
        found = batches.overview(request.user, period, within=getattr(request, "unit", None))
        response = self.render(period=period, jobs=found.jobs)
        if not found.jobs and request.GET.get("since"):
            response["HX-Refresh"] = "true"
        return response
