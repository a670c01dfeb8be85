"""One card: where it is and what happened to it."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import Permission
from core.views import Crumb, Figure, PortalDetailView, Section, Step
from inventory import states
from inventory.models import StockNode
from inventory.queries import cards


class CardPage(PortalDetailView):
    permission = Permission.VIEW_STOCK
    area = "stock"
    lookup = "serial"
    sections = (Section(gettext_lazy("Facts"), template="inventory/card_facts.html"),)

    def get_rows(self, user: Any) -> Any:
        return cards.visible(user)

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (Crumb(_("Cards"), reverse("inventory:cards")),)

    def get_state(self) -> Any:
        return states.CARD_BY_NAME[self.object.state]

    def get_figures(self) -> Sequence[Figure]:
        card = self.object
        return (
            Figure(_("Product"), card.product.name, hint=card.product.get_item_kind_display()),
            Figure(_("Stock node"), card.node.name, hint=card.node.code),
            Figure(_("Expires on"), card.expires_on, kind="date"),
        )

    def get_timeline(self) -> list[Step]:
        """Newest first; a node of which the reader may not know shows by its code alone."""
        events = cards.history(self.object, self.request.user)
        codes = {event.node for event in events if event.node}
        names = dict(StockNode.objects.visible_to(self.request.user).filter(code__in=codes).values_list("code", "name"))
        return [_step(event, names) for event in reversed(events)]


def _step(event: cards.CardEvent, names: dict[str, str]) -> Step:
    if event.event == "sale":
        return Step(label=_("Sold"), by=event.reference or "", at=event.at, colour="green")
    state = states.CARD_BY_NAME[event.state or "in_stock"]
    reserved = event.state == "in_stock" and event.reference
    return Step(
        label=_("Reserved") if reserved else str(state.label),
        by=names.get(event.node or "", event.node or ""),
        at=event.at,
        reason=event.reference or "",
        colour=state.colour,
    )
