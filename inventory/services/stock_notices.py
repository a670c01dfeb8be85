"""Who is told what about movements and stocktakes."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts import queries
from accounts.models import User
from accounts.roles import Permission
from core import notices
from inventory.models import StockMovement, StockNode, Stocktake

SHIPPED = gettext_noop("%(number)s is on its way to %(node)s: %(count)s pieces.")
SHORT = gettext_noop("%(number)s arrived at %(node)s with discrepancies.")
REJECTED = gettext_noop("%(number)s was rejected: %(reason)s")
COUNTED = gettext_noop("Stocktake %(number)s of %(node)s waits for verification.")
AGAIN = gettext_noop("Stocktake %(number)s of %(node)s is to be counted again: %(reason)s")


def shipped(row: StockMovement, *, to: StockNode, by: Any) -> None:
    _movement(row, SHIPPED, keepers(to), by=by, node=to.name, count=row.shipped or 0)


def short(row: StockMovement, *, origin: StockNode, to: StockNode, by: Any) -> None:
    _movement(row, SHORT, [row.made_by, *keepers(origin)], by=by, node=to.name)


def rejected(row: StockMovement, *, by: Any, reason: str) -> None:
    _movement(row, REJECTED, [row.made_by], by=by, reason=reason)


def counted(row: Stocktake, *, by: Any) -> None:
    people = queries.people(Permission.VERIFY_STOCKTAKES, unit=row.node.org_unit)
    _stocktake(row, COUNTED, people, by=by)


def again(row: Stocktake, *, by: Any, reason: str) -> None:
    _stocktake(row, AGAIN, [row.made_by], by=by, reason=reason)


def keepers(node: StockNode) -> list[User]:
    """Who moves the node's stock: the dealer's people, the keepers that it names, or those of its unit."""
    if node.dealer_id is not None:
        return list(User.objects.filter(dealer_link__dealer_id=node.dealer_id, is_active=True))
    named = list(User.objects.filter(pk__in=node.keepers.values("user"), is_active=True))
    return named or list(queries.people(Permission.MOVE_STOCK, unit=node.org_unit))


def _movement(row: StockMovement, text: str, people: Any, *, by: Any, **more: Any) -> None:
    url = reverse("inventory:movement", args=[row.number])
    notices.send(people, text, url=url, but=by, number=row.number, **more)


def _stocktake(row: Stocktake, text: str, people: Any, *, by: Any, **more: Any) -> None:
    url = reverse("inventory:stocktake", args=[row.number])
    notices.send(people, text, url=url, but=by, number=row.number, node=row.node.name, **more)
