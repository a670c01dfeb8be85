"""What a plan allows of a material, and what approved uses have taken of it.

See docs/inventory.md, "Gifts and vouchers".
"""

from datetime import date, datetime

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Refused
from inventory.models import PlanItem, StockMovement


class MaterialRefused(Refused):
    """The plan, the use or the reconciliation cannot go on like this."""

    code = "material_refused"


def admit(item: PlanItem, quantity: int, *, on: date) -> None:
    """Refuse what the plan does not allow on that day."""
    plan = item.plan
    if plan.state != "approved":
        raise MaterialRefused(_("Plan %(number)s is not approved.") % {"number": plan.number}, code="plan")
    if not plan.starts_on <= on <= plan.ends_on:
        raise MaterialRefused(
            _("Plan %(number)s runs from %(first)s to %(last)s.")
            % {"number": plan.number, "first": plan.starts_on, "last": plan.ends_on},
            code="days",
        )
    if item.used + quantity > item.quantity:
        left = item.quantity - item.used
        raise MaterialRefused(_("The plan leaves %(left)d of it.") % {"left": left}, code="plan_used_up", left=left)


def take(movement: StockMovement, *, at: datetime) -> None:
    """Count an approved use against its plan. Refused if the plan does not allow it any more."""
    rows = PlanItem.objects.filter(uses=movement)
    admit(rows.select_for_update(of=("self",)).select_related("plan").get(), movement.quantity, on=_day(at))
    rows.update(used=F("used") + movement.quantity)


def give_back(movement: StockMovement) -> None:
    """An approved use is given up."""
    PlanItem.objects.filter(uses=movement).update(used=F("used") - movement.quantity)


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()
