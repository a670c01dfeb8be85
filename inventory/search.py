"""Serials for the search at the top. Registered by the app's `ready()`."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core import search
from core.search import Hit
from inventory import states
from inventory.queries import cards

SHORTEST = 6


def find(user: Any, text: str, limit: int) -> list[Hit]:
    """Cards in the user's scope whose serial begins with `text`, which must be at least six digits."""
    text = text.strip()
    if len(text) < SHORTEST or not text.isalnum() or not text.isascii():
        return []
    found = cards.visible(user).filter(serial__startswith=text).order_by("serial")[:limit]
    return [
        Hit(
            title=card.serial,
            url=reverse("inventory:card", args=[card.serial]),
            subtitle=f"{card.product.name} · {card.node.name}",
            state=states.CARD_BY_NAME[card.state],
        )
        for card in found
    ]


def register() -> None:
    search.register("cards", _("Cards"), find, permission=Permission.VIEW_STOCK)
