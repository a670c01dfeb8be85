"""What "now" and "today" mean. Asked only at the edges (views, commands, tasks) and passed down.

`PORTAL_TODAY` or a command's `--date` moves today; the time of day stays the real one.
"""

import os
from datetime import date, datetime

from django.utils import timezone


def today() -> date:
    """The local date in Asia/Shanghai, or the one that PORTAL_TODAY (YYYY-MM-DD) names."""
    moved = os.environ.get("PORTAL_TODAY")
    return date.fromisoformat(moved) if moved else timezone.localdate()


def now() -> datetime:
    """The present moment (aware), carried to the day of `today()`."""
    moment = timezone.localtime()
    day = today()
    if day == moment.date():
        return moment
    return moment.replace(year=day.year, month=day.month, day=day.day)
