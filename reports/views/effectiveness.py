"""The effectiveness of commission: one sentence, a chart, a table with what every indicator contributed."""

from dataclasses import replace
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import Permission
from core.charts import Chart, Series
from core.views import PortalListView
from core.views.base import with_query
from dealers.models import Dealer
from reports.filters import EffectivenessForm
from reports.queries import effectiveness, effectiveness_rows
from reports.queries.effectiveness import Dimension, Report
from reports.queries.effectiveness_rows import INDICATOR_LABELS, Row
from reports.rules.effectiveness import INDICATORS
from reports.tables import EFFECTIVENESS

CHARTED = 12
NAMED = 8


class Asked:
    """Stands where a list has its filters: the rows come from what the form asks."""

    def __init__(self, data: Any, *, queryset: Any, request: HttpRequest) -> None:
        self.form = EffectivenessForm(data, request=request)
        self.request = request

    @cached_property
    def report(self) -> Report:
        span, dimension, unit = self.form.asked()
        return effectiveness.report(span=span, dimension=dimension, unit=unit, keep=True)

    @cached_property
    def qs(self) -> list[Row]:
        rows = effectiveness_rows.rows(self.report)
        if self.report.dimension != Dimension.DEALER:
            return rows
        keys = dict(Dealer.objects.filter(code__in=[row.group for row in rows]).values_list("code", "pk"))
        return [replace(row, url=reverse("dealers:detail", args=[keys[row.group]])) for row in rows]


class Effectiveness(PortalListView):
    permission = Permission.VIEW_REPORTS
    title = gettext_lazy("Effectiveness of commission")
    table = EFFECTIVENESS
    filterset_class = Asked
    summary_template = "reports/effectiveness.html"
    empty_text = gettext_lazy(
        "No group has both developed users and commission in this period. Settle its months, or choose another period."
    )

    def get_rows(self, user: Any) -> list[Row]:
        return []

    def chips(self) -> list[Any]:
        """None: the three choices always hold and are always in sight."""
        return []

    @property
    def export_name(self) -> str:  # type: ignore[override]
        report: Report = self.filterset.report
        return f"{self.title}-{report.span}-{report.dimension}"

    def get_context(self, **context: Any) -> dict[str, Any]:
        report: Report = self.filterset.report
        rows: list[Row] = self.filterset.qs
        left_out = effectiveness_rows.left_out(report)
        return super().get_context(
            report=report,
            sentence=in_a_sentence(report, rows),
            chart=contributions(rows) if len(rows) > 1 else None,
            deeper=self._deeper(report, rows),
            weights=[(INDICATOR_LABELS[name], weight) for name, weight in report.weights.items()],
            left_out=left_out[:NAMED],
            left_out_more=max(0, len(left_out) - NAMED),
            **context,
        )

    def _deeper(self, report: Report, rows: list[Row]) -> list[tuple[str, str]]:
        """From counties to the dealers of each."""
        if report.dimension != Dimension.COUNTY:
            return []
        query = self.request.GET
        return [(row.label, with_query(query, by="dealer", branch=row.group, page=None, sort=None)) for row in rows]


def in_a_sentence(report: Report, rows: list[Row]) -> str:
    """What the figures say."""
    if not rows:
        return ""
    commission = sum(row.commission for row in rows)
    average = 100 * sum(row.revenue for row in rows) / commission
    facts: dict[str, Any] = {"period": report.span, "average": f"{average:,.2f}", "best": rows[0].label}
    if len(rows) == 1:
        return (
            _(
                "%(period)s: 100 yuan of commission brought %(average)s yuan of revenue. "
                "There is only one group, so nothing to compare: choose another comparison."
            )
            % facts
        )
    last = rows[-1]
    facts |= {
        "score": f"{rows[0].score:.3f}",
        "why": _strongest(rows[0], best=True),
        "last": last.label,
        "last_score": f"{last.score:.3f}".replace("-", "−"),
        "last_why": _strongest(last, best=False),
    }
    return (
        _(
            "%(period)s: 100 yuan of commission brought %(average)s yuan of revenue. %(best)s does best (%(score)s), "
            "above all by its %(why)s; %(last)s comes last (%(last_score)s), above all because of its %(last_why)s."
        )
        % facts
    )


def _strongest(row: Row, *, best: bool) -> str | Promise:
    """The indicator that lifts the row most, or pulls it down most."""
    pick = max if best else min
    return str(INDICATOR_LABELS[pick(INDICATORS, key=row.contribution)])


def contributions(rows: list[Row]) -> Chart:
    """What each indicator adds to or takes from the score, for the first groups."""
    shown = rows[:CHARTED]
    return Chart(
        key="effectiveness",
        title=_("What the score is made of"),
        kind="stacked",
        categories=[row.label for row in shown],
        series=[Series(INDICATOR_LABELS[name], [row.contribution(name) for row in shown]) for name in INDICATORS],
        unit=_("points"),
        category_label=_("Group"),
    )
