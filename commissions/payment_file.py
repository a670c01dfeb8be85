"""The payment file that goes out and the result file that comes back. Columns: docs/data-contracts.md.

A clerk may add `result` and `reason` to the file that went out and hand it in as it is.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from core.exports import Sheet
from core.imports import csvread, headers, sniff, xlsxread
from core.imports.problems import FileRefused
from core.imports.spec import Column, Kind, choice, code, text

# (field, kind): what goes out.
FIELDS = (
    ("statement", "text"),
    ("dealer_code", "text"),
    ("dealer_name", "text"),
    ("amount", "money"),
    ("bank", "text"),
    ("account", "text"),
    ("holder", "text"),
    ("hold_reason", "text"),
)
RESULTS = Kind(
    name="payment_results",
    label="",
    permission="pay_batches",
    columns=(
        code("statement", "对账单编号", length=72, required=True),
        choice("result", "结果", {"ok": "成功", "failed": "失败"}, required=True),
        text("reason", "原因", length=200),
        *(text(name, zh) for name, zh in (
            ("dealer_code", "渠道编码"), ("dealer_name", "渠道名称"), ("amount", "金额"), ("bank", "开户行"),
            ("account", "账号"), ("holder", "户名"), ("hold_reason", "暂缓原因"),
        )),
    ),
)  # fmt: skip
MOST_ROWS = 100_000
# A cell guarded against formulas when the file went out.
GUARD = "'"


def sheet(rows: Iterable[Any]) -> Sheet:
    """Payment rows as the table that goes out: amounts in yuan, all else as text."""
    return Sheet(
        title=_("Payments"),
        headings=[name for name, _kind in FIELDS],
        kinds=[kind for _name, kind in FIELDS],
        rows=([_plain(getattr(row, name), kind) for name, kind in FIELDS] for row in rows),
    )


def _plain(value: Any, kind: str) -> Any:
    return value if kind == "money" or value is None else str(value)


def read_results(path: Path) -> list[dict[str, str]]:
    """The rows `{"statement", "result", "reason"}` of a CSV or XLSX file. Raises FileRefused.

    Rows without a result (payments on hold, not yet answered) are left out; `result` is
    `ok` or `failed`, or the cell as it stands if it is neither.
    """
    places: dict[str, str] = {}

    def accept(header: list[str]) -> list[Column | None]:
        found = headers.match(RESULTS, header)
        places.update({column.name: f"c{index}" for index, column in enumerate(found) if column})
        return found

    read = xlsxread.read if sniff.kind_of(path) == "xlsx" else csvread.read
    words = (RESULTS.column("result") or RESULTS.columns[1]).values()
    rows: list[dict[str, str]] = []
    for chunk in read(path, accept):
        if chunk.ragged:
            raise FileRefused("separator", separator="…")
        for cells in chunk.frame.iter_rows(named=True):
            row = {name: (cells.get(place) or "").strip().removeprefix(GUARD) for name, place in places.items()}
            result = row["result"]
            if not result and not row["statement"]:
                continue
            if result:
                rows.append(
                    {
                        "statement": row["statement"][:72],
                        "result": words.get(result.lower(), result)[:20],
                        "reason": row.get("reason", "")[:200],
                    }
                )
        if len(rows) > MOST_ROWS:
            raise FileRefused("too_many_rows", limit=MOST_ROWS)
    if not rows:
        raise FileRefused("no_rows")
    return rows
