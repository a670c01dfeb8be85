"""What waits for those who move stock and those who approve it. Registered by the app's `ready()`."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core import clock, dashboard
from core.dashboard import Waiting
from inventory.queries import materials, movements, stocktakes


def to_move(request: Any) -> Iterator[Waiting]:
    """Of the user's own nodes: what he sends, what he receives, what is short, what is overdue. Two queries."""
    own = movements.own_nodes(request.user).values("pk")
    sends, receives = Q(origin__in=own), Q(destination__in=own)
    counts = movements.visible(request.user).aggregate(
        orders=Count("pk", filter=sends & Q(state="draft", made_by__role="dealer")),
        ships=Count("pk", filter=sends & Q(state="approved")),
        receives=Count("pk", filter=receives & Q(state="shipped")),
        short=Count("pk", filter=receives & Q(state="received")),
    )
    if not request.user.is_dealer:
        yield Waiting(_("Orders to fill"), counts["orders"], _list("state=draft"))
    yield Waiting(_("Movements to ship"), counts["ships"], _list("state=approved"))
    yield Waiting(_("Movements to receive"), counts["receives"], _list("state=shipped"))
    yield Waiting(_("Discrepancies to resolve"), counts["short"], _list("state=received"), colour="red")
    late = movements.overdue(movements.visible(request.user), clock.today()).count()
    yield Waiting(_("Loans overdue"), late, _list("overdue=true"), colour="red")


def to_approve(request: Any) -> Iterator[Waiting]:
    rows = movements.visible(request.user).filter(state="submitted").exclude(made_by=request.user)
    yield Waiting(_("Movements to approve"), rows.count(), _list("state=submitted"))


def to_count(request: Any) -> Iterator[Waiting]:
    rows = stocktakes.visible(request.user).filter(state__in=["planned", *stocktakes.OPEN])
    yield Waiting(_("Stocktakes to count"), rows.count(), reverse("inventory:stocktakes"))


def to_verify(request: Any) -> Iterator[Waiting]:
    rows = stocktakes.visible(request.user).filter(state="counted").exclude(made_by=request.user)
    yield Waiting(_("Stocktakes to verify"), rows.count(), f"{reverse('inventory:stocktakes')}?state=counted")


def plans_to_approve(request: Any) -> Iterator[Waiting]:
    rows = materials.plans(request.user).filter(state="submitted").exclude(made_by=request.user)
    yield Waiting(_("Material plans to approve"), rows.count(), f"{reverse('inventory:plans')}?state=submitted")


def to_reconcile(request: Any) -> Iterator[Waiting]:
    month = clock.today().replace(day=1)
    rows = materials.accounts(request.user).filter(reconciled_at=None, month__lt=month)
    url = f"{reverse('inventory:material-accounts')}?reconciled=false"
    yield Waiting(_("Material accounts to reconcile"), rows.count(), url)


def _list(query: str) -> str:
    return f"{reverse('inventory:movements')}?{query}"


def register() -> None:
    dashboard.waits(Permission.MOVE_STOCK, to_move)
    dashboard.waits(Permission.APPROVE_MOVEMENTS, to_approve)
    dashboard.waits(Permission.COUNT_STOCK, to_count)
    dashboard.waits(Permission.VERIFY_STOCKTAKES, to_verify)
    dashboard.waits(Permission.APPROVE_MATERIAL_PLANS, plans_to_approve)
    dashboard.waits(Permission.RECONCILE_MATERIALS, to_reconcile)
