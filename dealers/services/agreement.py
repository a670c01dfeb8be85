"""Agreements: signed, renewed, and what is said before they end. See docs/dealers.md, "Agreements"."""

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from constance import config
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core import papers, sql, transitions
from core.errors import Forbidden, Refused
from dealers import states
from dealers.models import Agreement, AgreementReminder, Dealer, DealerTier, DealerUnit
from dealers.services import agreement_notices as notices
from dealers.services import application, stages, standing

SIGNS = ("verified", *states.STORE, "terminated")
BEGINS = ("verified", "terminated")


class AgreementRefused(Refused):
    """The agreement cannot be signed like this."""

    code = "agreement_refused"


def sign(
    *,
    dealer: Dealer,
    number: str,
    starts_on: date,
    ends_on: date,
    exclusive: bool = False,
    committed: int | None = None,
    deposit: Decimal | None = None,
    trial_until: date | None = None,
    scans: Iterable[papers.Given] = (),
    by: Any,
    at: datetime,
    day: date,
) -> Agreement:
    """A first agreement, a renewal, or one after the end. `day` is today; `committed` effective sales per quarter.

    A verified store is contracted from the first day on, and its cooperation begins then. With `trial_until` a
    cooperation that begins ends after that day unless the dealer becomes regular; a renewal leaves a trial as it is.
    """
    if by is None or not by.can(Permission.EDIT_DEALERS):
        raise Forbidden(_("Your role may not sign agreements."))
    with ExitStack() as kept, transaction.atomic():
        row = stages.locked(dealer, by)
        _admit(row, number.strip(), starts_on, ends_on, committed, trial_until)
        agreement = Agreement.objects.create(
            number=number.strip(),
            dealer=row,
            starts_on=starts_on,
            ends_on=ends_on,
            exclusive=exclusive,
            committed_sales_per_quarter=committed,
            deposit=deposit,
        )
        for one in scans:
            application.keep(kept, row, states.DocumentKind.AGREEMENT, [one], by=by, at=at, agreement=agreement)
        before = row.stage
        if before == "verified":
            _begin_cooperation(row, starts_on)
        if before in BEGINS:
            row.trial_until = trial_until
        row.exclusive_agreement = row.exclusive_agreement or exclusive
        row.save(update_fields=["trial_until", "exclusive_agreement", "cooperation_start"])
        standing.refresh(dealer_ids=[row.pk], day=day)
        row.refresh_from_db()
        transitions.record(row, action="sign", before=before, after=row.stage, by=by, at=at, reason=agreement.number)
        notices.signed(agreement, by=by)
    return agreement


def _admit(
    row: Dealer, number: str, starts_on: date, ends_on: date, committed: int | None, trial_until: date | None
) -> None:
    if row.stage not in SIGNS:
        stages.demand(row, "contract")
    if not number:
        raise AgreementRefused(_("An agreement has a number."), code="number")
    if ends_on < starts_on:
        raise AgreementRefused(_("An agreement cannot end before it begins."), code="dates")
    if Agreement.objects.filter(number=number).exists():
        raise AgreementRefused(_("There is an agreement %(number)s already.") % {"number": number}, code="known")
    other = row.agreements.filter(starts_on__lte=ends_on, ends_on__gte=starts_on).first()
    if other:
        raise AgreementRefused(
            _("It overlaps agreement %(number)s (%(first)s to %(last)s).")
            % {"number": other.number, "first": other.starts_on, "last": other.ends_on},
            code="overlap",
        )
    if row.endings.filter(ended_on=starts_on).exists():
        raise AgreementRefused(_("The cooperation ends on that day; a new agreement begins later."), code="ended")
    if row.tier == "mall" and not committed:
        raise AgreementRefused(_("A mall commits to effective sales per quarter."), code="committed")
    if trial_until is not None and row.stage not in BEGINS:
        raise AgreementRefused(_("A trial begins with the cooperation, not with a renewal."), code="renewal")
    if trial_until is not None and not starts_on <= trial_until < ends_on:
        raise AgreementRefused(_("A trial ends within the agreement."), code="trial")


def _begin_cooperation(row: Dealer, day: date) -> None:
    """Tier and unit hold from the first day on, also if the agreement begins before the site was proposed."""
    row.cooperation_start = day
    for history_of in (DealerTier, DealerUnit):
        first = history_of.objects.filter(dealer=row).order_by("valid_from").first()
        if first is not None and first.valid_from > day:
            first.valid_from = day
            first.save(update_fields=["valid_from"])


# The agreement that ends last, of dealers that are not gone.
ENDING = """
SELECT agreement.id, agreement.ends_on - %(day)s AS days_left
  FROM dealers_agreement agreement
 WHERE agreement.starts_on <= %(day)s AND agreement.ends_on BETWEEN %(day)s AND %(day)s + %(most)s
   AND NOT EXISTS (SELECT FROM dealers_agreement later
                    WHERE later.dealer_id = agreement.dealer_id AND later.ends_on > agreement.ends_on)
   AND NOT EXISTS (SELECT FROM dealers_dealerending ending
                    WHERE ending.dealer_id = agreement.dealer_id AND ending.ended_on > agreement.starts_on)
 ORDER BY agreement.id
"""


@transaction.atomic
def remind(*, day: date) -> int:
    """Tell managers and dealers of agreements that end, once for each number of days set; how many."""
    steps = sorted(reminder_days())
    if not steps:
        return 0
    sent = 0
    for row in sql.fetch_all(ENDING, {"day": day, "most": steps[-1]}):
        step = next(one for one in steps if row["days_left"] <= one)
        _reminder, new = AgreementReminder.objects.get_or_create(agreement_id=row["id"], days=step)
        if new:
            notices.ends_soon(Agreement.objects.select_related("dealer__manager").get(pk=row["id"]))
            sent += 1
    return sent


def reminder_days() -> list[int]:
    """On how many days before the end people are told."""
    return [int(one) for one in str(config.AGREEMENT_REMINDER_DAYS).split() if one.isdigit()]
