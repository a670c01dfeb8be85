"""What is proposed for dealers' tiers, approved or rejected by the city. See docs/dealers.md, "Rating"."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core import transitions
from core.errors import Forbidden, said
from dealers import states
from dealers.models import Dealer, DealerEnding, DealerTier, RatingProposal, RatingRound
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
    approved: list[RatingProposal] = []
    refused: list[tuple[RatingProposal, RatingRefused]] = []
    by_day = defaultdict(list)
    for row in rows:
        transitions.demand(row, action="approve")
        by_day[row.round.effective_on].append(row)
    for day, same in sorted(by_day.items()):
        on_day = history.standings(dealer_ids=[row.dealer_id for row in same], day=day)
        fit = []
        for row in same:
            problem = _overtaken(row, on_day[row.dealer_id])
            if problem:
                refused.append((row, problem))
            else:
                fit.append(row)
                on_day[row.dealer_id] = _afterwards(row, on_day[row.dealer_id])
        _take_effect(fit, day)
        approved += fit
    standing.refresh(dealer_ids=[row.dealer_id for row in approved], day=today)
    notices.approved(approved, by=by)
    _decide(approved, action="approve", by=by, at=at)
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


def _afterwards(row: RatingProposal, now: history.Standing) -> history.Standing:
    """What holds for the next proposal of the same dealer."""
    return replace(now, stage="terminated") if row.proposed == rules.EXIT else replace(now, tier=row.proposed)


def _take_effect(rows: Sequence[RatingProposal], day: date) -> None:
    """Write the new tiers, or the ends. The first row of a history keeps what held before it."""
    ends = [row for row in rows if row.proposed == rules.EXIT]
    changes = [row for row in rows if row.proposed != rules.EXIT]
    DealerEnding.objects.bulk_create(
        DealerEnding(dealer_id=row.dealer_id, ended_on=day, cause="banned") for row in ends
    )
    known = set(
        DealerTier.objects.filter(dealer__in=[row.dealer_id for row in changes]).values_list("dealer_id", flat=True)
    )
    eve = day - timedelta(days=1)
    before = [
        DealerTier(dealer_id=row.dealer_id, valid_from=min(row.dealer.cooperation_start, eve), tier=row.current)
        for row in changes
        if row.dealer_id not in known
    ]
    DealerTier.objects.bulk_create(
        [*before, *(DealerTier(dealer_id=row.dealer_id, valid_from=day, tier=row.proposed) for row in changes)],
        update_conflicts=True,
        unique_fields=["dealer", "valid_from"],
        update_fields=["tier"],
    )


@transaction.atomic
def reject(*, proposals: Iterable[RatingProposal], remark: str, by: Any, at: datetime) -> list[RatingProposal]:
    """The dealers keep their tier, and why."""
    remark = _said(remark, _("Say why."))
    rows = _locked(proposals, by)
    for row in rows:
        transitions.demand(row, action="reject")
    _decide(rows, action="reject", by=by, at=at, remark=remark)
    return rows


def _decide(rows: Sequence[RatingProposal], *, action: str, by: Any, at: datetime, remark: str = "") -> None:
    """Note what was decided about proposals that wait; a round whose last one this was is closed."""
    after = states.PROPOSAL.moves["proposed", action]
    for row in rows:
        row.state, row.decided_by, row.decided_at, row.remark = after, by, at, remark
    RatingProposal.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=after, decided_by=by, decided_at=at, remark=remark
    )
    transitions.record_all(rows, action=action, before="proposed", after=after, by=by, at=at, reason=remark)
    for found in {row.round_id: row.round for row in rows}.values():
        settle_state(found, by=by, at=at)


def _locked(proposals: Iterable[RatingProposal], by: Any) -> list[RatingProposal]:
    if by is None or not by.can(Permission.APPROVE_RATINGS):
        raise Forbidden(_("Your role may not decide about tiers."))
    keys = {row.pk for row in proposals}
    visible = RatingProposal.objects.visible_to(by).filter(pk__in=keys)
    if visible.count() != len(keys):
        raise Forbidden(_("A proposal is outside your unit."))
    rounds = RatingRound.objects.filter(proposals__in=keys).values("pk")
    list(RatingRound.objects.select_for_update(of=("self",)).filter(pk__in=rounds).order_by("pk"))
    # Two rounds may take effect on one day: whoever decides about a dealer waits for whoever does so already.
    dealers = Dealer.objects.filter(pk__in=visible.filter(pk__in=keys).values("dealer"))
    list(dealers.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk"))
    rows = RatingProposal.objects.select_for_update(of=("self",)).filter(pk__in=keys)
    related = rows.select_related("round", "dealer__manager").prefetch_related("dealer__users__user")
    return list(related.order_by("pk"))
