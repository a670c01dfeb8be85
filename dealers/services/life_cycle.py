"""From the first agreement to the last day: lead-in, maturity, trial, end. See docs/dealers.md, "Life cycle"."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from constance import config
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core import followups, transitions
from core.errors import Forbidden, Refused, said
from dealers import states
from dealers.models import Dealer, DealerEnding
from dealers.queries import history
from dealers.services import agreement_notices as notices
from dealers.services import stages, standing

FURTHEST = timedelta(days=366)


class LifeCycleRefused(Refused):
    """The dealer cannot go on to that stage now."""

    code = "life_cycle_refused"


_said = partial(said, refused=LifeCycleRefused, longest=200)


@transaction.atomic
def begin_lead_in(*, dealer: Dealer, by: Any, at: datetime) -> Dealer:
    """The daily support in the store begins today."""
    row = _of_manager(dealer, by)
    stages.demand(row, "lead_in")
    row.lead_in_on = timezone.localtime(at).date()
    stages.move(row, "lead_in", by=by, at=at)
    return row


@transaction.atomic
def mature(*, dealer: Dealer, by: Any, at: datetime) -> Dealer:
    """The lead-in is over, after the days set."""
    row = _of_manager(dealer, by)
    stages.demand(row, "mature")
    days, today = int(config.LEAD_IN_DAYS), timezone.localtime(at).date()
    begun = row.lead_in_on or row.cooperation_start
    if today < begun + timedelta(days=days):
        raise LifeCycleRefused(
            _("A lead-in lasts at least %(days)d days: until %(day)s.")
            % {"days": days, "day": (begun + timedelta(days=days)).isoformat()},
            code="too_early",
        )
    stages.move(row, "mature", by=by, at=at)
    return row


@transaction.atomic
def make_regular(*, dealer: Dealer, text: str, by: Any, at: datetime) -> Dealer:
    """The trial is passed, and by what evaluation."""
    if by is None or not by.can(Permission.ASSIGN_MANAGERS):
        raise Forbidden(_("Your role may not decide about trials."))
    row = stages.locked(dealer, by)
    if row.trial_until is None:
        raise LifeCycleRefused(_("%(dealer)s is not on trial.") % {"dealer": row.name}, code="no_trial")
    text, row.trial_until = _said(text, _("Say how the trial was evaluated.")), None
    row.save(update_fields=["trial_until"])
    transitions.record(row, action="make_regular", before=row.stage, after=row.stage, by=by, at=at, reason=text)
    return row


@transaction.atomic
def end(
    *, dealer: Dealer, ended_on: date, cause: str, text: str = "", by: Any, at: datetime, day: date
) -> DealerEnding:
    """The cooperation ends: `ended_on` is the first day on which it no longer holds. `day` is today."""
    if by is None or not by.can(Permission.ASSIGN_MANAGERS):
        raise Forbidden(_("Your role may not end cooperations."))
    row = stages.locked(dealer, by)
    if row.stage not in states.STORE:
        stages.demand(row, "terminate")
    if history.standing(dealer=row, day=ended_on).stage == "terminated":
        raise LifeCycleRefused(_("The cooperation has ended by then."), code="ended")
    begun = row.agreements.filter(starts_on__lte=day).order_by("-starts_on").values_list("starts_on", flat=True).first()
    if not (begun or row.cooperation_start) < ended_on <= day + FURTHEST:
        raise LifeCycleRefused(
            _("The end lies after the beginning of the agreement and within a year from now."), code="date"
        )
    row.trial_until = None
    row.save(update_fields=["trial_until"])
    ending = _ended(row, ended_on, cause, text=text.strip()[:200], by=by, at=at)
    standing.refresh(dealer_ids=[row.pk], day=day)
    notices.ended(ending, by=by)
    return ending


def end_trials(*, day: date, at: datetime) -> int:
    """Trials that nobody made regular end by themselves; how many. Safe to run again."""
    over = list(
        Dealer.objects.filter(trial_until__lt=day, stage__in=states.STORE).order_by("pk").values_list("pk", flat=True)
    )
    for pk in over:
        with transaction.atomic():
            row = Dealer.objects.select_for_update(of=("self",)).get(pk=pk)
            if row.trial_until is None or row.trial_until >= day:
                continue
            ended_on, row.trial_until = row.trial_until + timedelta(days=1), None
            row.save(update_fields=["trial_until"])
            ending = _ended(row, ended_on, "not_renewed", text=str(_("The trial is over.")), by=None, at=at)
            standing.refresh(dealer_ids=[pk], day=day)
            notices.ended(ending, by=None)
    return len(over)


def _ended(row: Dealer, ended_on: date, cause: str, *, text: str, by: Any, at: datetime) -> DealerEnding:
    ending = DealerEnding.objects.create(dealer=row, ended_on=ended_on, cause=states.EndingCause(cause))
    transitions.record(
        row, action="terminate", before=row.stage, after="terminated", by=by, at=at,
        reason=f"{ended_on.isoformat()} {states.EndingCause(cause).label} {text}".strip(),
    )  # fmt: skip
    followups.emit("dealers_changed", ids=[row.pk])
    return ending


def _of_manager(dealer: Dealer, by: Any) -> Dealer:
    if by is None or not by.can(Permission.EDIT_DEALERS):
        raise Forbidden(_("You may not edit dealers."))
    return stages.locked(dealer, by)
