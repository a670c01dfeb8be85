"""The first row of a file: which of the kind's columns stand where."""

import re

from core.imports.problems import FileRefused
from core.imports.spec import Column, Kind

# Columns of an error file: they may stay when the corrected file is loaded again.
ROW_LABELS = ("row 行号", "reason 拒绝原因")
IGNORED = {"row", "reason", "行号", "拒绝原因", "row行号", "reason拒绝原因"}
SEPARATORS = {";": "“;”", "\t": "Tab", "|": "“|”"}


def normalise(name: str) -> str:
    return re.sub(r"[\s\u3000\ufeff*]+", "", name).lower()


def match(kind: Kind, header: list[str]) -> list[Column | None]:
    """The column of each position; None for one that is to be ignored.

    Refuses, naming them, unknown, doubled and missing required columns.
    """
    known = {}
    for column in kind.columns:
        known[normalise(column.name)] = column
        known[normalise(column.zh)] = column
    while header and not header[-1].strip():
        header = header[:-1]
    if len(header) == 1:
        for sign, name in SEPARATORS.items():
            if sign in header[0]:
                raise FileRefused("separator", separator=name)
    found: list[Column | None] = []
    unknown = []
    for position, cell in enumerate(header, start=1):
        name = normalise(cell)
        if not name:
            raise FileRefused("blank_header", position=position)
        if name in known:
            found.append(known[name])
        elif name in IGNORED:
            found.append(None)
        else:
            unknown.append(cell.strip()[:60])
    if unknown:
        raise FileRefused("unknown_column", columns=unknown)
    names = [column.name for column in found if column]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise FileRefused("repeated_column", columns=doubled)
    missing = [column for column in kind.required if column.name not in names]
    if missing:
        labels = [f"{column.name} {column.zh}" for column in missing]
        raise FileRefused("missing_column", columns=[column.name for column in missing], labels=labels)
    return found
