"""Dealers for the search at the top. Registered by the app's `ready()`."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core import search
from core.search import Hit
from dealers import states
from dealers.queries import archive


def find(user: Any, text: str, limit: int) -> list[Hit]:
    """Dealers in the user's scope by code, name or pinyin; an exact code comes first."""
    rows = archive.matching(archive.dealers(user=user), text)
    exact = list(rows.filter(code__iexact=text.strip())[:1])
    found = exact + [row for row in rows.order_by("code")[:limit] if row not in exact]
    return [
        Hit(
            title=dealer.name,
            url=reverse("dealers:detail", args=[dealer.pk]),
            subtitle=f"{dealer.code} · {dealer.org_unit.name}",
            state=states.LIFE_CYCLE.state(dealer.stage),
        )
        for dealer in found[:limit]
    ]


def register() -> None:
    search.register("dealers", _("Dealers"), find, permission=Permission.VIEW_DEALERS)
