"""What the frame of every page needs."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from core.models import Job, Notice

TRAY = 8


def shell(request: HttpRequest) -> dict[str, Any]:
    """Jobs and notices of the user; asked only where the frame is rendered."""
    return {
        "tray": SimpleLazyObject(lambda: tray(request.user)),
        "theme": request.COOKIES.get("theme", "auto"),
    }


def tray(user: Any) -> dict[str, Any]:
    """The newest jobs, how many are active, and how many notices are unread."""
    if not user.is_authenticated:
        return {"jobs": [], "active": 0, "unread": 0}
    jobs = list(Job.objects.filter(owner=user).defer("log", "args", "result").order_by("-created_at")[:TRAY])
    return {
        "jobs": jobs,
        "active": sum(job.active for job in jobs),
        "unread": Notice.objects.filter(user=user, read_at=None).count(),
    }
