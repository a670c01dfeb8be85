"""Days on which payments to a dealer are held. See docs/dealers.md, "Suspension"."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.roles import Permission
from core.errors import Forbidden, Refused
from core.transitions import record
from dealers.models import Dealer, DealerSuspension
from dealers.queries import history
from dealers.services import standing

FOREVER = date(9999, 12, 31)


def suspend(
    *, dealer: Dealer, from_date: date, to_date: date | None, reason: str, by: Any, at: datetime, day: date
) -> DealerSuspension:
    """Suspend from a day until another (both included), or until resumed. `day` is today.

    Raises Forbidden, or Refused if the days overlap another suspension, end before they
    begin, or the dealer is terminated.
    """
    _may(by)
    if not reason.strip():
        raise Refused(_("Say why."), code="no_reason")
    if to_date is not None and to_date < from_date:
        raise Refused(_("A suspension cannot end before it begins."), code="dates")
    with transaction.atomic():
        row = Dealer.objects.select_for_update(of=("self",)).get(pk=dealer.pk)
        if history.standing(dealer=row, day=from_date).stage == "terminated":
            raise Refused(
                _("The cooperation with %(dealer)s has ended by then.") % {"dealer": row.name}, code="terminated"
            )
        other = (
            DealerSuspension.objects.filter(dealer=row, from_date__lte=to_date or FOREVER)
            .filter(Q(to_date=None) | Q(to_date__gte=from_date))
            .first()
        )
        if other:
            raise Refused(
                _("%(dealer)s is suspended on these days already: %(days)s.") % {"dealer": row.name, "days": other},
                code="overlap",
            )
        suspension = DealerSuspension.objects.create(
            dealer=row, from_date=from_date, to_date=to_date, reason=reason.strip()[:200]
        )
        record(row, action="suspend", before=row.stage, after="suspended", by=by, at=at, reason=reason.strip())
        standing.refresh(dealer_ids=[row.pk], day=day)
    return suspension


def resume(*, dealer: Dealer, by: Any, at: datetime, day: date, reason: str = "") -> DealerSuspension:
    """End the suspension that holds on `day`: the day before is its last. Raises Forbidden, Refused."""
    _may(by)
    with transaction.atomic():
        row = Dealer.objects.select_for_update(of=("self",)).get(pk=dealer.pk)
        suspension = DealerSuspension.objects.filter(
            Q(to_date=None) | Q(to_date__gte=day), dealer=row, from_date__lte=day
        ).first()
        if suspension is None:
            raise Refused(_("%(dealer)s is not suspended today.") % {"dealer": row.name}, code="not_suspended")
        # Begun today and ended today: one day remains, for the history keeps what was held.
        suspension.to_date = max(suspension.from_date, day - timedelta(days=1))
        suspension.save(update_fields=["to_date"])
        record(row, action="resume", before="suspended", after="mature", by=by, at=at, reason=reason)
        standing.refresh(dealer_ids=[row.pk], day=day)
    return suspension


def _may(by: Any) -> None:
    if not by.can(Permission.ASSIGN_MANAGERS):
        raise Forbidden(_("You may not suspend dealers."))
