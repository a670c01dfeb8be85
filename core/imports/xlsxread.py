"""The first sheet of a workbook as chunks of text, with the row numbers that Excel shows."""

from __future__ import annotations

import datetime as dt
import math
import re
import zipfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from python_calamine import CalamineError, CalamineWorkbook

from core.imports.csvread import Chunk
from core.imports.parsing import LOST
from core.imports.problems import FileRefused

ROWS = 20_000
TOO_MANY_DIGITS = 1e14  # fifteen digits
NO_VALUE = re.compile(rb'<c r="([A-Z]+[0-9]+)"(?:[^>]*t="e"|[^>]*><f[^>]*>[^<]*</f>(?:<v></v>|<v ?/>)?</c>)')


def read(path: Path, accept: Callable[[list[str]], list[Any]]) -> Iterator[Chunk]:
    """Chunks of rows; `accept(header)` is called first, may refuse the file, and returns each position's column."""
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        if not workbook.sheet_names:
            raise FileRefused("no_sheet")
        sheet = workbook.get_sheet_by_index(0)
        cells = _cells_without_value(path)
    except (CalamineError, OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise FileRefused("not_xlsx") from error
    if cells:
        raise FileRefused("error_cells", columns=cells)
    rows = enumerate(sheet.iter_rows(), start=1)
    header: list[str] = []
    for _row, values in rows:
        header = [_text(value, "text") for value in values]
        if any(cell.strip() for cell in header):
            break
    else:
        raise FileRefused("empty")
    columns = accept(header)
    types = [column.type if column else "text" for column in columns] + ["text"] * len(header)
    size, last = path.stat().st_size, max(sheet.total_height, 1)
    while part := list(islice(rows, ROWS)):
        numbers = np.array([row for row, _ in part], dtype=np.int64)
        data = {"__row": pl.Series(numbers)}
        for index, cells_of in enumerate(zip(*(values for _, values in part), strict=True)):
            data[f"c{index}"] = pl.Series(_column(cells_of, types[index]), dtype=pl.String)
        yield Chunk(pl.DataFrame(data), bytes_done=int(size * min(1.0, part[-1][0] / last)))


def _column(values: tuple[Any, ...], type_: str) -> list[str]:
    """A column's cells as text; the usual case, all text, costs nothing."""
    if set(map(type, values)) == {str}:
        return list(values)
    return [value if type(value) is str else _text(value, type_) for value in values]


def _text(value: Any, type_: str) -> str:
    """A cell as a person would have typed it into a text file."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(float(value), type_)
    if isinstance(value, dt.datetime):
        value = _to_second(value)
        if type_ != "datetime" and value.time() == dt.time():
            return f"{value:%Y-%m-%d}"
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, dt.date):
        return f"{value.isoformat()} 00:00:00" if type_ == "datetime" else value.isoformat()
    return str(value)


def _number(value: float, type_: str) -> str:
    """Fifteen significant digits, as Excel itself has; marked where a serial has lost some."""
    if not math.isfinite(value):
        return str(value)
    lost = LOST if type_ in ("serial", "code", "lookup") and abs(value) >= TOO_MANY_DIGITS else ""
    if value == int(value) and abs(value) < 1e17:
        return f"{lost}{int(value)}"
    return f"{lost}{value:.15g}"


def _to_second(value: dt.datetime) -> dt.datetime:
    """Excel keeps times as fractions of a day: 13:05:00 may come as 13:04:59.999997."""
    return (value + dt.timedelta(microseconds=500_000)).replace(microsecond=0)


def _cells_without_value(path: Path) -> list[str]:
    """Up to five cells of the first sheet that show an error or hold a formula without a stored value."""
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith("xl/worksheets/sheet"))
        if not names:
            return []
        with archive.open("xl/worksheets/sheet1.xml" if "xl/worksheets/sheet1.xml" in names else names[0]) as sheet:
            found: list[str] = []
            rest = b""
            while data := sheet.read(1 << 20):
                text = rest + data
                if b't="e"' in text or b"<f" in text:
                    found += [match.decode() for match in NO_VALUE.findall(text)]
                if len(found) >= 5:
                    break
                rest = data[-2000:]
            return list(dict.fromkeys(found))[:5]
