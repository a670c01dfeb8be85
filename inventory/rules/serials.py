"""Serials as people enter them: one, many, or a range. See docs/inventory.md, "Entering serials"."""

import re
from dataclasses import dataclass

LONGEST_TEXT = 2_000_000
_SERIAL = r"[0-9A-Za-z]{4,30}"
_RANGE = re.compile(rf"({_SERIAL})\s*(?:-|–|—|~|～|至|到|\.\.)\s*([0-9A-Za-z]{{1,30}})")
_BETWEEN = re.compile(r"[\s,，;；、]+")
_ONE = re.compile(rf"^{_SERIAL}$")


@dataclass(frozen=True)
class Span:
    """The serials from `first` to `last`, both included, of the same length; one serial has both equal."""

    first: str
    last: str

    def __str__(self) -> str:
        return self.first if self.first == self.last else f"{self.first}–{self.last}"

    @property
    def expected(self) -> int | None:
        """How many serials the range would have without a gap; None where letters do not let it be told."""
        if not (self.first.isdigit() and self.last.isdigit()):
            return 1 if self.first == self.last else None
        return int(self.last) - int(self.first) + 1


@dataclass(frozen=True)
class Unreadable:
    """A piece of the text that is no serial and no range: `why` is `format`, `order` or `length`."""

    text: str
    why: str


def read(text: str) -> tuple[list[Span], list[Unreadable]]:
    """The spans of a text, in its order, each once, and what cannot be read."""
    spans: dict[Span, None] = {}
    wrong: list[Unreadable] = []
    place = 0
    for found in _RANGE.finditer(text):
        _singles(text[place : found.start()], spans, wrong)
        place = found.end()
        first, last = found[1].upper(), found[2].upper()
        if len(first) != len(last):
            wrong.append(Unreadable(found[0], "length"))
        elif first > last:
            wrong.append(Unreadable(found[0], "order"))
        else:
            spans[Span(first, last)] = None
    _singles(text[place:], spans, wrong)
    return list(spans), wrong


def _singles(text: str, spans: dict[Span, None], wrong: list[Unreadable]) -> None:
    for piece in filter(None, _BETWEEN.split(text)):
        if _ONE.match(piece):
            spans[Span(piece.upper(), piece.upper())] = None
        else:
            wrong.append(Unreadable(piece[:60], "format"))


def luhn_holds(digits: str) -> bool:
    """Whether the last digit checks the others (ITU-T E.118, IMEI)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
