"""Who sold how much in a month, and how it went over the year."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core.charts import Chart, Series
from core.views import PortalListView
from core.views.lists import Chip
from dealers.models import DealerMonth
from inventory.filters_ranking import RankingFilter
from inventory.queries import ranking
from inventory.tables_ranking import RANKING


class Ranking(PortalListView):
    permission = Permission.VIEW_SALES
    title = _("Activation ranking")
    area = "stock"
    table = RANKING
    filterset_class = RankingFilter
    summary_template = "inventory/ranking_summary.html"
    empty_text = _("No figures for this month. They are posted every night.")

    def get_rows(self, user: Any) -> Any:
        return ranking.months(user)

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(chart=self.chart(), **context)

    def chips(self) -> list[Chip]:
        """There is always a month, so that it cannot be taken away."""
        label = str(self.filterset.filters["month"].label)
        return [chip for chip in super().chips() if chip.label != label]

    def chart(self) -> Chart | None:
        """The activations of the unit, month by month."""
        user = self.request.user
        newest = ranking.latest(user)
        if newest is None:
            return None
        found = ranking.trend(DealerMonth.objects.visible_to(user).within(self.request.unit), until=newest)
        return Chart(
            key="activations",
            title=_("Activations by month"),
            kind="line",
            categories=[f"{month:%Y-%m}" for month, _count in found],
            series=[Series(_("Activations"), [count for _month, count in found])],
            category_label=_("Month"),
            height="low",
        )
