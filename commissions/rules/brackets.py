"""Brackets: how many records count, which bracket prices one, and odd tables.

See docs/commissions.md#brackets.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from commissions.rules.problems import gettext_noop
from commissions.rules.values import Bracket, BracketMode

JUMP = 10


@dataclass(frozen=True)
class Counted:
    """A record as brackets see it: its place in the ranking, and whether it is confirmed false."""

    event_no: str
    occurred_at: datetime
    false: bool = False


def bracket_count(records: Iterable[Counted], *, event_no: str) -> int:
    """How many of `records` count for record `event_no`, which must be one of them.

    `records` are the dealer's records of one calendar month under one rule. Records
    confirmed false do not count, but the record itself always does.
    """
    return sum(1 for record in records if not record.false or record.event_no == event_no)


def bracket_rank(records: Iterable[Counted], *, event_no: str) -> int:
    """The place (1 is the first) of record `event_no` among those that count for it.

    Ranked by (`occurred_at`, `event_no`). KeyError if it is not one of them.
    """
    counted = sorted(
        (record.occurred_at, record.event_no) for record in records if not record.false or record.event_no == event_no
    )
    for rank, (_, found) in enumerate(counted, start=1):
        if found == event_no:
            return rank
    raise KeyError(event_no)


def position(records: Sequence[Counted], *, event_no: str, mode: BracketMode | None) -> int:
    """What is looked up in the brackets: the rank in `marginal` mode, else the count."""
    if mode == BracketMode.MARGINAL:
        return bracket_rank(records, event_no=event_no)
    return bracket_count(records, event_no=event_no)


def bracket_at(brackets: Sequence[Bracket], at: int) -> Bracket:
    """The last bracket that starts at or below `at` (1 or more). ValueError if there is none."""
    reached = [bracket for bracket in brackets if bracket.start <= at]
    if not reached:
        raise ValueError(f"No bracket reaches {at}.")
    return max(reached, key=lambda bracket: bracket.start)


@dataclass(frozen=True)
class BracketWarning:
    """Something odd in a bracket table, at the bracket that starts from `start`.

    `before` and `after` are what `start - 1` and `start` records earn in all (yuan,
    or shares of one basis amount where the rule is a percentage); for a gap or an
    overlap they are the counts between which it lies.
    """

    code: str
    start: int
    before: Decimal
    after: Decimal


WARNINGS = {
    "gap": gettext_noop("Counts %(before)s to %(after)s have no bracket."),
    "overlap": gettext_noop("The bracket from %(start)s starts where another one already does."),
    "cliff": gettext_noop("Record %(start)s makes the whole month earn less: %(after)s instead of %(before)s."),
    "jump": gettext_noop("Record %(start)s alone lifts the month from %(before)s to %(after)s."),
    "falling": gettext_noop("From record %(start)s on, each earns less than the one before."),
}


def bracket_warnings(brackets: Sequence[Bracket], *, mode: BracketMode, jump: int = JUMP) -> list[BracketWarning]:
    """What is odd in a bracket table, in the order of its counts.

    `gap`: counts that no bracket covers; `overlap`: two brackets from the same count;
    `cliff` (`whole`): one more sale earns less in total; `jump` (`whole`): one more
    sale is worth at least `jump` sales of the new bracket; `falling` (`marginal`): a
    later sale earns less than an earlier one.
    """
    found: list[BracketWarning] = []
    table = sorted(brackets, key=lambda bracket: bracket.start)
    if table and table[0].start > 1:
        found.append(BracketWarning("gap", table[0].start, Decimal(1), Decimal(table[0].start - 1)))
    for lower, upper in itertools.pairwise(table):
        if lower.start == upper.start:
            found.append(BracketWarning("overlap", upper.start, Decimal(upper.start), Decimal(upper.start)))
        elif mode == BracketMode.MARGINAL:
            if upper.value < lower.value:
                found.append(BracketWarning("falling", upper.start, lower.value, upper.value))
        else:
            before = lower.value * (upper.start - 1)
            after = upper.value * upper.start
            if after < before:
                found.append(BracketWarning("cliff", upper.start, before, after))
            elif after - before >= jump * upper.value > 0:
                found.append(BracketWarning("jump", upper.start, before, after))
    return found


def earned(brackets: Sequence[Bracket], *, mode: BracketMode, count: int) -> Decimal:
    """What `count` records of a month earn together; yuan, or shares of one basis amount."""
    if mode == BracketMode.WHOLE:
        return bracket_at(brackets, count).value * count if count else Decimal(0)
    table = sorted(brackets, key=lambda bracket: bracket.start)
    ends = [*(bracket.start - 1 for bracket in table[1:]), count]
    return sum(
        (bracket.value * max(min(end, count) - bracket.start + 1, 0) for bracket, end in zip(table, ends, strict=True)),
        Decimal(0),
    )


def curve(brackets: Sequence[Bracket], *, mode: BracketMode) -> list[tuple[int, Decimal]]:
    """Points (records, earned together) for a picture: both sides of each step, and some way beyond the last."""
    starts = sorted(bracket.start for bracket in brackets)
    last = max(starts[-1] * 3 // 2, starts[-1] + 10)
    counts = sorted({*starts, *(start - 1 for start in starts), last})
    return [(count, earned(brackets, mode=mode, count=count)) for count in counts]
