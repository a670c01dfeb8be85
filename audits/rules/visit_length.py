"""How long a visit should last, and whether one was too short, too long or too far away.

See docs/visits.md, "Distance and length".
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Length:
    """From so many minutes to so many; None where there is no bound."""

    shortest: int | None = None
    longest: int | None = None


@dataclass(frozen=True)
class Marks:
    """What a visit must give a reason for."""

    too_far: bool = False
    too_short: bool = False
    too_long: bool = False

    @property
    def length(self) -> bool:
        return self.too_short or self.too_long


def begun_at(*, phone: datetime | None, received: datetime, late_hours: int) -> datetime:
    """When a visit that was begun without connection began: by the phone, if that can be and is not too long ago."""
    if phone is None or not received - timedelta(hours=late_hours) <= phone <= received:
        return received
    return phone


def expected(*, regime: str, kind: str, lengths: dict[str, Length]) -> Length:
    """The length that a visit of this regime should have; only routine visits are measured."""
    return lengths.get(regime, Length()) if kind == "routine" else Length()


def marks(*, distance: float | None, farthest: int, lasted: timedelta, length: Length) -> Marks:
    """`distance` in metres, None without a position (which is not too far). Bounds themselves are in order."""
    minutes = lasted / timedelta(minutes=1)
    return Marks(
        too_far=distance is not None and distance > farthest,
        too_short=length.shortest is not None and minutes < length.shortest,
        too_long=length.longest is not None and minutes > length.longest,
    )
