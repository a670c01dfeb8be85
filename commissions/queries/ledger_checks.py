"""Reading the outcomes of the checks of the books."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from core import ledgers
from core.models import LedgerCheck, LedgerFinding


@dataclass(frozen=True)
class CheckRow:
    """What one check looked at, and how much of it did not hold within the reader's scope."""

    code: str
    label: str | Promise
    looked: int
    broken: int


def last() -> LedgerCheck | None:
    """The latest check."""
    return LedgerCheck.objects.order_by("-finished_at").first()


def last_held() -> LedgerCheck | None:
    """The latest check in which everything held."""
    return LedgerCheck.objects.filter(held=True).order_by("-finished_at").first()


def findings(check: LedgerCheck, user: Any) -> Any:
    """What did not hold, within the user's scope."""
    return LedgerFinding.objects.visible_to(user).filter(run=check).select_related("unit")


def by_check(check: LedgerCheck, user: Any) -> list[CheckRow]:
    """Everything that was looked at, broken things first."""
    broken = Counter(findings(check, user).values_list("check_code", flat=True))
    rows = [CheckRow(code, label_of(code), looked, broken.get(code, 0)) for code, looked in check.checked.items()]
    return sorted(rows, key=lambda row: -row.broken)


def label_of(code: str) -> str | Promise:
    """What a check says, in the active language."""
    found = ledgers.checks().get(code)
    return found.label if found else code
