"""What a file is, judged by its content and before anything is parsed."""

import zipfile
import zlib
from pathlib import Path

from core.imports.limits import MB, limit
from core.imports.problems import FileRefused

OLE = b"\xd0\xcf\x11\xe0"
MAX_ENTRIES = 2_000
MAX_RATIO = 1_032  # what deflate can reach at all


def kind_of(path: Path) -> str:
    """`csv`, `xlsx` or `json`-like text; refuses what is none of them or too large."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(64 * 1024)
    if not start.strip(b"\xef\xbb\xbf \t\r\n"):
        raise FileRefused("empty")
    if start.startswith(b"PK"):
        if size > limit("IMPORT_MAX_XLSX_MB") * MB:
            raise FileRefused("too_big", limit=limit("IMPORT_MAX_XLSX_MB"))
        check_workbook(path)
        return "xlsx"
    if start.startswith(OLE):
        raise FileRefused("old_excel")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileRefused("utf16")
    if size > limit("IMPORT_MAX_CSV_MB") * MB:
        raise FileRefused("too_big", limit=limit("IMPORT_MAX_CSV_MB"))
    if b"\0" in start:
        raise FileRefused("utf16" if _looks_like_utf16(start) else "binary")
    return "csv"


def _looks_like_utf16(start: bytes) -> bool:
    """Every other byte is zero, as in ASCII text written as UTF-16 without a mark."""
    return max(start[0::2].count(0), start[1::2].count(0)) > len(start) // 3


def check_workbook(path: Path) -> None:
    """Refuse what is no workbook or would unpack beyond all measure, without unpacking it into memory."""
    most = limit("IMPORT_MAX_UNPACKED_MB") * MB
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > most:
                raise FileRefused("zip_bomb")
            names = {entry.filename for entry in entries}
            if "xl/workbook.xml" not in names or any(entry.flag_bits & 1 for entry in entries):
                raise FileRefused("not_xlsx")
            if sum(entry.compress_size for entry in entries) * MAX_RATIO > most:
                _check_declared_sizes(path, entries)
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise FileRefused("not_xlsx") from error


def _check_declared_sizes(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    """Unpack each entry into nothing and refuse one that is larger than it says."""
    with path.open("rb") as file:
        for entry in entries:
            if entry.compress_type != zipfile.ZIP_DEFLATED:
                continue
            file.seek(entry.header_offset)
            header = file.read(30)
            file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
            unpacker, left, size = zlib.decompressobj(-15), entry.compress_size, 0
            while left and not unpacker.eof:
                data = file.read(min(left, 256 * 1024))
                if not data:
                    break
                left -= len(data)
                while data:
                    try:
                        size += len(unpacker.decompress(data, 1 * MB))
                    except zlib.error as error:
                        raise FileRefused("not_xlsx") from error
                    if size > entry.file_size:
                        raise FileRefused("zip_bomb")
                    data = unpacker.unconsumed_tail
