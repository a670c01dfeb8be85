"""Photos are taken apart and encoded anew, whatever is in the file."""

import io
import struct
import zlib
from datetime import UTC, datetime

import pytest
from PIL import Image

from core import photos
from core.photos import PhotoRefused


def picture(form="JPEG", size=(640, 480), mode="RGB", colour=(200, 30, 30), **options):
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, form, **options)
    return out.getvalue()


def exif(taken="2026:09:05 10:30:00", offset=None, orientation=None, gps=None):
    fields = Image.Exif()
    fields[0x010F] = "SECRET-MAKER"
    if orientation:
        fields[0x0112] = orientation
    inner = fields.get_ifd(0x8769)
    inner[0x9003] = taken
    inner[0xA431] = "SECRET-SERIAL"
    if offset:
        inner[0x9011] = offset
    if gps:
        fields.get_ifd(0x8825).update(gps)
    return fields


GPS = {1: "N", 2: (23.0, 36.0, 20.76), 3: "E", 4: (104.0, 20.0, 14.08)}


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_every_allowed_format_becomes_a_jpeg(form):
    encoded = photos.encode(picture(form))
    again = Image.open(io.BytesIO(encoded.jpeg))
    assert (again.format, again.size, again.mode) == ("JPEG", (640, 480), "RGB")
    assert (encoded.width, encoded.height) == (640, 480)


def test_a_large_photo_is_made_smaller():
    encoded = photos.encode(picture(size=(4000, 3000)))
    assert (encoded.width, encoded.height) == (2048, 1536)


def test_time_and_position_are_kept_and_nothing_else():
    encoded = photos.encode(picture(exif=exif(gps=GPS)))
    assert encoded.taken_at == datetime(2026, 9, 5, 2, 30, tzinfo=UTC)
    assert (encoded.latitude, encoded.longitude) == pytest.approx((23.6057667, 104.3372444))
    again = Image.open(io.BytesIO(encoded.jpeg))
    assert not again.getexif()
    assert b"SECRET" not in encoded.jpeg
    assert b"Exif" not in encoded.jpeg


@pytest.mark.parametrize(
    ("fields", "taken_at"),
    [
        ({"offset": "+08:00"}, datetime(2026, 9, 5, 2, 30, tzinfo=UTC)),
        ({"offset": "-05:30"}, datetime(2026, 9, 5, 16, 0, tzinfo=UTC)),
        ({"offset": "nonsense"}, datetime(2026, 9, 5, 2, 30, tzinfo=UTC)),
        ({"taken": "yesterday"}, None),
        ({"taken": "1970:01:01 00:00:00"}, None),
        ({"taken": "2026:13:45 99:99:99"}, None),
    ],
)
def test_the_time_of_the_shot(fields, taken_at):
    assert photos.encode(picture(exif=exif(**fields))).taken_at == taken_at


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (999.0, 0.0, 0.0), 3: "E", 4: (104.0, 0.0, 0.0)},
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {1: "N", 2: (23.0, 36.0, 20.0)},
    ],
)
def test_impossible_positions_are_left_out(gps):
    assert photos.encode(picture(exif=exif(gps=gps))).latitude is None


def test_south_and_west():
    encoded = photos.encode(picture(exif=exif(gps=GPS | {1: "S", 3: "W"})))
    assert encoded.latitude < 0 > encoded.longitude


def test_the_picture_is_turned_upright():
    encoded = photos.encode(picture(size=(640, 480), exif=exif(orientation=6)))
    assert (encoded.width, encoded.height) == (480, 640)


def test_what_is_transparent_becomes_white():
    encoded = photos.encode(picture("PNG", mode="RGBA", colour=(0, 0, 0, 0)))
    assert Image.open(io.BytesIO(encoded.jpeg)).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "P", "1", "I;16", "CMYK"])
def test_unusual_colour_modes(mode):
    form = "JPEG" if mode == "CMYK" else "PNG"
    out = io.BytesIO()
    Image.new(mode, (20, 20)).save(out, form)
    assert photos.encode(out.getvalue()).width == 20


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(width, height):
    """A small file that says it is enormous."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + png_chunk(b"IDAT", zlib.compress(b"\0" * 100_000)) + png_chunk(b"IEND", b"")


def text_bomb():
    """A picture whose text chunk grows to 300 MB when it is read."""
    good = picture("PNG", size=(8, 8))
    bomb = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 300_000_000, 9))
    return good[:33] + bomb + good[33:]


HOSTILE = {
    "nothing": b"",
    "an HTML page": b"<html><script>alert(1)</script></html>",
    "a script named as SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a PHP script with a JPEG head": b"\xff\xd8\xff\xe0<?php system($_GET['c']); ?>",
    "a GIF": b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00"
    b"\x01\x00\x01\x00\x00\x02\x02D\x01\x00;",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n",
    "a zip file": b"PK\x03\x04" + b"\0" * 200,
    "a PDF": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n",
    "a JPEG cut off": picture()[:400],
    "a PNG cut off": picture("PNG")[:60],
    "a PNG of 10 billion pixels": png_bomb(100_000, 100_000),
    "a PNG of 90 million pixels": png_bomb(9_000, 10_000),
    "a PNG without width": png_bomb(0, 10),
    "a text chunk of 300 MB": text_bomb(),
    "a TIFF": picture("TIFF"),
    "a BMP": picture("BMP"),
    "random bytes": bytes(range(256)) * 64,
    "more than 10 MB": b"\xff\xd8\xff" + b"\0" * (10 * 1024 * 1024),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_and_broken_files_are_refused(data):
    with pytest.raises(PhotoRefused) as refusal:
        photos.encode(data)
    assert str(refusal.value)


def test_what_hangs_behind_a_picture_is_gone():
    data = picture(comment=b"<script>alert(1)</script>") + b"<?php system('id'); ?>" + b"PK\x03\x04payload"
    encoded = photos.encode(data)
    assert b"script" not in encoded.jpeg
    assert b"php" not in encoded.jpeg
    assert b"payload" not in encoded.jpeg


def test_a_broken_exif_block_is_no_reason_to_refuse():
    data = picture(exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xff" * 40)
    assert photos.encode(data).taken_at is None
