"""One stock node: what it holds, what it sent, and whom it supplies."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core.views import Action, Crumb, Figure, PortalDetailView
from inventory.queries import nodes

SHOWN = 100


class NodePage(PortalDetailView):
    permission = Permission.VIEW_STOCK
    area = "stock"
    lookup = "code"
    template_name = "inventory/node.html"
    with_timeline = False

    def get_rows(self, user: Any) -> Any:
        return nodes.visible(user)

    def get_title(self) -> str:
        return str(self.object.name)

    def get_subtitle(self) -> str:
        return f"{self.object.code} · {self.object.get_kind_display()} · {self.object.org_unit.name}"

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (Crumb(_("Stock nodes"), reverse("inventory:nodes")),)

    def get_actions(self) -> Iterable[Action]:
        sent = f"{reverse('inventory:movements')}?origin={self.object.code}"
        received = f"{reverse('inventory:movements')}?destination={self.object.code}"
        code = self.object.code
        move, count = reverse("inventory:movement-new"), reverse("inventory:stocktake-new")
        picture = f"{reverse('inventory:network')}?node={code}"
        return [
            Action(_("Network"), picture, Permission.VIEW_STOCK),
            Action(_("Send from here"), f"{move}?origin={code}", Permission.MOVE_STOCK),
            Action(_("Send here"), f"{move}?destination={code}", Permission.MOVE_STOCK),
            Action(_("Count here"), f"{count}?node={code}", Permission.COUNT_STOCK),
            Action(_("Movements from here"), sent, Permission.VIEW_MOVEMENTS),
            Action(_("Movements to here"), received, Permission.VIEW_MOVEMENTS),
        ]

    def get_figures(self) -> Sequence[Figure]:
        node = self.object
        cards = f"{reverse('inventory:cards')}?node={node.code}&state=in_stock"
        return (
            Figure(_("In stock"), node.in_stock, "number", url=cards),
            Figure(_("In transit"), node.in_transit, "number", hint=_("sent from here, not yet received")),
            Figure(_("Supplied by"), node.parent.name if node.parent else None),
        )

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(
            keepers=[str(one.user) for one in self.object.keepers.select_related("user").order_by("pk")],
            holdings=nodes.holdings(self.object)[:SHOWN],
            supplied=nodes.supplied(self.object, self.request.user)[:SHOWN],
            **context,
        )
