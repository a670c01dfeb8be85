"""Reads tables from the pages in docs/, so that what they show is what runs.

Cells are cut and freed of backticks; a typographic minus becomes `-`, a lone dash is blank.
"""

import re
from collections.abc import Iterable
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
MARK = re.compile(r"\*Executed: ([^*]+)\*")


def executed(page: str) -> dict[str, list[dict[str, str]]]:
    """name → rows of the table below each line `*Executed: name*` of a page in docs/."""
    tables: dict[str, list[str]] = {}
    name = ""
    for line in (DOCS / page).read_text(encoding="utf-8").splitlines():
        mark = MARK.match(line)
        if mark:
            name = mark[1].strip()
            assert name not in tables, f"{name} is there twice"
            tables[name] = []
        elif name and line.startswith("|"):
            tables[name].append(line)
        elif name and tables[name]:
            name = ""
    return {name: rows_of(lines) for name, lines in tables.items()}


def rows_of(lines: Iterable[str]) -> list[dict[str, str]]:
    """The rows of one markdown table as dicts by column head; [] without lines."""
    rows = [[_cell(text) for text in line.strip().strip("|").split("|")] for line in lines]
    if not rows:
        return []
    head, _, *body = rows
    assert all(len(row) == len(head) for row in body), head
    return [dict(zip(head, row, strict=True)) for row in body]


def _cell(text: str) -> str:
    text = text.strip().strip("`").replace("−", "-")
    return "" if text == "–" else text
