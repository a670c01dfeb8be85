"""Make, submit, approve, ship, receive: the life of a stock movement. See docs/inventory.md, "Movements"."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import Permission
from core import sql, transitions
from core.errors import Forbidden, Refused
from core.models import Transition
from inventory import states
from inventory.bulk import moving
from inventory.models import Card, Discrepancy, MovementLine, Product, Route, StockMovement, StockNode, Stocktake
from inventory.queries import movements, stocktakes
from inventory.rules import serials
from inventory.services import amounts, planned, stock_notices

SHOWN = 20
MOST = 200_000
DEALERS_KINDS = ("issue", "return")
PROBLEMS = {
    "format": gettext_lazy("not a serial"),
    "length": gettext_lazy("both ends of a range have the same number of characters"),
    "order": gettext_lazy("a range goes from the smaller to the larger serial"),
    "unknown": gettext_lazy("not known"),
    "gap": gettext_lazy("the range has gaps: some of its serials are not known"),
    "elsewhere": gettext_lazy("not in the stock of the sender"),
    "reserved": gettext_lazy("reserved for another movement"),
    "twice": gettext_lazy("already in this movement"),
    "luhn": gettext_lazy("taken, but the last digit does not check the others: look again"),
}


class MovementRefused(Refused):
    """The movement cannot go on like this."""

    code = "movement_refused"


@dataclass(frozen=True)
class Problem:
    """Why serials were not taken (`count` of them, some named), or what to look at again."""

    code: str
    count: int
    serials: list[str]

    @property
    def text(self) -> str:
        label = PROBLEMS.get(self.code) or states.CARD_BY_NAME[self.code].label
        more = "" if self.count <= len(self.serials) else " …"
        return f"{', '.join(self.serials)}{more}: {label} ({self.count})"


@dataclass(frozen=True)
class Entered:
    """What became of serials that were entered: how many were added, and the problems of the others."""

    added: int
    problems: list[Problem] = field(default_factory=list)


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
    """A draft without lines. Refused if no route leads there or a borrower has an overdue loan."""
    _demand(by, Permission.MOVE_STOCK, origin, destination)
    if kind == states.BY_STOCKTAKE:
        raise MovementRefused(_("Adjustments come from a verified stocktake."), code="stocktake")
    if kind == states.BY_PLAN:
        raise MovementRefused(_("Materials are used by a plan: choose them on its page."), code="plan")
    if by.is_dealer and kind not in DEALERS_KINDS:
        raise Forbidden(_("Order cards or return them; other movements are made by the keeper."))
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
    enter_quantity(movement=row, product=product, quantity=quantity, by=by)
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
    row = _locked(loan)
    if row.kind != StockMovement.Kind.LOAN or not moving.count_lent(row):
        raise MovementRefused(_("The borrower holds no card of this loan any more."), code="nothing_lent")
    back = make(kind="loan_return", origin=row.destination, destination=row.origin, pair=row, by=by, at=at)
    moving.take_back(back, row)
    _count(back)
    return back


@transaction.atomic
def enter_serials(*, movement: StockMovement, text: str, by: Any) -> Entered:
    """Add the serials of the text to the draft: those that may go are taken, the others are named. Safe to repeat."""
    row = _draft(movement)
    _demand(by, Permission.MOVE_STOCK, row.origin)
    if row.origin is None:
        raise MovementRefused(_("Cards from outside come with the import of cards; enter quantities here."))
    if len(text) > serials.LONGEST_TEXT:
        raise MovementRefused(_("The text is too long; load it in parts."), code="too_long")
    spans, wrong = serials.read(text)
    if sum(span.expected or 1 for span in spans) > MOST:
        raise MovementRefused(_("More than %(most)d serials at once; enter a smaller range.") % {"most": MOST})
    problems = [Problem(piece.why, 1, [piece.text]) for piece in wrong[:SHOWN]]
    added, known, found = moving.enter(row, spans, shown=SHOWN)
    for place, span in enumerate(spans):
        if not known.get(place):
            problems.append(Problem("unknown", span.expected or 1, [str(span)]))
        elif span.expected and known[place] < span.expected and not _checked_digits(span):
            problems.append(Problem("gap", span.expected - known[place], [str(span)]))
    problems += [Problem(one["problem"], one["count"], one["serials"]) for one in found]
    odd = [span.first for span in spans if span.first == span.last and _fails_luhn(span.first)]
    if odd:
        problems.append(Problem("luhn", len(odd), odd[:SHOWN]))
    _count(row)
    return Entered(added, problems)


def _checked_digits(span: serials.Span) -> bool:
    """Whether the serials of the range carry a check digit, so that neighbours are not one apart."""
    return len(span.first) == 20 and serials.luhn_holds(span.first) and serials.luhn_holds(span.last)


def _fails_luhn(serial: str) -> bool:
    """A 20-digit ICCID whose last digit does not check the others; operators also number with it, so it only warns."""
    return len(serial) == 20 and serial.startswith("8986") and serial.isdigit() and not serials.luhn_holds(serial)


@transaction.atomic
def enter_quantity(*, movement: StockMovement, product: Product, quantity: int, by: Any) -> None:
    """A counted material, or, before the sender has named the serials, how many cards are wanted."""
    row = _draft(movement)
    _demand(by, Permission.MOVE_STOCK, row.origin, row.destination)
    if quantity < 1:
        raise MovementRefused(_("A quantity is 1 or more."), code="quantity")
    if row.origin is None and product.item_kind != "material":
        raise MovementRefused(_("Cards from outside come with the import of cards; enter quantities here."))
    MovementLine.objects.filter(movement=row, product=product, cards=None).delete()
    MovementLine.objects.create(movement=row, product=product, quantity=quantity)
    _count(row)


@transaction.atomic
def remove_line(*, movement: StockMovement, line: int, by: Any) -> None:
    row = _draft(movement)
    _demand(by, Permission.MOVE_STOCK, row.origin, row.destination)
    MovementLine.objects.filter(movement=row, pk=line).delete()
    _count(row)


def _count(row: StockMovement) -> None:
    """Cards that are only wanted do not count beside those that are named."""
    lines = MovementLine.objects.filter(movement=row)
    total = lines.filter(cards__isnull=False).aggregate(total=Sum("quantity"))["total"] or 0
    total += lines.filter(cards=None, product__item_kind="material").aggregate(total=Sum("quantity"))["total"] or 0
    StockMovement.objects.filter(pk=row.pk).update(quantity=total)


@transaction.atomic
def submit(
    *, movement: StockMovement, by: Any, at: datetime, payment: str = states.Payment.FREE.value
) -> StockMovement:
    """Whoever has the sender in his scope submits; what was only wanted is dropped. A dealer may have to pay."""
    row = _locked(movement)
    _demand(by, Permission.MOVE_STOCK, row.origin or row.destination)
    transitions.demand(row, action="submit")
    MovementLine.objects.filter(movement=row, cards=None).exclude(product__item_kind="material").delete()
    amounts.charge(row, payment, at=at)
    return fix(row, by=by, at=at)


def fix(row: StockMovement, *, by: Any, at: datetime) -> StockMovement:
    """Fix the lines of a draft. Refused if there are none."""
    _count(row)
    row.refresh_from_db(fields=["quantity"])
    if not row.quantity:
        raise MovementRefused(_("There is nothing in it yet: enter serials or quantities."), code="empty")
    return _moved(row, "submit", by=by, at=at)


@transaction.atomic
def approve(*, movement: StockMovement, by: Any, at: datetime) -> StockMovement:
    """Another person than made or submitted it approves; the cards are reserved, all of them or none."""
    row = _locked(movement)
    _demand(by, Permission.APPROVE_MOVEMENTS, row.origin, row.destination)
    transitions.demand(row, action="approve")
    if by.pk in {row.made_by_id, *_doers(row, "submit")}:
        raise Forbidden(_("Whoever made or submitted a movement cannot approve it."), code="same_person")
    _wait_for_counts(row, alone=True)
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
            lost = moving.not_taken(row, shown=SHOWN)
            raise MovementRefused(_taken_away(lost), code="not_free", serials=[one["serial"] for one in lost])
    if row.kind == states.BY_PLAN:
        planned.take(row, at=at)
    amounts.admit(row)
    row.save(update_fields=["approved_by"])
    return _moved(row, "approve", by=by, at=at)


def _adjust(row: StockMovement, *, by: Any, at: datetime) -> StockMovement:
    """Nothing is carried anywhere: an approved adjustment is done at once."""
    materials = row.lines.filter(cards=None).aggregate(total=Sum("quantity"))["total"] or 0
    row.shipped, row.shipped_at = materials + moving.adjust(row), at
    row.save(update_fields=["approved_by", "shipped", "shipped_at"])
    _moved(row, "approve", by=by, at=at)
    _moved(row, "carry_out", by=by, at=at)
    if row.stocktake:
        close_stocktake(row.stocktake, by=by, at=at)
    return row


def close_stocktake(stocktake: Stocktake, *, by: Any, at: datetime) -> None:
    """Close a verified stocktake once none of its adjustments waits any more."""
    row = Stocktake.objects.select_for_update(of=("self",)).get(pk=stocktake.pk)
    if row.state == "verified" and not row.adjustments.filter(state="submitted").exists():
        transitions.move(row, action="close", by=by, at=at)


def _wait_for_counts(row: StockMovement, *, alone: bool = False) -> None:
    """Refused while one of the ends is counted, and no count of them begins before this is done.

    `alone` keeps other movements of these ends waiting as well.
    """
    ends = [end for end in (row.origin_id, row.destination_id) if end is not None]
    nodes = StockNode.objects.filter(pk__in=ends).order_by("pk")
    if alone:
        list(nodes.select_for_update(of=("self",), no_key=True).values_list("pk"))
    else:
        sql.fetch_all("SELECT id FROM inventory_stocknode WHERE id = ANY(%s) ORDER BY id FOR SHARE", [ends])
    counted = stocktakes.in_the_way(row, ends).first()
    if counted:
        raise MovementRefused(
            _("%(node)s is being counted (%(number)s); the movement waits until the count is finished.")
            % {"node": counted.node, "number": counted.number},
            code="counting",
        )


def _taken_away(lost: Iterable[dict[str, Any]]) -> str:
    named = []
    for one in lost:
        label = PROBLEMS.get(one["problem"]) or states.CARD_BY_NAME[one["problem"]].label
        named.append(f"{one['serial']} ({one['movement'] or label})")
    return _("These cards are not free any more; take them out and submit again: %(serials)s") % {
        "serials": ", ".join(named)
    }


@transaction.atomic
def reject(*, movement: StockMovement, reason: str, by: Any, at: datetime) -> StockMovement:
    row = _locked(movement)
    _demand(by, Permission.APPROVE_MOVEMENTS, row.origin, row.destination)
    _moved(row, "reject", by=by, at=at, reason=_said(reason))
    stock_notices.rejected(row, by=by, reason=_said(reason))
    if row.stocktake:
        close_stocktake(row.stocktake, by=by, at=at)
    return row


@transaction.atomic
def cancel(*, movement: StockMovement, reason: str, by: Any, at: datetime) -> StockMovement:
    """Before it is shipped; what was reserved is free again."""
    row = _locked(movement)
    if row.kind != states.BY_PLAN or row.made_by_id != by.pk:
        _demand(by, Permission.MOVE_STOCK, row.origin, row.destination)
    transitions.demand(row, action="cancel")
    if row.kind == states.BY_STOCKTAKE:
        raise MovementRefused(_("An adjustment is approved or rejected, not cancelled."), code="stocktake")
    if row.state == "approved":
        moving.release(row)
        if row.kind == states.BY_PLAN:
            planned.give_back(row)
    return _moved(row, "cancel", by=by, at=at, reason=_said(reason))


@transaction.atomic
def ship(*, movement: StockMovement, carrier: str = "", by: Any, at: datetime) -> StockMovement:
    """The sender hands over what is still there. Cards sold since the approval stay out.

    What comes from outside is taken in, what is written off is scrapped: both are closed with it.
    """
    row = _locked(movement)
    _demand(by, Permission.MOVE_STOCK, row.origin or row.destination)
    through = row.origin_id is None or row.destination_id is None
    action = "carry_out" if through else "ship"
    transitions.demand(row, action=action)
    if row.kind == states.BY_PLAN and by.pk in (row.made_by_id, row.approved_by_id):
        raise Forbidden(_("Whoever asked for a material or approved its use does not hand it out."), code="same_person")
    _wait_for_counts(row)
    materials = row.lines.filter(cards=None).aggregate(total=Sum("quantity"))["total"] or 0
    amounts.at_shipping(row)
    if row.origin_id is None:
        moving.take_in(row)
        row.shipped = materials
    else:
        row.shipped = materials + (moving.scrap(row) if row.destination_id is None else moving.ship(row))
    row.carrier, row.shipped_by, row.shipped_at = carrier.strip()[:80] or row.carrier, by, at
    row.save(update_fields=["shipped", "carrier", "shipped_by", "shipped_at"])
    _moved(row, action, by=by, at=at)
    if action == "ship":
        stock_notices.shipped(row, by=by)
    return row


@transaction.atomic
def receive(
    *, movement: StockMovement, missing: str = "", damaged: str = "", only: str | None = None, by: Any, at: datetime
) -> StockMovement:
    """The receiver takes in what arrived. `missing` and `damaged` name serials that did not, or not whole.

    With `only`, whatever it does not name is missing. Closed at once if nothing is missing or damaged. Refused as a
    whole if a serial is not of this movement.
    """
    row = _locked(movement)
    _demand(by, Permission.MOVE_STOCK, row.destination)
    transitions.demand(row, action="receive")
    _wait_for_counts(row)
    said = {"missing": missing, "damaged": damaged} | ({} if only is None else {"only": only})
    spans = {name: _readable(row, text) for name, text in said.items()}
    moving.note_discrepancies(row, spans["damaged"], kind="damaged")
    moving.note_discrepancies(row, spans["missing"], kind="missing")
    if only is not None:
        moving.note_discrepancies(row, spans["only"], kind="missing", all_but=True)
    amounts.at_receipt(row)
    moving.arrive(row)
    row.received_at = at
    row.save(update_fields=["received_at"])
    _close_if_settled(_moved(row, "receive", by=by, at=at), by=by, at=at)
    if row.state == "received":
        stock_notices.short(row, by=by)
    return row


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
    *, movement: StockMovement, discrepancies: list[int], resolution: str, by: Any, at: datetime
) -> StockMovement:
    """Say what became of cards that were missing or damaged; the last one closes the movement.

    Written off are missing cards as lost, damaged ones as scrapped: whoever approves movements says so.
    """
    row = _locked(movement)
    writes_off = resolution == Discrepancy.Resolution.WRITTEN_OFF
    _demand(by, Permission.APPROVE_MOVEMENTS if writes_off else Permission.MOVE_STOCK, row.origin, row.destination)
    transitions.demand(row, action="close")
    _wait_for_counts(row)
    if resolution not in ("found", "returned", "written_off"):
        raise MovementRefused(_("Say what became of the cards."), code="resolution")
    wrong = Discrepancy.objects.filter(movement=row, pk__in=discrepancies, resolution="")
    if not wrong.exists():
        raise MovementRefused(_("Choose the cards that are found, returned or written off."), code="nothing")
    if writes_off and by.pk in _doers(row, "receive"):
        raise Forbidden(_("Whoever received the cards cannot write them off."), code="same_person")
    # A sale that comes in now waits, so that what is said holds for what is done and what is due.
    list(Card.objects.filter(discrepancy__in=wrong).order_by("pk").select_for_update(of=("self",)).values_list("pk"))
    _note_sold(row, at=at)
    for kind, becomes in (("missing", "lost"), ("damaged", "scrapped")):
        ids = list(wrong.filter(kind=kind).values_list("pk", flat=True))
        if ids:
            moving.resolve(row, ids, becomes=becomes if writes_off else resolution)
    amounts.at_resolution(row, list(wrong.values_list("pk", flat=True)), resolution)
    numbers = ", ".join(wrong.order_by("pk").values_list("card__serial", flat=True)[:SHOWN])
    wrong.update(resolution=resolution, resolved_by=by, resolved_at=at)
    label = Discrepancy.Resolution(resolution).label
    transitions.record(
        row, action="resolve", before=row.state, after=row.state, by=by, at=at, reason=f"{label}: {numbers}"[:200]
    )
    return _close_if_settled(row, by=by, at=at)


def _note_sold(row: StockMovement, *, at: datetime) -> None:
    """A card that was sold meanwhile is in transit no more, whatever is said of it; it stays due."""
    Discrepancy.objects.filter(movement=row, resolution="").exclude(card__movement=row).update(
        resolution=Discrepancy.Resolution.SOLD, resolved_at=at
    )


def _close_if_settled(row: StockMovement, *, by: Any, at: datetime) -> StockMovement:
    _note_sold(row, at=at)
    if not Card.objects.filter(discrepancy__movement=row, movement=row).exists():
        return _moved(row, "close", by=by, at=at)
    return row


def _moved(row: StockMovement, action: str, *, by: Any, at: datetime, reason: str = "") -> StockMovement:
    transitions.move(row, action=action, by=by, at=at, reason=reason)
    return row


def _doers(row: StockMovement, action: str) -> set[int]:
    done = Transition.objects.filter(subject_type=row._meta.label_lower, subject_id=row.pk, action=action)
    return set(done.values_list("by_id", flat=True))


def _said(reason: str) -> str:
    if not reason.strip():
        raise MovementRefused(_("Say why."), code="reason")
    return reason.strip()[:200]


def _locked(movement: StockMovement) -> StockMovement:
    rows = StockMovement.objects.select_for_update(of=("self",)).select_related("origin", "destination", "made_by")
    return rows.get(pk=movement.pk)


def _draft(movement: StockMovement) -> StockMovement:
    row = _locked(movement)
    if row.state != "draft":
        raise MovementRefused(_("The movement is submitted; its lines are fixed."), code="fixed")
    return row


def _demand(by: Any, permission: Permission, *ends: StockNode | None) -> None:
    """`by` has the permission and one of the ends in his scope."""
    if by is None or not by.can(permission):
        raise Forbidden(_("Your role may not do this with a movement."))
    ids = [end.pk for end in ends if end is not None]
    own = StockNode.objects.visible_to(by).filter(pk__in=ids)
    if not own.exists():
        raise Forbidden(_("The warehouse is outside your unit."))
    if permission == Permission.MOVE_STOCK and not by.is_dealer and not movements.kept_by(own, by).exists():
        raise Forbidden(_("The warehouse has keepers of its own, and you are not among them."), code="keeper")
