"""Signed-in browsers: remember where from, keep alive, end.

A session ends after two hours without a page, and in any case after SESSION_COOKIE_AGE.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from accounts.models import Session, User

IDLE_SECONDS = 2 * 3600
TOUCH_EVERY = timedelta(minutes=5)


def remember(*, session: SessionBase, ip: str | None, agent: str, at: datetime) -> None:
    """Note in a session that has just been signed in where it comes from."""
    session["ip"], session["agent"] = ip, agent[:300]
    session["signed_in_at"] = session["touched_at"] = at.isoformat()
    session.set_expiry(min(IDLE_SECONDS, settings.SESSION_COOKIE_AGE))


def keep_alive(*, session: SessionBase, at: datetime) -> bool:
    """Move the idle limit on, at most every five minutes; False if the session is too old and must end."""
    signed_in_at = session.get("signed_in_at")
    if signed_in_at is None:
        return True
    if at - datetime.fromisoformat(signed_in_at) > timedelta(seconds=settings.SESSION_COOKIE_AGE):
        return False
    if at - datetime.fromisoformat(session["touched_at"]) > TOUCH_EVERY:
        session["touched_at"] = at.isoformat()
    return True


def end(*, user: User, key: str | None = None, keep: str | None = None) -> int:
    """End one (`key`) or all of the user's sessions, except `keep`; how many."""
    sessions = Session.objects.filter(user=user)
    if key is not None:
        sessions = sessions.filter(session_key=key)
    if keep is not None:
        sessions = sessions.exclude(session_key=keep)
    return sessions.delete()[0]


def of(user: User, *, at: datetime) -> list[dict[str, Any]]:
    """The user's live sessions, newest first."""
    rows = (
        Session.objects.filter(user=user, expire_date__gt=at)
        .order_by("-seen_at")
        .values("session_key", "ip", "agent", "signed_in_at", "seen_at")
    )
    return [{**row, "browser": browser(row["agent"])} for row in rows]


# The first mark that is found in the header names the program or the system.
BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("HuaweiBrowser", "Huawei"),
    ("MiuiBrowser", "Xiaomi"),
    ("QQBrowser", "QQ"),
    ("UCBrowser", "UC"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser(agent: str) -> str:
    """'Chrome, Windows' for the header that a browser sends; its beginning where it is unknown."""
    program = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return ", ".join(filter(None, (program, system))) or agent[:40]
