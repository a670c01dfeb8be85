"""Files as people have them: Excel with Chinese heads, and CSV as Chinese Windows writes it."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from openpyxl import Workbook

Rows = Iterable[Iterable[object]]


def xlsx(path: Path, head: str, rows: Rows) -> Path:
    """`head`: the column heads, separated by spaces."""
    book = Workbook()
    book.active.append(head.split())
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


def gb18030(path: Path, head: str, rows: Rows) -> Path:
    text = io.StringIO()
    csv.writer(text).writerows([head.split(), *rows])
    path.write_bytes(text.getvalue().encode("gb18030"))
    return path
