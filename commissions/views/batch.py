"""One batch: overview, statements, lines, unpriced records, charts."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import filters, states, tables
from commissions.models import SettlementBatch
from commissions.queries import batches, budgets, checks, lines, offers, sources, statements
from commissions.views.common import AREA, OfBatch, batch_budgets, batch_url
from core import clock
from core.charts import Chart, Series
from core.money import ZERO
from core.views import Crumb, Figure, PortalDetailView, PortalListView, PortalPage

PAGES = (
    ("batch", _("Overview")),
    ("batch_statements", _("Statements")),
    ("batch_lines", _("Lines")),
    ("batch_unpriced", _("Unpriced records")),
    ("batch_payments", _("Payments")),
)


def tabs(batch: SettlementBatch, current: str) -> list[dict[str, Any]]:
    """The pages of a batch, with their counts; payments from approval on."""
    counts = {"batch_statements": batch.dealers, "batch_lines": batch.lines, "batch_unpriced": batch.unpriced}
    return [
        {"label": label, "url": batch_url(batch, name), "current": name == current, "count": counts.get(name)}
        for name, label in PAGES
        if name != "batch_payments" or batch.state in states.FROZEN
    ]


class BatchList(PortalListView):
    """Batches of every period: where somebody looks for those in one state."""

    permission = Permission.VIEW_BATCHES
    area = AREA
    title = _("All batches")
    table = tables.BATCHES
    filterset_class = filters.BatchFilter
    empty_text = _("No batch yet. Settle a month on the page of the period.")

    def get_breadcrumbs(self) -> list[Crumb]:
        return [Crumb(_("Settlement batches"), reverse("commissions:batches"))]

    def get_rows(self, user: Any) -> Any:
        return batches.visible(user)


class BatchDetail(PortalDetailView):
    """What a batch comes to, what is unusual about it, who did what, and what is next."""

    permission = Permission.VIEW_BATCHES
    area = AREA
    lookup = "number"
    template_name = "commissions/batch.html"

    def get_rows(self, user: Any) -> Any:
        return batches.visible(user)

    def get_subtitle(self) -> str:
        return self.object.number

    def get_breadcrumbs(self) -> list[Crumb]:
        url = reverse("commissions:batches") + f"?period={self.object.period}"
        return [Crumb(_("Settlement batches"), url)]

    def get_figures(self) -> Sequence[Figure]:
        return batch_figures(self.object, self.before)

    @cached_property
    def before(self) -> SettlementBatch | None:
        return batches.month_before(self.object)

    def get_context(self, **context: Any) -> dict[str, Any]:
        batch = self.object
        return super().get_context(
            batch=batch,
            before=self.before,
            tabs=tabs(batch, "batch"),
            compared=batches.compared(batch, self.before),
            checks=checks.of_batch(batch, self.request.user),
            offers=offers.offers(batch, self.request.user),
            next_step=offers.next_step(batch),
            job=batches.active_job(batch),
            people=people(batch),
            **batch_budgets(batch, budgets.of_batch(batch, clock.today()), self.request.user),
            **context,
        )


def batch_figures(batch: SettlementBatch, before: SettlementBatch | None) -> list[Figure]:
    """The four that everybody asks for; the hint compares with last month."""

    def hint(name: str) -> str:
        if before is None:
            return ""
        return gettext("last month ¥%(amount)s") % {"amount": f"{getattr(before, name):,.2f}"}

    return [
        Figure(_("Gross"), batch.gross, "money", hint("gross")),
        Figure(_("Withheld"), batch.withheld, "money", hint("withheld")),
        Figure(_("To the pool"), batch.pool, "money", hint("pool")),
        Figure(_("Paid out"), batch.paid, "money", hint("paid")),
    ]


def people(batch: SettlementBatch) -> list[tuple[Any, Any, Any]]:
    """(what, who, when) of the steps that different people take."""
    return [
        (_("Calculated by"), batch.calculated_by or (batch.calculated_at and _("the system")), batch.calculated_at),
        (_("Submitted by"), batch.submitted_by, batch.submitted_at),
        (_("Reviewed by"), batch.reviewed_by, batch.reviewed_at),
        (_("Approved by"), batch.approved_by, batch.approved_at),
        (_("Payments by"), batch.paying_by, None),
    ]


class _BatchList(OfBatch, PortalListView):
    """A list within a batch, below its tabs."""

    permission = Permission.VIEW_BATCHES
    template_name = "commissions/batch_list.html"
    follows_unit = False
    page_name = ""
    heading: Any = ""

    def get_title(self) -> str:
        return f"{self.batch} · {self.heading}"

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(tabs=tabs(self.batch, self.page_name), state=self.state, **context)

    @property
    def state(self) -> Any:
        return SettlementBatch.machine.state(self.batch.state)


class BatchStatements(_BatchList):
    """The dealers' statements of a batch, against last month."""

    table = tables.BATCH_STATEMENTS
    filterset_class = filters.BatchStatementFilter
    page_name = "batch_statements"
    heading = _("Statements")
    name = "statements"
    empty_text = _("This batch has no statements: nothing was due for any dealer of the county.")

    def get_rows(self, user: Any) -> Any:
        return statements.of_batch(self.batch, batches.month_before(self.batch))

    @cached_property
    def filterset(self) -> Any:
        found = super().filterset
        found.checks = self.batch.checks
        return found


