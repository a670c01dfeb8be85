"""Make, submit, approve, ship, receive: the life of a stock movement. See docs/inventory.md, "Movements"."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.roles import Permission
from core import sql, transitions
from core.errors import Forbidden
from inventory import states
from inventory.bulk import moving
from inventory.models import MovementLine, Product, Route, StockMovement, StockNode, Stocktake
from inventory.queries import movements
from inventory.services import amounts, planned, stock_notices
from inventory.services import movement_access as access
from inventory.services import movement_lines as lines
from inventory.services.movement_access import MovementRefused

DEALERS_KINDS = ("issue", "return")


@transaction.atomic
def make(
    *,
    kind: str,
    origin: StockNode | None,
    destination: StockNode | None,
    by: Any,
    at: datetime,
    reason: str = "",
    due_on: date | None = None,
    pair: StockMovement | None = None,
    carrier: str = "",
) -> StockMovement:
    """A draft without lines. Refused if no route leads there, to the sender itself, or if a borrower is overdue."""
    access.demand(by, Permission.MOVE_STOCK, origin, destination)
    if kind == states.BY_STOCKTAKE:
        raise MovementRefused(_("Adjustments come from a verified stocktake."), code="stocktake")
    if kind == states.BY_PLAN:
        raise MovementRefused(_("Materials are used by a plan: choose them on its page."), code="plan")
    if by.is_dealer and kind not in DEALERS_KINDS:
        raise Forbidden(_("Order cards or return them; other movements are made by the keeper."))
    if origin is not None and origin == destination:
        raise MovementRefused(
            _("%(node)s cannot send to itself: choose another destination.") % {"node": origin}, code="same_place"
        )
    ends = {"origin_kind": origin.kind if origin else "", "destination_kind": destination.kind if destination else ""}
    if not Route.objects.filter(movement_kind=kind, **ends).exists():
        raise MovementRefused(
            _("No route: “%(kind)s” from %(origin)s to %(destination)s is not allowed.")
            % {
                "kind": states.MovementKind(kind).label,
                "origin": origin or _("outside"),
                "destination": destination or _("outside"),
            },
            code="route",
        )
    if kind in ("return", "write_off") and not reason.strip():
        raise MovementRefused(_("Say why: a return and a write-off need a reason."), code="reason")
    if kind == "loan":
        _admit_loan(destination, due_on, today=timezone.localtime(at).date())
    return draft(
        kind=kind,
        origin=origin,
        destination=destination,
        reason=reason.strip(),
        due_on=due_on if kind == "loan" else None,
        pair=pair,
        carrier=carrier.strip(),
        by=by,
        at=at,
    )


def draft(*, by: Any, at: datetime, **given: Any) -> StockMovement:
    """A draft without lines, as given; whoever calls this has looked whether it may be."""
    pk = sql.fetch_value("SELECT nextval(pg_get_serial_sequence('inventory_stockmovement', 'id'))")
    number = f"M{timezone.localtime(at):%Y%m%d}-{pk:05d}"
    row = StockMovement.objects.create(pk=pk, number=number, made_by=by, made_at=at, **given)
    transitions.record(row, action="make", before="", after="draft", by=by, at=at, reason=row.reason)
    return row


@transaction.atomic
def order(*, product: Product, quantity: int, by: Any, at: datetime, **given: Any) -> StockMovement:
    """A draft that wants so many of a product; the sender names the cards."""
    row = make(by=by, at=at, **given)
    lines.enter_quantity(movement=row, product=product, quantity=quantity, by=by)
    return row


def _admit_loan(borrower: StockNode | None, due_on: date | None, *, today: date) -> None:
    if due_on is None or due_on < today:
        raise MovementRefused(_("A loan has a day on which it is due back, today or later."), code="due")
    late = movements.overdue(StockMovement.objects.filter(destination=borrower), today).order_by("due_on").first()
    if late:
        raise MovementRefused(
            _("%(node)s has not given back loan %(number)s, due on %(day)s; no new loan before that.")
            % {"node": borrower, "number": late.number, "day": late.due_on},
            code="overdue",
        )


@transaction.atomic
def give_back(*, loan: StockMovement, by: Any, at: datetime) -> StockMovement:
    """A draft loan return over what the borrower still holds of the loan."""
    row = access.locked(loan)
    if row.kind != StockMovement.Kind.LOAN or not moving.count_lent(row):
        raise MovementRefused(_("The borrower holds no card of this loan any more."), code="nothing_lent")
    back = make(kind="loan_return", origin=row.destination, destination=row.origin, pair=row, by=by, at=at)
    moving.take_back(back, row)
    lines.count(back)
    return back


@transaction.atomic
def submit(
    *, movement: StockMovement, by: Any, at: datetime, payment: str = states.Payment.FREE.value
) -> StockMovement:
    """Whoever has the sender in his scope submits; what was only wanted is dropped. A dealer may have to pay."""
    row = access.locked(movement)
    access.demand(by, Permission.MOVE_STOCK, row.origin or row.destination)
    transitions.demand(row, action="submit")
    MovementLine.objects.filter(movement=row, cards=None).exclude(product__item_kind="material").delete()
    amounts.charge(row, payment, at=at)
    return fix(row, by=by, at=at)


def fix(row: StockMovement, *, by: Any, at: datetime) -> StockMovement:
    """Fix the lines of a draft. Refused if there are none."""
    lines.count(row)
    row.refresh_from_db(fields=["quantity"])
    if not row.quantity:
        raise MovementRefused(_("There is nothing in it yet: enter serials or quantities."), code="empty")
    return access.moved(row, "submit", by=by, at=at)


@transaction.atomic
def approve(*, movement: StockMovement, by: Any, at: datetime) -> StockMovement:
    """Another person than made or submitted it approves; the cards are reserved, all of them or none."""
    row = access.locked(movement)
    access.demand(by, Permission.APPROVE_MOVEMENTS, row.origin, row.destination)
    transitions.demand(row, action="approve")
    if by.pk in {row.made_by_id, *access.doers(row, "submit")}:
        raise Forbidden(_("Whoever made or submitted a movement cannot approve it."), code="same_person")
    access.wait_for_counts(row, alone=True)
    if row.origin_id is not None:
        short = moving.short_materials(row)
        if short:
            raise MovementRefused(
                _("Not enough in stock: %(what)s")
                % {"what": "; ".join(f"{one['name']}: {one['free']} < {one['wanted']}" for one in short)},
                code="short",
            )
    row.approved_by = by
    if row.kind == states.BY_STOCKTAKE:
        return _adjust(row, by=by, at=at)
    if row.origin_id is not None:
        wanted = row.lines.filter(cards__isnull=False).aggregate(total=Sum("quantity"))["total"] or 0
        if moving.reserve(row) < wanted:
            lost = moving.not_taken(row, shown=access.SHOWN)
            raise MovementRefused(_taken_away(lost), code="not_free", serials=[one["serial"] for one in lost])
    if row.kind == states.BY_PLAN:
        planned.take(row, at=at)
    amounts.admit(row)
    row.save(update_fields=["approved_by"])
    return access.moved(row, "approve", by=by, at=at)


def _adjust(row: StockMovement, *, by: Any, at: datetime) -> StockMovement:
    """Nothing is carried anywhere: an approved adjustment is done at once."""
    materials = row.lines.filter(cards=None).aggregate(total=Sum("quantity"))["total"] or 0
    row.shipped, row.shipped_at = materials + moving.adjust(row), at
    row.save(update_fields=["approved_by", "shipped", "shipped_at"])
    access.moved(row, "approve", by=by, at=at)
    access.moved(row, "carry_out", by=by, at=at)
    close_stocktake(row.stocktake, by=by, at=at)
    return row


def close_stocktake(stocktake: Stocktake | None, *, by: Any, at: datetime) -> None:
    """Close a verified stocktake, if there is one, once none of its adjustments waits any more."""
    if stocktake is None:
        return
    row = Stocktake.objects.select_for_update(of=("self",)).get(pk=stocktake.pk)
    if row.state == "verified" and not row.adjustments.filter(state="submitted").exists():
        transitions.move(row, action="close", by=by, at=at)


def _taken_away(lost: Iterable[dict[str, Any]]) -> str:
    named = []
    for one in lost:
        label = lines.PROBLEMS.get(one["problem"]) or states.CARD_BY_NAME[one["problem"]].label
        named.append(f"{one['serial']} ({one['movement'] or label})")
    return _("These cards are not free any more; take them out and submit again: %(serials)s") % {
        "serials": ", ".join(named)
    }


@transaction.atomic
def reject(*, movement: StockMovement, reason: str, by: Any, at: datetime) -> StockMovement:
    row = access.locked(movement)
    access.demand(by, Permission.APPROVE_MOVEMENTS, row.origin, row.destination)
    access.moved(row, "reject", by=by, at=at, reason=access.said(reason))
    stock_notices.rejected(row, by=by, reason=access.said(reason))
    close_stocktake(row.stocktake, by=by, at=at)
    return row


@transaction.atomic
def cancel(*, movement: StockMovement, reason: str, by: Any, at: datetime) -> StockMovement:
    """Before it is shipped; what was reserved is free again."""
    row = access.locked(movement)
    if row.kind != states.BY_PLAN or row.made_by_id != by.pk:
        access.demand(by, Permission.MOVE_STOCK, row.origin, row.destination)
    transitions.demand(row, action="cancel")
    if row.kind == states.BY_STOCKTAKE:
        raise MovementRefused(_("An adjustment is approved or rejected, not cancelled."), code="stocktake")
    if row.state == "approved":
        moving.release(row)
        if row.kind == states.BY_PLAN:
            planned.give_back(row)
    return access.moved(row, "cancel", by=by, at=at, reason=access.said(reason))


@transaction.atomic
def ship(*, movement: StockMovement, carrier: str = "", by: Any, at: datetime) -> StockMovement:
    """The sender hands over what is still there. Cards sold since the approval stay out.

    What comes from outside is taken in, what is written off is scrapped: both are closed with it.
    """
    row = access.locked(movement)
    access.demand(by, Permission.MOVE_STOCK, row.origin or row.destination)
    through = row.origin_id is None or row.destination_id is None
    action = "carry_out" if through else "ship"
    transitions.demand(row, action=action)
    if row.kind == states.BY_PLAN and by.pk in (row.made_by_id, row.approved_by_id):
        raise Forbidden(_("Whoever asked for a material or approved its use does not hand it out."), code="same_person")
    access.wait_for_counts(row)
    materials = row.lines.filter(cards=None).aggregate(total=Sum("quantity"))["total"] or 0
    amounts.at_shipping(row)
    if row.origin_id is None:
        moving.take_in(row)
        row.shipped = materials
    else:
        row.shipped = materials + (moving.scrap(row) if row.destination_id is None else moving.ship(row))
    row.carrier, row.shipped_by, row.shipped_at = carrier.strip()[:80] or row.carrier, by, at
    row.save(update_fields=["shipped", "carrier", "shipped_by", "shipped_at"])
    access.moved(row, action, by=by, at=at)
    if row.origin is not None and row.destination is not None:
        stock_notices.shipped(row, to=row.destination, by=by)
    return row
