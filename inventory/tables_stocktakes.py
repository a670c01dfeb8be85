"""The lists of stocktakes and of what they found."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core.tables import Column, Table
from inventory import states


def stocktake_url(stocktake: Any) -> str:
    return reverse("inventory:stocktake", args=[stocktake.number])


def _card_url(difference: Any) -> str | None:
    return reverse("inventory:card", args=[difference.card.serial]) if difference.card_id else None


STOCKTAKES = Table(
    Column("number", _("Stocktake number"), sort="pk", card="title", link=stocktake_url),
    Column("node.name", _("Stock node"), sort="node__name", card="fact"),
    Column("state", _("State"), kind="badge", states=states.STOCKTAKE, sort="state", card="state"),
    Column("sample", _("Cards drawn"), kind="number", hidden=True),
    Column("counted", _("Counted"), kind="number", sort=True),
    Column("differing", _("Differences"), kind="number", sort=True, card="fact"),
    Column("made_at", _("Made at"), kind="datetime", sort=True, card="fact"),
    Column("made_by.name", _("Made by"), hidden=True),
    Column("verified_by.name", _("Verified by"), hidden=True),
    Column("finding", _("Finding"), hidden=True, wrap=True),
    sort="-number",
)

DIFFERENCES = Table(
    Column("serial", _("Serial"), sort=True, card="title", link=_card_url, link_permission=Permission.VIEW_STOCK),
    Column("product.name", _("Product"), sort="product__code", card="fact"),
    Column("kind", _("Kind"), value=lambda row: row.get_kind_display(), sort="kind", card="state"),
    Column("expected", _("In the books"), kind="number", card="fact"),
    Column("counted", _("First count"), kind="number", card="fact"),
    Column("recounted", _("Second count"), kind="number", card="fact"),
    Column("stands", _("Stands"), value=lambda row: _("yes") if row.stands else _("no"), sort="stands"),
    Column("card.node.name", _("Node in the books"), hidden=True),
    sort="kind",
)
