"""Payment accounts under two-person control. See docs/dealers.md, "Payment accounts".

One person enters an account, another one verifies it; only then is it paid to, and the
one before it is replaced.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.roles import Permission
from core.errors import Forbidden, Refused
from core.transitions import move, record
from dealers.models import Dealer, DealerAccount


def enter(*, dealer: Dealer, bank: str, number: str, holder: str, by: Any, at: datetime) -> DealerAccount:
    """Enter an account that then waits for verification; another one that waits is replaced.

    Raises Forbidden, or Refused if the dealer has this number already.
    """
    if not by.can(Permission.ENTER_ACCOUNTS):
        raise Forbidden(_("You may not enter payment accounts."))
    number = "".join(number.split())
    if not (bank.strip() and number and holder.strip()):
        raise Refused(_("Bank, number and holder are all needed."), code="incomplete")
    with transaction.atomic():
        Dealer.objects.select_for_update(of=("self",)).get(pk=dealer.pk)
        same = DealerAccount.objects.filter(dealer=dealer, number=number).first()
        if same and same.state in ("verified", "entered"):
            raise Refused(
                _("%(dealer)s has this account already: it is %(state)s.")
                % {"dealer": dealer.name, "state": same.get_state_display()},
                code="known_account",
            )
        for waiting in DealerAccount.objects.filter(dealer=dealer, state="entered"):
            move(waiting, action="replace", by=by, at=at)
        values = {
            "bank": bank.strip(),
            "holder": holder.strip(),
            "state": "entered",
            "entered_by": by,
            "entered_at": at,
            "verified_by": None,
            "verified_at": None,
        }
        before = same.state if same else ""
        account, _created = DealerAccount.objects.update_or_create(dealer=dealer, number=number, defaults=values)
        record(account, action="enter", before=before, after="entered", by=by, at=at)
    return account


def verify(*, account: DealerAccount, by: Any, at: datetime) -> DealerAccount:
    """Let the account take effect; the dealer's present one is replaced.

    Raises Forbidden (no permission, or `by` entered it), MoveRefused.
    """
    _second_person(account, by)
    with transaction.atomic():
        Dealer.objects.select_for_update(of=("self",)).get(pk=account.dealer_id)
        for present in DealerAccount.objects.filter(dealer=account.dealer_id, state="verified").exclude(pk=account.pk):
            move(present, action="replace", by=by, at=at)
        DealerAccount.objects.filter(pk=account.pk, state="entered").update(verified_by=by, verified_at=at)
        move(account, action="verify", by=by, at=at)
    account.refresh_from_db()
    return account


def reject(*, account: DealerAccount, by: Any, at: datetime, reason: str = "") -> DealerAccount:
    """Refuse an account that waits; the present one stays. Raises Forbidden, MoveRefused."""
    _second_person(account, by)
    move(account, action="reject", by=by, at=at, reason=reason)
    account.refresh_from_db()
    return account


def _second_person(account: DealerAccount, by: Any) -> None:
    if not by.can(Permission.VERIFY_ACCOUNTS):
        raise Forbidden(_("You may not verify payment accounts."))
    if account.entered_by_id == by.pk:
        raise Forbidden(_("Who entered an account cannot verify it: someone else has to."))
