"""What dealers owe for cards: prices at submission, the limit at approval, receipts.

See docs/inventory.md, "Prices and amounts due".
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.roles import Permission
from core.errors import Forbidden, Refused
from dealers.models import Dealer
from inventory import states
from inventory.bulk import amounts
from inventory.models import DealerCredit, DealerReceipt, StockMovement


class AmountRefused(Refused):
    """The dealer cannot owe that, or the receipt cannot be entered."""

    code = "amount_refused"


def may_charge(movement: StockMovement) -> bool:
    """Whether the document can have an amount due: an issue of the operator's to a dealer."""
    origin, destination = movement.origin, movement.destination
    return (
        movement.kind == states.MovementKind.ISSUE
        and origin is not None
        and destination is not None
        and origin.dealer_id is None
        and destination.dealer_id is not None
    )


def charge(movement: StockMovement, payment: str, *, at: datetime) -> None:
    """Put prices into the lines of a draft, and what they come to. Refused if a product has no price."""
    if payment == states.Payment.FREE:
        return
    if not may_charge(movement):
        raise AmountRefused(_("Only what the operator issues to a dealer is paid for."), code="payment")
    dealer = Dealer.objects.get(node=movement.destination)
    missing = amounts.price(movement, tier=dealer.tier, day=timezone.localtime(at).date())
    if missing:
        raise AmountRefused(
            _("No price is set for %(products)s: an administrator sets it, or issue it free of charge.")
            % {"products": ", ".join(missing)},
            code="price",
        )
    movement.payment, movement.amount_due = payment, amounts.ordered(movement)
    movement.save(update_fields=["payment", "amount_due"])


def admit(movement: StockMovement) -> None:
    """Refuse what the dealer would owe beyond his limit (credit) or has not paid yet (prepaid)."""
    if movement.payment == states.Payment.FREE:
        return
    dealer = Dealer.objects.get(node=movement.destination)
    owes = amounts.outstanding(dealer.pk)
    limit = Decimal(0)
    if movement.payment == states.Payment.CREDIT:
        limit = DealerCredit.objects.filter(dealer=dealer).values_list("credit_limit", flat=True).first() or limit
    if owes + movement.amount_due > limit:
        raise AmountRefused(
            _("%(dealer)s owes %(owes)s, and this comes to %(due)s; the limit is %(limit)s.")
            % {
                "dealer": dealer.name,
                "owes": _yuan(owes),
                "due": _yuan(movement.amount_due),
                "limit": _yuan(limit),
            },
            code="limit",
        )


def at_shipping(movement: StockMovement) -> None:
    """What was sold since the approval is not charged. Call it before the cards leave."""
    if movement.payment != states.Payment.FREE:
        _set(movement, amounts.held(movement))


def at_receipt(movement: StockMovement) -> None:
    """A dealer's return takes back what was due for the cards. Call it before they arrive."""
    if _is_return(movement):
        _set(movement, -amounts.returned(movement))


def at_resolution(movement: StockMovement, wrong: list[int], resolution: str) -> None:
    """Cards that did not stay with the dealer are not due; returned ones that were found are taken back."""
    if movement.payment != states.Payment.FREE and resolution != "found":
        _add(movement, -amounts.of_discrepancies(movement, wrong))
    elif _is_return(movement) and resolution == "found":
        _add(movement, -amounts.returned(movement, wrong))


def _is_return(movement: StockMovement) -> bool:
    return (
        movement.kind == states.MovementKind.RETURN
        and movement.origin is not None
        and movement.origin.dealer_id is not None
        and movement.destination is not None
        and movement.destination.dealer_id is None
    )


def _yuan(amount: Decimal) -> str:
    return f"¥{amount:,.2f}"


def _set(movement: StockMovement, amount: Decimal) -> None:
    StockMovement.objects.filter(pk=movement.pk).update(amount_due=amount)


def _add(movement: StockMovement, amount: Decimal) -> None:
    StockMovement.objects.filter(pk=movement.pk).update(amount_due=F("amount_due") + amount)


@transaction.atomic
def enter_receipt(
    *,
    dealer: Dealer,
    amount: Decimal,
    received_on: date,
    bank_reference: str,
    by: Any,
    at: datetime,
    note: str = "",
) -> DealerReceipt:
    """Money from a dealer. Refused if the bank reference is known already; a negative amount needs a note."""
    if by is None or not by.can(Permission.ENTER_RECEIPTS):
        raise Forbidden(_("Your role may not enter receipts."))
    if not Dealer.objects.visible_to(by).filter(pk=dealer.pk).exists():
        raise Forbidden(_("The dealer is outside your unit."))
    reference = bank_reference.strip()
    if not reference:
        raise AmountRefused(_("Enter the bank's reference."), code="reference")
    if amount == 0 or amount != round(amount, 2):
        raise AmountRefused(_("An amount is not zero and has two decimals at most."), code="amount")
    if amount < 0 and not note.strip():
        raise AmountRefused(_("A negative receipt undoes another: say which and why."), code="reason")
    if received_on > timezone.localtime(at).date():
        raise AmountRefused(_("The day is in the future."), code="day")
    try:
        with transaction.atomic():
            return DealerReceipt.objects.create(
                bank_reference=reference,
                dealer=dealer,
                amount=amount,
                received_on=received_on,
                note=note.strip()[:200],
                entered_by=by,
                entered_at=at,
            )
    except IntegrityError:
        known = DealerReceipt.objects.get(bank_reference=reference)
        raise AmountRefused(
            _("Reference %(reference)s was entered already, on %(day)s.")
            % {"reference": reference, "day": timezone.localtime(known.entered_at).date()},
            code="known",
        ) from None
