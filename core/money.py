"""Yuan and fen: the only place where money is rounded.

Money is yuan as `Decimal` with two places. Rounding is half away from zero
(0.005 becomes 0.01, -0.005 becomes -0.01), once per figure. PostgreSQL's
`round(numeric, 2)` does the same; `tests/core/test_money.py` holds the two
against each other. See docs/commissions.md, "Money".
"""

from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
ZERO = Decimal("0.00")


def yuan(value: Decimal | int | str) -> Decimal:
    """Round to whole fen, half away from zero. Never accepts a float (TypeError)."""
    if isinstance(value, float):
        raise TypeError("Money is never a float; pass Decimal, int or str.")
    return Decimal(value).quantize(FEN, rounding=ROUND_HALF_UP)


def to_fen(value: Decimal) -> int:
    """Yuan (Decimal, at most two places) to whole fen; ValueError if it has more places."""
    fen = Decimal(value) * 100
    if fen != fen.to_integral_value():
        raise ValueError(f"{value} has more than two decimal places.")
    return int(fen)


def from_fen(fen: int) -> Decimal:
    """Whole fen to yuan with two places."""
    return (Decimal(fen) / 100).quantize(FEN)
