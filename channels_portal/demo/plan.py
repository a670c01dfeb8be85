"""How much is drawn, from when to when, and where the chance comes from."""

import zlib
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from core.periods import Month


@dataclass(frozen=True)
class Scale:
    """`sales` is the number of records of the full months, to within a few per cent.

    `cities` is how many prefectures there are, `managers` how many stores one channel
    manager looks after, `card_months` for how many months back cards are kept.
    """

    name: str
    dealers: int
    months: int
    sales: int
    cities: int = 1
    managers: int = 40
    card_months: int = 2


SCALES = {
    "small": Scale("small", dealers=120, months=6, sales=21_000, managers=8),
    "city": Scale("city", dealers=3_000, months=12, sales=1_000_000),
    "province": Scale("province", dealers=20_000, months=12, sales=5_000_000, cities=6),
}


@dataclass(frozen=True)
class Plan:
    """The same scale, seed and day give the same data."""

    scale: Scale
    seed: int
    today: date

    @cached_property
    def months(self) -> list[Month]:
        """The full months, oldest first; the last one ended before today."""
        last = Month.of(self.today) + -1
        return list((last + (1 - self.scale.months)).until(last))

    @property
    def first(self) -> Month:
        return self.months[0]

    @property
    def last(self) -> Month:
        return self.months[-1]

    @property
    def current(self) -> Month:
        """The month of today, of which only the days before today have happened."""
        return Month.of(self.today)

    @property
    def days_of_current(self) -> int:
        """Days of the current month that are over."""
        return self.today.day - 1

    def chance(self, *name: object) -> np.random.Generator:
        """A stream of chance of its own for each name, so that one part never shifts another."""
        return np.random.default_rng([self.seed, zlib.crc32("/".join(map(str, name)).encode())])
