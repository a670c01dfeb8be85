"""What waits for channel managers and supervisors. Registered by the app's `ready()`."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from audits.queries import visits
from core import dashboard
from core.dashboard import Waiting


def open_visits(request: Any) -> Iterator[Waiting]:
    """Visits that were begun and not ended: at the end of the day there should be none."""
    rows = list(visits.own_open(user=request.user).values_list("pk", flat=True)[:100])
    url = reverse("audits:visit-go-on", args=[rows[0]]) if len(rows) == 1 else reverse("audits:today")
    yield Waiting(_("Visits to check out of"), len(rows), url, colour="blue")


def register() -> None:
    dashboard.waits(Permission.LOG_VISITS, open_visits)
    dashboard.panel(Permission.LOG_VISITS, "audits:today-panel", title=_("Visits today"), order=10)
    dashboard.panel(Permission.ASSIGN_MANAGERS, "audits:coverage", title=_("Visits this month"), order=20)
