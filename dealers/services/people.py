"""Who works in a store, and what competitors do near it. See docs/dealers.md, "Staff and competitors"."""

from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core import transitions
from core.errors import Forbidden, Refused, said
from dealers import states
from dealers.models import CompetitorSeen, Dealer, StaffMember
from dealers.services import stages


class PeopleRefused(Refused):
    """The person or the competitor cannot be entered like this."""

    code = "people_refused"


_said = partial(said, refused=PeopleRefused)


@transaction.atomic
def join(
    *, dealer: Dealer, name: str, duty: str, joined_on: date, phone: str = "", by: Any, at: datetime
) -> StaffMember:
    """Somebody works in the store from a day on."""
    row = _of_manager(dealer, by)
    name = _said(name, _("Write the name."), longest=60, code="name")
    if joined_on > timezone.localtime(at).date():
        raise PeopleRefused(_("The day has not come yet."), code="date")
    if row.staff.filter(name=name, left_on=None).exists():
        raise PeopleRefused(_("%(name)s works there already.") % {"name": name}, code="known")
    found = StaffMember.objects.create(
        dealer=row, name=name, phone=phone.strip()[:20], duty=states.Duty(duty), joined_on=joined_on
    )
    transitions.record(row, action="staff_join", before=row.stage, after=row.stage, by=by, at=at, reason=name)
    return found


@transaction.atomic
def leave(*, member: StaffMember, left_on: date, by: Any, at: datetime) -> StaffMember:
    """Somebody no longer works in the store: `left_on` is the first day without him."""
    row = _of_manager(member.dealer, by)
    found = StaffMember.objects.select_for_update(of=("self",)).get(pk=member.pk)
    if found.left_on is not None:
        raise PeopleRefused(_("%(name)s has left already.") % {"name": found.name}, code="left")
    if not found.joined_on < left_on <= timezone.localtime(at).date():
        raise PeopleRefused(_("The last day lies after the first one and not in the future."), code="date")
    found.left_on = left_on
    found.save(update_fields=["left_on"])
    transitions.record(row, action="staff_leave", before=row.stage, after=row.stage, by=by, at=at, reason=found.name)
    return found


@transaction.atomic
def see_competitor(*, dealer: Dealer, operator: str, text: str, seen_on: date, by: Any, at: datetime) -> CompetitorSeen:
    """Note what was seen of a competitor near the store."""
    row = _of_manager(dealer, by)
    if seen_on > timezone.localtime(at).date():
        raise PeopleRefused(_("The day has not come yet."), code="date")
    return CompetitorSeen.objects.create(
        dealer=row,
        operator=states.Competitor(operator),
        text=_said(text, _("Write what was seen."), longest=500),
        seen_on=seen_on,
        by=by,
    )


def _of_manager(dealer: Dealer, by: Any) -> Dealer:
    if by is None or not by.can(Permission.EDIT_DEALERS):
        raise Forbidden(_("You may not edit dealers."))
    return stages.locked(dealer, by)
