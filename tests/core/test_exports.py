"""Files out: what is in them, and that no cell runs."""

import csv
import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from core import exports
from core.exports import Sheet

ROW = [
    "=HYPERLINK(1)",
    "张三",
    Decimal("-3.50"),
    Decimal("0.1234"),
    date(2026, 9, 1),
    datetime(2026, 9, 1, 13, 5),
    12345678901234567,
    None,
    "a\x0bb<&>",
]
KINDS = ["text", "text", "money", "percent", "date", "datetime", "number", "text", "text"]


def sheet(rows: Any = (ROW,), title: str = "2026-09 明细") -> Sheet:
    return Sheet(title, [f"列{i}" for i in range(len(KINDS))], KINDS, rows)


def read(sheets: list[Sheet]) -> Any:
    return openpyxl.load_workbook(io.BytesIO(b"".join(exports.xlsx_bytes(sheets))))


def test_xlsx_keeps_numbers_and_dates_and_runs_no_formula() -> None:
    cells = next(iter(read([sheet()]).active.iter_rows(min_row=2)))
    assert [cell.value for cell in cells] == [
        "'=HYPERLINK(1)",
        "张三",
        -3.5,
        0.1234,
        datetime(2026, 9, 1),
        datetime(2026, 9, 1, 13, 5),
        "12345678901234567",
        None,
        "ab<&>",
    ]
    assert all(cell.data_type != "f" for cell in cells)
    assert cells[2].number_format == "#,##0.00"
    assert cells[3].number_format == "0.00%"


def test_xlsx_has_several_sheets_with_names_that_excel_accepts() -> None:
    book = read([sheet(title="a/b:*?[]" + "长" * 40), sheet([], title='"<&>')])
    assert book.sheetnames[1] == '"<&>'
    assert len(book.sheetnames[0]) <= 31
    assert not set("/:*?[]") & set(book.sheetnames[0])


def test_xlsx_is_a_sound_archive() -> None:
    data = b"".join(exports.xlsx_bytes([sheet()]))
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None


def test_csv() -> None:
    data = b"".join(exports.csv_lines(sheet()))
    assert data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert lines[1] == [
        "'=HYPERLINK(1)",
        "张三",
        "-3.50",
        "0.1234",
        "2026-09-01",
        "2026-09-01 13:05:00",
        "12345678901234567",
        "",
        "a\x0bb<&>",
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_a_spreadsheet_would_run_is_guarded(start: str) -> None:
    assert exports.guarded(f"{start}cmd") == f"'{start}cmd"


def test_response_names_the_file_in_any_script() -> None:
    response = exports.response("对账单 2026-09", sheet(), as_="csv")
    assert response["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E5%AF%B9")
    with pytest.raises(ValueError, match="pdf"):
        exports.response("x", sheet(), as_="pdf")
