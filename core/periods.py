"""Settlement periods: calendar months and ISO weeks, in Asia/Shanghai dates.

A month in the database is the date of its first day; on screens and in files it
reads `2026-09`, a week `2026-W37`.
"""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import total_ordering

MONTH_PATTERN = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
WEEK_PATTERN = re.compile(r"(\d{4})-W(0[1-9]|[1-4]\d|5[0-3])")


class InvalidPeriod(ValueError):
    """The text is neither a month like 2026-09 nor an ISO week like 2026-W37."""


@total_ordering
@dataclass(frozen=True)
class Month:
    """A calendar month. `month + n` is n months later, `a - b` the distance in months."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        match = MONTH_PATTERN.fullmatch(text.strip())
        if not match:
            raise InvalidPeriod(text)
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> "Month":
        return cls(day.year, day.month)

    @property
    def ordinal(self) -> int:
        """Months since year 0; consecutive months differ by one."""
        return self.year * 12 + self.month - 1

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def days(self) -> int:
        return calendar.monthrange(self.year, self.month)[1]

    @property
    def last(self) -> date:
        return date(self.year, self.month, self.days)

    @property
    def settlement_month(self) -> "Month":
        return self

    def __add__(self, months: int) -> "Month":
        year, index = divmod(self.ordinal + months, 12)
        return Month(year, index + 1)

    def __sub__(self, other: "Month") -> int:
        return self.ordinal - other.ordinal

    def __lt__(self, other: "Month") -> bool:
        return self.ordinal < other.ordinal

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    def until(self, last: "Month") -> Iterator["Month"]:
        """This month and every later one up to and including `last`."""
        for offset in range(last - self + 1):
            yield self + offset


@total_ordering
@dataclass(frozen=True)
class Week:
    """An ISO week, Monday to Sunday. `week + n` is n weeks later."""

    year: int
    week: int

    @classmethod
    def parse(cls, text: str) -> "Week":
        match = WEEK_PATTERN.fullmatch(text.strip())
        if not match:
            raise InvalidPeriod(text)
        try:
            date.fromisocalendar(int(match[1]), int(match[2]), 1)
        except ValueError as error:
            raise InvalidPeriod(text) from error
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> "Week":
        iso = day.isocalendar()
        return cls(iso.year, iso.week)

    @property
    def first(self) -> date:
        return date.fromisocalendar(self.year, self.week, 1)

    @property
    def last(self) -> date:
        return self.first + timedelta(days=6)

    @property
    def settlement_month(self) -> Month:
        """The month in which the week's Thursday lies."""
        return Month.of(self.first + timedelta(days=3))

    def __add__(self, weeks: int) -> "Week":
        return Week.of(self.first + timedelta(weeks=weeks))

    def __lt__(self, other: "Week") -> bool:
        return (self.year, self.week) < (other.year, other.week)

    def __str__(self) -> str:
        return f"{self.year:04d}-W{self.week:02d}"


@total_ordering
@dataclass(frozen=True)
class Quarter:
    """A quarter `2026Q3`. `quarter + n` is n quarters later."""

    year: int
    quarter: int

    @classmethod
    def of(cls, day: date) -> "Quarter":
        return cls(day.year, (day.month + 2) // 3)

    @property
    def first_month(self) -> Month:
        return Month(self.year, self.quarter * 3 - 2)

    @property
    def last_month(self) -> Month:
        return self.first_month + 2

    @property
    def first(self) -> date:
        return self.first_month.first

    @property
    def last(self) -> date:
        return self.last_month.last

    def __add__(self, quarters: int) -> "Quarter":
        return Quarter.of((self.first_month + 3 * quarters).first)

    def __lt__(self, other: "Quarter") -> bool:
        return (self.year, self.quarter) < (other.year, other.quarter)

    def __str__(self) -> str:
        return f"{self.year:04d}Q{self.quarter}"


Period = Month | Week


def parse_period(text: str) -> Period:
    """`2026-09` or `2026-W37`; InvalidPeriod otherwise."""
    return Week.parse(text) if "W" in text else Month.parse(text)
