"""Stores that could be the same as a new one: by credit code, phone or place. See docs/dealers.md, "New stores"."""

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dealers.models import Dealer
from dealers.queries import position

NEAR_M = 100
MOST = 10
DEGREE_M = 111_320


@dataclass(frozen=True)
class Alike:
    """A known dealer, and in what it is alike. `dealer` is None if it lies outside the reader's units."""

    dealer: Dealer | None
    why: tuple[str | Promise, ...]


def alike(
    user: Any,
    *,
    credit_code: str = "",
    contact_phone: str = "",
    latitude: Decimal | None = None,
    longitude: Decimal | None = None,
    but: Dealer | None = None,
) -> list[Alike]:
    """Dealers of all units that are alike in something; those outside the scope are not named. Two queries."""
    wanted = Q()
    if credit_code:
        wanted |= Q(credit_code=credit_code)
    if contact_phone:
        wanted |= Q(contact_phone=contact_phone)
    if latitude is not None and longitude is not None:
        high = Decimal(NEAR_M / DEGREE_M)
        wide = Decimal(NEAR_M / (DEGREE_M * math.cos(math.radians(float(latitude)))))
        wanted |= Q(
            latitude__range=(latitude - high, latitude + high), longitude__range=(longitude - wide, longitude + wide)
        )
    if not wanted:
        return []
    rows = Dealer.objects.filter(wanted).select_related("org_unit").exclude(stage="rejected")
    if but is not None:
        rows = rows.exclude(pk=but.pk)
    visible = set(Dealer.objects.visible_to(user).filter(wanted).values_list("pk", flat=True))
    found = []
    for row in rows.order_by("code")[: MOST * 3]:
        why: list[str | Promise] = []
        if credit_code and row.credit_code == credit_code:
            why.append(_("same credit code"))
        if contact_phone and row.contact_phone == contact_phone:
            why.append(_("same phone"))
        if latitude is not None and longitude is not None:
            away = position.metres_from(dealer=row, latitude=float(latitude), longitude=float(longitude))
            if away is not None and away <= NEAR_M:
                why.append(_("same place"))
        if why:
            found.append(Alike(row if row.pk in visible else None, tuple(why)))
    return found[:MOST]
