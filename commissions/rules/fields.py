"""Reading one JSON value at a time, noting every problem instead of stopping.

Every method of `Reader` returns the value, or None after it has noted what is wrong.
A missing key and `null` are the same.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from commissions.rules.problems import Problem

RATE_PLACES = 4
YUAN_PLACES = 2
MOST_YUAN = Decimal("1000000.00")
MOST_RATE = Decimal("100.0000")
TEXT_LIMIT = 64
LIST_LIMIT = 1000
TOO_LARGE = 10**15

DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,30})?")
DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")

Choice = TypeVar("Choice", bound=StrEnum)


class Reader:
    """Reads the values of one JSON object at `path` and collects problems in `problems`."""

    def __init__(self, data: Mapping[str, Any], path: str, problems: list[Problem]) -> None:
        self.data = data
        self.path = path
        self.problems = problems

    def at(self, key: str) -> str:
        """The path of `key` within this object."""
        return f"{self.path}.{key}" if self.path else key

    def note(self, key: str, code: str, /, **params: Any) -> None:
        """Note a problem with `key` ("" is the object itself)."""
        self.problems.append(Problem(self.at(key) if key else self.path, code, params))

    def only(self, known: Iterable[str]) -> None:
        """Note every key that is not in `known`."""
        known = tuple(known)
        for key in self.data:
            if key not in known:
                self.note("", "unknown_key", key=str(key)[:TEXT_LIMIT], known=", ".join(known))

    def given(self, key: str) -> bool:
        """Is there a value, not null, for `key`?"""
        return self.data.get(key) is not None

    def _raw(self, key: str, required: bool) -> Any:
        if not self.given(key):
            if required:
                self.note(key, "required")
            return None
        return self.data[key]

    def text(self, key: str, *, required: bool = True, limit: int = TEXT_LIMIT) -> str | None:
        """A text of 1 to `limit` characters, blanks around it cut off."""
        raw = self._raw(key, required)
        if raw is None:
            return None
        cut = raw.strip() if isinstance(raw, str) else ""
        if not 1 <= len(cut) <= limit or UNPRINTABLE.search(cut):
            self.note(key, "not_text", limit=limit)
            return None
        return cut

    def choice(self, key: str, choices: type[Choice], *, required: bool = True) -> Choice | None:
        """A member of `choices`."""
        raw = self._raw(key, required)
        if raw is None:
            return None
        if isinstance(raw, str) and raw in {item.value for item in choices}:
            return choices(raw)
        self.note(
            key,
            "not_a_choice",
            value=_shown(raw),
            choices=", ".join(item.value for item in choices),
        )
        return None

    def day(self, key: str, *, required: bool = True) -> date | None:
        """A date like 2026-09-01."""
        raw = self._raw(key, required)
        if raw is None:
            return None
        try:
            if isinstance(raw, str) and DAY.fullmatch(raw):
                return date.fromisoformat(raw)
        except ValueError:
            pass
        self.note(key, "not_a_day", value=_shown(raw))
        return None

    def whole(self, key: str, *, least: int, most: int) -> int | None:
        """A required whole number; digits in quotes will do, true and 1.0 will not."""
        raw = self._raw(key, True)
        if raw is None:
            return None
        if isinstance(raw, str) and re.fullmatch(r"[0-9]{1,9}", raw):
            raw = int(raw)
        if not isinstance(raw, int) or isinstance(raw, bool) or not least <= raw <= most:
            self.note(key, "not_whole", least=least, most=most)
            return None
        return raw

    def rate(self, key: str, *, most: Decimal = MOST_RATE, required: bool = True) -> Decimal | None:
        """A rate or share from 0 to `most` with at most four places."""
        return self._decimal(key, places=RATE_PLACES, most=most, required=required)

    def yuan(self, key: str, *, required: bool = True) -> Decimal | None:
        """An amount in yuan, not negative, with at most two places."""
        return self._decimal(key, places=YUAN_PLACES, most=MOST_YUAN, required=required)

    def _decimal(self, key: str, *, places: int, most: Decimal, required: bool) -> Decimal | None:
        raw = self._raw(key, required)
        if raw is None:
            return None
        number = exact_decimal(raw)
        if number is None:
            self.note(key, "not_a_number", value=_shown(raw))
        elif -number.as_tuple().exponent > places:  # type: ignore[operator]
            self.note(key, "too_many_places", value=_shown(raw), places=places)
        elif not 0 <= number <= most:
            self.note(key, "out_of_range", value=_shown(raw), least=0, most=most)
        else:
            return number
        return None

    def objects(self, key: str, *, required: bool = True) -> list["Reader"] | None:
        """A list of objects, each as a Reader; entries that are no objects are noted and left out."""
        raw = self._raw(key, required)
        if raw is None:
            return None
        if not isinstance(raw, list):
            self.note(key, "not_a_list")
            return None
        if len(raw) > LIST_LIMIT:
            self.note(key, "too_many", limit=LIST_LIMIT)
            return None
        readers = []
        for index, item in enumerate(raw):
            path = f"{self.at(key)}[{index}]"
            if isinstance(item, dict):
                readers.append(Reader(item, path, self.problems))
            else:
                self.problems.append(Problem(path, "not_an_object"))
        if required and not raw:
            self.note(key, "empty_list")
            return None
        return readers

    def object(self, key: str) -> "Reader | None":
        """An optional object as a Reader."""
        raw = self._raw(key, False)
        if raw is None:
            return None
        if not isinstance(raw, dict):
            self.note(key, "not_an_object")
            return None
        return Reader(raw, self.at(key), self.problems)


def exact_decimal(raw: object) -> Decimal | None:
    """A JSON number or a text in plain digits as an exact Decimal; None if it is neither.

    Exponents, NaN, infinities, blanks, digits of other scripts and booleans are neither.
    A float counts as the shortest text that denotes it (0.5 is 0.5).
    """
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        return None
    if isinstance(raw, int) and abs(raw) >= TOO_LARGE:
        return None
    text = str(raw)
    return Decimal(text) if DECIMAL.fullmatch(text) else None


def _shown(raw: object) -> str:
    if isinstance(raw, int) and abs(raw) >= TOO_LARGE:
        return "…"
    text = raw if isinstance(raw, str) else repr(raw)
    return text[:TEXT_LIMIT]
