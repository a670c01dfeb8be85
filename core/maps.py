"""Maps: what they show, as data. `static/portal/map.js` draws it; a table on the page says the same.

Without tiles (PORTAL_MAP_TILES, the default) the positions alone are shown, so that a map works without internet.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from django.conf import settings
from django.utils.translation import gettext

Colour = Literal["blue", "green", "amber", "red", "grey"]
At = tuple[float, float]


@dataclass(frozen=True)
class Dot:
    """A circle at (latitude, longitude), WGS-84. `always` shows its label without pointing at it."""

    at: At
    label: str
    colour: Colour = "blue"
    radius: float = 6
    url: str = ""
    always: bool = False


@dataclass(frozen=True)
class Line:
    """Through these places; `dashed` for what only belongs together."""

    through: Sequence[At]
    colour: Colour = "grey"
    dashed: bool = False


def map_data(dots: Sequence[Dot], lines: Sequence[Line] = ()) -> dict[str, Any]:
    """For `{{ data|json_script }}` beside a `<div class="map" data-map>`."""
    return {
        "dots": [asdict(dot) for dot in dots],
        "lines": [asdict(line) for line in lines],
        "tiles": settings.MAP_TILES,
        "zoomIn": gettext("Zoom in"),
        "zoomOut": gettext("Zoom out"),
    }


def place(row: Any) -> At | None:
    """Where a row with `latitude` and `longitude` is; None if that is not known."""
    return None if row.latitude is None or row.longitude is None else (float(row.latitude), float(row.longitude))
