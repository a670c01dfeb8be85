"""The table of stock levels."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.states import State
from core.tables import Column, Table

NONE = State("fine", _("In order"), "green")


def alert(level: Any) -> State:
    """The gravest alert of a level, as a badge."""
    if level.expired:
        return State("expired", _("Expired cards"), "red")
    if level.is_low:
        return State("low", _("Low stock"), "red" if not level.stock else "amber")
    if level.is_slow:
        return State("slow", _("Slow stock"), "amber")
    if level.expiring:
        return State("expiring", _("Expiring cards"), "amber")
    return State("excess", _("Excess stock"), "amber") if level.is_excess else NONE


def cards_url(level: Any) -> str | None:
    """The cards behind the figure."""
    return f"{reverse('inventory:cards')}?node={level.node.code}&state=in_stock" if level.stock else None


LEVELS = Table(
    Column("node.name", _("Stock node"), sort="node__name", card="title"),
    Column("product.name", _("Product"), sort="product__name", card="fact"),
    Column("stock", _("In stock"), kind="number", sort=True, total=True, card="fact", link=cards_url),
    Column("sold", _("Sold in 30 days"), kind="number", sort=True, total=True),
    Column("days_left", _("Days of stock"), kind="number", sort=True, card="fact"),
    Column("alert", _("Alert"), kind="badge", value=alert, card="state"),
    Column("last_sold_on", _("Last sold on"), kind="date", sort=True),
    Column("held_since", _("Held since"), kind="date", sort=True),
    Column("expired", _("Expired cards"), kind="number", sort=True, total=True),
    Column("expiring", _("Expiring cards"), kind="number", sort=True, total=True),
    Column("node.org_unit.name", _("Org unit"), sort="node__org_unit__path"),
    Column("node.code", _("Node code"), sort="node__code", hidden=True),
    Column("product.code", _("Product code"), sort="product__code", hidden=True),
    sort="-stock",
)
