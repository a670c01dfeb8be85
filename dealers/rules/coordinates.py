"""Positions on Chinese maps, and how far apart they are.

Phones give WGS-84, Chinese maps GCJ-02 (Amap, Tencent) or BD-09 (Baidu), which lie some
hundred metres off. Stored is WGS-84. Degrees in, degrees out; distances in metres.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import asin, atan2, cos, hypot, pi, radians, sin, sqrt

EARTH_RADIUS = 6_371_008.8
# The ellipsoid by which GCJ-02 is defined
AXIS = 6_378_245.0
ECCENTRICITY = 0.006_693_421_622_965_943
BD_TURN = pi * 3000 / 180


class Datum(StrEnum):
    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


@dataclass(frozen=True)
class Position:
    """A point in degrees."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise ValueError("A latitude lies between -90 and 90, a longitude between -180 and 180.")


def distance(a: Position, b: Position) -> float:
    """Metres between two WGS-84 positions, along the sphere."""
    up = radians(b.latitude - a.latitude)
    across = radians(b.longitude - a.longitude)
    haversine = sin(up / 2) ** 2 + cos(radians(a.latitude)) * cos(radians(b.latitude)) * sin(across / 2) ** 2
    return 2 * EARTH_RADIUS * asin(min(1.0, sqrt(haversine)))


def to_wgs84(position: Position, datum: Datum) -> Position:
    """`position`, given in `datum`, as WGS-84."""
    if datum == Datum.BD09:
        return gcj02_to_wgs84(bd09_to_gcj02(position))
    if datum == Datum.GCJ02:
        return gcj02_to_wgs84(position)
    return position


def wgs84_to_gcj02(position: Position) -> Position:
    """The shifted position of Chinese maps; outside China there is no shift."""
    if not in_china(position):
        return position
    x, y = position.longitude - 105.0, position.latitude - 35.0
    up, across = _up(x, y), _across(x, y)
    latitude = radians(position.latitude)
    flat = 1 - ECCENTRICITY * sin(latitude) ** 2
    up = up * 180 / ((AXIS * (1 - ECCENTRICITY)) / (flat * sqrt(flat)) * pi)
    across = across * 180 / (AXIS / sqrt(flat) * cos(latitude) * pi)
    return Position(position.latitude + up, position.longitude + across)


def gcj02_to_wgs84(position: Position) -> Position:
    """The inverse, by approaching it: exact to about a millimetre after a few rounds."""
    guess = position
    for _ in range(5):
        shifted = wgs84_to_gcj02(guess)
        guess = Position(
            guess.latitude + position.latitude - shifted.latitude,
            guess.longitude + position.longitude - shifted.longitude,
        )
    return guess


def bd09_to_gcj02(position: Position) -> Position:
    x, y = position.longitude - 0.0065, position.latitude - 0.006
    radius = hypot(x, y) - 0.00002 * sin(y * BD_TURN)
    angle = atan2(y, x) - 0.000003 * cos(x * BD_TURN)
    return Position(radius * sin(angle), radius * cos(angle))


def gcj02_to_bd09(position: Position) -> Position:
    x, y = position.longitude, position.latitude
    radius = hypot(x, y) + 0.00002 * sin(y * BD_TURN)
    angle = atan2(y, x) + 0.000003 * cos(x * BD_TURN)
    return Position(radius * sin(angle) + 0.006, radius * cos(angle) + 0.0065)


def in_china(position: Position) -> bool:
    """The rectangle within which maps are shifted."""
    return 72.004 <= position.longitude <= 137.8347 and 0.8293 <= position.latitude <= 55.8271


def _ripple(x: float) -> float:
    """The shortest wave, common to both directions."""
    return (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3


def _up(x: float, y: float) -> float:
    base = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    return (
        base
        + _ripple(x)
        + (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
        + (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    )


def _across(x: float, y: float) -> float:
    base = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    return (
        base
        + _ripple(x)
        + (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
        + (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    )
