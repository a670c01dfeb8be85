"""Who may touch a movement, and when it has to wait. See docs/inventory.md, "Movements"."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.roles import Permission
from core import errors, sql, transitions
from core.errors import Forbidden, Refused
from core.models import Transition
from inventory.models import StockMovement, StockNode
from inventory.queries import movements, stocktakes

SHOWN = 20


class MovementRefused(Refused):
    """The movement cannot go on like this."""

    code = "movement_refused"


def demand(by: Any, permission: Permission, *ends: StockNode | None) -> None:
    """`by` has the permission and one of the ends in his scope."""
    if by is None or not by.can(permission):
        raise Forbidden(_("Your role may not do this with a movement."))
    ids = [end.pk for end in ends if end is not None]
    own = StockNode.objects.visible_to(by).filter(pk__in=ids)
    if not own.exists():
        raise Forbidden(_("The warehouse is outside your unit."))
    if permission == Permission.MOVE_STOCK and not by.is_dealer and not movements.kept_by(own, by).exists():
        raise Forbidden(_("The warehouse has keepers of its own, and you are not among them."), code="keeper")


def locked(movement: StockMovement) -> StockMovement:
    rows = StockMovement.objects.select_for_update(of=("self",)).select_related("origin", "destination", "made_by")
    return rows.get(pk=movement.pk)


def draft_of(movement: StockMovement) -> StockMovement:
    row = locked(movement)
    if row.state != "draft":
        raise MovementRefused(_("The movement is submitted; its lines are fixed."), code="fixed")
    return row


def moved(row: StockMovement, action: str, *, by: Any, at: datetime, reason: str = "") -> StockMovement:
    transitions.move(row, action=action, by=by, at=at, reason=reason)
    return row


def doers(row: StockMovement, action: str) -> set[int]:
    done = Transition.objects.filter(subject_type=row._meta.label_lower, subject_id=row.pk, action=action)
    return set(done.values_list("by_id", flat=True))


def said(reason: str) -> str:
    return errors.said(reason, _("Say why."), refused=MovementRefused, longest=200, code="reason")


def wait_for_counts(row: StockMovement, *, alone: bool = False) -> None:
    """Refused while one of the ends is counted, and no count of them begins before this is done.

    `alone` keeps other movements of these ends waiting as well.
    """
    ends = [end for end in (row.origin_id, row.destination_id) if end is not None]
    nodes = StockNode.objects.filter(pk__in=ends).order_by("pk")
    if alone:
        list(nodes.select_for_update(of=("self",), no_key=True).values_list("pk"))
    else:
        sql.fetch_all("SELECT id FROM inventory_stocknode WHERE id = ANY(%s) ORDER BY id FOR SHARE", [ends])
    counted = stocktakes.in_the_way(row, ends).first()
    if counted:
        raise MovementRefused(
            _("%(node)s is being counted (%(number)s); the movement waits until the count is finished.")
            % {"node": counted.node, "number": counted.number},
            code="counting",
        )
