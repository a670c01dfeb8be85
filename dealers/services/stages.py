"""The stages of a dealer's life: locked, asked, moved, traced. See docs/dealers.md, "Life cycle"."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import followups, transitions
from core.errors import Forbidden
from dealers import states
from dealers.models import Dealer


def locked(dealer: Dealer, by: Any) -> Dealer:
    """The dealer as it is now, locked; Forbidden outside the scope."""
    if not Dealer.objects.visible_to(by).filter(pk=dealer.pk).exists():
        raise Forbidden(_("The dealer is outside your unit."))
    return Dealer.objects.select_for_update(of=("self",)).select_related("org_unit__county").get(pk=dealer.pk)


def demand(dealer: Dealer, action: str) -> None:
    """Raise MoveRefused unless the dealer's stage allows `action`."""
    if states.LIFE_CYCLE.target(dealer.stage, action) is None:
        raise transitions.MoveRefused(
            _("%(dealer)s is in stage “%(stage)s”: this is not possible now.")
            % {"dealer": dealer.name, "stage": states.LIFE_CYCLE.state(dealer.stage).label},
            state=dealer.stage,
            action=action,
        )


def move(dealer: Dealer, action: str, *, by: Any, at: datetime, reason: str = "") -> None:
    """The next stage, with a trace; the caller has locked the dealer and asked whether it is possible."""
    before = dealer.stage
    dealer.stage = str(states.LIFE_CYCLE.target(before, action))
    dealer.save(update_fields=["stage", "lead_in_on"])
    transitions.record(dealer, action=action, before=before, after=dealer.stage, by=by, at=at, reason=reason)
    followups.emit("dealers_changed", ids=[dealer.pk])
