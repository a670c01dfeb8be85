"""An empty XLSX per kind: the header with Chinese labels, notes, and the allowed values."""

from io import BytesIO

from django.utils import translation
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from core.imports.spec import Column, Kind

HEAD = PatternFill("solid", fgColor="E9ECEF")
NEEDED = PatternFill("solid", fgColor="FFE8CC")
TEXT_ROWS = 2_000


def template(kind: Kind) -> bytes:
    """The workbook; the first sheet is what is loaded, its columns are formatted as text."""
    book = Workbook()
    sheet = book.active
    sheet.title = str(kind.label)[:31]
    sheet.freeze_panes = "A2"
    for index, column in enumerate(kind.columns, start=1):
        letter = get_column_letter(index)
        head = sheet.cell(1, index, column.zh if _chinese() else column.name)
        head.font, head.fill = Font(bold=True), NEEDED if column.required else HEAD
        sheet.column_dimensions[letter].width = max(12, len(column.zh) * 2 + 4)
        sheet.column_dimensions[letter].number_format = "@"
        for row in range(2, 102):
            sheet.cell(row, index).number_format = "@"
        if column.choices:
            _offer(sheet, column, f"{letter}2:{letter}{TEXT_ROWS}")
    _notes(book.create_sheet(_("Notes")), kind)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _chinese() -> bool:
    return (translation.get_language() or "zh").startswith("zh")


def _offer(sheet: Worksheet, column: Column, cells: str) -> None:
    """A drop-down of the allowed values."""
    words = ",".join((zh if _chinese() and zh else value) for value, zh in column.choices.items())
    if len(words) < 250:
        rule = DataValidation(
            type="list", formula1=f'"{words}"', allow_blank=not column.required, showErrorMessage=True
        )
        rule.add(cells)
        sheet.add_data_validation(rule)


def _notes(sheet: Worksheet, kind: Kind) -> None:
    sheet.append([_("Column"), _("Field name"), _("Required"), _("Format"), _("Allowed values"), _("Remark")])
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), HEAD
    for column in kind.columns:
        allowed = "\n".join(f"{value} {zh}".strip() for value, zh in column.choices.items())
        needed = _("required") if column.required else ""
        sheet.append([column.zh, column.name, needed, form(column), allowed, remark(column)])
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for letter, width in zip("ABCDEF", (22, 26, 8, 40, 34, 40), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([])
    for line in (str(kind.notes), *general_notes(kind)):
        if line:
            sheet.append([line])


def form(column: Column) -> str:
    """How a cell is to be written, in words."""
    if column.type == "decimal":
        return _("number, at most %(places)s decimal places") % {"places": column.places}
    return str(
        {
            "text": _("text, at most %(length)s characters") % {"length": column.length},
            "code": _("code, leading zeros are kept"),
            "serial": _("digits as text, leading zeros are kept"),
            "date": _("date like 2026-09-01"),
            "datetime": _("time like 2026-09-01 13:05:00"),
            "month": _("month like 2026-09"),
            "period": _("month like 2026-09, or year like 2026"),
            "bool": _("是 or 否, 1 or 0, true or false"),
            "integer": _("whole number"),
            "choice": _("one of the allowed values"),
            "lookup": _("a code that the portal knows"),
        }[column.type]
    )


def remark(column: Column) -> str:
    """Help and default of a column."""
    parts = [str(column.help)] if column.help else []
    if column.default is not None:
        parts.append(_("If blank for a new row: %(default)s.") % {"default": column.default})
    return " ".join(parts)


def general_notes(kind: Kind) -> list[str]:
    """What holds for every file of the kind."""
    notes = [_("The first row holds the column names; the columns may stand in any order.")]
    if kind.key:
        columns = {column.name: column for column in kind.columns}
        names = "、".join(columns[name].zh for name in kind.key) if _chinese() else ", ".join(kind.key)
        notes.append(_("A row is known by: %(names)s.") % {"names": names})
    if kind.updates:
        notes.append(_("A known row is updated: a blank cell keeps what is there, - clears it."))
    else:
        notes.append(_("A known row cannot be changed by a file: an equal one is unchanged, another is a conflict."))
    return notes
