"""The curve of a bracket table: what a month earns against its number of records, to draw as SVG."""

from dataclasses import dataclass
from decimal import Decimal

from commissions.rules.brackets import BracketWarning, bracket_warnings, curve
from commissions.rules.values import BracketMode, Rule

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 480, 180, 60, 24, 10


@dataclass(frozen=True)
class Mark:
    """A step of the table that is odd, on the picture."""

    x: float
    y: float
    warning: BracketWarning


@dataclass(frozen=True)
class Picture:
    """Lines in the units of a `viewBox` of WIDTH × HEIGHT; `highest` in yuan or shares of the basis."""

    points: str
    marks: list[Mark]
    ticks: list[tuple[float, int]]
    highest: Decimal
    most: int
    warnings: list[BracketWarning]

    width, height, left = WIDTH, HEIGHT, LEFT
    floor, ceiling = HEIGHT - BOTTOM, TOP
    right = WIDTH - 10


def picture(rule: Rule) -> Picture | None:
    """The curve of the rule's brackets; None for a rule without."""
    if not rule.brackets or rule.bracket_mode is None:
        return None
    mode: BracketMode = rule.bracket_mode
    found = curve(rule.brackets, mode=mode)
    most = found[-1][0]
    highest = max(earned for _count, earned in found) or Decimal(1)

    def x(count: int) -> float:
        return round(LEFT + count / most * (WIDTH - LEFT - 10), 1)

    def y(earned: Decimal) -> float:
        return round(float(HEIGHT - BOTTOM - earned / highest * (HEIGHT - BOTTOM - TOP)), 1)

    odd = bracket_warnings(rule.brackets, mode=mode)
    earned_at = dict(found)
    return Picture(
        points=" ".join(f"{x(count)},{y(earned)}" for count, earned in found),
        marks=[Mark(x(item.start), y(earned_at[item.start]), item) for item in odd if item.start in earned_at],
        ticks=[(x(bracket.start), bracket.start) for bracket in rule.brackets] + [(x(most), most)],
        highest=highest,
        most=most,
        warnings=odd,
    )
