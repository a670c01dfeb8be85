"""Plan, count, verify: the life of a stocktake. See docs/inventory.md, "Stocktakes"."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.roles import Permission
from core import sql, transitions
from core.errors import Forbidden, Refused
from inventory.bulk import counting
from inventory.models import CountLine, Difference, Product, StockMovement, StockNode, Stocktake
from inventory.queries import stocktakes
from inventory.rules import serials
from inventory.services import movement as movements
from inventory.services import stock_notices

MOST = 200_000
SHOWN = 20
LARGEST_SAMPLE = 200


class StocktakeRefused(Refused):
    """The stocktake cannot go on like this."""

    code = "stocktake_refused"


@dataclass(frozen=True)
class Counted:
    """What became of serials that were entered: new, seen before, unknown to the portal, and not readable."""

    added: int
    twice: int
    unknown: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


@transaction.atomic
def plan(
    *,
    node: StockNode,
    by: Any,
    at: datetime,
    products: Iterable[Product] = (),
    blind: bool = True,
    sample: int | None = None,
) -> Stocktake:
    """A stocktake that nobody has begun."""
    _demand(by, Permission.COUNT_STOCK, node)
    if sample is not None and not 1 <= sample <= LARGEST_SAMPLE:
        raise StocktakeRefused(
            _("A sample has from 1 to %(most)d cards.") % {"most": LARGEST_SAMPLE}, code="sample", most=LARGEST_SAMPLE
        )
    pk = sql.fetch_value("SELECT nextval(pg_get_serial_sequence('inventory_stocktake', 'id'))")
    row = Stocktake.objects.create(
        pk=pk,
        number=f"P{timezone.localtime(at):%Y%m%d}-{pk:05d}",
        node=node,
        blind=blind and sample is None,
        sample=sample,
        seed=pk if sample else 0,
        made_by=by,
        made_at=at,
    )
    row.products.set(products)
    transitions.record(row, action="plan", before="", after="planned", by=by, at=at)
    return row


@transaction.atomic
def start(*, stocktake: Stocktake, by: Any, at: datetime) -> Stocktake:
    """Begin to count; from now on the node's movements of what is counted wait. A sample is drawn."""
    # The node first: a movement that is under way here is waited for, a later one sees the count.
    StockNode.objects.select_for_update(of=("self",), no_key=True).get(pk=stocktake.node_id)
    row = _locked(stocktake)
    _demand(by, Permission.COUNT_STOCK, row.node)
    transitions.demand(row, action="start")
    if row.sample and not counting.draw(row, at):
        raise StocktakeRefused(_("There is no card to draw: nothing is in stock there."), code="empty")
    Stocktake.objects.filter(pk=row.pk).update(started_at=at)
    try:
        with transaction.atomic():
            return _moved(row, "start", by=by, at=at)
    except IntegrityError:
        other = Stocktake.objects.filter(node=row.node, state__in=stocktakes.OPEN).values_list("number", flat=True)[0]
        raise StocktakeRefused(
            _("%(node)s is being counted already: %(number)s.") % {"node": row.node, "number": other}, code="counting"
        ) from None


@transaction.atomic
def count_serials(*, stocktake: Stocktake, text: str, by: Any, at: datetime) -> Counted:
    """Note what was seen. Whoever counts is not told what is expected. Safe to repeat."""
    row = _counted_now(stocktake, by)
    if len(text) > serials.LONGEST_TEXT:
        raise StocktakeRefused(_("The text is too long; load it in parts."), code="too_long")
    spans, wrong = serials.read(text)
    if sum(span.expected or 1 for span in spans) > MOST:
        raise StocktakeRefused(_("More than %(most)d serials at once; enter a smaller range.") % {"most": MOST})
    added, twice, known = counting.note_seen(row, spans, by=by, at=at)
    strange = [span for place, span in enumerate(spans) if place not in known]
    counting.note_unknown(row, [span.first for span in strange if span.first == span.last], by=by, at=at)
    return Counted(added, twice, [str(span) for span in strange[:SHOWN]], [f"{one.text}" for one in wrong[:SHOWN]])


@transaction.atomic
def count_quantity(*, stocktake: Stocktake, product: Product, quantity: int, by: Any, at: datetime) -> None:
    """So many of a counted material are there; the last figure holds."""
    row = _counted_now(stocktake, by)
    if product.item_kind != "material":
        raise StocktakeRefused(_("Cards are counted by their serials."), code="serials")
    if quantity < 0:
        raise StocktakeRefused(_("A quantity is 0 or more."), code="quantity")
    CountLine.objects.update_or_create(
        stocktake=row, turn=row.turn, product=product, defaults={"quantity": quantity, "by": by, "at": at}
    )


@transaction.atomic
def forget(*, stocktake: Stocktake, line: int, by: Any) -> None:
    """Take back something that was noted by mistake in the present count."""
    row = _counted_now(stocktake, by)
    CountLine.objects.filter(stocktake=row, turn=row.turn, pk=line).delete()


