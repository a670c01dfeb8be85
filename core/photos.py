"""Photos: taken apart and encoded anew, so that nothing but the picture is kept.

Whatever else was in the file (scripts, other EXIF fields, a second picture, rubbish
behind the end) is gone; only time and position are read out. See docs/visits.md, "Photos".
"""

import hashlib
import io
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from core.errors import Refused

LARGEST_BYTES = 10 * 1024 * 1024
LARGEST_PIXELS = 60_000_000
LONGEST_SIDE = 2048
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP")
SHANGHAI = ZoneInfo("Asia/Shanghai")
EXIF_IFD, GPS_IFD = 0x8769, 0x8825
TAKEN, OFFSET = 0x9003, 0x9011


class PhotoRefused(Refused):
    """The file cannot be taken as a photo; the message says why."""

    code = "photo_refused"


@dataclass(frozen=True)
class Encoded:
    """A JPEG without any metadata, and what the original said of time and place (WGS-84 degrees)."""

    jpeg: bytes
    width: int
    height: int
    taken_at: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None


def digest(data: bytes) -> str:
    """By which the same photo is recognised."""
    return hashlib.sha256(data).hexdigest()


@contextmanager
def stored(data: bytes, *, folder: str) -> Iterator[dict[str, Any]]:
    """Encode a photo, put the file below MEDIA_ROOT and hand out the fields of a `StoredPhoto`.

    The file is gone again if the block fails: let it reach round the transaction. Raises PhotoRefused.
    """
    encoded = encode(data)
    path = default_storage.save(f"{folder}/{uuid4().hex}.jpg", ContentFile(encoded.jpeg))
    try:
        yield {
            "file": path,
            "sha256": digest(data),
            "width": encoded.width,
            "height": encoded.height,
            "size": len(encoded.jpeg),
            "taken_at": encoded.taken_at,
            "latitude": _rounded(encoded.latitude),
            "longitude": _rounded(encoded.longitude),
        }
    except BaseException:
        default_storage.delete(path)
        raise


def _rounded(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.000001"))


def encode(data: bytes) -> Encoded:
    """Read a photo of any allowed format and write it anew. Raises PhotoRefused."""
    if not data:
        raise PhotoRefused(_("The photo is empty. Take it again."), code="photo_empty")
    if len(data) > LARGEST_BYTES:
        raise PhotoRefused(_("The photo is larger than 10 MB. Take it with a lower resolution."), code="photo_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a warning about many pixels: the guard below decides
            return _encode(data)
    except PhotoRefused:
        raise
    except Exception as error:  # whatever a broken or hostile file makes the decoder do
        raise PhotoRefused(
            _("This is not a photo that can be read. Send a JPEG, PNG or WebP picture."), code="photo_unreadable"
        ) from error


def _encode(data: bytes) -> Encoded:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        width, height = image.size
        if width * height > LARGEST_PIXELS:
            raise PhotoRefused(
                _("The photo has too many pixels. Take it with a lower resolution."), code="photo_pixels"
            )
        taken_at, position = _read_exif(image)
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # JPEG: decode no more than is needed
        image.load()
        upright = ImageOps.exif_transpose(image)
        picture = _on_white(upright)
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        # Pixels only, into a new picture, so that no metadata can come along.
        fresh = Image.new("RGB", picture.size)
        fresh.paste(picture)
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=QUALITY, optimize=True, exif=b"", icc_profile=None, comment=b"")
    latitude, longitude = position if position else (None, None)
    return Encoded(out.getvalue(), fresh.width, fresh.height, taken_at, latitude, longitude)


def _on_white(image: Image.Image) -> Image.Image:
    """RGB, with white where the picture is transparent."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        ground = Image.new("RGB", layer.size, "white")
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    return image.convert("RGB")


def _read_exif(image: Image.Image) -> tuple[datetime | None, tuple[float, float] | None]:
    """Time and position; nothing if the fields are missing or make no sense."""
    try:
        exif = image.getexif()
        return _taken_at(exif.get_ifd(EXIF_IFD)), _position(exif.get_ifd(GPS_IFD))
    except Exception:  # a broken EXIF block is no reason to refuse the picture
        return None, None


def _taken_at(fields: Mapping[int, Any]) -> datetime | None:
    """The time of the shot; without a zone it is taken as Shanghai's."""
    try:
        taken = datetime.strptime(str(fields[TAKEN]).strip("\x00 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - zone below
    except (KeyError, ValueError):
        return None
    if not 2000 <= taken.year <= 2100:
        return None
    try:
        sign, hours, minutes = str(fields[OFFSET])[0], *str(fields[OFFSET])[1:6].split(":")
        shift = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
        return taken.replace(tzinfo=timezone(shift)).astimezone(UTC)
    except (KeyError, ValueError, IndexError):
        return taken.replace(tzinfo=SHANGHAI)


def _position(fields: Mapping[int, Any]) -> tuple[float, float] | None:
    """Degrees north and east from the GPS fields."""
    try:
        latitude = _degrees(fields[2]) * (-1 if str(fields.get(1, "N")).upper().startswith("S") else 1)
        longitude = _degrees(fields[4]) * (-1 if str(fields.get(3, "E")).upper().startswith("W") else 1)
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180) or (latitude, longitude) == (0, 0):
        return None
    return latitude, longitude


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600
