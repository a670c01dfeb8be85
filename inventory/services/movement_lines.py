"""What a draft moves: serials, ranges and quantities. See docs/inventory.md, "Movements"."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import Permission
from inventory import states
from inventory.bulk import moving
from inventory.models import MovementLine, Product, StockMovement
from inventory.rules import serials
from inventory.services import movement_access as access
from inventory.services.movement_access import SHOWN, MovementRefused

MOST = 200_000
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
def enter_serials(*, movement: StockMovement, text: str, by: Any) -> Entered:
    """Add the serials of the text to the draft: those that may go are taken, the others are named. Safe to repeat."""
    row = access.draft_of(movement)
    access.demand(by, Permission.MOVE_STOCK, row.origin or row.destination)
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
    count(row)
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
    row = access.draft_of(movement)
    access.demand(by, Permission.MOVE_STOCK, row.origin, row.destination)
    if quantity < 1:
        raise MovementRefused(_("A quantity is 1 or more."), code="quantity")
    if row.origin is None and product.item_kind != "material":
        raise MovementRefused(_("Cards from outside come with the import of cards; enter quantities here."))
    MovementLine.objects.filter(movement=row, product=product, cards=None).delete()
    MovementLine.objects.create(movement=row, product=product, quantity=quantity)
    count(row)


@transaction.atomic
def remove_line(*, movement: StockMovement, line: int, by: Any) -> None:
    row = access.draft_of(movement)
    access.demand(by, Permission.MOVE_STOCK, row.origin, row.destination)
    MovementLine.objects.filter(movement=row, pk=line).delete()
    count(row)


def count(row: StockMovement) -> None:
    """Cards that are only wanted do not count beside those that are named."""
    lines = MovementLine.objects.filter(movement=row)
    total = lines.filter(cards__isnull=False).aggregate(total=Sum("quantity"))["total"] or 0
    total += lines.filter(cards=None, product__item_kind="material").aggregate(total=Sum("quantity"))["total"] or 0
    StockMovement.objects.filter(pk=row.pk).update(quantity=total)
