"""What nodes hold, how it sells, and what needs attention."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core.views import PortalListView
from inventory.filters_levels import LevelFilter
from inventory.queries import levels
from inventory.tables_levels import LEVELS


class Levels(PortalListView):
    permission = Permission.VIEW_STOCK
    title = _("Stock and turnover")
    area = "stock"
    table = LEVELS
    filterset_class = LevelFilter
    summary_template = "inventory/levels_summary.html"
    empty_text = _("No stock levels yet. They are posted every night.")

    def get_rows(self, user: Any) -> Any:
        return levels.visible(user)

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(levels=levels.totals(self.filterset.qs), **context)
