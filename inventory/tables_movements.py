"""The list of stock movements."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.tables import Column, Table
from inventory import states

STATES = {state.name: state for state in states.MOVEMENT.states}


def movement_url(movement: Any) -> str:
    return reverse("inventory:movement", args=[movement.number])


MOVEMENTS = Table(
    Column("number", _("Movement number"), sort="pk", card="title", link=movement_url),
    Column("kind", _("Kind"), value=lambda row: row.get_kind_display(), sort="kind", card="fact"),
    Column("origin.name", _("Sender"), value=lambda row: row.origin.name if row.origin else _("outside"), card="fact"),
    Column(
        "destination.name",
        _("Receiver"),
        value=lambda row: row.destination.name if row.destination else _("written off"),
        card="fact",
    ),
    Column("quantity", _("Quantity"), kind="number", sort=True, card="fact"),
    Column("state", _("State"), kind="badge", states=STATES, sort="state", card="state"),
    Column("due_on", _("Due back on"), kind="date", sort=True),
    Column("made_at", _("Made at"), kind="datetime", sort=True),
    Column("made_by.name", _("Made by"), hidden=True),
    Column("carrier", _("Carrier"), hidden=True),
    Column("reason", _("Reason"), hidden=True),
    sort="-number",
)
