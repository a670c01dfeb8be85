"""A dealer's payment account: entered by one person, verified by another.

See docs/dealers.md, "Payment account".
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core import transitions
from core.errors import Forbidden, Refused
from dealers.models import Dealer, DealerAccount


class AccountRefused(Refused):
    """The account cannot be entered or verified like this."""

    code = "account_refused"


@transaction.atomic
def enter(*, dealer: Dealer, bank: str, number: str, holder: str, by: Any, at: datetime) -> DealerAccount:
    """A new account that waits for verification; an earlier one that still waits gives way to it."""
    if by is not None and not by.can(Permission.ENTER_ACCOUNTS):
        raise Forbidden(_("Your role may not enter payment accounts."))
    number = number.replace(" ", "")
    if not number.isdigit() or not 8 <= len(number) <= 30:
        raise AccountRefused(_("An account number has 8 to 30 digits."), code="number")
    known = DealerAccount.objects.select_for_update().filter(dealer=dealer, number=number).first()
    if known and known.state in ("entered", "verified"):
        raise AccountRefused(
            _("Account %(masked)s of %(dealer)s is there already.") % {"masked": known.masked, "dealer": dealer},
            code="exists",
        )
    for waiting in DealerAccount.objects.filter(dealer=dealer, state="entered"):
        transitions.move(waiting, action="replace", by=by, at=at)
    if known:
        known.delete()
    return DealerAccount.objects.create(
        dealer=dealer, bank=bank.strip(), number=number, holder=holder.strip(), entered_by=by, entered_at=at
    )


@transaction.atomic
def verify(*, account: DealerAccount, by: Any, at: datetime) -> DealerAccount:
    """A second person finds the account right: from now on it is the one that is paid to."""
    account = _locked(account, by)
    for former in DealerAccount.objects.filter(dealer_id=account.dealer_id, state="verified"):
        transitions.move(former, action="replace", by=by, at=at)
    account.verified_by, account.verified_at = by, at
    account.save(update_fields=["verified_by", "verified_at"])
    transitions.move(account, action="verify", by=by, at=at)
    return account


@transaction.atomic
def reject(*, account: DealerAccount, by: Any, at: datetime, reason: str) -> DealerAccount:
    """A second person finds the account wrong, and says why."""
    account = _locked(account, by)
    if not reason.strip():
        raise AccountRefused(_("Say what is wrong with the account."), code="reason")
    transitions.move(account, action="reject", by=by, at=at, reason=reason)
    return account


def _locked(account: DealerAccount, by: Any) -> DealerAccount:
    if by is None or not by.can(Permission.VERIFY_ACCOUNTS):
        raise Forbidden(_("Your role may not verify payment accounts."))
    Dealer.objects.select_for_update(of=("self",)).get(pk=account.dealer_id)
    account = DealerAccount.objects.select_for_update(of=("self",)).select_related("dealer").get(pk=account.pk)
    if not DealerAccount.objects.visible_to(by).filter(pk=account.pk).exists():
        raise Forbidden(_("The dealer is outside your unit."))
    if account.entered_by_id == by.pk:
        raise Forbidden(
            _("You entered this account yourself; another person has to verify it."), code="separation_of_duties"
        )
    return account
