"""The lists of what dealers owe and have paid."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core.tables import Column, Table


def _documents_url(dealer: Any) -> str:
    return f"{reverse('inventory:movements')}?dealer={dealer.code}&due=true"


AMOUNTS = Table(
    Column("code", _("Dealer code"), sort=True, card="fact"),
    Column("name", _("Dealer"), sort="name", card="title"),
    Column("org_unit.name", _("Unit"), sort="org_unit__name"),
    Column(
        "due",
        _("Due for cards"),
        kind="money",
        sort=True,
        card="fact",
        link=_documents_url,
        link_permission=Permission.VIEW_MOVEMENTS,
    ),
    Column("paid", _("Paid"), kind="money", sort=True, card="fact"),
    Column("owes", _("Owes"), kind="money", sort=True, card="fact"),
    Column("credit_limit", _("Credit limit"), kind="money", sort=True),
    sort="-owes",
)

RECEIPTS = Table(
    Column("bank_reference", _("Bank reference"), sort=True, card="title"),
    Column("dealer.code", _("Dealer code"), sort="dealer__code"),
    Column("dealer.name", _("Dealer"), sort="dealer__name", card="fact"),
    Column("amount", _("Amount"), kind="money", sort=True, total=True, card="fact"),
    Column("received_on", _("Received on"), kind="date", sort=True, card="fact"),
    Column("note", _("Note"), wrap=True),
    Column("entered_by.name", _("Entered by"), hidden=True),
    Column("entered_at", _("Entered at"), kind="datetime", sort=True, hidden=True),
    sort="-received_on",
)
