"""What an explanation is made of."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """One step of the way to the amount: what it is called and what was found."""

    label: str
    text: str


@dataclass(frozen=True)
class Explanation:
    """One sentence, the steps behind it, and the values found (plain, for machines)."""

    text: str
    steps: list[Step]
    found: dict[str, Any] = field(default_factory=dict)
