"""Who looks after which dealers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.roles import Permission
from core import followups
from core.errors import Forbidden, Refused
from core.transitions import record_all
from dealers.models import Dealer


def assign(*, dealers: Sequence[Dealer], manager: Any, by: Any, at: datetime, reason: str = "") -> int:
    """Give the dealers to `manager` (None: to nobody); how many changed.

    All or none: the manager must be active, log visits and see every one of the dealers,
    and so must `by`. Raises Forbidden, Refused.
    """
    if not by.can(Permission.ASSIGN_MANAGERS):
        raise Forbidden(_("You may not assign channel managers."))
    with transaction.atomic():
        rows = list(
            Dealer.objects.visible_to(by)
            .select_for_update(of=("self",))
            .filter(pk__in=[dealer.pk for dealer in dealers])
            .order_by("pk")
        )
        if len(rows) != len({dealer.pk for dealer in dealers}):
            raise Forbidden(_("Some of these dealers are not in your unit."))
        if manager is not None:
            _check(rows, manager)
        moving = [row for row in rows if row.manager_id != (manager.pk if manager else None)]
        Dealer.objects.filter(pk__in=[row.pk for row in moving]).update(manager=manager)
        after = manager.username if manager else ""
        record_all(moving, action="assign", before="", after=after, by=by, at=at, reason=reason)
        if moving:
            ids = [row.pk for row in moving]
            followups.emit("dealers_changed", ids=ids)
            if manager is not None:
                followups.emit("manager_assigned", dealer_ids=ids, manager=manager, by=by, at=at)
    return len(moving)


def _check(rows: list[Dealer], manager: Any) -> None:
    if not manager.is_active or not manager.can(Permission.LOG_VISITS):
        raise Refused(_("%(user)s is not a channel manager.") % {"user": manager}, code="not_a_manager")
    seen = set(Dealer.objects.visible_to(manager).filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    outside = next((row for row in rows if row.pk not in seen), None)
    if outside:
        raise Refused(
            _("%(dealer)s is outside the unit of %(user)s.") % {"dealer": outside.name, "user": manager},
            code="outside_unit",
        )
