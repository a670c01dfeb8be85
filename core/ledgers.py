"""The books: what must hold over the stored rows, whoever wrote them and however.

Each app says what holds (`Check`) and how to look (`register`). `verify` looks at all of
it and reports what is broken; `keep` stores the outcome, so that a page can tell when the
books last held. See docs/commissions.md, "Invariants".
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.functional import Promise

from core.models import LedgerCheck, LedgerFinding

SHOWN = 100  # findings of one check that are named; the others are counted
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Check:
    """Something that holds, in one sentence; `of` says on what it is looked at (lines, batches …).

    `query` finds where it does not hold: rows of `what`, `found`, `expected` (texts) and
    `unit` (id of an org unit or null). The app that registers it knows its parameters.
    """

    of: str
    label: str | Promise
    query: str


@dataclass(frozen=True)
class Finding:
    """One broken thing: what it is called, what was found and what would be right.

    `unit` is the org unit whose people have to know (id), None if that cannot be told.
    """

    check: str
    what: str
    found: str = ""
    expected: str = ""
    unit: int | None = None

    def as_dict(self) -> dict[str, str]:
        named = {"check": self.check, "what": self.what, "found": self.found, "expected": self.expected}
        return {name: value for name, value in named.items() if value}


@dataclass
class Report:
    """What was looked at, how often, and what is broken. `count` includes what is not named."""

    checked: dict[str, int] = field(default_factory=dict)
    broken: list[Finding] = field(default_factory=list)
    count: int = 0

    def looked(self, check: str, things: int) -> None:
        """`check` looked at so many more things."""
        self.checked[check] = self.checked.get(check, 0) + things

    def add(self, check: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows of a query: `what`, perhaps `found`, `expected`, `unit`."""
        named = sum(finding.check == check for finding in self.broken)
        for row in rows:
            self.count += 1
            named += 1
            if named <= SHOWN:
                texts = {name: str(row.get(name) or "")[:200] for name in ("what", "found", "expected")}
                self.broken.append(Finding(check=check, unit=row.get("unit"), **texts))

    def as_dict(self) -> dict[str, Any]:
        """{"checked": {check: things looked at}, "broken": [{"check", "what", "found", "expected"}]}."""
        return {"checked": self.checked, "broken": [finding.as_dict() for finding in self.broken]}


Verify = Callable[[Report, Progress], None]
_areas: list[tuple[Mapping[str, Check], Verify]] = []


def register(checks: Mapping[str, Check], verify: Verify) -> None:
    """Let `verify` be a part of every check of the books; it reports by the codes of `checks`."""
    _areas.append((checks, verify))


def checks() -> dict[str, Check]:
    """Everything that is looked at, by code, in the order in which it is."""
    return {code: check for known, _ in _areas for code, check in known.items()}


def verify(progress: Progress | None = None) -> Report:
    """Look at everything. Reads one state of the data only if the caller opened such a transaction."""
    report = Report()
    for known, look in _areas:
        for code in known:
            report.looked(code, 0)
        look(report, progress or (lambda done, total, note: None))
    return report


@transaction.atomic
def keep(
    report: Report, *, cause: str, by: Any, started_at: datetime, at: datetime, elsewhere: int | None
) -> LedgerCheck:
    """Store the outcome of a check that began at `started_at`.

    What belongs to no unit is shown to the people of the unit `elsewhere` (id).
    """
    check = LedgerCheck.objects.create(
        cause=cause,
        by=by,
        started_at=started_at,
        finished_at=at,
        held=not report.count,
        broken=report.count,
        checked=report.checked,
    )
    LedgerFinding.objects.bulk_create(
        LedgerFinding(
            run=check,
            check_code=finding.check,
            what=finding.what,
            found=finding.found,
            expected=finding.expected,
            unit_id=unit,
        )
        for finding in report.broken
        if (unit := finding.unit or elsewhere) is not None
    )
    return check
