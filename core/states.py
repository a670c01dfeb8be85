"""States with their label and colour, and the moves between them.

A machine is a dictionary `(state, action) -> state`. Colours mean the same on every
page: grey not begun, blue under way, amber needs someone, green done, red wrong.
"""

from dataclasses import dataclass, field
from typing import Literal

from django.utils.functional import Promise

Colour = Literal["grey", "blue", "amber", "green", "red"]


@dataclass(frozen=True)
class State:
    """One state: its stored name, its label (translatable) and its colour."""

    name: str
    label: str | Promise
    colour: Colour


@dataclass(frozen=True)
class Machine:
    """The life of one kind of object."""

    states: tuple[State, ...]
    moves: dict[tuple[str, str], str]
    initial: str
    actions: dict[str, str | Promise] = field(default_factory=dict)

    def state(self, name: str) -> State:
        return next(state for state in self.states if state.name == name)

    @property
    def choices(self) -> list[tuple[str, str | Promise]]:
        return [(state.name, state.label) for state in self.states]

    def target(self, state: str, action: str) -> str | None:
        """Where `action` leads from `state`; None if it is not allowed there."""
        return self.moves.get((state, action))

    def actions_from(self, state: str) -> list[str]:
        return [action for (origin, action) in self.moves if origin == state]
