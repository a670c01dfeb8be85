"""The deduction bands of the settings, as people write them."""

from decimal import Decimal

import pytest

from commissions.services.bands import BandsInvalid, read_bands


def test_bands_are_read_from_the_highest_score_down() -> None:
    found = read_bands("90:1.00  80:0.95 0:0.50")
    assert [(band.least, band.coefficient) for band in found] == [
        (Decimal(90), Decimal("1.00")),
        (Decimal(80), Decimal("0.95")),
        (Decimal(0), Decimal("0.50")),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "90",
        "90:1:2 0:0.5",
        "ninety:1 0:0.5",
        "90:1.00 80:0.95",  # nothing for a score below 80
        "0:0.5 90:1",
        "90:1 90:0.9 0:0.5",
        "90:1.01 0:0.5",
        "90:1 0:-0.5",
    ],
)
def test_what_says_nothing_clear_is_refused(text: str) -> None:
    with pytest.raises(BandsInvalid):
        read_bands(text)
