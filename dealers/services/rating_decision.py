"""What is proposed for dealers' tiers, approved or rejected by the city. See docs/dealers.md, "Rating"."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core import transitions
from core.errors import Forbidden, said
from dealers import states
from dealers.models import DealerEnding, DealerTier, RatingProposal, RatingRound
from dealers.queries import history
from dealers.rules import rating as rules
from dealers.services import rating_notices as notices
from dealers.services import standing
from dealers.services.rating import RatingRefused, settle_state

LONGEST = 500
_said = partial(said, refused=RatingRefused, longest=LONGEST)


@dataclass(frozen=True)
class Decided:
    """What became of the proposals: approved rows, and (row, refusal) of those that have been overtaken."""

    approved: list[RatingProposal]
    refused: list[tuple[RatingProposal, RatingRefused]]


@transaction.atomic
def approve(*, proposals: Iterable[RatingProposal], by: Any, at: datetime, today: date) -> Decided:
    """Approve proposals: the tiers change from the round's day on, whenever that is said. The dealers are told.

    One whose dealer has another tier by now, or has left, is left waiting and named.
    """
    rows = _locked(proposals, by)
    approved, refused = [], []
    by_day = defaultdict(list)
    for row in rows:
        transitions.demand(row, action="approve")
        by_day[row.round.effective_on].append(row)
    for day, same in by_day.items():
        on_day = history.standings(dealer_ids=[row.dealer_id for row in same], day=day)
        for row in same:
            problem = _overtaken(row, on_day[row.dealer_id])
            if problem:
                refused.append((row, problem))
            else:
                approved.append(row)
    for row in approved:
        _take_effect(row)
        row.state, row.decided_by, row.decided_at = "approved", by, at
        row.save(update_fields=["state", "decided_by", "decided_at"])
        transitions.record(row, action="approve", before="proposed", after="approved", by=by, at=at)
    standing.refresh(dealer_ids=[row.dealer_id for row in approved], day=today)
    notices.approved(approved, by=by)
    for found in {row.round_id: row.round for row in approved}.values():
        settle_state(found, by=by, at=at)
    return Decided(approved, refused)


def _overtaken(row: RatingProposal, now: history.Standing) -> RatingRefused | None:
    if now.stage == "terminated":
        return RatingRefused(_("%(dealer)s has left by then.") % {"dealer": row.dealer.name}, code="left")
    if now.tier != row.current:
        return RatingRefused(
            _("%(dealer)s is %(tier)s by then. Rate the period again, or reject the proposal.")
            % {"dealer": row.dealer.name, "tier": states.Tier(now.tier).label if now.tier else "–"},
            code="overtaken",
        )
    return None


def _take_effect(row: RatingProposal) -> None:
    """Write the new tier, or the end. The first row of a history keeps what held before it."""
    day = row.round.effective_on
    if row.proposed == rules.EXIT:
        DealerEnding.objects.create(dealer_id=row.dealer_id, ended_on=day, cause="banned")
        return
    known = DealerTier.objects.filter(dealer_id=row.dealer_id)
    if not known.exists():
        start = min(row.dealer.cooperation_start, day - timedelta(days=1))
        DealerTier.objects.create(dealer_id=row.dealer_id, valid_from=start, tier=row.current)
    DealerTier.objects.update_or_create(dealer_id=row.dealer_id, valid_from=day, defaults={"tier": row.proposed})


@transaction.atomic
def reject(*, proposals: Iterable[RatingProposal], remark: str, by: Any, at: datetime) -> list[RatingProposal]:
    """The dealers keep their tier, and why."""
    remark = _said(remark, _("Say why."))
    rows = _locked(proposals, by)
    for row in rows:
        transitions.demand(row, action="reject")
        row.state, row.decided_by, row.decided_at, row.remark = "rejected", by, at, remark
        row.save(update_fields=["state", "decided_by", "decided_at", "remark"])
        transitions.record(row, action="reject", before="proposed", after="rejected", by=by, at=at, reason=remark)
    for found in {row.round_id: row.round for row in rows}.values():
        settle_state(found, by=by, at=at)
    return rows


def _locked(proposals: Iterable[RatingProposal], by: Any) -> list[RatingProposal]:
    if by is None or not by.can(Permission.APPROVE_RATINGS):
        raise Forbidden(_("Your role may not decide about tiers."))
    keys = {row.pk for row in proposals}
    visible = RatingProposal.objects.visible_to(by).filter(pk__in=keys)
    if visible.count() != len(keys):
        raise Forbidden(_("A proposal is outside your unit."))
    rounds = RatingRound.objects.filter(proposals__in=keys).values("pk")
    list(RatingRound.objects.select_for_update(of=("self",)).filter(pk__in=rounds).order_by("pk"))
    rows = RatingProposal.objects.select_for_update(of=("self",)).filter(pk__in=keys)
    return list(rows.select_related("round", "dealer").order_by("pk"))
