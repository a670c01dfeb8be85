"""Which dealers a user sees, and how they are found."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.roles import Role
from dealers.models import Dealer


def dealers(*, user: Any) -> QuerySet[Dealer]:
    """The dealers within `user`'s scope, with unit and manager."""
    return Dealer.objects.visible_to(user).select_related("org_unit", "manager")


def matching(rows: QuerySet[Dealer], text: str) -> QuerySet[Dealer]:
    """Dealers by code, part of the name, or pinyin: in full or initials, from the beginning."""
    text = text.strip()
    if not text:
        return rows
    wanted = Q(code__istartswith=text) | Q(name__icontains=text)
    if text.isascii():
        key = "".join(text.split()).lower()
        # "wenshan ws": the first word is the full pinyin, the second the initials
        wanted |= Q(pinyin__startswith=key) | Q(pinyin__contains=f" {key}")
    return rows.filter(wanted)


def managers(*, user: Any) -> QuerySet[User]:
    """The active channel managers within `user`'s scope, for choosing one."""
    return User.objects.visible_to(user).filter(role=Role.CHANNEL_MANAGER, is_active=True).order_by("name")
