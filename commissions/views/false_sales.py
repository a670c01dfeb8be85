"""Sales confirmed false: what was paid for them, and where it was or will be taken back."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import filters_corrections as filters
from commissions import tables_corrections as tables
from commissions.queries import false_sales, sources
from commissions.queries.explain import lines_of_record
from commissions.queries.false_sales import Fate
from commissions.views.common import AREA
from core.views import Crumb, Figure, PortalDetailView, PortalListView


class FalseSales(PortalListView):
    """The confirmed ones of the scope, the newest first."""

    permission = Permission.VIEW_STATEMENTS
    area = AREA
    title = _("False sales")
    table = tables.FALSE_SALES
    filterset_class = filters.FalseSaleFilter
    count_limit = 10_000
    empty_text = _("No sale was confirmed false. City channel management imports them from a file.")

    def get_rows(self, user: Any) -> Any:
        return false_sales.visible(user)

    def complete(self, rows: list[Any]) -> list[Any]:
        found = false_sales.fates(rows, self.request.user)
        for row in rows:
            row.fate = found[row.pk]
        return rows


class FalseSaleDetail(PortalDetailView):
    """One false sale with every line that it brought."""

    permission = Permission.VIEW_STATEMENTS
    area = AREA
    template_name = "commissions/false_sale.html"
    with_timeline = False

    def get_rows(self, user: Any) -> Any:
        return false_sales.visible(user)

    def get_title(self) -> str:
        return gettext("False sale %(event)s") % {"event": self.object.record.event_no}

    def get_subtitle(self) -> str:
        return f"{self.object.record.seller.name} · {self.object.get_cause_display()}"

    def get_breadcrumbs(self) -> list[Crumb]:
        return [Crumb(_("False sales"), reverse("commissions:false_sales"))]

    @cached_property
    def fate(self) -> Fate:
        return false_sales.fates([self.object], self.request.user)[self.object.pk]

    def get_figures(self) -> Sequence[Figure]:
        fate = self.fate
        return [
            Figure(_("Settled for it"), fate.settled, "money"),
            Figure(_("Taken back"), fate.back, "money", hint=fate.words),
            Figure(_("Withheld since"), fate.withheld, "money"),
            Figure(_("Confirmed on"), self.object.confirmed_on, "date"),
        ]

    def get_context(self, **context: Any) -> dict[str, Any]:
        lines = sources.name_sources(lines_of_record(self.object.record, user=self.request.user))
        return super().get_context(sale=self.object.record, fate=self.fate, lines=lines, **context)
