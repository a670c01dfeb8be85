"""What must follow on a floor above, in the same transaction.

A service emits a named event; the functions that listen are listed in one place,
`channels_portal/followups.py`. An unknown event is an error, so that a typing
mistake cannot silently lose what should follow.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

EVENTS = {
    "dealers_changed": "dealer rows were created or changed; ids: list[int]",
    "manager_assigned": "dealers got a channel manager; dealer_ids, manager, by, at",
    "sales_imported": "sales records were added; run: ImportRun or None",
    "batch_approved": "a settlement batch was approved; batch",
    "rating_begins": "dealers are about to be rated by facts from above; months: list[Month]",
    "violation_confirmed": "a violation was confirmed; violation",
}

_listeners: dict[str, list[Callable[..., Any]]] = defaultdict(list)


def on(event: str, listener: Callable[..., Any]) -> None:
    """Call `listener(**facts)` whenever `event` is emitted. KeyError for an unknown event."""
    EVENTS[event]
    if listener not in _listeners[event]:
        _listeners[event].append(listener)


def emit(event: str, **facts: Any) -> None:
    """Call the listeners in the order in which they were listed."""
    EVENTS[event]
    for listener in _listeners[event]:
        listener(**facts)
