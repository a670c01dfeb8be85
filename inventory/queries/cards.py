"""A card's life, from the history that the database keeps of it and from its sales."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from inventory.models import Card, CardChange, SalesRecord


def visible(user: Any) -> QuerySet[Card]:
    """The cards within the user's scope, with product and node."""
    return Card.objects.visible_to(user).select_related("product", "node")


@dataclass(frozen=True)
class CardEvent:
    """Something that happened to a card: a change of its place or state (`changed`) or a `sale`.

    `node` and `state` are what held afterwards, `reference` is the movement's or the sale's number.
    """

    at: datetime
    event: str
    node: str | None = None
    state: str | None = None
    reference: str | None = None


def history(card: Card, user: Any) -> list[CardEvent]:
    """What happened to the card, oldest first: two queries, both by index.

    Sales outside the user's scope are left out.
    """
    changes = CardChange.objects.filter(cards__contains=card.pk).order_by("pk")
    found = [
        CardEvent(at, "changed", node=node, state=state, reference=movement)
        for at, node, state, movement in changes.values_list("at", "node__code", "state", "movement__number")
    ]
    sales = SalesRecord.objects.visible_to(user).filter(serial=card.serial)
    found += [
        CardEvent(at, "sale", reference=event_no) for at, event_no in sales.values_list("occurred_at", "event_no")
    ]
    return sorted(found, key=lambda event: event.at)
