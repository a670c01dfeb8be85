"""Counts of what waits for a person: for the first page."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Min

from commissions.models import CommissionPolicy, PoolChange, PoolRound, Redemption, SettlementBatch, Statement
from commissions.rules.disputes import WAITING
from dealers.models import DealerAccount


def batches(user: Any, *states: str) -> int:
    """Batches in one of the states whose next step the user may do: he did none of the earlier ones."""
    return (
        SettlementBatch.objects.visible_to(user)
        .filter(state__in=states)
        .exclude(submitted_by=user)
        .exclude(reviewed_by=user)
        .exclude(approved_by=user)
        .count()
    )


def own_batches(user: Any, *states: str) -> int:
    """Batches in one of the states, whoever did what."""
    return SettlementBatch.objects.visible_to(user).filter(state__in=states).count()


def own_rounds(user: Any, state: str) -> int:
    """Payout rounds in that state, whoever did what."""
    return PoolRound.objects.visible_to(user).filter(state=state).count()


def rounds_to_approve(user: Any) -> int:
    """Submitted payout rounds that somebody else submitted."""
    return PoolRound.objects.visible_to(user).filter(state="submitted").exclude(submitted_by=user).count()


def pool_changes(user: Any) -> int:
    """Change requests of pools that somebody else filed."""
    return PoolChange.objects.visible_to(user).filter(state="filed").exclude(filed_by=user).count()


def accounts(user: Any) -> int:
    """Accounts that wait for a second person: entered by somebody else."""
    return DealerAccount.objects.visible_to(user).filter(state="entered").exclude(entered_by=user).count()


def redemptions(user: Any, state: str) -> int:
    """Redemptions in that state of which the user took no step before."""
    found = Redemption.objects.visible_to(user).filter(state=state)
    return found.exclude(requested_by=user).exclude(decided_by=user).count()


def policies(user: Any) -> int:
    """Proposed policies that somebody else has to approve."""
    proposed = CommissionPolicy.objects.visible_to(user).filter(state="draft", proposed_by__isnull=False)
    return proposed.exclude(proposed_by=user).count()


def statements(user: Any, days: int) -> tuple[int, date | None]:
    """The dealer's unconfirmed statements and the first day by which one is to be confirmed."""
    rows = Statement.objects.visible_to(user).filter(confirmation=None).exclude(disputes__state__in=WAITING)
    first = rows.aggregate(at=Min("batch__approved_at"))["at"]
    return rows.count(), first.date() + timedelta(days=days) if first else None
