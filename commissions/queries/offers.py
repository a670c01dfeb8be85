"""What a person may do with a batch now: the buttons, and in words why one is missing.

The services decide; this repeats their separation of duties so that a page does not
offer what would be refused. See docs/commissions.md, "A batch".
"""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import states
from commissions.models import SettlementBatch

Text = str | Promise

PERMISSIONS = {
    "recalculate": Permission.SETTLE,
    "submit": Permission.SUBMIT_BATCHES,
    "review": Permission.REVIEW_BATCHES,
    "approve": Permission.APPROVE_BATCHES,
    "pay": Permission.PAY_BATCHES,
    "return": Permission.RETURN_BATCHES,
    "void": Permission.VOID_BATCHES,
}
# In which states each action is open; the order is that of the buttons, the main one first.
OPEN_IN = {
    "submit": ("calculated",),
    "review": ("submitted",),
    "approve": ("reviewed",),
    "pay": ("approved", "paying"),
    "return": ("submitted", "reviewed"),
    "recalculate": ("calculating", "calculated"),
    "void": ("calculating", "calculated", "submitted"),
}
LABELS: dict[str, Text] = {
    "submit": _("Submit"),
    "review": _("Review"),
    "approve": _("Approve"),
    "pay": _("Payments"),
    "return": _("Return"),
    "recalculate": _("Recalculate"),
    "void": _("Void"),
}
# Actions whose page has another name.
PAGES = {"pay": "batch_payments"}
# Whoever did one of these with the batch does not do the action.
NOT_BY = {
    "review": ("submitted_by",),
    "approve": ("submitted_by", "reviewed_by"),
    "pay": ("submitted_by", "reviewed_by", "approved_by"),
}
WHY_NOT: dict[str, Text] = {
    "submitted_by": _("You submitted this batch, so somebody else has to do the next steps."),
    "reviewed_by": _("You reviewed this batch, so somebody else has to do the next steps."),
    "approved_by": _("You approved this batch, so somebody else has to do the next steps."),
}
WAITS_FOR: dict[str, Text] = {
    "calculating": _("The calculation is not finished. Calculate again if it was interrupted."),
    "calculated": _("Waits to be submitted by the county."),
    "submitted": _("Waits for the review by the city's channel management."),
    "reviewed": _("Waits for the approval by finance."),
    "approved": _("Waits for the payment file."),
    "paying": _("Waits for the results of the payments."),
    "paid": _("Done: all payments are settled."),
    "void": _("Void: it counts no more."),
}


@dataclass(frozen=True)
class Offer:
    """One action: offered if `why_not` is empty, else shown as not possible, with the reason."""

    action: str
    label: Text
    url: str
    why_not: Text = ""

    @property
    def possible(self) -> bool:
        return not self.why_not


def offers(batch: SettlementBatch, user: Any) -> list[Offer]:
    """The actions that the batch's state and the user's role leave, the main one first."""
    found = []
    for action, open_in in OPEN_IN.items():
        if batch.state not in open_in or not user.can(PERMISSIONS[action]):
            continue
        url = reverse(f"commissions:{PAGES.get(action, f'batch_{action}')}", args=[batch.number])
        found.append(Offer(action, LABELS[action], url, _why_not(batch, user, action)))
    return found


def _why_not(batch: SettlementBatch, user: Any, action: str) -> Text:
    for field in NOT_BY.get(action, ()):
        if getattr(batch, f"{field}_id") == user.pk:
            return WHY_NOT[field]
    return ""


def next_step(batch: SettlementBatch | None) -> Text:
    """In words, what the batch waits for."""
    return WAITS_FOR[batch.state] if batch else _("Not calculated yet.")


def is_frozen(batch: SettlementBatch) -> bool:
    return batch.state in states.FROZEN
