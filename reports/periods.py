"""Periods of reports: a month (`2026-09`) or a quarter (`2026Q3`)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from core.periods import InvalidPeriod, Month

QUARTER = re.compile(r"(\d{4})Q([1-4])")


@dataclass(frozen=True)
class Span:
    """Whole months from `begin` to `end`; `text` is how the period is written."""

    text: str
    begin: Month
    end: Month

    @property
    def first_day(self) -> date:
        return self.begin.first

    @property
    def last_day(self) -> date:
        return self.end.last

    @property
    def months(self) -> list[Month]:
        return list(self.begin.until(self.end))

    @property
    def is_quarter(self) -> bool:
        return self.begin != self.end

    def __str__(self) -> str:
        return self.text


def parse_span(text: str) -> Span:
    """A month or a quarter; InvalidPeriod otherwise."""
    match = QUARTER.fullmatch(text.strip())
    if not match:
        month = Month.parse(text)
        return Span(str(month), month, month)
    begin = Month(int(match[1]), 3 * int(match[2]) - 2)
    return Span(match[0], begin, begin + 2)


def recent(today: date, *, months: int = 12, quarters: int = 4) -> Iterator[Span]:
    """The periods that are over: the newest months, then the newest quarters."""
    last = Month.of(today) + -1
    for back in range(months):
        month = last + -back
        yield Span(str(month), month, month)
    end = last + -(last.month % 3)
    for back in range(quarters):
        begin = end + (-2 - 3 * back)
        yield Span(f"{begin.year}Q{(begin.month + 2) // 3}", begin, begin + 2)


__all__ = ["InvalidPeriod", "Span", "parse_span", "recent"]
