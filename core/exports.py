"""Files out: CSV and XLSX, written without holding all rows in memory.

Text that a spreadsheet could read as a formula gets a leading apostrophe; numbers and
dates stay numbers and dates.
"""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.http import StreamingHttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
BATCH = 500
PIECE = 64 * 1024
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMAT_OF_KIND = {"money": "#,##0.00", "percent": "0.00%", "bar": "0.00%"}
BOLD = Font(bold=True)


@dataclass(frozen=True)
class Sheet:
    """One table to write: heading texts, the kind of each column (core.formats) and rows of plain values."""

    title: str
    headings: Sequence[str]
    kinds: Sequence[str]
    rows: Iterable[Sequence[Any]]


def guarded(value: Any) -> Any:
    """`value`, with an apostrophe before text that a spreadsheet would run."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return value


def csv_lines(sheet: Sheet, *, bom: bool = True) -> Iterator[bytes]:
    """UTF-8 CSV; with a byte order mark so that Excel reads Chinese."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    if bom:
        buffer.write("\ufeff")
    writer.writerow([guarded(heading) for heading in sheet.headings])
    for index, row in enumerate(sheet.rows, start=1):
        writer.writerow([_csv_value(value, kind) for value, kind in zip(row, sheet.kinds, strict=True)])
        if index % BATCH == 0:
            yield _drain(buffer)
    yield _drain(buffer)


def _csv_value(value: Any, kind: str) -> Any:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:.2f}" if kind == "money" else f"{value:f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return guarded(value)


def _drain(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def xlsx_bytes(sheets: Sequence[Sheet]) -> Iterator[bytes]:
    """An XLSX file in pieces. Rows go to disk as they come, so memory does not grow with them."""
    book = Workbook(write_only=True)
    for number, sheet in enumerate(sheets, start=1):
        page = book.create_sheet(_sheet_title(sheet.title, number))
        page.freeze_panes = "A2"
        for place, (heading, kind) in enumerate(zip(sheet.headings, sheet.kinds, strict=True), start=1):
            page.column_dimensions[get_column_letter(place)].width = _width(heading, kind)
        page.append([_cell(page, str(heading), font=BOLD) for heading in sheet.headings])
        formats = [FORMAT_OF_KIND.get(kind, "") for kind in sheet.kinds]
        for row in sheet.rows:
            page.append([_cell(page, value, form) for value, form in zip(row, formats, strict=True)])
    with tempfile.TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def _width(heading: str, kind: str) -> int:
    """A column width in characters; Chinese characters take two."""
    taken = sum(2 if ord(character) > 0x2E7F else 1 for character in str(heading)) + 2
    return min(max(taken, {"datetime": 17, "date": 12, "money": 14}.get(kind, 12)), 40)


def _cell(page: Any, value: Any, form: str = "", font: Font | None = None) -> Any:
    """The value as a spreadsheet keeps it: numbers and dates as such, never a formula."""
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**15:
        value = str(value)  # Spreadsheets keep 15 digits: longer whole numbers are codes.
    if not isinstance(value, bool | int | float | Decimal | date):
        form, value = "", ILLEGAL_CHARACTERS_RE.sub("", guarded(str(value)))[:32_767]
    if isinstance(value, datetime):
        form = "yyyy-mm-dd hh:mm"
    elif isinstance(value, date):
        form = "yyyy-mm-dd"
    if not form and font is None:
        return value
    cell = WriteOnlyCell(page, value)
    if form:
        cell.number_format = form
    if font is not None:
        cell.font = font
    return cell


def _sheet_title(title: str, number: int) -> str:
    """A name that spreadsheets accept: at most 31 characters, none of []:*?/\\."""
    clean = "".join(" " if character in "[]:*?/\\" else character for character in str(title)).strip(" '")
    return clean[:31] or f"Sheet{number}"


def response(name: str, sheets: Sheet | Sequence[Sheet], *, as_: str) -> StreamingHttpResponse:
    """A download named `name` (without ending) as `xlsx` or `csv` (CSV: the first sheet only)."""
    sheets = [sheets] if isinstance(sheets, Sheet) else list(sheets)
    if as_ == "xlsx":
        answer = StreamingHttpResponse(xlsx_bytes(sheets), content_type=XLSX_TYPE)
    elif as_ == "csv":
        answer = StreamingHttpResponse(csv_lines(sheets[0]), content_type="text/csv; charset=utf-8")
    else:
        raise ValueError(f"{as_} is neither xlsx nor csv.")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{name}.{as_}', safe='')}"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
