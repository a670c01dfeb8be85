"""CSV by raw blocks, so that memory does not depend on the size of the file.

A block ends at a row end outside quotes. Within it, lines with the right number of
cells go to Polars in one piece; the few others are looked at one by one.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from core.imports.limits import limit
from core.imports.problems import FileRefused

QUOTE, COMMA, NEWLINE = 34, 44, 10
MAX_ROW_BYTES = 32 * 1024 * 1024
MAX_CELL = 100_000


@dataclass
class Chunk:
    """Some rows as text: `frame` has `__row` (1 = header) and one column per header cell, c0, c1, …

    `ragged` holds rows with the wrong number of cells: (row, cells).
    """

    frame: pl.DataFrame
    ragged: list[tuple[int, list[str]]] = field(default_factory=list)
    bytes_done: int = 0


class Decoder:
    """Turns raw blocks into UTF-8: the encoding is settled by the first byte that is not ASCII."""

    def __init__(self) -> None:
        self.encoding = ""

    def __call__(self, block: bytes, row: int) -> bytes:
        if block.isascii():
            return block
        for encoding in [self.encoding] if self.encoding else ["utf-8", "gb18030"]:
            try:
                text = block.decode(encoding)
            except UnicodeDecodeError:
                continue
            if encoding == "gb18030" and _partly_utf8(block):
                break
            self.encoding = encoding
            return block if encoding == "utf-8" else text.encode()
        raise FileRefused("encoding", row=row)


def _partly_utf8(block: bytes) -> bool:
    """Whether a good part of the Chinese lines are UTF-8, so that the block is neither."""
    lines = [line for line in block[: 1 << 20].split(b"\n") if not line.isascii()][:2_000]
    utf8 = sum(1 for line in lines if _is_chinese_utf8(line))
    return utf8 * 10 > len(lines)


def _is_chinese_utf8(line: bytes) -> bool:
    try:
        return any("\u4e00" <= sign <= "\u9fff" for sign in line.decode())
    except UnicodeDecodeError:
        return False


def blocks(path: Path, size: int) -> Iterator[bytes]:
    """Raw blocks of about `size` bytes that end at a row end outside quotes."""
    rest = b""
    old_mac: bool | None = None
    with path.open("rb") as file:
        if file.read(3) != codecs.BOM_UTF8:
            file.seek(0)
        while data := file.read(size):
            if old_mac is None:
                old_mac = b"\r" in data and b"\n" not in data
            if old_mac:
                data = data.replace(b"\r", b"\n")
            rest += data
            if len(rest) < size:
                continue
            end = _safe_end(rest)
            if end:
                yield rest[:end]
                rest = rest[end:]
            elif len(rest) > MAX_ROW_BYTES + size:
                break
    if rest:
        yield rest


def _safe_end(block: bytes) -> int:
    """Just after the last newline with an even number of quotes before it; 0 if there is none."""
    end = block.rfind(b"\n")
    if b'"' not in block:
        return end + 1
    quotes = block.count(b'"', 0, end + 1) if end >= 0 else 0
    while end >= 0 and quotes % 2:
        previous = block.rfind(b"\n", 0, end)
        quotes -= block.count(b'"', previous + 1, end)
        end = previous
    return end + 1


def read(path: Path, accept: Callable[[list[str]], object]) -> Iterator[Chunk]:
    """Chunks of rows; `accept(header)` is called first and may refuse the file."""
    decode, row, width, done = Decoder(), 1, 0, 0
    for raw in blocks(path, limit("IMPORT_BLOCK_BYTES")):
        done += len(raw)
        block = decode(raw, row)
        if b"\0" in block:
            raise FileRefused("binary")
        if not width:
            header, block, row = _header(block)
            accept(header)
            width = len(header)
            if not block.strip():
                continue
        chunk, row = parse(block, width, row)
        chunk.bytes_done = done
        yield chunk


def _header(block: bytes) -> tuple[list[str], bytes, int]:
    """The header's cells, what follows it, and the number of its row."""
    start, row = 0, 0
    while start < len(block):
        end = block.find(b"\n", start) % (len(block) + 1)
        line, start, row = block[start:end], end + 1, row + 1
        if line.count(b'"') % 2:
            raise FileRefused("quote", row=row)
        if line.strip():
            return _cells(line.decode()), block[start:], row
    raise FileRefused("empty")


