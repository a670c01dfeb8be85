"""What waits for channel managers and supervisors. Registered by the app's `ready()`."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission, Role
from core import dashboard
from core.clock import today
from core.dashboard import Waiting
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


def without_manager(request: Any) -> Iterator[Waiting]:
    """Dealers that nobody looks after."""
    rows = archive.dealers(user=request.user).filter(manager=None).exclude(stage__in=attention.ENDED)
    yield Waiting(_("Dealers without a channel manager"), rows.count(), f"{reverse('dealers:list')}?unassigned=true")


def agreements_ending(request: Any) -> Iterator[Waiting]:
    rows = archive.dealers(user=request.user)
    found = attention.only(rows, name="agreement_ending", day=today())
    url = f"{reverse('dealers:list')}?whose=all&attention=agreement_ending"
    yield Waiting(_("Agreements that end soon"), found.count(), url)


def ratings_to_decide(request: Any) -> Iterator[Waiting]:
    rows = ratings.proposals(request.user).filter(state="proposed")
    yield Waiting(_("Rating proposals to decide"), rows.count(), f"{reverse('dealers:proposals')}?state=proposed")


def register() -> None:
    dashboard.waits(Permission.APPROVE_RATINGS, ratings_to_decide)
    dashboard.waits(Permission.LOG_VISITS, own_dealers)
    dashboard.waits(Permission.ASSIGN_MANAGERS, without_manager)
    dashboard.waits(Permission.ASSIGN_MANAGERS, agreements_ending)
