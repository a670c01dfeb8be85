"""Answers to a checklist: what they may be, what they score, which open a finding.

A visit keeps its questions as plain data; these rules read that copy, never the template.
See docs/visits.md, "Checklists".
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

HUNDREDTH = Decimal("0.01")
LONGEST_TEXT = 2_000
COMPARISON = re.compile(r"(<=|>=|<|>|=)\s*(-?\d{1,9}(?:\.\d{1,4})?)")
SCORED = frozenset({"yes_no", "score", "choice"})


class InvalidAnswer(ValueError):
    """The answer is not one that the question allows. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Question:
    """One question of a visit's checklist."""

    id: int
    text: str
    kind: str
    help: str = ""
    max_score: int = 5
    choices: tuple[str, ...] = ()
    weight: Decimal = Decimal(1)
    required: bool = True
    good_answer: str = "yes"
    finding_on: str = ""
    finding_photo: bool = False

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Question":
        """From the plain data that a visit keeps; unknown keys of later versions are passed over."""
        known = {field.name: data[field.name] for field in fields(cls) if field.name in data}
        return cls(
            **known | {"choices": tuple(known.get("choices", ())), "weight": Decimal(str(known.get("weight", 1)))}
        )


@dataclass(frozen=True)
class Section:
    title: str
    category: str
    questions: tuple[Question, ...]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Section":
        return cls(data["title"], data.get("category", "other"), tuple(map(Question.of, data["questions"])))


def sections_of(checklist: Mapping[str, Any]) -> tuple[Section, ...]:
    """The sections of the copy that a visit keeps."""
    return tuple(Section.of(section) for section in checklist.get("sections", ()))


def cleaned(question: Question, raw: str) -> str:
    """`raw` as it is stored; '' takes an answer back. Raises InvalidAnswer."""
    text = raw.replace("\x00", "").strip()
    if not text:
        return ""
    if question.kind == "yes_no":
        if text not in ("yes", "no"):
            raise InvalidAnswer("not_yes_no")
    elif question.kind == "score":
        if not text.isdecimal() or not text.isascii() or int(text[:9]) > question.max_score or len(text) > 9:
            raise InvalidAnswer("not_a_score")
        text = str(int(text))
    elif question.kind == "choice":
        if text not in question.choices:
            raise InvalidAnswer("not_a_choice")
    elif question.kind == "number":
        text = _number(text)
    elif question.kind == "photo":
        raise InvalidAnswer("photo_only")
    elif len(text) > LONGEST_TEXT:
        raise InvalidAnswer("too_long")
    return text


def _number(text: str) -> str:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise InvalidAnswer("not_a_number") from error
    if not value.is_finite() or abs(value) >= 10**9:
        raise InvalidAnswer("not_a_number")
    return f"{value:f}"


def share(question: Question, answer: str) -> Decimal | None:
    """What an answer earns, from 0 to 1; None for what is not scored or not answered.

    The good answer of yes/no earns all; a score its part of the highest; of n choices
    the first earns all, the last nothing, those between in equal steps.
    """
    if not answer or question.kind not in SCORED:
        return None
    if question.kind == "yes_no":
        return Decimal(answer == question.good_answer)
    if question.kind == "score":
        return Decimal(answer) / question.max_score
    steps = len(question.choices) - 1
    return Decimal(1) if steps == 0 else 1 - Decimal(question.choices.index(answer)) / steps


def score(questions: Iterable[Question], answers: Mapping[int, str]) -> Decimal | None:
    """The weighted share of all scored questions that were answered, 0 to 100 with two places.

    None if nothing with a weight was answered.
    """
    earned = possible = Decimal(0)
    for question in questions:
        part = share(question, answers.get(question.id, ""))
        if part is not None:
            earned += part * question.weight
            possible += question.weight
    return (earned / possible * 100).quantize(HUNDREDTH, ROUND_HALF_UP) if possible else None


def opens_finding(question: Question, answer: str) -> bool:
    """Whether this answer means that something is wrong."""
    if not answer or not question.finding_on:
        return False
    comparison = COMPARISON.fullmatch(question.finding_on.strip())
    if question.kind in ("score", "number") and comparison:
        return _holds(Decimal(answer), comparison[1], Decimal(comparison[2]))
    return answer == question.finding_on.strip()


def _holds(value: Decimal, sign: str, other: Decimal) -> bool:
    return {
        "<": value < other,
        "<=": value <= other,
        ">": value > other,
        ">=": value >= other,
        "=": value == other,
    }[sign]


def missing(questions: Iterable[Question], answers: Mapping[int, str], photographed: Iterable[int]) -> list[Question]:
    """The questions that must be answered and are not."""
    shown = set(photographed)
    return [
        question
        for question in questions
        if question.required and not (question.id in shown if question.kind == "photo" else answers.get(question.id))
    ]


def finding_rule_makes_sense(question: Question) -> bool:
    """Whether some answer can open a finding as `finding_on` says; an empty rule does."""
    rule = question.finding_on.strip()
    if not rule:
        return True
    if question.kind == "yes_no":
        return rule in ("yes", "no")
    if question.kind == "choice":
        return rule in question.choices
    if question.kind in ("score", "number"):
        return COMPARISON.fullmatch(rule) is not None
    return False
