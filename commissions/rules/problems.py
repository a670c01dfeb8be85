"""What can be wrong in a policy file, and how it is said.

A message is English source text with named placeholders; whoever shows it
translates it and fills in `params` (`problem.text()` fills in the English).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def gettext_noop(text: str) -> str:
    """Mark a text for translation and return it as it is."""
    return text


MESSAGES = {
    "not_json": gettext_noop("This is not valid JSON: %(detail)s"),
    "duplicate_key": gettext_noop("The key “%(key)s” appears twice in the same object."),
    "not_an_object": gettext_noop("Must be an object with named values."),
    "not_a_list": gettext_noop("Must be a list."),
    "empty_list": gettext_noop("Must not be empty."),
    "too_many": gettext_noop("Has more than %(limit)s entries."),
    "unknown_key": gettext_noop("“%(key)s” is not known here. Known are: %(known)s."),
    "required": gettext_noop("Is required."),
    "not_text": gettext_noop("Must be a text of 1 to %(limit)s characters without line breaks."),
    "not_a_choice": gettext_noop("“%(value)s” is not one of: %(choices)s."),
    "not_a_day": gettext_noop("“%(value)s” is not a date like 2026-09-01 from 2000 to 2099."),
    "not_whole": gettext_noop("Must be a whole number from %(least)s to %(most)s."),
    "not_a_number": gettext_noop("“%(value)s” is not a decimal number."),
    "too_many_places": gettext_noop("“%(value)s” has more than %(places)s decimal places; it is refused, not rounded."),
    "out_of_range": gettext_noop("%(value)s is not from %(least)s to %(most)s."),
    "duplicate_code": gettext_noop("The rule code “%(code)s” is used more than once."),
    "code_taken": gettext_noop("Another policy already has a rule with the code “%(code)s”."),
    "unknown_unit": gettext_noop("There is no org unit “%(value)s” that is the policy's owner or lies below it."),
    "unit_level": gettext_noop("A rule's org unit is a county or a city; “%(value)s” is neither."),
    "unknown_product": gettext_noop("There is no product “%(value)s”."),
    "unknown_family": gettext_noop("There is no product of the family “%(value)s”."),
    "product_and_family": gettext_noop("Give product or product_family, never both."),
    "ends_before_start": gettext_noop("effective_to lies before effective_from."),
    "value_and_brackets": gettext_noop("Give value or brackets, never both."),
    "value_or_brackets": gettext_noop("Give either value or brackets."),
    "mode_missing": gettext_noop("Brackets need a bracket_mode: whole or marginal."),
    "mode_without_brackets": gettext_noop("A bracket_mode is only for rules with brackets."),
    "first_bracket": gettext_noop("The first bracket starts from 1."),
    "brackets_not_rising": gettext_noop("Brackets must start from strictly rising counts."),
    "first_offset": gettext_noop("The first instalment has offset 0."),
    "offsets_not_rising": gettext_noop("Offsets must strictly increase."),
    "shares_sum": gettext_noop("The shares sum to %(sum)s; they must sum to exactly 1."),
    "above_cap": gettext_noop(
        "The first share %(share)s is above the cap of %(cap)s;"
        " that needs an initial_cap_waiver with approver and reason."
    ),
    "pool_kind": gettext_noop("Only incentive rules put a share into the pool."),
    "duplicate_condition": gettext_noop("The condition “%(test)s” appears twice."),
    "k_too_long": gettext_noop("active_months can look back over at most %(most)s months in this instalment."),
    "rules_overlap": gettext_noop(
        "Rule %(code)s and rule %(other)s have the same kind, business type and scope and share days."
    ),
}


@dataclass(frozen=True)
class Problem:
    """One thing wrong: `path` like `rules[0].instalments[1].share` ("" is the file)."""

    path: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The English source text, with its placeholders."""
        return MESSAGES[self.code]

    def text(self) -> str:
        """The message in English, filled in, with its path in front."""
        said = self.message % self.params
        return f"{self.path}: {said}" if self.path else said


class PolicyInvalid(ValueError):
    """A policy file has problems; they are in `problems`, in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(problem.text() for problem in problems))
        self.problems = problems