class BatchLines(_BatchList):
    """Every line of a batch."""

    table = tables.BATCH_LINES
    filterset_class = filters.BatchLineFilter
    page_name = "batch_lines"
    heading = _("Lines")
    name = "lines"
    count_limit = 10_000
    empty_text = _("This batch has no lines. The checks on its overview say why.")

    def get_rows(self, user: Any) -> Any:
        return lines.of_batch(self.batch)

    def complete(self, rows: list[Any]) -> list[Any]:
        return sources.name_sources(rows)


class BatchUnpriced(_BatchList):
    """The records of the county that nothing prices."""

    table = tables.UNPRICED
    filterset_class = filters.UnpricedFilter
    page_name = "batch_unpriced"
    heading = _("Unpriced records")
    name = "unpriced"
    empty_text = _("Every record of the county up to this period is priced.")

    def get_rows(self, user: Any) -> Any:
        return lines.unpriced(self.batch)


class BatchCharts(OfBatch, PortalPage):
    """Structure by kind and the largest changes by dealer: a part of the batch page."""

    permission = Permission.VIEW_BATCHES
    template_name = "commissions/batch_charts.html"

    def get_context(self, **context: Any) -> dict[str, Any]:
        before = batches.month_before(self.batch)
        changes = statements.top_changes(self.batch, before) if before else []
        return super().get_context(
            structure=structure_chart(self.batch, before),
            changes=changes_chart(changes) if changes else None,
            changed=changes,
            before=before,
            **context,
        )


def structure_chart(batch: SettlementBatch, before: SettlementBatch | None) -> Chart:
    """What the batch consists of, beside the month before."""
    now = lines.by_kind(batch)
    then = lines.by_kind(before) if before else {}
    names = [
        (name, label)
        for name, label in [*states.Kind.choices, *states.LineType.choices]
        if name != "record" and (name in now or name in then)
    ]
    series = [Series(batch.period, [now.get(name, ZERO) for name, _label in names])]
    if before:
        series.insert(0, Series(before.period, [then.get(name, ZERO) for name, _label in names]))
    return Chart(
        key="structure",
        title=_("Structure by kind"),
        kind="bar",
        categories=[label for _name, label in names],
        series=series,
        unit=_("yuan"),
        value_kind="money",
        category_label=_("Commission kind"),
    )


def changes_chart(changes: Sequence[Any]) -> Chart:
    """The dealers whose amount changed most against last month."""
    return Chart(
        key="changes",
        title=_("Largest changes by dealer against last month"),
        kind="hbar",
        categories=[one.dealer.name for one in changes],
        series=[Series(_("Difference"), [one.difference for one in changes])],
        unit=_("yuan"),
        value_kind="money",
        category_label=_("Dealer"),
    )
