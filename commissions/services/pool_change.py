"""Change requests: the only way to change a pool by hand.

Filed by the county with a reason and papers, decided by another person of the city, then
posted with the month of the approval. See docs/commissions.md, "Change request".
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions.models import CountyAssessmentEvent, PoolAccount, PoolChange, PoolEntry
from commissions.services import papers, pool_notices
from core import transitions
from core.errors import Forbidden, Refused
from core.money import ZERO
from core.papers import Given
from core.periods import Month
from dealers.models import Dealer


class ChangeRefused(Refused):
    """The request cannot be filed or decided like this."""

    code = "pool_change_refused"


@transaction.atomic
def file(
    *,
    dealer: Dealer,
    amount: Decimal,
    reason: str,
    by: Any,
    at: datetime,
    reference: str = "",
    files: Iterable[Given] = (),
) -> PoolChange:
    """Ask for a signed change (yuan) of a dealer's pool. Raises Forbidden and ChangeRefused."""
    if not by.can(Permission.FILE_POOL_CHANGES):
        raise Forbidden(_("Your role may not file change requests."))
    if not Dealer.objects.visible_to(by).filter(pk=dealer.pk).exists():
        raise Forbidden(_("The dealer is outside your unit."))
    if not reason.strip():
        raise ChangeRefused(_("Say why the pool is to be changed."), code="reason")
    if amount == 0:
        raise ChangeRefused(_("An amount of 0.00 changes nothing."), code="amount")
    reference = reference.strip() or _next_reference(at)
    if PoolChange.objects.filter(reference=reference).exists():
        raise ChangeRefused(_("There is a request %(reference)s already.") % {"reference": reference}, code="reference")
    change = PoolChange.objects.create(
        reference=reference, dealer=dealer, amount=amount, reason=reason.strip()[:200], filed_by=by, filed_at=at
    )
    papers.add(files=files, by=by, at=at, pool_change=change)
    transitions.record(change, action="file", before="", after="filed", by=by, at=at, reason=change.reason)
    pool_notices.change_moved(change, action="file", by=by)
    return change


def _next_reference(at: datetime) -> str:
    """POOL-20260901-0001 and so on within the day."""
    stem = f"POOL-{timezone.localtime(at):%Y%m%d}-"
    last = PoolChange.objects.select_for_update().filter(reference__startswith=stem).order_by("-reference").first()
    return f"{stem}{int(last.reference.removeprefix(stem)) + 1 if last else 1:04d}"


def _demand(change: PoolChange, by: Any) -> PoolChange:
    if by is None or not by.can(Permission.APPROVE_POOL_CHANGES):
        raise Forbidden(_("Your role may not decide change requests."))
    found = (
        PoolChange.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("dealer", "dealer__org_unit__county")
        .filter(pk=change.pk)
        .first()
    )
    if found is None:
        raise Forbidden(_("The request is outside your unit."))
    if found.filed_by_id == by.pk:
        raise Forbidden(
            _("%(change)s: you filed this request; another person decides it.") % {"change": found},
            code="separation_of_duties",
        )
    return found


@transaction.atomic
def approve(
    *, change: PoolChange, by: Any, at: datetime, reason: str = "", counts_against_county: bool = False
) -> PoolChange:
    """Post the change to the pool. Refused if the balance would become negative.

    `counts_against_county`: the request puts a wrong entry right, an event in the county's assessment.
    """
    change = _demand(change, by)
    transitions.demand(change, action="approve")
    account = PoolAccount.objects.select_for_update().filter(dealer=change.dealer_id).first()
    balance = account.balance if account else ZERO
    if balance + change.amount < 0:
        raise ChangeRefused(
            _("%(change)s: the pool of %(dealer)s holds only %(balance)s yuan.")
            % {"change": change, "dealer": change.dealer.name, "balance": balance},
            code="balance",
        )
    change.state = "approved"
    _decide(change, by=by, at=at, action="approve", reason=reason)
    PoolEntry.objects.create(
        dealer=change.dealer,
        month=Month.of(timezone.localtime(at).date()).first,
        entry="adjustment" if change.amount > 0 else "penalty",
        amount=change.amount,
        source=change.reference,
        posted_by=by,
        posted_at=at,
    )
    if counts_against_county:
        CountyAssessmentEvent.objects.create(
            county=change.dealer.org_unit.county or change.dealer.org_unit,
            kind="wrong_entry",
            dealer=change.dealer,
            change=change,
            reason=reason.strip() or change.reason,
            by=by,
            at=at,
        )
    return change


@transaction.atomic
def reject(*, change: PoolChange, by: Any, at: datetime, reason: str) -> PoolChange:
    """Decide that the pool stays as it is, with a reason."""
    change = _demand(change, by)
    transitions.demand(change, action="reject")
    if not reason.strip():
        raise ChangeRefused(_("Say why the request is rejected."), code="reason")
    change.state = "rejected"
    _decide(change, by=by, at=at, action="reject", reason=reason)
    return change


def _decide(change: PoolChange, *, by: Any, at: datetime, action: str, reason: str) -> None:
    """State and person in one statement: the database lets a request be decided once."""
    change.decided_by, change.decided_at = by, at
    change.save(update_fields=["state", "decided_by", "decided_at"])
    transitions.record(change, action=action, before="filed", after=change.state, by=by, at=at, reason=reason)
    pool_notices.change_moved(change, action=action, by=by, reason=reason)
