"""Files out: CSV and XLSX, written as they are sent, so that memory does not grow with the rows.

Text that a spreadsheet could read as a formula gets a leading apostrophe; numbers and
dates stay numbers and dates. `sheet()` writes the few parts of an XLSX file that one
plain table needs; for anything richer use openpyxl.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from django.http import StreamingHttpResponse

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
BATCH = 500
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheets know no zones
# Cell styles, in the order of STYLES below.
PLAIN, HEAD, MONEY, PERCENT, DATE, DATETIME = range(6)
STYLE_OF_KIND = {"money": MONEY, "percent": PERCENT}
# What XML 1.0 cannot hold.
FORBIDDEN = {code: None for code in range(32) if code not in (9, 10, 13)} | {0xFFFE: None, 0xFFFF: None}


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


class _Pipe(io.RawIOBase):
    """What zipfile writes to: collects bytes until they are sent on; cannot be rewound."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        data = b"".join(self.parts)
        self.parts.clear()
        return data


def xlsx_bytes(sheets: Sequence[Sheet]) -> Iterator[bytes]:
    """An XLSX file, piece by piece."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for name, content in _parts(sheets):
            archive.writestr(name, content)
        yield pipe.taken()
        for number, sheet in enumerate(sheets, start=1):
            with archive.open(f"xl/worksheets/sheet{number}.xml", "w") as part:
                for chunk in _worksheet(sheet):
                    part.write(chunk.encode())
                    if pipe.parts:
                        yield pipe.taken()
    yield pipe.taken()


def _worksheet(sheet: Sheet) -> Iterator[str]:
    widths = "".join(
        f'<col min="{i}" max="{i}" width="{_width(heading, kind)}" customWidth="1"/>'
        for i, (heading, kind) in enumerate(zip(sheet.headings, sheet.kinds, strict=True), start=1)
    )
    yield (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft"'
        ' state="frozen"/></sheetView></sheetViews>'
        + (f"<cols>{widths}</cols>" if widths else "")
        + "<sheetData><row>"
        + "".join(_cell(str(heading), HEAD) for heading in sheet.headings)
        + "</row>"
    )
    styles = [STYLE_OF_KIND.get(kind, PLAIN) for kind in sheet.kinds]
    lines: list[str] = []
    for row in sheet.rows:
        lines.append(
            "<row>" + "".join(_cell(value, style) for value, style in zip(row, styles, strict=True)) + "</row>"
        )
        if len(lines) == BATCH:
            yield "".join(lines)
            lines.clear()
    yield "".join(lines) + "</sheetData></worksheet>"


def _width(heading: str, kind: str) -> int:
    """A column width in characters; Chinese characters take two."""
    taken = sum(2 if ord(character) > 0x2E7F else 1 for character in str(heading)) + 2
    return min(max(taken, {"datetime": 17, "date": 12, "money": 14}.get(kind, 12)), 40)


def _cell(value: Any, style: int) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float | Decimal):
        # Spreadsheets keep 15 digits: longer whole numbers are codes and stay text.
        if not (isinstance(value, int) and abs(value) >= 10**15):
            return (
                f'<c s="{style}"><v>{value:f}</v></c>'
                if isinstance(value, Decimal)
                else f'<c s="{style}"><v>{value}</v></c>'
            )
        value = str(value)
    if isinstance(value, datetime):
        return f'<c s="{DATETIME}"><v>{(value - EPOCH).total_seconds() / 86400:.9f}</v></c>'
    if isinstance(value, date):
        return f'<c s="{DATE}"><v>{value.toordinal() - EPOCH.toordinal()}</v></c>'
    text = escape(guarded(str(value)).translate(FORBIDDEN)[:32_767])
    return f'<c t="inlineStr" s="{HEAD if style == HEAD else PLAIN}"><is><t xml:space="preserve">{text}</t></is></c>'


STYLES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy-mm-dd hh:mm"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="6">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="10" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def _parts(sheets: Sequence[Sheet]) -> Iterator[tuple[str, str]]:
    """The small files around the worksheets."""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    numbers = range(1, len(sheets) + 1)
    yield (
        "[Content_Types].xml",
        (
            f'{head}<Types xmlns="{package}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>'
            + "".join(
                f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>'
                for n in numbers
            )
            + "</Types>"
        ),
    )
    yield (
        "_rels/.rels",
        (
            f'{head}<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
    )
    yield (
        "xl/workbook.xml",
        (
            f'{head}<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
            + "".join(
                f'<sheet name={quoteattr(_sheet_title(sheet.title, n))} sheetId="{n}" r:id="rId{n}"/>'
                for n, sheet in enumerate(sheets, start=1)
            )
            + "</sheets></workbook>"
        ),
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        (
            f'{head}<Relationships xmlns="{package}/relationships">'
            + "".join(
                f'<Relationship Id="rId{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>'
                for n in numbers
            )
            + f'<Relationship Id="rId{len(sheets) + 1}" Type="{office}/styles" Target="styles.xml"/></Relationships>'
        ),
    )
    yield "xl/styles.xml", STYLES


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
