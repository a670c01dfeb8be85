"""What waits for channel managers and supervisors. Registered by the app's `ready()`."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission, Role
from core import dashboard
from core.clock import today
from core.dashboard import Waiting
from dealers.attention import conditions
from dealers.queries import archive, attention, ratings


def own_dealers(request: Any) -> Iterator[Waiting]:
    """Each point of attention among a channel manager's own dealers."""
    if request.user.role != Role.CHANNEL_MANAGER:
        return
    rows = archive.dealers(user=request.user).filter(manager=request.user)
    found = attention.counts(rows, day=today())
    for point in attention.points():
        url = f"{reverse('dealers:list')}?whose=mine&attention={point.name}"
        yield Waiting(point.label, found.get(point.name, 0), url, colour=point.colour)


def of_supervisors(request: Any) -> Iterator[Waiting]:
    """Dealers that nobody looks after, and agreements that end soon: counted in one query."""
    rows = archive.dealers(user=request.user).select_related(None).order_by()
    counts = rows.aggregate(
        unassigned=Count("pk", filter=Q(manager=None) & ~Q(stage__in=attention.ENDED)),
        ending=Count("pk", filter=conditions(today())["agreement_ending"] & ~Q(stage__in=attention.NOTHING_DUE)),
    )
    address = reverse("dealers:list")
    yield Waiting(_("Dealers without a channel manager"), counts["unassigned"], f"{address}?unassigned=true")
    ending = f"{address}?whose=all&attention=agreement_ending"
    yield Waiting(_("Agreements that end soon"), counts["ending"], ending)


def ratings_to_decide(request: Any) -> Iterator[Waiting]:
    rows = ratings.proposals(request.user).filter(state="proposed")
    yield Waiting(_("Rating proposals to decide"), rows.count(), f"{reverse('dealers:proposals')}?state=proposed")


def register() -> None:
    dashboard.waits(Permission.APPROVE_RATINGS, ratings_to_decide)
    dashboard.waits(Permission.LOG_VISITS, own_dealers)
    dashboard.waits(Permission.ASSIGN_MANAGERS, of_supervisors)
