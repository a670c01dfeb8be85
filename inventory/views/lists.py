"""Stock nodes, cards and sales records, to read."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core.views import PortalListView
from inventory import filters, tables
from inventory.queries import cards, nodes, sales


class Nodes(PortalListView):
    permission = Permission.VIEW_STOCK
    title = _("Stock nodes")
    area = "stock"
    table = tables.NODES
    filterset_class = filters.NodeFilter
    empty_text = _("No stock nodes in this unit yet. Import them from a file.")

    def get_rows(self, user: Any) -> Any:
        return nodes.visible(user)


class Cards(PortalListView):
    permission = Permission.VIEW_STOCK
    title = _("Cards")
    area = "stock"
    table = tables.CARDS
    filterset_class = filters.CardFilter
    count_limit = 10_000
    empty_text = _("No cards in this unit yet. Import them from a file.")

    def get_rows(self, user: Any) -> Any:
        return cards.visible(user)


class Sales(PortalListView):
    permission = Permission.VIEW_SALES
    title = _("Sales records")
    area = "stock"
    table = tables.SALES
    filterset_class = filters.SaleFilter
    count_limit = 10_000
    empty_text = _("No sales records in this unit yet. Import them from a file.")

    def get_rows(self, user: Any) -> Any:
        return sales.visible(user)
