"""Who is told what about batches, statements and adjustments.

Called by the services in their own transaction. Whoever did the thing is not told of it.
"""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts import queries
from accounts.models import OrgUnit, User
from accounts.roles import Permission
from commissions.models import Adjustment, SettlementBatch
from core import notices, sql
from core.models import Notice

# What happened to a batch: the words, and who has to act next or is concerned.
BATCH: dict[str, tuple[str, Permission | None]] = {
    "submit": (gettext_noop("%(batch)s is submitted and waits for your review."), Permission.REVIEW_BATCHES),
    "review": (gettext_noop("%(batch)s is reviewed and waits for your approval."), Permission.APPROVE_BATCHES),
    "return": (gettext_noop("%(batch)s was returned by %(who)s: %(reason)s"), None),
    "approve": (gettext_noop("%(batch)s is approved: the payment file can be exported."), Permission.PAY_BATCHES),
    "void": (gettext_noop("%(batch)s was voided by %(who)s: %(reason)s"), None),
    "settle": (gettext_noop("%(batch)s is paid in full."), None),
}
CALCULATED = gettext_noop("%(batch)s is calculated: look at its checks and submit it.")
NO_SALES = gettext_noop(
    "%(period)s of %(county)s cannot be settled yet: its sales are not imported. Tried again each night."
)
NOT_SETTLED = gettext_noop("%(period)s of %(county)s cannot be settled yet: %(why)s Tried again each night.")
STATEMENT = gettext_noop("Your statement of %(period)s over ¥%(amount)s is there. Please check and confirm it.")
WAITS = gettext_noop("Adjustment %(reference)s of %(dealer)s over ¥%(amount)s waits for your approval.")
APPROVED = gettext_noop("Adjustment %(reference)s of %(dealer)s over ¥%(amount)s is approved.")
REJECTED = gettext_noop("Adjustment %(reference)s of %(dealer)s over ¥%(amount)s is rejected: %(reason)s")
CREDITED = gettext_noop(
    "An adjustment over ¥%(amount)s is approved for you: %(document)s. It stands on a coming statement."
)

PUBLISHED = """
INSERT INTO core_notice (user_id, text, params, url, at)
SELECT link.user_id, %(text)s,
       jsonb_build_object('period', %(period)s::text, 'amount', to_char(statement.paid, 'FM999,999,999,990.00')),
       replace(%(url)s, 'NUMBER', statement.number), %(at)s
  FROM commissions_statement statement
  JOIN dealers_dealeruser link ON link.dealer_id = statement.dealer_id
  JOIN accounts_user person ON person.id = link.user_id AND person.is_active
 WHERE statement.batch_id = %(batch)s
"""


def batch_moved(batch: SettlementBatch, *, action: str, by: Any, reason: str = "", former: Any = ()) -> None:
    """Tell who has the next step; after a return or void the people of the county and `former` ones."""
    text, permission = BATCH[action]
    told = list(queries.people(permission or Permission.SUBMIT_BATCHES, unit=batch.county))
    if permission is None:
        told = [one for one in told if one.org_unit_id == batch.county_id] + [one for one in former if one]
    notices.send(
        told,
        text,
        url=reverse("commissions:batch", args=[batch.number]),
        but=by,
        batch=str(batch),
        who=by.name if by else "",
        reason=reason,
    )


def batch_calculated(batch: SettlementBatch) -> None:
    """Tell the county that the calendar has had its batch calculated."""
    notices.send(
        queries.people(Permission.SUBMIT_BATCHES, unit=batch.county),
        CALCULATED,
        url=reverse("commissions:batch", args=[batch.number]),
        batch=str(batch),
    )


def batch_waits(*, county: OrgUnit, period: str, why: str) -> None:
    """Tell the county, once for each reason, that the calendar could not have its batch calculated."""
    params = {"period": period, "county": county.name, **({"why": why} if why else {})}
    text = NOT_SETTLED if why else NO_SALES
    told = Notice.objects.filter(text=text, params=params).values_list("user_id", flat=True)
    people = queries.people(Permission.SUBMIT_BATCHES, unit=county).exclude(pk__in=told)
    notices.send(people, text, url=reverse("commissions:batches"), **params)


def statements_published(batch: SettlementBatch, *, at: datetime) -> int:
    """Tell every dealer of an approved batch that his statement is there: one statement of SQL."""
    url = reverse("commissions:statement", args=["NUMBER"])
    params = {"text": STATEMENT, "period": batch.period, "url": url, "at": at, "batch": batch.pk}
    return int(sql.execute(PUBLISHED, params))


def adjustment_waits(row: Adjustment, *, by: Any) -> None:
    """Tell those who may approve."""
    _about(row, queries.people(Permission.APPROVE_ADJUSTMENTS, unit=row.dealer.org_unit), WAITS, by=by)


def adjustment_decided(row: Adjustment, *, by: Any, reason: str = "") -> None:
    """Tell whoever entered it; the dealer too, once it is approved."""
    text = APPROVED if row.state == "approved" else REJECTED
    _about(row, [row.entered_by] if row.entered_by else [], text, by=by, reason=reason)
    if row.state == "approved":
        own = User.objects.filter(dealer_link__dealer_id=row.dealer_id, is_active=True)
        document = f"{row.document_no} {row.document_name}"
        _about(row, own, CREDITED, by=by, document=document)


def _about(row: Adjustment, people: Any, text: str, *, by: Any, **more: Any) -> None:
    notices.send(
        people,
        text,
        url=reverse("commissions:adjustment", args=[row.reference]),
        but=by,
        reference=row.reference,
        dealer=row.dealer.name,
        amount=f"{row.amount:,.2f}",
        **more,
    )
