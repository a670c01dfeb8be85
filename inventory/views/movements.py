"""Stock movements: the list, a document, and its hand-over sheet."""

from collections.abc import Iterable, Sequence
from typing import Any

import segno
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core import clock
from core.views import Action, Crumb, Figure, PortalDetailView, PortalListView, PortalPage, one_or_404
from inventory import states
from inventory import tables_movements as tables
from inventory.filters_movements import MovementFilter
from inventory.models import StockMovement
from inventory.queries import movements
from inventory.services import amounts

AREA = "stock"


def movements_crumb() -> Crumb:
    return Crumb(_("Stock movements"), reverse("inventory:movements"))


class Movements(PortalListView):
    """The movements with an end in the unit; a dealer has his own."""

    permission = Permission.VIEW_MOVEMENTS
    area = AREA
    title = _("Stock movements")
    table = tables.MOVEMENTS
    filterset_class = MovementFilter
    count_limit = 10_000
    empty_text = _("No movements in this unit yet. “New movement” makes one.")

    def get_rows(self, user: Any) -> Any:
        return movements.visible(user)

    def get_actions(self) -> Iterable[Action]:
        label = _("Order or return cards") if self.request.user.is_dealer else _("New movement")
        return [Action(label, reverse("inventory:movement-new"), Permission.MOVE_STOCK, "plus", style="primary")]


class MovementPage(PortalDetailView):
    """What moves from where to where, how far it is, and what the reader can do."""

    permission = Permission.VIEW_MOVEMENTS
    area = AREA
    lookup = "number"
    template_name = "inventory/movement.html"

    def get_rows(self, user: Any) -> Any:
        return movements.visible(user)

    def get_title(self) -> str:
        return f"{self.object.get_kind_display()} {self.object.number}"

    def get_subtitle(self) -> str:
        return f"{ends(self.object)[0]} → {ends(self.object)[1]}"

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (movements_crumb(),)

    def get_figures(self) -> Sequence[Figure]:
        row = self.object
        found = [Figure(_("Quantity"), row.quantity, "number")]
        if row.shipped is not None:
            sold = row.quantity - row.shipped
            hint = gettext("%(count)d were sold before") % {"count": sold} if sold else ""
            found.append(Figure(_("Shipped"), row.shipped, "number", hint=hint))
        if row.due_on:
            found.append(Figure(_("Due back on"), row.due_on, "date"))
        if row.amount_due or amounts.may_charge(row):
            found.append(Figure(_("Amount due"), row.amount_due, "money", hint=row.get_payment_display()))
        if row.carrier:
            found.append(Figure(_("Carrier"), row.carrier))
        return found[:4]

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(
            movement=self.object,
            contents=movements.contents(self.object),
            wrong=list(movements.discrepancies(self.object)[: movements.SHOWN]),
            offers=offers(self.object, self.request.user),
            opens_cards=self.request.user.can(Permission.VIEW_STOCK),
            editable=may_edit(self.object, self.request.user),
            **context,
        )


def ends(movement: StockMovement) -> tuple[str, str]:
    """The names of both ends."""
    return (
        movement.origin.name if movement.origin else gettext("outside"),
        movement.destination.name if movement.destination else gettext("written off"),
    )


def may_edit(movement: StockMovement, user: Any) -> bool:
    """Whether the user may change the lines: a draft with an end in his scope."""
    return movement.state == "draft" and user.can(Permission.MOVE_STOCK) and bool(movements.own_ends(movement, user))


def offers(movement: StockMovement, user: Any) -> list[tuple[str, Any, str]]:
    """What the user may do with it now: (address name, label, style), the usual step last."""
    own = movements.own_ends(movement, user)
    sends = (movement.origin_id or movement.destination_id) in own
    moves, approves = user.can(Permission.MOVE_STOCK), user.can(Permission.APPROVE_MOVEMENTS)
    main, plain = "btn btn-primary", "btn"
    found: list[tuple[str, Any, str]] = []
    asked = movement.kind == states.BY_PLAN and movement.made_by_id == user.pk
    open_ones = () if movement.kind == states.BY_STOCKTAKE else ("draft", "submitted", "approved")
    if movement.state in open_ones and ((moves and own) or asked):
        found.append(("inventory:movement-cancel", _("Cancel the movement"), plain))
    if movement.state == "draft" and moves and sends:
        found.append(("inventory:movement-submit", _("Submit"), main))
    if movement.state == "submitted" and approves and own:
        found.append(("inventory:movement-reject", _("Reject"), plain))
        if user.pk != movement.made_by_id:
            found.append(("inventory:movement-approve", _("Approve"), main))
    if movement.state == "approved" and moves and sends and not asked:
        through = movement.origin_id is None or movement.destination_id is None
        label = _("Carry out") if through else _("Ship")
        found.append(("inventory:movement-ship", label, main))
    if movement.state == "shipped" and moves and movement.destination_id in own:
        found.append(("inventory:movement-receive", _("Receive"), main))
    lent = movement.kind == "loan" and movement.state in ("received", "closed")
    if lent and moves and sends and movements.count_lent(movement):
        found.append(("inventory:movement-back", _("Give back"), main))
    if movement.state == "received" and own and (moves or approves):
        found.append(("inventory:movement-resolve", _("Resolve discrepancies"), main))
    return found


class HandOverSheet(PortalPage):
    """The document on A4, with a QR code that leads to its page."""

    permission = Permission.VIEW_MOVEMENTS
    area = AREA
    template_name = "inventory/movement_sheet.html"

    @property
    def movement(self) -> StockMovement:
        if not hasattr(self, "_movement"):
            self._movement = one_or_404(movements.visible(self.request.user), number=self.kwargs["number"])
        return self._movement

    def get_title(self) -> str:
        return gettext("Hand-over sheet: %(kind)s") % {"kind": self.movement.get_kind_display()}

    def get_back_url(self) -> str:
        return tables.movement_url(self.movement)

    def get_context(self, **context: Any) -> dict[str, Any]:
        address = self.request.build_absolute_uri(tables.movement_url(self.movement))
        code = segno.make(address, error="m").svg_inline(scale=3, border=2)
        return super().get_context(
            movement=self.movement,
            ends=ends(self.movement),
            contents=movements.contents(self.movement),
            code=mark_safe(code),  # noqa: S308 - drawn here, from an address of our own
            printed_at=clock.now(),
            **context,
        )
