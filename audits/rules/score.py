"""The assessment score of a dealer's month from its parts. See docs/visits.md, "Assessment scores".

Parts and scores are 0 to 100 with two places; None is what is not known.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

PARTS = ("checklist", "sales", "training", "complaints", "quality")
HUNDRED, CENT = Decimal(100), Decimal("0.01")


def sales(sold: int, committed: int | None) -> Decimal | None:
    """A month's activations and terminal sales against a third of what is committed to for a quarter."""
    return _two(min(HUNDRED, HUNDRED * 3 * sold / committed)) if committed else None


def quality(activations: int, faulty: int) -> Decimal | None:
    """The share of activations that are neither cross-region nor confirmed false."""
    return _two(HUNDRED * (activations - faulty) / activations) if activations else None


def total(parts: Mapping[str, Decimal | None], weights: Mapping[str, int], *, least: int) -> Decimal | None:
    """The weighted mean of the parts that are known; None if they have less than `least` per cent of the weights."""
    known = {name: value for name, value in parts.items() if value is not None and weights[name]}
    weight = sum(weights[name] for name in known)
    if not weight or weight * 100 < least * sum(weights.values()):
        return None
    return _two(sum((value * weights[name] for name, value in known.items()), Decimal(0)) / weight)


def _two(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)
