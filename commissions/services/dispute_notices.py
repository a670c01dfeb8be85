"""Who is told what about disputes and the deadlines of statements."""

from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import queries
from accounts.models import User
from accounts.roles import Permission
from commissions.models import Dispute
from core import notices, sql

# What is said on the way into a state, and which staff it concerns (None: the dealer).
TEXTS: dict[str, tuple[str, Permission | None]] = {
    "open": (gettext_noop("%(dealer)s disputes the statement of %(period)s: %(number)s"), Permission.ANSWER_DISPUTES),
    "answered": (
        gettext_noop("The county has answered your dispute %(number)s: accept it or go on to the city."),
        None,
    ),
    "escalated": (
        gettext_noop("Dispute %(number)s of %(dealer)s waits for your decision."),
        Permission.DECIDE_DISPUTES,
    ),
    "accepted": (
        gettext_noop("Dispute %(number)s of %(dealer)s is settled by the answer."),
        Permission.ANSWER_DISPUTES,
    ),
    "granted": (gettext_noop("Your dispute %(number)s is granted: an adjustment waits for its approval."), None),
    "refused": (gettext_noop("Your dispute %(number)s is refused; the reason stands on its page."), None),
}
REMINDER = gettext_noop("Dispute %(number)s waits for you; its deadline is %(day)s.")
CONFIRM = gettext_noop("Please confirm the statement of %(period)s by %(day)s, or dispute what is wrong.")

TO_CONFIRM = """
INSERT INTO core_notice (user_id, text, params, url, at)
SELECT link.user_id, %(text)s, jsonb_build_object('period', batch.period, 'day', %(day)s::text),
       replace(%(url)s, 'NUMBER', statement.number), %(at)s
  FROM commissions_settlementbatch batch
  JOIN commissions_statement statement ON statement.batch_id = batch.id
  JOIN dealers_dealeruser link ON link.dealer_id = statement.dealer_id
  JOIN accounts_user person ON person.id = link.user_id AND person.is_active
 WHERE batch.state IN ('approved', 'paying', 'paid')
   AND batch.approved_at >= %(since)s AND batch.approved_at < %(until)s
   AND NOT EXISTS (SELECT FROM commissions_statementconfirmation WHERE statement_id = statement.id)
   AND NOT EXISTS (SELECT FROM commissions_dispute dispute WHERE dispute.statement_id = statement.id)
   AND NOT EXISTS (SELECT FROM core_notice told WHERE told.user_id = link.user_id AND told.text = %(text)s
                      AND told.url = replace(%(url)s, 'NUMBER', statement.number))
"""


def moved(row: Dispute, *, by: Any) -> None:
    """Tell whoever is next, or whom the end concerns."""
    text, permission = TEXTS[row.state]
    _send(row, text, _people(row, permission), by=by)


def remind(row: Dispute) -> None:
    """Tell whoever is next that the deadline comes, or is over."""
    permission = TEXTS[row.state][1]
    _send(row, REMINDER, _people(row, permission), by=None, day=row.due_on.isoformat() if row.due_on else "")


def remind_to_confirm(*, today: date, days: int, at: datetime) -> int:
    """Tell dealers whose statements are to be confirmed by tomorrow, each once: one statement of SQL."""
    tomorrow = today + timedelta(days=1)
    approved = tomorrow - timedelta(days=days)
    midnight = timezone.make_aware(datetime.combine(approved, datetime.min.time()))
    url = reverse("commissions:statement", args=["NUMBER"])
    params = {"text": CONFIRM, "day": tomorrow.isoformat(), "url": url, "at": at}
    return int(sql.execute(TO_CONFIRM, {**params, "since": midnight, "until": midnight + timedelta(days=1)}))


def _people(row: Dispute, permission: Permission | None) -> Any:
    if permission is None:
        return User.objects.filter(dealer_link__dealer_id=row.dealer_id, is_active=True)
    county = row.statement.batch.county
    people = queries.people(permission, unit=county)
    return people.filter(org_unit=county) if permission == Permission.ANSWER_DISPUTES else people


def _send(row: Dispute, text: str, people: Any, *, by: Any, **more: Any) -> None:
    notices.send(
        people,
        text,
        url=reverse("commissions:dispute", args=[row.number]),
        but=by,
        number=row.number,
        dealer=row.dealer.name,
        period=row.statement.batch.period,
        **more,
    )