@transaction.atomic
def finish(*, stocktake: Stocktake, turn: int, by: Any, at: datetime) -> Stocktake:
    """Compare with the books. Differences of a first count are counted again; a later count decides them.

    `turn` says which count is finished: pressed twice, the second count is not finished before it began.
    """
    row = _counted_now(stocktake, by)
    if turn != row.turn:
        raise StocktakeRefused(_("That count is finished; count once more what differs."), code="turn", turn=row.turn)
    if row.state == "counting":
        row.expected, row.counted = counting.compare(row)
        row.differing = Difference.objects.filter(stocktake=row).count()
        if row.differing:
            row.turn = 2
        row.save(update_fields=["expected", "counted", "differing", "turn"])
        _moved(row, "differ" if row.differing else "finish", by=by, at=at)
    else:
        counting.compare_again(row)
        row.differing = Difference.objects.filter(stocktake=row, stands=True).count()
        row.save(update_fields=["differing"])
        _moved(row, "finish", by=by, at=at)
    if row.state == "counted":
        stock_notices.counted(row, by=by)
    return row


@transaction.atomic
def recount(*, stocktake: Stocktake, reason: str, by: Any, at: datetime) -> Stocktake:
    """The auditor wants what is disputed counted once more."""
    row = _to_verify(stocktake, by, "recount")
    if not reason.strip():
        raise StocktakeRefused(_("Say why."), code="reason")
    if not Difference.objects.filter(stocktake=row).exists():
        raise StocktakeRefused(_("Nothing is disputed; plan another stocktake instead."), code="nothing")
    Stocktake.objects.filter(pk=row.pk).update(turn=row.turn + 1)
    _moved(row, "recount", by=by, at=at, reason=reason.strip()[:200])
    stock_notices.again(row, by=by, reason=reason.strip()[:200])
    return row


@transaction.atomic
def verify(*, stocktake: Stocktake, finding: str = "", by: Any, at: datetime) -> Stocktake:
    """Someone who neither keeps nor counted says that it is so; adjustments wait for approval, if any are needed."""
    row = _to_verify(stocktake, by, "verify")
    if row.differing and not finding.strip():
        raise StocktakeRefused(_("Say how the differences came about."), code="reason")
    row.verified_by, row.finding = by, finding.strip()[:500]
    row.save(update_fields=["verified_by", "finding"])
    _moved(row, "verify", by=by, at=at)
    _adjust(row, by=by, at=at)
    movements.close_stocktake(row, by=by, at=at)
    row.refresh_from_db()
    return row


def _adjust(row: Stocktake, *, by: Any, at: datetime) -> None:
    """One adjustment for what leaves the books, one for what comes in, and one for each node that cards belong to."""
    for kind, other in counting.to_adjust(row):
        document = movements.draft(
            kind=StockMovement.Kind.ADJUSTMENT,
            origin=StockNode.objects.get(pk=other) if other else row.node if kind == "missing" else None,
            destination=None if kind == "missing" else row.node,
            reason=_("Stocktake %(number)s") % {"number": row.number},
            stocktake=row,
            by=by,
            at=at,
        )
        counting.fill_adjustment(document, row, kind)
        movements.fix(document, by=by, at=at)


@transaction.atomic
def cancel(*, stocktake: Stocktake, reason: str, by: Any, at: datetime) -> Stocktake:
    """Before it is counted; the node's movements go on."""
    row = _locked(stocktake)
    _demand(by, Permission.COUNT_STOCK, row.node)
    if not reason.strip():
        raise StocktakeRefused(_("Say why."), code="reason")
    return _moved(row, "cancel", by=by, at=at, reason=reason.strip()[:200])


def _locked(stocktake: Stocktake) -> Stocktake:
    return (
        Stocktake.objects.select_for_update(of=("self",))
        .select_related("node__org_unit", "made_by")
        .get(pk=stocktake.pk)
    )


def _counted_now(stocktake: Stocktake, by: Any) -> Stocktake:
    row = _locked(stocktake)
    _demand(by, Permission.COUNT_STOCK, row.node)
    if row.state not in stocktakes.OPEN:
        raise StocktakeRefused(_("Nobody is counting now: begin the count first."), code="not_counting")
    return row


def _to_verify(stocktake: Stocktake, by: Any, action: str) -> Stocktake:
    row = _locked(stocktake)
    _demand(by, Permission.VERIFY_STOCKTAKES, row.node)
    transitions.demand(row, action=action)
    counters = set(CountLine.objects.filter(stocktake=row).values_list("by_id", flat=True))
    if by.pk in counters | {row.made_by_id}:
        raise Forbidden(_("Whoever planned or counted cannot verify."), code="same_person")
    return row


def _moved(row: Stocktake, action: str, *, by: Any, at: datetime, reason: str = "") -> Stocktake:
    transitions.move(row, action=action, by=by, at=at, reason=reason)
    return row


def _demand(by: Any, permission: Permission, node: StockNode) -> None:
    if by is None or not by.can(permission):
        raise Forbidden(_("Your role may not do this with a stocktake."))
    if not StockNode.objects.visible_to(by).filter(pk=node.pk).exists():
        raise Forbidden(_("The warehouse is outside your unit."))
