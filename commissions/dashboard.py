"""What waits for whom on the first page. Registered by the app's `ready()`."""

from collections.abc import Iterator
from typing import Any

from constance import config
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions.queries import adjustments, budgets, disputes, waiting
from core import clock, dashboard
from core.dashboard import Waiting


def _in_state(state: str) -> str:
    return reverse("commissions:batch_list") + f"?state={state}"


def to_submit(request: Any) -> Iterator[Waiting]:
    count = waiting.own_batches(request.user, "calculated")
    yield Waiting(_("Calculated batches to check and submit"), count, _in_state("calculated"))


def to_review(request: Any) -> Iterator[Waiting]:
    count = waiting.batches(request.user, "submitted")
    yield Waiting(_("Submitted batches to review"), count, _in_state("submitted"))


def to_approve(request: Any) -> Iterator[Waiting]:
    count = waiting.batches(request.user, "reviewed")
    yield Waiting(_("Reviewed batches to approve"), count, _in_state("reviewed"))


def to_pay(request: Any) -> Iterator[Waiting]:
    approved = waiting.batches(request.user, "approved")
    yield Waiting(_("Approved batches whose payment file is to be exported"), approved, _in_state("approved"))
    paying = waiting.own_batches(request.user, "paying")
    yield Waiting(_("Batches whose payment results are to be recorded"), paying, _in_state("paying"), colour="blue")


def _rounds(state: str) -> str:
    return reverse("commissions:pool_rounds") + f"?state={state}"


def rounds_to_submit(request: Any) -> Iterator[Waiting]:
    count = waiting.own_rounds(request.user, "calculated")
    yield Waiting(_("Payout rounds to decide and submit"), count, _rounds("calculated"))


def rounds_to_approve(request: Any) -> Iterator[Waiting]:
    count = waiting.rounds_to_approve(request.user)
    yield Waiting(_("Payout rounds to approve"), count, _rounds("submitted"))


def rounds_to_pay(request: Any) -> Iterator[Waiting]:
    count = waiting.own_rounds(request.user, "approved")
    yield Waiting(_("Approved payout rounds to pay"), count, _rounds("approved"))


def pool_changes(request: Any) -> Iterator[Waiting]:
    count = waiting.pool_changes(request.user)
    yield Waiting(_("Pool changes to decide"), count, reverse("commissions:pool_changes") + "?state=filed")


def over_budget(request: Any) -> Iterator[Waiting]:
    count = budgets.waiting(request.user, clock.today())
    yield Waiting(_("Batches above budget that wait for your approval"), count, _in_state("calculated"), colour="red")


def redemptions(request: Any) -> Iterator[Waiting]:
    count = waiting.redemptions(request.user, "requested")
    yield Waiting(_("Redemptions to decide"), count, reverse("commissions:redemptions") + "?state=requested")


def hand_overs(request: Any) -> Iterator[Waiting]:
    count = waiting.redemptions(request.user, "approved")
    yield Waiting(_("Rewards to hand over"), count, reverse("commissions:redemptions") + "?state=approved")


def accounts(request: Any) -> Iterator[Waiting]:
    count = waiting.accounts(request.user)
    yield Waiting(_("Payment accounts to verify"), count, reverse("commissions:accounts") + "?state=entered")


def adjustments_to_decide(request: Any) -> Iterator[Waiting]:
    count = adjustments.to_decide(request.user).count()
    yield Waiting(_("Adjustments to approve"), count, reverse("commissions:adjustments") + "?state=entered")


def _disputes(request: Any, state: str, label: Any) -> Iterator[Waiting]:
    count, due = disputes.waiting(request.user, state)
    late = due is not None and due < clock.today()
    url = reverse("commissions:disputes") + ("" if request.user.is_dealer else f"?state={state}")
    yield Waiting(label, count, url, due=due, colour="red" if late else "amber")


def disputes_to_answer(request: Any) -> Iterator[Waiting]:
    yield from _disputes(request, "open", _("Disputes to answer"))


def disputes_to_decide(request: Any) -> Iterator[Waiting]:
    yield from _disputes(request, "escalated", _("Disputes to decide"))


def disputes_answered(request: Any) -> Iterator[Waiting]:
    yield from _disputes(request, "answered", _("Answered disputes to accept or go on with"))


def policies(request: Any) -> Iterator[Waiting]:
    yield Waiting(_("Proposed policies to publish"), waiting.policies(request.user), reverse("commissions:policies"))


def statements(request: Any) -> Iterator[Waiting]:
    count, due = waiting.statements(request.user, config.STATEMENT_CONFIRM_DAYS)
    yield Waiting(_("Statements to confirm"), count, reverse("commissions:statements") + "?confirmed=0", due=due)


def register() -> None:
    """Tell the first page about commissions."""
    dashboard.waits(Permission.SUBMIT_BATCHES, to_submit)
    dashboard.waits(Permission.REVIEW_BATCHES, to_review)
    dashboard.waits(Permission.APPROVE_BATCHES, to_approve)
    dashboard.waits(Permission.PAY_BATCHES, to_pay)
    dashboard.waits(Permission.DECIDE_RATIOS, rounds_to_submit)
    dashboard.waits(Permission.APPROVE_POOL_ROUNDS, rounds_to_approve)
    dashboard.waits(Permission.PAY_BATCHES, rounds_to_pay)
    dashboard.waits(Permission.APPROVE_POOL_CHANGES, pool_changes)
    dashboard.waits(Permission.GRANT_OVER_BUDGET, over_budget)
    dashboard.waits(Permission.APPROVE_REDEMPTIONS, redemptions)
    dashboard.waits(Permission.HAND_OVER_REWARDS, hand_overs)
    dashboard.waits(Permission.VERIFY_ACCOUNTS, accounts)
    dashboard.waits(Permission.APPROVE_ADJUSTMENTS, adjustments_to_decide)
    dashboard.waits(Permission.ANSWER_DISPUTES, disputes_to_answer)
    dashboard.waits(Permission.DECIDE_DISPUTES, disputes_to_decide)
    dashboard.waits(Permission.DISPUTE_STATEMENTS, disputes_answered)
    dashboard.waits(Permission.PUBLISH_POLICIES, policies)
    dashboard.waits(Permission.CONFIRM_STATEMENTS, statements)
    dashboard.panel(
        Permission.VIEW_OWN_DEALER, "commissions:panel_month", title=_("This month so far"), order=10, wide=True
    )
    dashboard.panel(
        Permission.VIEW_BATCHES, "commissions:panel_counties", title=_("Settlement of the last month"), order=20
    )
