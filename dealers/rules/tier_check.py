"""Does a dealer meet the criteria of a tier? Each one answered, with the value found.

Plain values in, plain values out; the criteria are rows that an administrator edits.
See docs/dealers.md, "Tiers".
"""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

TIERS = ("partner", "exclusive", "mall")  # from the lowest
NUMBERS = frozenset({"floor_area", "cooperation_months", "terminal_rank"})
FLAGS = frozenset({"boss_connected", "exclusive_agreement", "accepts_assessment", "special_evaluation"})
WORDS = frozenset({"location_kind", "main_business"})
OPERATORS = {
    **dict.fromkeys(NUMBERS, ("at_least", "at_most", "equals")),
    **dict.fromkeys(FLAGS, ("equals",)),
    **dict.fromkeys(WORDS, ("equals", "in")),
}

Value = Decimal | int | bool | str | None


class InvalidCriterion(ValueError):
    """A criterion that cannot be compared with anything: attribute, operator or value is wrong."""


@dataclass(frozen=True)
class Criterion:
    """One condition: `value` is a number, yes/no, or words with `|` between for `in`."""

    attribute: str
    operator: str
    value: str
    waivable: bool = False


@dataclass(frozen=True)
class Waiver:
    """Why one criterion need not be met, and who said so."""

    attribute: str
    approver: str
    reason: str


@dataclass(frozen=True)
class Facts:
    """What is known of a dealer. Area in m². `terminal_rank` is None without a sale."""

    location_kind: str = ""
    floor_area: Decimal | None = None
    main_business: str = ""
    boss_connected: bool = False
    cooperation_start: date | None = None
    exclusive_agreement: bool = False
    accepts_assessment: bool = False
    terminal_rank: int | None = None
    special_evaluation: bool = False


@dataclass(frozen=True)
class Checked:
    """The answer to one criterion. `met` is by the facts alone; `passed` also by a waiver."""

    criterion: Criterion
    found: Value
    met: bool
    waiver: Waiver | None = None

    @property
    def passed(self) -> bool:
        return self.met or self.waiver is not None


def check(*, criteria: Iterable[Criterion], facts: Facts, day: date, waivers: Iterable[Waiver] = ()) -> list[Checked]:
    """Every criterion against the facts on `day`, in the order given. Raises InvalidCriterion."""
    allowed = {waiver.attribute: waiver for waiver in waivers}
    answers = []
    for criterion in criteria:
        problem = problem_of(criterion)
        if problem:
            raise InvalidCriterion(problem)
        found = value_found(criterion.attribute, facts, day)
        met = _compare(criterion, found)
        waiver = allowed.get(criterion.attribute) if criterion.waivable and not met else None
        answers.append(Checked(criterion, found, met, waiver))
    return answers


def all_passed(answers: Iterable[Checked]) -> bool:
    return all(answer.passed for answer in answers)


def highest_tier(answers_by_tier: Mapping[str, Sequence[Checked]]) -> str | None:
    """The highest tier of which every criterion is passed; None if there is none."""
    passed = [tier for tier in TIERS if tier in answers_by_tier and all_passed(answers_by_tier[tier])]
    return passed[-1] if passed else None


def tier_above(tier: str) -> str | None:
    """The next higher tier; None above the highest."""
    place = TIERS.index(tier) + 1
    return TIERS[place] if place < len(TIERS) else None


def problem_of(criterion: Criterion) -> str:
    """What is wrong with a criterion as it is written; '' if it can be checked."""
    if criterion.attribute not in OPERATORS:
        return f"Unknown attribute {criterion.attribute!r}."
    if criterion.operator not in OPERATORS[criterion.attribute]:
        return f"{criterion.attribute} cannot be compared by {criterion.operator!r}."
    if criterion.attribute in NUMBERS and _number(criterion.value) is None:
        return f"{criterion.value!r} is not a number."
    if criterion.attribute in FLAGS and criterion.value not in ("yes", "no"):
        return f"{criterion.value!r} is neither yes nor no."
    if criterion.attribute in WORDS and not _words(criterion.value):
        return "The list is empty."
    return ""


def value_found(attribute: str, facts: Facts, day: date) -> Value:
    """What the dealer has: whole months of cooperation on `day`, else the fact itself."""
    if attribute == "cooperation_months":
        return None if facts.cooperation_start is None else months_completed(facts.cooperation_start, day)
    value: Value = getattr(facts, attribute)
    return None if value == "" else value


def rank_among(own: int, others: Iterable[int]) -> int | None:
    """1 + how many sold strictly more; None without a sale of one's own."""
    return None if own <= 0 else 1 + sum(other > own for other in others)


def months_completed(start: date, day: date) -> int:
    """The most months that can be added to `start` without passing `day`; negative before it."""
    months = (day.year - start.year) * 12 + day.month - start.month
    return months if add_months(start, months) <= day else months - 1


def add_months(day: date, months: int) -> date:
    """The same day some months later, or that month's last day if it has no such day."""
    year, index = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, index + 1, min(day.day, calendar.monthrange(year, index + 1)[1]))


def _compare(criterion: Criterion, found: Value) -> bool:
    if found is None:
        return False
    if criterion.attribute in FLAGS:
        return bool(found) == (criterion.value == "yes")
    if criterion.attribute in WORDS:
        return str(found) in _words(criterion.value)
    wanted, value = Decimal(criterion.value.strip()), Decimal(str(found))  # problem_of refuses what is no number
    if criterion.operator == "at_least":
        return value >= wanted
    if criterion.operator == "at_most":
        return value <= wanted
    return value == wanted


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split("|") if word.strip())
