"""Deadlines of statements and disputes. See docs/commissions.md#confirmation-and-disputes."""

from dataclasses import dataclass
from datetime import date, timedelta

WAITING = ("open", "answered", "escalated")


@dataclass(frozen=True)
class Terms:
    """Days for each step of a dispute: answering, going on to the city, deciding."""

    answer: int
    escalate: int
    decide: int


def confirm_until(approved_on: date, days: int) -> date:
    """The last day on which a statement approved that day is to be confirmed and may be disputed."""
    return approved_on + timedelta(days=days)


def due_on(state: str, since: date, terms: Terms) -> date | None:
    """The last day for whoever is next, counted from the day of the last step; None once it is over."""
    days = {"open": terms.answer, "answered": terms.escalate, "escalated": terms.decide}
    return since + timedelta(days=days[state]) if state in days else None


def lapses(state: str, due: date | None, today: date) -> str:
    """What happens by itself once the deadline is over; '' if nothing does.

    What the county leaves unanswered goes to the city; an answer that the dealer leaves
    standing counts as accepted; the city is only reminded.
    """
    if due is None or today <= due:
        return ""
    return {"open": "escalate", "answered": "accept"}.get(state, "")


def to_remind(state: str, due: date | None, today: date, reminded: date | None) -> bool:
    """Whether to remind whoever is next: once, from the day before; the overdue city every day."""
    if state not in WAITING or due is None or today < due - timedelta(days=1):
        return False
    return reminded is None or (state == "escalated" and today > due and reminded < today)
