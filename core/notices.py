"""Tell people what concerns them: one row per person, written in the caller's transaction.

`text` is an English message (mark it with `gettext_noop`), `params` its plain values, so that
each reads it in his own language.
"""

from collections.abc import Iterable
from typing import Any

from core.models import Notice


def send(people: Iterable[Any], text: str, *, url: str = "", but: Any = None, **params: Any) -> int:
    """Tell `people` (users), each once and not `but`, in one statement; how many were told."""
    return send_all(drafts(people, text, url=url, but=but, **params))


def drafts(people: Iterable[Any], text: str, *, url: str = "", but: Any = None, **params: Any) -> list[Notice]:
    """What `send` would write, to be sent together with more by `send_all`."""
    told = {person.pk: person for person in people if but is None or person.pk != but.pk}
    return [Notice(user=person, text=text, params=params, url=url) for person in told.values()]


def send_all(rows: Iterable[Notice]) -> int:
    """Send drafts in one statement; how many."""
    return len(Notice.objects.bulk_create(rows))
