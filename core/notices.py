"""Tell people what concerns them: one row per person, written in the caller's transaction.

`text` is an English message (mark it with `gettext_noop`), `params` its plain values, so that
each reads it in his own language.
"""

from collections.abc import Iterable
from typing import Any

from core.models import Notice


def send(people: Iterable[Any], text: str, *, url: str = "", but: Any = None, **params: Any) -> int:
    """Tell `people` (users), each once and not `but`, in one statement; how many were told."""
    told = {person.pk: person for person in people if but is None or person.pk != but.pk}
    Notice.objects.bulk_create(Notice(user=person, text=text, params=params, url=url) for person in told.values())
    return len(told)
