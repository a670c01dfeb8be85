"""What people type or scan: serials and ranges of them."""

import pytest

from inventory.rules.serials import Span, read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8986000001", 1),
        ("8986000001-8986000010", 10),
        ("89860A0001", 1),
        ("89860A0001-89860A0010", None),  # letters do not say how many lie between
    ],
)
def test_how_many_serials_a_range_would_have(text: str, expected: int | None) -> None:
    (span,), wrong = read(text)
    assert (span.expected, wrong) == (expected, [])


def test_a_span_reads_as_it_was_typed() -> None:
    assert [str(one) for one in (Span("1", "1"), Span("1", "9"))] == ["1", "1–9"]
