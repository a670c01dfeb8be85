"""Adjustments: entered by one, approved or rejected by another. See docs/commissions.md, "Adjustment"."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions.models import Adjustment
from commissions.rules.totals import ADJUSTMENT_SIGNS, adjustment_sign_fits
from commissions.services import dispute_moves, notices, papers
from core import sql, transitions
from core.errors import Forbidden, Refused
from core.papers import Given
from core.periods import Month
from dealers.models import Dealer

LIMIT = Decimal(10) ** 10
TEXTS = {"document_no": 60, "document_name": 120, "reason": 200}


class AdjustmentRefused(Refused):
    """The adjustment cannot be entered or decided like this."""

    code = "adjustment_refused"


@transaction.atomic
def enter(
    *,
    dealer: Dealer,
    month: Month,
    type: str,  # noqa: A002 - the column is called so
    amount: Decimal,
    document_no: str,
    document_name: str,
    reason: str,
    by: Any,
    at: datetime,
    files: Iterable[Given] = (),
    **more: Any,
) -> Adjustment:
    """Write an adjustment down; it waits for another person. `amount` is signed as it will enter.

    Raises Forbidden, AdjustmentRefused, PaperRefused.
    """
    if by is None or not by.can(Permission.ENTER_ADJUSTMENTS):
        raise Forbidden(_("Your role may not enter adjustments."))
    if not Dealer.objects.visible_to(by).filter(pk=dealer.pk).exists():
        raise Forbidden(_("The dealer is outside your unit."))
    _demand_sense(type, amount)
    texts = {"document_no": document_no, "document_name": document_name, "reason": reason}
    texts = {name: " ".join(text.split())[: TEXTS[name]] for name, text in texts.items()}
    if not all(texts.values()):
        raise AdjustmentRefused(
            _("An adjustment names its document, with number and name, and a reason."), code="texts"
        )
    number = sql.fetch_value("SELECT nextval(pg_get_serial_sequence('commissions_adjustment', 'id'))")
    row = Adjustment.objects.create(
        pk=number,
        reference=_free_reference(number),
        dealer=dealer,
        month=month.first,
        type=type,
        amount=amount,
        entered_by=by,
        entered_at=at,
        **texts,
        **more,
    )
    papers.add(files=files, by=by, at=at, adjustment=row)
    transitions.record(row, action="enter", before="", after="entered", by=by, at=at)
    notices.adjustment_waits(row, by=by)
    return row


def _demand_sense(type_: str, amount: Decimal) -> None:
    if type_ not in ADJUSTMENT_SIGNS:
        raise AdjustmentRefused(_("There is no such type of adjustment."), code="type")
    if not amount.is_finite() or amount != amount.quantize(Decimal("0.01")) or abs(amount) >= LIMIT:
        raise AdjustmentRefused(_("Write the amount in yuan with at most two decimals."), code="amount")
    if not adjustment_sign_fits(type_, amount):
        raise AdjustmentRefused(
            _("Back-pay is above zero, a deduction or penalty below; 0.00 is no adjustment."), code="sign"
        )


def _free_reference(number: int) -> str:
    """ADJ-000123; files may have brought a row of that name."""
    reference = f"ADJ-{number:06d}"
    taken = Adjustment.objects.filter(reference=reference).exists()
    return f"{reference}-1" if taken else reference


@transaction.atomic
def approve(*, adjustment: Adjustment, by: Any, at: datetime, reason: str = "") -> Adjustment:
    """Another person finds it right: it enters the batch of its month, or the first calculated after."""
    row = _locked(adjustment, by)
    transitions.demand(row, action="approve")
    row.approved_by, row.approved_at = by, at
    row.save(update_fields=["approved_by", "approved_at"])
    transitions.move(row, action="approve", by=by, at=at, reason=reason)
    notices.adjustment_decided(row, by=by)
    return row


@transaction.atomic
def reject(*, adjustment: Adjustment, by: Any, at: datetime, reason: str) -> Adjustment:
    """Another person finds it wrong and says why; it never enters a batch."""
    row = _locked(adjustment, by)
    if not reason.strip():
        raise AdjustmentRefused(_("Say why the adjustment is rejected."), code="reason")
    transitions.move(row, action="reject", by=by, at=at, reason=reason)
    notices.adjustment_decided(row, by=by, reason=reason)
    if row.dispute is not None:
        dispute_moves.reopen(dispute=row.dispute, by=by, at=at, reason=reason)
    return row


def _locked(adjustment: Adjustment, by: Any) -> Adjustment:
    if by is None or not by.can(Permission.APPROVE_ADJUSTMENTS):
        raise Forbidden(_("Your role may not approve adjustments."))
    if not Adjustment.objects.visible_to(by).filter(pk=adjustment.pk).exists():
        raise Forbidden(_("The dealer is outside your unit."))
    row = (
        Adjustment.objects.select_for_update(of=("self",))
        .select_related("dealer__org_unit", "dispute")
        .get(pk=adjustment.pk)
    )
    if row.entered_by_id == by.pk:
        raise Forbidden(
            _("You entered this adjustment yourself; another person has to decide it."), code="separation_of_duties"
        )
    return row
