"""Who is told what about rectifications: the dealer, his channel manager, and when it is overdue the supervisors."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts import queries
from accounts.models import User
from accounts.roles import Permission
from audits.models import Rectification
from core import notices

ORDERED = gettext_noop("%(dealer)s: to be put right by %(day)s: %(demand)s")
REPORTED = gettext_noop("%(dealer)s: %(number)s is reported as done; verify it.")
VERIFIED = gettext_noop("%(dealer)s: %(number)s is verified.")
SENT_BACK = gettext_noop("%(dealer)s: %(number)s is not put right yet, by %(day)s: %(why)s")
CANCELLED = gettext_noop("%(dealer)s: %(number)s is cancelled.")
OVERDUE = gettext_noop("%(dealer)s: %(number)s is overdue since %(day)s.")


def ordered(row: Rectification, *, by: Any) -> None:
    _send(row, ORDERED, [*_dealers(row), *_manager(row)], but=by, day=row.due_on.isoformat(), demand=row.demand[:200])


def reported(row: Rectification, *, by: Any) -> None:
    _send(row, REPORTED, [*_manager(row), row.ordered_by], but=by)


def verified(row: Rectification, *, by: Any) -> None:
    _send(row, VERIFIED, [*_dealers(row), *_manager(row)], but=by)


def sent_back(row: Rectification, *, text: str, by: Any) -> None:
    _send(row, SENT_BACK, [*_dealers(row), *_manager(row)], but=by, day=row.due_on.isoformat(), why=text[:200])


def cancelled(row: Rectification, *, by: Any) -> None:
    _send(row, CANCELLED, [*_dealers(row), *_manager(row)], but=by)


def overdue(row: Rectification) -> None:
    supervisors = queries.people(Permission.DECIDE_FINDINGS, unit=row.dealer.org_unit)
    _send(row, OVERDUE, [*_dealers(row), *_manager(row), *supervisors], day=row.due_on.isoformat())


def _dealers(row: Rectification) -> list[User]:
    return list(User.objects.filter(dealer_link__dealer_id=row.dealer_id, is_active=True))


def _manager(row: Rectification) -> list[User]:
    return [row.dealer.manager] if row.dealer.manager else []


def _send(row: Rectification, text: str, people: list[Any], *, but: Any = None, **more: Any) -> None:
    notices.send(
        people,
        text,
        url=reverse("audits:rectification", args=[row.number]),
        but=but,
        number=row.number,
        dealer=row.dealer.name,
        **more,
    )
