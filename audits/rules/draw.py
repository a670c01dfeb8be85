"""A random draw weighted by risk that anybody can repeat. See docs/visits.md, "Spot checks"."""

import hashlib
from collections.abc import Sequence
from math import log


def draw(pool: Sequence[tuple[str, int]], *, size: int, seed: str) -> list[str]:
    """`size` of the (code, weight above 0), none twice, in the order of the draw.

    Each next one is drawn with a chance in proportion to its weight among those that are left (Efraimidis and
    Spirakis): the same pool and seed give the same, in whatever order the pool comes.
    """
    return [code for _turn, code in sorted((_turn(code, weight, seed), code) for code, weight in pool)[:size]]


def _turn(code: str, weight: int, seed: str) -> float:
    """When the code comes up: an exponential time whose rate is the weight, from a hash of seed and code."""
    number = int.from_bytes(hashlib.sha256(f"{seed}:{code}".encode()).digest()[:8])
    return -log((number + 1) / (2**64 + 1)) / weight
