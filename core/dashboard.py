"""What the first page shows: what waits for the reader, then panels of figures.

Apps register in their `apps.py`:

    dashboard.waits(Permission.REVIEW_BATCHES, batches_to_review)
    dashboard.panel(Permission.VIEW_BATCHES, "commissions:dashboard_panel", title=_("Batches of this month"))

A provider takes `(request)` and returns `Waiting` items; those without a count are left out.
A panel is a URL name of a page fragment, loaded by itself so that the first page is quick.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True)
class Waiting:
    """Something that waits for the reader: how many, where, until when, how urgent (a state colour)."""

    label: Text
    count: int
    url: str
    due: date | None = None
    colour: str = "amber"


@dataclass(frozen=True)
class Panel:
    permission: Any
    url_name: str
    title: Text
    wide: bool = False


Provider = Callable[[Any], Iterable[Waiting]]
_providers: list[tuple[Any, Provider]] = []
_panels: list[tuple[int, Panel]] = []


def waits(permission: Any, provider: Provider) -> None:
    """Ask `provider(request)` for whoever holds `permission`."""
    if (permission, provider) not in _providers:
        _providers.append((permission, provider))


def panel(permission: Any, url_name: str, *, title: Text, order: int = 50, wide: bool = False) -> None:
    """Show the fragment at `url_name` to whoever holds `permission`; smaller `order` first."""
    entry = (order, Panel(permission, url_name, title, wide))
    if all(one.url_name != url_name for _, one in _panels):
        _panels.append(entry)


def waiting_for(request: Any, may: Callable[[Any, Any], bool]) -> list[Waiting]:
    """All that waits for the request's user, due ones first."""
    found = [
        item
        for permission, provider in _providers
        if may(request.user, permission)
        for item in provider(request)
        if item.count
    ]
    return sorted(found, key=lambda item: (item.due is None, item.due or date.max))


def panels_for(user: Any, may: Callable[[Any, Any], bool]) -> list[Panel]:
    """The panels that `user` may see, in order."""
    return [one for _, one in sorted(_panels, key=lambda entry: entry[0]) if may(user, one.permission)]
