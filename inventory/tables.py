from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core.tables import Column, Table
from inventory import states


def _dealer_url(dealer: Any) -> str | None:
    return reverse("dealers:detail", args=[dealer.pk]) if dealer else None


NODES = Table(
    Column(
        "name",
        _("Name"),
        sort=True,
        card="title",
        link=lambda node: reverse("inventory:node", args=[node.code]),
    ),
    Column("code", _("Code"), sort=True, card="fact"),
    Column("kind", _("Kind"), value=lambda node: node.get_kind_display(), sort="kind", card="state"),
    Column("org_unit.name", _("Org unit"), sort="org_unit__path", card="fact"),
    Column("parent.name", _("Supplied by")),
    Column(
        "in_stock",
        _("In stock"),
        kind="number",
        card="fact",
        link=lambda node: f"{reverse('inventory:cards')}?node={node.code}&state=in_stock" if node.in_stock else None,
    ),
    Column("in_transit", _("In transit"), kind="number", card="fact"),
    sort="code",
)

CARDS = Table(
    Column(
        "serial",
        _("Serial"),
        sort=True,
        card="title",
        link=lambda card: reverse("inventory:card", args=[card.serial]),
    ),
    Column("product.name", _("Product"), card="fact"),
    Column("node.name", _("Stock node"), card="fact"),
    Column("state", _("State"), kind="badge", states=states.CARD_BY_NAME, card="state"),
    Column("msisdn", _("Phone number"), kind="masked"),
    Column("expires_on", _("Expires on"), kind="date", card="fact"),
    sort="serial",
)

SALES = Table(
    Column("event_no", _("Event number"), card="title"),
    Column("occurred_at", _("Time"), kind="datetime", card="fact"),
    Column("business_type", _("Business type"), value=lambda sale: sale.get_business_type_display(), card="state"),
    Column("product.name", _("Product"), card="fact"),
    Column(
        "seller.name",
        _("Seller"),
        link=lambda sale: _dealer_url(sale.seller),
        link_permission=Permission.VIEW_DEALERS,
        card="fact",
    ),
    Column("msisdn", _("Phone number"), kind="masked"),
    Column("amount", _("Amount"), kind="money", unit=_("yuan")),
    Column("serial", _("Serial"), hidden=True),
    Column("segment", _("Segment"), hidden=True),
    Column("cell_id", _("Cell"), hidden=True),
)
