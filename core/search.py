"""Search over everything: apps register what they can find.

    search.register("dealers", _("Dealers"), find_dealers, permission=Permission.VIEW_DEALERS)

A provider takes `(user, text, limit)` and returns at most `limit` Hits within the user's scope.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

Text = str | Promise
SHORTEST = 2
LIMIT = 8


@dataclass(frozen=True)
class Hit:
    """One find: where it leads, and its state for the badge if it has one."""

    title: Text
    url: str
    subtitle: Text = ""
    state: Any = None


@dataclass(frozen=True)
class Source:
    name: str
    label: Text
    provider: Callable[[Any, str, int], Iterable[Hit]]
    permission: Any


_sources: dict[str, Source] = {}


def register(name: str, label: Text, provider: Callable[[Any, str, int], Iterable[Hit]], *, permission: Any) -> None:
    """Add a source of hits; registering a name again replaces it."""
    _sources[name] = Source(name, label, provider, permission)


def find(user: Any, text: str, may: Callable[[Any, Any], bool], *, limit: int = LIMIT) -> list[tuple[Text, list[Hit]]]:
    """(label of the source, hits) for every source that found something; nothing for very short text."""
    text = text.strip()
    if len(text) < SHORTEST:
        return []
    found = [
        (source.label, list(source.provider(user, text, limit))[:limit])
        for source in _sources.values()
        if may(user, source.permission)
    ]
    return [(label, hits) for label, hits in found if hits]
