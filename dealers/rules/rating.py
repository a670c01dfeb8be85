"""What a rating proposes for a dealer, and why. Plain values in, plain values out.

See docs/dealers.md, "Rating".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import total_ordering

from core.periods import InvalidPeriod, Month, Quarter
from dealers.rules.tier_check import TIERS, Checked, all_passed, highest_tier

PATTERN = re.compile(r"(\d{4})(?:Q([1-4]))?")
BREACHES = 2  # so many breaches of exclusivity within one agreement cost the tier
EXIT = ""


@total_ordering
@dataclass(frozen=True)
class RatingPeriod:
    """What is rated: a quarter `2026Q3`, or a year `2026` (`quarter` 0)."""

    year: int
    quarter: int = 0

    @classmethod
    def parse(cls, text: str) -> "RatingPeriod":
        """InvalidPeriod unless the text is like 2026Q3 or 2026."""
        match = PATTERN.fullmatch(text.strip())
        if not match or int(match[1]) == 0:
            raise InvalidPeriod(text)
        return cls(int(match[1]), int(match[2] or 0))

    @property
    def annual(self) -> bool:
        return self.quarter == 0

    @property
    def last_quarter(self) -> Quarter:
        return Quarter(self.year, self.quarter or 4)

    @property
    def first_month(self) -> Month:
        return Month(self.year, 1) if self.annual else self.last_quarter.first_month

    @property
    def last_month(self) -> Month:
        return self.last_quarter.last_month

    @property
    def first(self) -> date:
        return self.first_month.first

    @property
    def last(self) -> date:
        """The day on which the dealers are judged."""
        return self.last_month.last

    @property
    def effective_on(self) -> date:
        """The first day of the quarter after it: from then on what is approved holds."""
        return (self.last_month + 1).first

    def __lt__(self, other: "RatingPeriod") -> bool:
        return (self.last, self.annual) < (other.last, other.annual)

    def __str__(self) -> str:
        return f"{self.year:04d}" if self.annual else str(self.last_quarter)


@dataclass(frozen=True)
class Term:
    """The agreement in force on the period's last day, both days included; `committed` effective sales a quarter."""

    starts_on: date
    ends_on: date
    committed: int | None = None

    def holds(self, day: date) -> bool:
        return self.covers(day, day)

    def covers(self, first: date, last: date) -> bool:
        return self.starts_on <= first and last <= self.ends_on


@dataclass(frozen=True)
class Subject:
    """A dealer as it is judged.

    `answers`: each tier that has criteria. `breaches`: the days on which breaches of exclusivity occurred that were
    confirmed by the period's end. `sales`: effective sales of its last quarter and of the one before, None if unknown.
    """

    tier: str
    answers: Mapping[str, Sequence[Checked]]
    term: Term | None = None
    breaches: Sequence[date] = ()
    sales: tuple[int | None, int | None] = (None, None)


@dataclass(frozen=True)
class Proposal:
    """The tier that is proposed (EXIT: none) and the reason."""

    tier: str
    reason: str


def propose(subject: Subject, period: RatingPeriod) -> Proposal | None:
    """The first reason that holds; None if the dealer keeps its tier."""
    return _annual(subject) if period.annual else _quarterly(subject, period)


def within_term(subject: Subject) -> list[date]:
    """The breaches that count: those within the agreement in force."""
    return [day for day in subject.breaches if subject.term and subject.term.holds(day)]


def barred(subject: Subject) -> bool:
    """Whether breaches of exclusivity cost the tier, and every promotion within the agreement."""
    return len(within_term(subject)) >= BREACHES


def missed(subject: Subject, period: RatingPeriod) -> bool:
    """Whether a mall sold less than committed in two quarters running, both wholly under the agreement."""
    term, before = subject.term, period.last_quarter + -1
    if subject.tier != "mall" or term is None or term.committed is None:
        return False
    if not term.covers(before.first, period.last):
        return False
    return all(sold is not None and sold < term.committed for sold in subject.sales)


def _quarterly(subject: Subject, period: RatingPeriod) -> Proposal | None:
    if barred(subject):
        return None if subject.tier == TIERS[0] else Proposal(TIERS[0], "exclusivity")
    if missed(subject, period):
        return Proposal("exclusive", "sales_missed")
    met = highest_tier(subject.answers)
    return Proposal(met, "criteria_met") if met and TIERS.index(met) > TIERS.index(subject.tier) else None


def _annual(subject: Subject) -> Proposal | None:
    if all_passed(subject.answers.get(subject.tier, ())):
        return None
    possible = TIERS[: TIERS.index(subject.tier)] if barred(subject) else TIERS
    met = highest_tier({tier: subject.answers[tier] for tier in possible if tier in subject.answers})
    return Proposal(met or EXIT, "criteria_not_met")
