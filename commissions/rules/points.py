"""Points: which rule counts, what is taken, what expires, what a reward costs.

See docs/points.md. Points are whole numbers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from core.periods import InvalidPeriod, Month


@dataclass(frozen=True)
class Rule:
    """`owner` is the path of the unit (`/53/5326/`); `subject` '' stands for all of the kind."""

    code: str
    kind: str
    owner: str
    points: int
    valid_from: date
    subject: str = ""
    valid_to: date | None = None


def choose(rules: Iterable[Rule], *, kind: str, subject: str, day: date, path: str) -> Rule | None:
    """The rule that counts for something of `subject` on `day` at a dealer of the unit `path`.

    The deepest owner wins; of one owner the rule that names the subject.
    """
    fitting = [
        rule
        for rule in rules
        if rule.kind == kind
        and rule.subject in ("", subject)
        and rule.valid_from <= day
        and (rule.valid_to is None or day <= rule.valid_to)
        and path.startswith(rule.owner)
    ]
    return max(fitting, key=lambda rule: (rule.owner.count("/"), rule.subject != ""), default=None)


def taken(balance: int, wanted: int) -> int:
    """What a violation or a false sale takes: as much as there is, and never more. The rest is forgotten."""
    return min(balance, wanted)


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter. `quarter + n` is n quarters later."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Quarter":
        """`2026Q4`; InvalidPeriod otherwise."""
        if len(text) != 6 or text[4] != "Q" or not text[:4].isdigit() or not text.isascii() or text[5] not in "1234":
            raise InvalidPeriod(text)
        return cls(int(text[:4]), int(text[5]))

    @classmethod
    def of(cls, day: date) -> "Quarter":
        return cls(day.year, (day.month + 2) // 3)

    def __add__(self, quarters: int) -> "Quarter":
        year, index = divmod(self.year * 4 + self.number - 1 + quarters, 4)
        return Quarter(year, index + 1)

    @property
    def last(self) -> Month:
        return Month(self.year, self.number * 3)

    def __str__(self) -> str:
        return f"{self.year:04d}Q{self.number}"


def expire_until(quarter: Quarter, kept: int) -> Quarter | None:
    """The last quarter whose points expire at the end of `quarter`; None if points are kept for ever (0)."""
    return quarter + -kept if kept else None


def expired(earned_until: int, used: int) -> int:
    """What of the points earned up to then is still there: whatever was used before was taken from the oldest."""
    return max(earned_until - used, 0)


def left(*, stock: int | None, budget_fen: int | None, unit_fen: int, taken: int) -> int:
    """How many of a reward can still be taken: of its stock, or of its budget at so much each (fen)."""
    if stock is not None:
        return stock - taken
    return (budget_fen or 0) // unit_fen - taken
