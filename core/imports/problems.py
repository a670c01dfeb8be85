"""Why a file or a row was refused: stable codes, and their words in the reader's language."""

from collections.abc import Callable
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.errors import Refused
from core.imports.spec import Column

REASONS = {
    "required": _("This cell must be filled."),
    "too_long": _("Too long: at most %(length)s characters."),
    "control": _("Contains a line break, tab or invisible control character; remove it."),
    "formula": _("Begins like a formula (= + - @); enter the plain value."),
    "full_width": _("Contains full-width characters; type letters, digits and signs in half width."),
    "code": _("Not a code: only letters, digits and . _ - / : # are allowed, without spaces."),
    "digits_lost": _(
        "A number cell of 15 digits or more: Excel has already lost digits. "
        "Format the column as text and enter the number again."
    ),
    "exponent": _("Excel has turned the number into powers of ten; format the column as text and enter it again."),
    "date": _("Not a date; write it like 2026-09-01 or 2026/9/1."),
    "no_such_day": _("There is no such day in the calendar."),
    "excel_date": _("An Excel day number instead of a date; format the column as a date or text like 2026-09-01."),
    "date_range": _("A date outside 1990 to 2099."),
    "datetime": _("Not a time; write it like 2026-09-01 13:05:00."),
    "no_time": _("The time of day is missing; write it like 2026-09-01 13:05:00."),
    "month": _("Not a month; write it like 2026-09."),
    "period": _("Not a month or year; write it like 2026-09 or 2026."),
    "bool": _("Neither yes nor no; write 1 or 0, true or false, 是 or 否."),
    "number": _("Not a number; write digits and at most one point, like 1234.50."),
    "thousands": _("Write the number without thousands separators, currency sign or unit, like 1234.50."),
    "infinite": _("Not a finite number."),
    "places": _("Has more than %(places)s decimal places; it is not rounded, correct it."),
    "whole": _("Must be a whole number."),
    "digits": _("Too large: at most %(digits)s digits before the point."),
    "negative": _("Must not be negative."),
    "minimum": _("Must be at least %(minimum)s."),
    "maximum": _("Must be at most %(maximum)s."),
    "choice": _("Not one of: %(choices)s."),
    "unknown": _("Not known, or outside your area."),
    "clear": _("A required value cannot be cleared."),
    "fields": _("The row has %(found)s cells, the header %(expected)s."),
    "conflict": _("Contradicts what is already there; a record of this kind cannot be changed by a file."),
    "duplicate": _("The same key appears more than once in the file."),
    "repeated": _("The same key appears too often in the file."),
    "before_start": _("The end is before the start."),
    "out_of_scope": _("Already exists outside your area."),
}

FILE_REASONS = {
    "empty": _("The file is empty."),
    "no_rows": _("The file has a header but no rows."),
    "too_big": _("The file is larger than %(limit)s MB; split it."),
    "binary": _("This is not a text or Excel file; save it as CSV or XLSX."),
    "utf16": _("The text is in UTF-16; save it as “CSV UTF-8” or as XLSX."),
    "encoding": _("The text is neither UTF-8 nor GB18030 (near row %(row)s); save it as “CSV UTF-8” or as XLSX."),
    "separator": _("The cells are separated by %(separator)s; save the file as CSV with commas."),
    "quote": _("A quotation mark is opened near row %(row)s and never closed."),
    "old_excel": _("An old .xls or a password-protected workbook; save it as .xlsx without password."),
    "not_xlsx": _("Not an XLSX workbook, or a damaged one; open it in Excel and save it again as .xlsx."),
    "zip_bomb": _("The workbook would unpack to an unreasonable size and was not opened."),
    "no_sheet": _("The workbook has no sheet."),
    "error_cells": _("Cells without a value (an error or an uncalculated formula): %(columns)s. Paste them as values."),
    "unknown_column": _("Unknown column: %(columns)s. Use the column names of the template."),
    "missing_column": _("A required column is missing: %(columns)s."),
    "repeated_column": _("A column appears twice: %(columns)s."),
    "blank_header": _("Column %(position)s has no name in the first row."),
    "too_many_rows": _("More than %(limit)s rows: files of this kind are loaded as a whole; split the file."),
    "content": _("The file cannot be accepted: %(problems)s"),
    "json": _("Not a valid JSON file: %(detail)s."),
    "database": _("The database refused the rows (%(constraint)s); nothing was loaded."),
    "permission": _("You may not import files of this kind."),
    "is_json": _("Files of this kind are JSON, not a table."),
}


def lazy_text(function: Callable[..., str]) -> Callable[..., Any]:
    """Words that are put together only when they are shown, in the reader's language."""
    return lazy(function, str)


class FileRefused(Refused):
    """The whole file is refused; nothing of it was loaded.

    `columns` names the culprits, `labels` says how they are called in the message.
    """

    def __init__(
        self, code: str, *, columns: list[str] | None = None, labels: list[str] | None = None, **params: Any
    ) -> None:
        self.columns = columns or []
        if columns:
            params["columns"] = ", ".join(labels or columns)
        super().__init__(_words(code, params), code=code, **params)


@lazy_text
def _words(code: str, params: dict[str, Any]) -> str:
    return str(FILE_REASONS[code]) % params if params else str(FILE_REASONS[code])


def reason(code: str, column: Column | None = None, params: dict[str, Any] | None = None) -> str:
    """The words for a row's problem in the active language; unknown codes are shown as they are."""
    message = REASONS.get(code)
    if message is None:
        return gettext(code)
    facts: dict[str, Any] = dict(params or {})
    if column is not None:
        facts |= {
            "length": column.length,
            "places": column.places,
            "digits": column.digits,
            "minimum": column.minimum,
            "maximum": column.maximum,
            "choices": ", ".join(f"{value} {zh}".strip() for value, zh in column.choices.items()),
        }
    return str(message) % facts if "%(" in str(message) else str(message)


def add_reason(code: str, message: Any) -> None:
    """Let an app add a reason of its own beside its kinds."""
    REASONS[code] = message


class ContentRefused(FileRefused):
    """A JSON file whose content is wrong: `problems` are (place in the file, words)."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        self.problems = problems
        super().__init__(
            "content", problems="; ".join(f"{place}: {text}" if place else text for place, text in problems)
        )
