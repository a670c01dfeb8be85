"""The life of a payout round: calculated → submitted (county) → approved (city) → paid.

Whoever submits cannot approve, whoever pays is a third person. Approval posts the payouts
and forfeits, once. See docs/commissions.md, "Payout round".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from constance import config
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from accounts.roles import Permission
from commissions.bulk import pool_round as bulk
from commissions.models import CountyAssessmentEvent, CountyTurn, PoolRound, SettlementBatch
from commissions.rules.pool import RoundPeriod
from commissions.services import pool_notices
from commissions.states import FROZEN
from core import sql, transitions
from core.errors import Forbidden, Refused


class RoundRefused(Refused):
    """The round cannot be calculated or moved now."""

    code = "round_refused"


@dataclass(frozen=True)
class Outcome:
    """What calculating the rounds of several counties gave: rounds, and (county, refusal)."""

    rounds: list[PoolRound]
    refused: list[tuple[OrgUnit, RoundRefused]]


def calculate_period(
    *, period: RoundPeriod, counties: Iterable[OrgUnit], by: Any, at: datetime, today: date
) -> Outcome:
    """Calculate or recalculate the rounds of `period`, each county on its own."""
    rounds, refused = [], []
    for county in counties:
        try:
            rounds.append(calculate(county=county, period=period, by=by, at=at, today=today))
        except RoundRefused as refusal:
            refused.append((county, refusal))
    return Outcome(rounds, refused)


@transaction.atomic
def calculate(*, county: OrgUnit, period: RoundPeriod, by: Any, at: datetime, today: date) -> PoolRound:
    """Calculate or recalculate a county's round: the same facts give the same. Raises RoundRefused."""
    _take_turn(county.pk)
    found = PoolRound.objects.select_for_update(of=("self",)).filter(county=county, period=str(period)).first()
    _admit(county, period, found, today)
    round_ = found or PoolRound.objects.create(
        number=f"{period}-{county.code}",
        county=county,
        period=str(period),
        first_day=period.first,
        last_day=period.last,
    )
    round_.county = county
    round_.forfeits, round_.calculated_at, round_.calculated_by = config.POOL_FORFEIT_IDLE, at, by
    round_.save(update_fields=["forfeits", "calculated_at", "calculated_by"])
    bulk.write_rows(round_, today=today)
    if found:
        transitions.move(round_, action="recalculate", by=by, at=at)
    else:
        transitions.record(round_, action="calculate", before="", after="calculated", by=by, at=at)
    round_.refresh_from_db()
    return round_


def _admit(county: OrgUnit, period: RoundPeriod, found: PoolRound | None, today: date) -> None:
    if period.last >= today:
        raise RoundRefused(_("%(period)s is not over yet.") % {"period": period}, code="not_over")
    if found and found.state != "calculated":
        raise RoundRefused(
            _("The round %(number)s is already %(state)s; only one that is not yet submitted can be calculated again.")
            % {"number": found.number, "state": PoolRound.machine.state(found.state).label},
            code="already_submitted",
        )
    waiting = (
        SettlementBatch.objects.filter(county=county, kind="monthly", month__range=(period.first, period.last))
        .exclude(state__in=[*FROZEN, "void"])
        .order_by("month")
        .values_list("period", flat=True)
    )
    if waiting:
        raise RoundRefused(
            _("These monthly batches of %(county)s must be approved first: %(periods)s.")
            % {"county": county.name, "periods": ", ".join(waiting)},
            code="batch_open",
            periods=list(waiting),
        )


def _take_turn(county_id: int) -> None:
    """Wait for the county's turn: one at a time changes its settlement or its rounds."""
    CountyTurn.objects.get_or_create(county_id=county_id)
    sql.execute("SELECT FROM commissions_countyturn WHERE county_id = %s FOR UPDATE", [county_id])


def locked(round_: PoolRound) -> PoolRound:
    """The round as it stands, kept so until the transaction ends."""
    _take_turn(round_.county_id)
    return PoolRound.objects.select_for_update(of=("self",)).select_related("county").get(pk=round_.pk)


def demand(by: Any, permission: Permission, round_: PoolRound) -> None:
    """Raise Forbidden unless `by` holds the permission and sees the round."""
    if by is None or not by.can(permission):
        raise Forbidden(_("Your role may not do this with a payout round."))
    if not PoolRound.objects.visible_to(by).filter(pk=round_.pk).exists():
        raise Forbidden(_("The payout round is outside your unit."))


@transaction.atomic
def submit(*, round_: PoolRound, by: Any, at: datetime, today: date, reason: str = "") -> PoolRound:
    """The county passes a calculated round on. Refused while something newer is not in it."""
    round_ = locked(round_)
    demand(by, Permission.SUBMIT_BATCHES, round_)
    transitions.demand(round_, action="submit")
    if news := bulk.changed(round_, today=today):
        raise RoundRefused(
            _("%(round)s: since the calculation something has changed for %(dealers)s. Calculate again, then submit.")
            % {"round": round_, "dealers": ", ".join(news[:10])},
            code="out_of_date",
            dealers=news[:100],
        )
    round_.submitted_by, round_.submitted_at = by, at
    round_.save(update_fields=["submitted_by", "submitted_at"])
    transitions.move(round_, action="submit", by=by, at=at, reason=reason)
    pool_notices.round_moved(round_, action="submit", by=by)
    return round_


@transaction.atomic
def return_to_county(*, round_: PoolRound, by: Any, at: datetime, reason: str = "") -> PoolRound:
    """The city or finance give the round back, with a reason."""
    round_ = locked(round_)
    demand(by, Permission.RETURN_BATCHES, round_)
    if not reason.strip():
        raise RoundRefused(_("Say why you return the round, so that the county knows what to do."), code="reason")
    transitions.move(round_, action="return", by=by, at=at, reason=reason)
    pool_notices.round_moved(round_, action="return", by=by, reason=reason, former=[round_.submitted_by])
    round_.submitted_by = round_.submitted_at = None
    round_.save(update_fields=["submitted_by", "submitted_at"])
    return round_


@transaction.atomic
def approve(*, round_: PoolRound, by: Any, at: datetime, today: date, reason: str = "") -> PoolRound:
    """The city approves: the round is frozen, payouts and then forfeits are posted to the pools."""
    round_ = locked(round_)
    demand(by, Permission.APPROVE_POOL_ROUNDS, round_)
    transitions.demand(round_, action="approve")
    _demand_another(by, round_)
    bulk.lock_pools(round_)
    if short := bulk.shrunk(round_, today=today):
        raise RoundRefused(
            _("The pool of %(dealers)s has shrunk or is suspended since the calculation. Return the round.")
            % {"dealers": ", ".join(short[:10])},
            code="pool_shrunk",
            dealers=short[:100],
        )
    round_.approved_by, round_.approved_at = by, at
    round_.save(update_fields=["approved_by", "approved_at"])
    transitions.move(round_, action="approve", by=by, at=at, reason=reason)
    pool_notices.round_moved(round_, action="approve", by=by)
    bulk.post(round_, by=by, at=at)
    return round_


def _demand_another(by: Any, round_: PoolRound) -> None:
    if by.pk == round_.submitted_by_id:
        raise Forbidden(
            _("%(round)s: you submitted this round; the approval is for another person.") % {"round": round_},
            code="separation_of_duties",
        )
    if CountyAssessmentEvent.objects.filter(round=round_, by=by).exists():
        raise Forbidden(
            _("%(round)s: you let a dealer of this round be paid against the rules; another person approves it.")
            % {"round": round_},
            code="separation_of_duties",
        )
