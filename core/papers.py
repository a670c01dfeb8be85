"""Files that people hand in: pictures are encoded anew, a PDF is kept as it is; nothing else is taken.

A file is never shown inside a page: pictures go out as pictures, PDFs as downloads.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from core import photos
from core.errors import Refused

LARGEST_BYTES = photos.LARGEST_BYTES
MOST = 5
PDF = "application/pdf"
ACCEPT = ",".join([*(f"image/{name.lower()}" for name in photos.FORMATS), PDF])


class PaperRefused(Refused):
    """The file cannot be taken; the message says why."""

    code = "paper_refused"


@dataclass(frozen=True)
class Given:
    """A file as it came: what the sender calls it, and its bytes."""

    name: str
    data: bytes


def given(files: Iterable[Any]) -> list[Given]:
    """Uploaded files, each read no further than what would be too large. Raises PaperRefused."""
    files = list(files)
    if len(files) > MOST:
        raise PaperRefused(_("At most %(most)s files at a time.") % {"most": MOST}, code="too_many")
    return [Given(file.name or "", file.read(LARGEST_BYTES + 1)) for file in files]


def check(one: Given) -> None:
    """Raise PaperRefused if the file would not be taken."""
    _checked(one.data)


@contextmanager
def stored(one: Given, *, folder: str, by: Any, at: datetime) -> Iterator[dict[str, Any]]:
    """Put the file below MEDIA_ROOT and hand out the fields of a `core.models.StoredFile`.

    The file is gone again if the block fails: let it reach round the transaction. Raises PaperRefused.
    """
    content, content_type, ending = _checked(one.data)
    path = default_storage.save(f"{folder}/{at:%Y/%m}/{uuid4().hex}{ending}", ContentFile(content))
    try:
        yield {
            "file": path,
            "name": _name(one.name, ending),
            "content_type": content_type,
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "by": by,
            "at": at,
        }
    except BaseException:
        default_storage.delete(path)
        raise


def _checked(data: bytes) -> tuple[bytes, str, str]:
    """The bytes to keep, their type and the ending of the file."""
    if not data:
        raise PaperRefused(_("The file is empty."), code="paper_empty")
    if len(data) > LARGEST_BYTES:
        raise PaperRefused(_("The file is larger than 10 MB."), code="paper_large")
    if data.startswith(b"%PDF-") and b"%%EOF" in data[-2048:]:
        return data, PDF, ".pdf"
    try:
        return photos.encode(data).jpeg, "image/jpeg", ".jpg"
    except photos.PhotoRefused as refusal:
        raise PaperRefused(
            _("Only pictures (JPEG, PNG, WebP) and PDF files can be handed in."), code="paper_type"
        ) from refusal


def _name(name: str, ending: str) -> str:
    """The sender's name for the file, without path and control characters, with the right ending."""
    stem = PurePath(name.replace("\\", "/")).stem
    stem = "".join(one for one in stem if one.isprintable() and one not in '"<>|:*?/').strip(". ")[:100]
    return f"{stem or 'file'}{ending}"
