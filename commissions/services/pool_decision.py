"""What people decide about single dealers of a round: the county its ratios, the city overrides.

See docs/commissions.md, "Return ratio" and "Override".
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions.bulk import pool_round as bulk
from commissions.models import CountyAssessmentEvent, PoolRound, PoolRoundRow, ReturnRatio
from commissions.services.pool_round import RoundRefused, demand, locked
from core import transitions
from core.errors import Forbidden


@transaction.atomic
def set_ratios(*, round_: PoolRound, ratios: Mapping[str, Decimal], by: Any, at: datetime) -> int:
    """Decide return ratios (0 to 1) by dealer code for a calculated round; how many changed."""
    round_ = locked(round_)
    demand(by, Permission.DECIDE_RATIOS, round_)
    if round_.state != "calculated":
        raise RoundRefused(
            _("%(round)s is submitted: its return ratios stay as they are until it is returned.") % {"round": round_},
            code="already_submitted",
        )
    rows = {row.dealer.code: row for row in round_.rows.filter(dealer__code__in=ratios).select_related("dealer")}
    if unknown := sorted(set(ratios) - set(rows)):
        raise RoundRefused(
            _("%(dealers)s: not in this round.") % {"dealers": ", ".join(unknown[:10])}, code="unknown_dealer"
        )
    for code, ratio in ratios.items():
        if not 0 <= ratio <= 1 or ratio != round(ratio, 4):
            raise RoundRefused(
                _("%(dealer)s: a return ratio lies between 0 and 1 and has four places at most.") % {"dealer": code},
                code="ratio",
            )
    changed = {code: ratio for code, ratio in ratios.items() if rows[code].ratio != ratio}
    ReturnRatio.objects.bulk_create(
        [ReturnRatio(dealer=rows[code].dealer, round=round_.period, ratio=ratio) for code, ratio in changed.items()],
        update_conflicts=True,
        unique_fields=["dealer", "round"],
        update_fields=["ratio"],
    )
    bulk.take_ratios(round_)
    if changed:
        words = ", ".join(f"{code} {ratio.normalize():f}" for code, ratio in sorted(changed.items()))
        transitions.record(
            round_, action="ratios", before="calculated", after="calculated", by=by, at=at, reason=words[:500]
        )
    return len(changed)


@transaction.atomic
def override(*, row: PoolRoundRow, by: Any, at: datetime, reason: str) -> CountyAssessmentEvent:
    """The city lets a dealer be paid what its ending, a violation or idle months hold back.

    Counts as an event in the county's assessment. Raises Forbidden and RoundRefused.
    """
    round_ = locked(row.round)
    demand(by, Permission.OVERRIDE_POOL, round_)
    row = PoolRoundRow.objects.select_for_update(of=("self",)).select_related("dealer").get(pk=row.pk)
    if round_.frozen:
        raise RoundRefused(_("%(round)s is approved: nothing in it changes.") % {"round": round_}, code="frozen")
    if round_.submitted_by_id == by.pk:
        raise Forbidden(
            _("%(round)s: you submitted this round; an override is for another person.") % {"round": round_},
            code="separation_of_duties",
        )
    if not reason.strip():
        raise RoundRefused(_("Say why the dealer is paid all the same."), code="reason")
    if row.overridden:
        raise RoundRefused(_("%(dealer)s: the city has decided that already.") % {"dealer": row.dealer}, code="done")
    if not row.reason and row.factor == 1:
        raise RoundRefused(_("%(dealer)s: nothing is held back.") % {"dealer": row.dealer}, code="nothing_held_back")
    kinds = CountyAssessmentEvent.Kind
    kind = {"terminated": kinds.PAID_TERMINATED, "suspended": kinds.PAID_SUSPENDED}.get(row.reason, kinds.AGAINST_RULES)
    event = CountyAssessmentEvent.objects.create(
        county=round_.county, kind=kind, dealer=row.dealer, round=round_, reason=reason.strip()[:500], by=by, at=at
    )
    PoolRoundRow.objects.filter(pk=row.pk).update(overridden=True)
    bulk.write_figures(round_)
    words = f"{row.dealer.code}: {reason.strip()}"[:500]
    transitions.record(round_, action="override", before=round_.state, after=round_.state, by=by, at=at, reason=words)
    return event
