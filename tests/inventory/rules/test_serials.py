"""The executed table of docs/inventory.md about serials, and what it leaves out."""

import pytest

from inventory.rules import serials
from tests.examples.tables import executed

TABLES = executed("inventory.md")


def listed(text: str) -> list[str]:
    return text.split("; ") if text else []


@pytest.mark.parametrize("row", TABLES["reading serials"])
def test_serials_are_read_as_the_table_says(row: dict[str, str]) -> None:
    spans, wrong = serials.read(row["Text"])
    assert [str(span) for span in spans] == listed(row["Read as"])
    assert sorted(piece.why for piece in wrong) == sorted(listed(row["Cannot be read"]))


@pytest.mark.parametrize(
    ("digits", "holds"),
    [
        ("89860012345678901234", False),
        ("490154203237518", True),
        ("490154203237519", False),
        ("0", True),
        ("59", True),
        ("91", True),
        ("18", True),
        ("26", True),
    ],
)
def test_luhn(digits: str, holds: bool) -> None:
    assert serials.luhn_holds(digits) is holds


@pytest.mark.parametrize(
    ("text", "spans", "wrong"),
    [
        ("ab12", ["AB12"], []),
        ("AB1", [], [("AB1", "format")]),
        ("a" * 30, ["A" * 30], []),
        ("!" + "a" * 80, [], [("!" + "a" * 59, "format")]),
        ("0001 - 0001", ["0001"], []),
        ("0007,0001~0003", ["0007", "0001–0003"], []),
        ("x! 0001..0003;0004", ["0001–0003", "0004"], [("x!", "format")]),
        ("0003-0001 0001-01", [], [("0003-0001", "order"), ("0001-01", "length")]),
        ("0002 0001 0002", ["0002", "0001"], []),
    ],
)
def test_spans_in_their_order_and_what_cannot_be_read(
    text: str, spans: list[str], wrong: list[tuple[str, str]]
) -> None:
    found, unreadable = serials.read(text)
    assert [str(span) for span in found] == spans
    assert [(piece.text, piece.why) for piece in unreadable] == wrong


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [("0001", "0001", 1), ("0001", "0010", 10), ("A001", "A001", 1), ("A001", "A002", None)],
)
def test_how_many_a_range_would_have(first: str, last: str, expected: int | None) -> None:
    assert serials.Span(first, last).expected == expected