def parse(block: bytes, width: int, row: int) -> tuple[Chunk, int]:
    """The rows after `row` in a UTF-8 block; returns them and the number of the last one."""
    if not block.endswith(b"\n"):
        block += b"\n"
    data = np.frombuffer(block, dtype=np.uint8)
    newlines, commas = np.flatnonzero(data == NEWLINE), np.flatnonzero(data == COMMA)
    if b'"' in block:
        quotes = np.flatnonzero(data == QUOTE)
        if len(quotes) % 2:
            raise FileRefused("quote", row=row)
        newlines = newlines[np.searchsorted(quotes, newlines) % 2 == 0]
        commas = commas[np.searchsorted(quotes, commas) % 2 == 0]
    counts = np.diff(np.searchsorted(commas, newlines), prepend=0)
    numbers = np.arange(row + 1, row + 1 + len(newlines), dtype=np.int64)
    regular = counts == width - 1
    if width == 1:
        regular &= np.diff(newlines, prepend=-1) > 1
    ragged: list[tuple[int, list[str]]] = []
    if not regular.all():
        starts = np.concatenate(([0], newlines[:-1] + 1))
        for index in np.flatnonzero(~regular):
            _odd_line(block[starts[index] : newlines[index]], int(numbers[index]), ragged)
        block = _keep(block, starts, newlines, regular)
        numbers = numbers[regular]
    frame = _frame(block, width, len(numbers))
    return Chunk(frame.with_columns(__row=pl.Series(numbers)), ragged), row + len(newlines)


def _odd_line(line: bytes, number: int, ragged: list[tuple[int, list[str]]]) -> None:
    """A line with the wrong number of cells; one without any text is no row at all."""
    if line.strip(b", \t\r\n"):
        ragged.append((number, [cell[:MAX_CELL] for cell in _cells(line.decode())]))


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r\n")]), [])
    except csv.Error:
        return [line]


def _keep(block: bytes, starts: np.ndarray, ends: np.ndarray, keep: np.ndarray) -> bytes:
    """The kept lines of a block, copied run by run."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], keep.astype(np.int8), [0]))))
    return b"".join(block[starts[a] : ends[b - 1] + 1] for a, b in zip(edges[::2], edges[1::2], strict=True))


def _frame(block: bytes, width: int, rows: int) -> pl.DataFrame:
    names = [f"c{index}" for index in range(width)]
    schema = pl.Schema(dict.fromkeys(names, pl.String))
    if not rows:
        return pl.DataFrame(schema=schema)
    try:
        frame = pl.read_csv(io.BytesIO(block), has_header=False, new_columns=names, infer_schema=False)
        if frame.height == rows and frame.width == width:
            return frame
    except pl.exceptions.PolarsError:
        pass
    return _slow_frame(block, schema, rows)


def _slow_frame(block: bytes, schema: pl.Schema, rows: int) -> pl.DataFrame:
    """The same through the csv module, which forgives misplaced quotes."""
    lines = [line[: len(schema)] for line in csv.reader(io.StringIO(block.decode(), newline="")) if line]
    if len(lines) != rows or any(len(line) != len(schema) for line in lines):
        lines = [(_cells(line) + [""] * len(schema))[: len(schema)] for line in block.decode().split("\n")[:-1]]
        lines = (lines + [[""] * len(schema)] * rows)[:rows]
    return pl.DataFrame(lines, schema=schema, orient="row")
