"""The end of a movement: received, and what was missing or damaged resolved. See docs/inventory.md, "Movements"."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.roles import Permission
from core import transitions
from core.errors import Forbidden
from inventory.bulk import moving
from inventory.models import Card, Discrepancy, Product, StockMovement
from inventory.rules import serials
from inventory.services import amounts, stock_notices
from inventory.services import movement_access as access
from inventory.services.movement_access import SHOWN, MovementRefused


@dataclass(frozen=True)
class Short:
    """How many pieces of a counted material did not arrive, and how many not whole."""

    product: Product
    missing: int = 0
    damaged: int = 0


@transaction.atomic
def receive(
    *,
    movement: StockMovement,
    missing: str = "",
    damaged: str = "",
    only: str | None = None,
    materials: Iterable[Short] = (),
    by: Any,
    at: datetime,
) -> StockMovement:
    """The receiver takes in what arrived. `missing` and `damaged` name serials that did not, or not whole.

    With `only`, whatever it does not name is missing; `materials` says how many of a counted one. Closed at once if
    nothing is missing or damaged. Refused as a whole if a serial is not of this movement, or too many are short.
    """
    row = access.locked(movement)
    access.demand(by, Permission.MOVE_STOCK, row.destination)
    transitions.demand(row, action="receive")
    access.wait_for_counts(row)
    said = {"missing": missing, "damaged": damaged} | ({} if only is None else {"only": only})
    spans = {name: _readable(row, text) for name, text in said.items()}
    moving.note_discrepancies(row, spans["damaged"], kind="damaged")
    moving.note_discrepancies(row, spans["missing"], kind="missing")
    if only is not None:
        moving.note_discrepancies(row, spans["only"], kind="missing", all_but=True)
    _note_short(row, materials)
    amounts.at_receipt(row)
    moving.arrive(row)
    row.received_at = at
    row.save(update_fields=["received_at"])
    _close_if_settled(access.moved(row, "receive", by=by, at=at), by=by, at=at)
    if row.state == "received" and row.origin is not None and row.destination is not None:
        stock_notices.short(row, origin=row.origin, to=row.destination, by=by)
    return row


def _note_short(row: StockMovement, materials: Iterable[Short]) -> None:
    """Note how many of the counted materials did not arrive, or not whole; they stay in transit until resolved."""
    sent = dict(row.lines.filter(cards=None).values_list("product").annotate(total=Sum("quantity")))
    named: set[int] = set()
    for one in materials:
        if one.product.pk in named:
            raise MovementRefused(_("%(name)s is named twice.") % {"name": one.product.name}, code="twice")
        named.add(one.product.pk)
        if one.missing < 0 or one.damaged < 0 or one.missing + one.damaged > sent.get(one.product.pk, 0):
            raise MovementRefused(
                _("%(name)s: %(sent)d were shipped; no more can be missing or damaged.")
                % {"name": one.product.name, "sent": sent.get(one.product.pk, 0)},
                code="too_many",
            )
        for kind, quantity in (("missing", one.missing), ("damaged", one.damaged)):
            if quantity:
                Discrepancy.objects.create(movement=row, product=one.product, quantity=quantity, kind=kind)


def _readable(row: StockMovement, text: str) -> list[serials.Span]:
    spans, wrong = serials.read(text)
    if wrong:
        named = ", ".join(piece.text for piece in wrong[:SHOWN])
        raise MovementRefused(_("Not a serial: %(text)s") % {"text": named}, code="format")
    strange = moving.strangers(row, spans, shown=SHOWN)
    if strange:
        raise MovementRefused(
            _("Not of this movement: %(serials)s. Nothing was received; correct it and receive again.")
            % {"serials": ", ".join(strange)},
            code="strange",
            serials=strange,
        )
    return spans


@transaction.atomic
def resolve(
    *,
    movement: StockMovement,
    discrepancies: list[int],
    resolution: str,
    quantity: int | None = None,
    by: Any,
    at: datetime,
) -> StockMovement:
    """Say what became of what was missing or damaged; the last one closes the movement.

    Written off are missing cards as lost, damaged ones as scrapped: whoever approves movements says so. With
    `quantity` that many of one counted material, and the rest stays open.
    """
    row = access.locked(movement)
    writes_off = resolution == Discrepancy.Resolution.WRITTEN_OFF
    access.demand(
        by, Permission.APPROVE_MOVEMENTS if writes_off else Permission.MOVE_STOCK, row.origin, row.destination
    )
    transitions.demand(row, action="close")
    access.wait_for_counts(row)
    if resolution not in ("found", "returned", "written_off"):
        raise MovementRefused(_("Say what became of the cards."), code="resolution")
    wrong = Discrepancy.objects.filter(movement=row, pk__in=discrepancies, resolution="")
    if not wrong.exists():
        raise MovementRefused(_("Choose the cards that are found, returned or written off."), code="nothing")
    if writes_off and by.pk in access.doers(row, "receive"):
        raise Forbidden(_("Whoever received the cards cannot write them off."), code="same_person")
    rest = _part(wrong, quantity)
    # A sale that comes in now waits, so that what is said holds for what is done and what is due.
    list(Card.objects.filter(discrepancy__in=wrong).order_by("pk").select_for_update(of=("self",)).values_list("pk"))
    _note_sold(row, at=at)
    for kind, becomes in (("missing", "lost"), ("damaged", "scrapped")):
        ids = list(wrong.filter(kind=kind).values_list("pk", flat=True))
        if ids:
            moving.resolve(row, ids, becomes=becomes if writes_off else resolution)
    amounts.at_resolution(row, list(wrong.values_list("pk", flat=True)), resolution)
    named = ", ".join(one.what for one in wrong.select_related("card", "product").order_by("pk")[:SHOWN])
    wrong.update(resolution=resolution, resolved_by=by, resolved_at=at)
    if rest:
        rest.save()
    label = Discrepancy.Resolution(resolution).label
    transitions.record(
        row, action="resolve", before=row.state, after=row.state, by=by, at=at, reason=f"{label}: {named}"[:200]
    )
    return _close_if_settled(row, by=by, at=at)


def _part(wrong: QuerySet[Discrepancy], quantity: int | None) -> Discrepancy | None:
    """Leave only so many of the one chosen material in it; the rest as a row that is to be saved afterwards."""
    if quantity is None:
        return None
    chosen = list(wrong[:2])
    if len(chosen) != 1 or chosen[0].product_id is None or not 1 <= quantity <= chosen[0].quantity:
        raise MovementRefused(_("A quantity is for one material, and not more than is missing."), code="quantity")
    one = chosen[0]
    if quantity == one.quantity:
        return None
    rest = Discrepancy(
        movement_id=one.movement_id, product_id=one.product_id, kind=one.kind, quantity=one.quantity - quantity
    )
    one.quantity = quantity
    one.save(update_fields=["quantity"])
    return rest


def _note_sold(row: StockMovement, *, at: datetime) -> None:
    """A card that was sold meanwhile is in transit no more, whatever is said of it; it stays due."""
    Discrepancy.objects.filter(movement=row, resolution="", product=None).exclude(card__movement=row).update(
        resolution=Discrepancy.Resolution.SOLD, resolved_at=at
    )


def _close_if_settled(row: StockMovement, *, by: Any, at: datetime) -> StockMovement:
    _note_sold(row, at=at)
    if not Discrepancy.objects.filter(movement=row, resolution="").exists():
        return access.moved(row, "close", by=by, at=at)
    return row
