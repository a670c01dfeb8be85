"""A hundred files that mean no good: refused, or made a harmless picture. See docs/visits.md, "Photos"."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core import papers, photos
from core.papers import Given, PaperRefused
from core.photos import PhotoRefused
from tests.core.test_photos import GPS, exif, picture

SCRIPT = b"<script>alert('EVIL-PAYLOAD')</script>"
PHP = b"<?php system('EVIL-PAYLOAD'); ?>"
MARKS = (b"EVIL-PAYLOAD", b"SECRET-MAKER", b"SECRET-SERIAL", b"<script", b"<?php", b"PK\x03\x04", b"Exif", b"JFXX")


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("EVIL-PAYLOAD.class", b"\xca\xfe\xba\xbe")
    return out.getvalue()


def png_of(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG that claims a size, with a picture of that many zero bytes packed small."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    packed = data or zlib.compress(bytes(min((width + 1) * min(height, 64), 4_000_000)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def annotated_png() -> bytes:
    notes, out = PngInfo(), io.BytesIO()
    notes.add_text("Comment", "EVIL-PAYLOAD <script>", zip=False)
    notes.add_itxt("XML:com.adobe.xmp", "EVIL-PAYLOAD")
    Image.new("RGB", (40, 30)).save(out, "PNG", pnginfo=notes)
    return out.getvalue()


def frames(form: str) -> bytes:
    out = io.BytesIO()
    first, *rest = [Image.new("RGB", (32, 32), (shade, 0, 0)) for shade in range(0, 250, 25)]
    first.save(out, form, save_all=True, append_images=rest)
    return out.getvalue()


def harmless(form: str, **options: object) -> bytes:
    return picture(form, size=(120, 90), **options)


def files() -> Iterator[tuple[str, bytes]]:
    for form in ("JPEG", "PNG", "WEBP"):
        whole = harmless(form)
        for name, payload in (("script", SCRIPT), ("php", PHP), ("archive", archive()), ("zeros", bytes(5_000))):
            yield f"{form} with {name} behind", whole + payload
            yield f"{form} with {name} before", payload + whole
            yield f"{form} with {name} in the middle", whole[: len(whole) // 2] + payload + whole[len(whole) // 2 :]
        for part in (1, 3, 12, 40):
            yield f"{form} cut after {part}", whole[:part]
        for share in (2, 3, 5):
            yield f"{form} cut at 1/{share}", whole[: len(whole) // share]
        dice = random.Random(form)
        for turn in range(8):
            damaged = bytearray(whole)
            for _ in range(12):
                damaged[dice.randrange(20, len(damaged))] = dice.randrange(256)
            yield f"{form} damaged {turn}", bytes(damaged)
        yield f"two of {form}", whole + whole
        yield f"{form} called text", b"\n" + whole
    for place in ("before", "after"):
        for tag in (b"<svg onload=\"alert('EVIL-PAYLOAD')\"/>", b"<html>EVIL-PAYLOAD</html>", b"%PDF-1.4 EVIL-PAYLOAD"):
            whole = harmless("JPEG")
            yield f"{tag[:6]!r} {place} a JPEG", tag + whole if place == "before" else whole + tag
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>EVIL-PAYLOAD</script></svg>"
    yield from (("svg", svg), ("svg with xml", b"<?xml version='1.0'?>" + svg), ("svgz", zlib.compress(svg)))
    yield "entities", b"<!DOCTYPE x [<!ENTITY a 'EVIL-PAYLOAD'>]><svg>&a;&a;&a;</svg>"
    yield from (("html", SCRIPT), ("php", PHP), ("zip", archive()), ("nothing", b""), ("zeros", bytes(1_000)))
    yield from (
        ("elf", b"\x7fELF" + bytes(200)),
        ("exe", b"MZ" + bytes(200)),
        ("mp4", b"\0\0\0\x18ftypmp42" + bytes(99)),
    )
    for form in ("GIF", "BMP", "TIFF", "ICO", "TGA", "PPM"):
        yield f"a {form}", picture(form, size=(32, 32))
    yield from (("moving GIF", frames("GIF")), ("moving WebP", frames("WEBP")), ("moving PNG", frames("PNG")))
    yield "EXIF with position", harmless("JPEG", exif=exif(gps=GPS))
    yield "EXIF turned", harmless("JPEG", exif=exif(orientation=6))
    yield "EXIF in a PNG", harmless("PNG", exif=exif(gps=GPS))
    yield "EXIF in a WebP", harmless("WEBP", exif=exif(gps=GPS))
    yield "comments in a PNG", annotated_png()
    yield "comment in a JPEG", harmless("JPEG", comment=b"EVIL-PAYLOAD")
    for side in (8_000, 20_000, 65_000, 2**31 - 1):
        yield f"a bomb of {side} a side", png_of(side, side)
    yield "a bomb of one row", png_of(60_000_001, 1)
    yield "nothing wide", png_of(0, 10)
    yield "broken inside", png_of(100, 100, b"no picture")
    yield "large", b"\xff\xd8" + bytes(photos.LARGEST_BYTES)
    yield "palette", picture("PNG", mode="P", size=(64, 64), colour=3)
    yield "see-through", picture("PNG", mode="RGBA", size=(64, 64), colour=(1, 2, 3, 4))
    yield "sixteen bits", picture("PNG", mode="I;16", size=(64, 64), colour=4_000)
    yield "inks", picture("JPEG", mode="CMYK", size=(64, 64), colour=(9, 9, 9, 9))


FILES = dict(files())


def test_there_are_a_hundred() -> None:
    assert len(FILES) >= 100


@pytest.mark.parametrize("name", FILES)
def test_refused_or_harmless(name: str) -> None:
    data = FILES[name]
    try:
        made = photos.encode(data).jpeg
    except PhotoRefused as refusal:
        assert str(refusal)
    else:
        is_clean(made)
    try:
        content, kind, _ending = papers._checked(data)
    except PaperRefused as refusal:
        assert str(refusal)
    else:
        assert kind == "image/jpeg"
        is_clean(content)


def is_clean(made: bytes) -> None:
    """One JPEG and nothing else: no other bytes behind it, no metadata, no larger than is kept."""
    assert made.startswith(b"\xff\xd8\xff")
    assert made.endswith(b"\xff\xd9")
    assert not [mark for mark in MARKS if mark in made]
    with Image.open(io.BytesIO(made), formats=("JPEG",)) as image:
        image.load()
        assert max(image.size) <= photos.LONGEST_SIDE
        assert not image.getexif()
        assert "comment" not in image.info


def test_a_picture_of_sixty_megapixels_is_taken_and_one_above_is_not() -> None:
    out = io.BytesIO()
    Image.new("L", (10_000, 6_000), 128).save(out, "JPEG", quality=30)
    made = photos.encode(out.getvalue())
    assert (made.width, made.height) == (2048, 1229)
    out = io.BytesIO()
    Image.new("L", (10_000, 6_001), 128).save(out, "JPEG", quality=30)
    with pytest.raises(PhotoRefused):
        photos.encode(out.getvalue())


def test_a_pdf_is_a_download_whatever_stands_in_it(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    with papers.stored(
        Given("x.pdf", b"%PDF-1.4\n" + SCRIPT + b"\n%%EOF\n"), folder="papers", by=None, at=timezone.now()
    ) as fields:
        assert (fields["content_type"], fields["name"]) == ("application/pdf", "x.pdf")
