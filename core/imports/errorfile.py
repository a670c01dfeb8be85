"""Rejected rows as a file that can be corrected and loaded again.

The columns stand as in the original; `row` and `reason` are added in front, and are
ignored when the file comes back.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
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
        yield [str(line["row"]), "; ".join(words), *line["cells"][: len(header)]]


def _words(kind: Kind, problem: dict[str, Any]) -> str:
    column = kind.column(problem["column"])
    text = reason(problem["code"], column, problem["params"])
    return f"{column.label}: {text}" if column else text


def write_csv(kind: Kind, path: Path, out: Any) -> None:
    """UTF-8 with a byte-order mark, which Excel needs to show Chinese."""
    out.write("\ufeff")
    csv.writer(out).writerows(rows(kind, path))


def write_xlsx(kind: Kind, path: Path, out: Any) -> None:
    """All cells as text, so that nothing is lost or calculated; problem rows first come first."""
    workbook = Workbook(write_only=True)
    sheet: WriteOnlyWorksheet = workbook.create_sheet("data")
    sheet.freeze_panes = "A2"
    sheet.column_dimensions["B"].width = 60
    for number, cells in enumerate(rows(kind, path)):
        if number > MOST_XLSX:
            break
        sheet.append([_cell(sheet, text, head=number == 0) for text in cells])
    workbook.save(out)


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
        write_xlsx(kind, path, out)
    else:
        with out.open("w", encoding="utf-8", newline="") as file:
            write_csv(kind, path, file)
