"""The executed tables of docs/inventory.md."""

import pytest

from inventory.rules import serials
from tests.examples.tables import executed

TABLES = executed("inventory.md")


def listed(text: str) -> list[str]:
    return text.split("; ") if text else []


@pytest.mark.parametrize("row", TABLES["reading serials"], ids=str)
def test_serials_are_read_as_the_table_says(row: dict[str, str]) -> None:
    spans, wrong = serials.read(row["Text"])
    assert [str(span) for span in spans] == listed(row["Read as"])
    assert sorted(piece.why for piece in wrong) == sorted(listed(row["Cannot be read"]))


@pytest.mark.parametrize(
    ("digits", "holds"), [("89860012345678901234", False), ("490154203237518", True), ("490154203237519", False)]
)
def test_luhn(digits: str, holds: bool) -> None:
    assert serials.luhn_holds(digits) is holds
