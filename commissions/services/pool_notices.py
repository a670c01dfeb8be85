"""Who is told what about payout rounds and change requests of pools.

Called by the services in their own transaction. Whoever did the thing is not told of it.
"""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts import queries
from accounts.roles import Permission
from commissions.models import PoolChange, PoolRound
from core import notices

# What happened to a round: the words, and who has to act next.
ROUND: dict[str, tuple[str, Permission | None]] = {
    "calculate": (
        gettext_noop("Payout round %(round)s is drafted: decide the return ratios and submit it."),
        Permission.DECIDE_RATIOS,
    ),
    "submit": (
        gettext_noop("Payout round %(round)s is submitted and waits for approval."),
        Permission.APPROVE_POOL_ROUNDS,
    ),
    "return": (gettext_noop("Payout round %(round)s was returned by %(who)s: %(reason)s"), None),
    "approve": (
        gettext_noop("Payout round %(round)s is approved: the payment file can be exported."),
        Permission.PAY_BATCHES,
    ),
    "settle": (gettext_noop("Payout round %(round)s is paid in full."), None),
}
CHANGE: dict[str, str] = {
    "file": gettext_noop("Pool change %(reference)s of %(dealer)s over ¥%(amount)s waits for your approval."),
    "approve": gettext_noop("Pool change %(reference)s of %(dealer)s over ¥%(amount)s is approved."),
    "reject": gettext_noop("Pool change %(reference)s of %(dealer)s over ¥%(amount)s is rejected: %(reason)s"),
}


def round_moved(round_: PoolRound, *, action: str, by: Any, reason: str = "", former: Any = ()) -> None:
    """Tell who has the next step; after a return or the last payment the `former` ones."""
    text, permission = ROUND[action]
    notices.send(
        queries.people(permission, unit=round_.county) if permission else [one for one in former if one],
        text,
        url=reverse("commissions:pool_round", args=[round_.number]),
        but=by,
        round=str(round_),
        who=by.name if by else "",
        reason=reason,
    )


def change_moved(change: PoolChange, *, action: str, by: Any, reason: str = "") -> None:
    """Tell those who may approve a request, and later whoever filed it."""
    waits = queries.people(Permission.APPROVE_POOL_CHANGES, unit=change.dealer.org_unit)
    notices.send(
        waits if action == "file" else [change.filed_by] if change.filed_by else [],
        CHANGE[action],
        url=reverse("commissions:pool_change", args=[change.reference]),
        but=by,
        reference=change.reference,
        dealer=change.dealer.name,
        amount=f"{change.amount:,.2f}",
        reason=reason,
    )
