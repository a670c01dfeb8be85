"""Rejected rows as a file that can be corrected and loaded again.

The columns stand as in the original; `row` and `reason` are added in front, and are
ignored when the file comes back.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from core.imports import runs, spool
from core.imports.headers import ROW_LABELS
from core.imports.problems import reason
from core.imports.spec import Kind
from core.models import ImportRun

MOST_XLSX = 100_000


def rows(kind: Kind, path: Path) -> Iterator[list[str]]:
    """The header, then each rejected row with its number and its reasons in the active language."""
    header, lines = spool.read(path)
    yield [*ROW_LABELS, *header]
    for line in lines:
        words = [_words(kind, problem) for problem in line["problems"]]
        yield [str(line["row"]), "; ".join(words), *(_harmless(cell) for cell in line["cells"][: len(header)])]


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; figures and phone numbers stay as they are."""
    return f"'{cell}" if re.match(r"[=@\t\r]|[+-](?!\d)", cell) and cell != "-" else cell


def _words(kind: Kind, problem: dict[str, Any]) -> str:
    column = kind.column(problem["column"])
    text = reason(problem["code"], column, problem["params"])
    return f"{column.label}: {text}" if column else text


def csv_parts(kind: Kind, path: Path) -> Iterator[str]:
    """CSV text, row by row; UTF-8 with a byte-order mark, which Excel needs to show Chinese."""
    yield "\ufeff"
    for row in rows(kind, path):
        line = io.StringIO()
        csv.writer(line).writerow(row)
        yield line.getvalue()


def xlsx(kind: Kind, path: Path) -> bytes:
    """All cells as text, so that nothing is lost or calculated; at most 100,000 rows."""
    workbook = Workbook(write_only=True)
    sheet: WriteOnlyWorksheet = workbook.create_sheet("data")
    sheet.freeze_panes = "A2"
    sheet.column_dimensions["B"].width = 60
    for number, cells in enumerate(islice(rows(kind, path), MOST_XLSX + 1)):
        sheet.append([_cell(sheet, text, head=number == 0) for text in cells])
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _cell(sheet: WriteOnlyWorksheet, text: str, *, head: bool) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, "".join(sign for sign in text if sign >= " " or sign in "\t\n"))
    cell.data_type, cell.number_format = "s", "@"
    if head:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E9ECEF")
    return cell


def write(*, run: ImportRun, kind: Kind, out: Path) -> None:
    """Write the run's rejected rows to `out`, as XLSX if it is named so."""
    path = runs.folder() / run.error_file
    if out.suffix.lower() == ".xlsx":
        out.write_bytes(xlsx(kind, path))
    else:
        with out.open("w", encoding="utf-8", newline="") as file:
            file.writelines(csv_parts(kind, path))
