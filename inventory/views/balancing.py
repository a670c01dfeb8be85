"""Proposals for balancing, each of which becomes a draft with one click."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core import clock
from core.errors import Refused
from core.views import Crumb, PortalFormView, PortalPage
from inventory import tables_movements
from inventory.forms_balancing import TakeForm
from inventory.models import Product, StockNode
from inventory.queries import balancing
from inventory.services import movement as service

AREA = "stock"


class Balancing(PortalPage):
    """Who lacks what, and who of the same county has too much of it."""

    permission = Permission.VIEW_STOCKTAKES
    area = AREA
    title = _("Balancing")
    template_name = "inventory/balancing.html"

    def get_context(self, **context: Any) -> dict[str, Any]:
        found = balancing.balanced(self.request.user)
        codes = {code for one in found for code in (one.origin, one.destination)}
        nodes = StockNode.objects.visible_to(self.request.user).in_bulk(codes, field_name="code")
        products = Product.objects.in_bulk({one.product for one in found}, field_name="code")
        rows = [
            {
                "proposal": one,
                "origin": nodes[one.origin],
                "destination": nodes[one.destination],
                "product": products[one.product],
            }
            for one in found
        ]
        return super().get_context(rows=rows, takes=self.request.user.can(Permission.MOVE_STOCK), **context)


class Take(PortalFormView):
    """Make a draft of a proposal; the sender names the cards."""

    permission = Permission.MOVE_STOCK
    area = AREA
    title = _("Make a draft of the proposal")
    form_class = TakeForm
    submit_label = _("Make the draft")

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (Crumb(_("Balancing"), reverse("inventory:balancing")),)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user, "initial": self.request.GET.dict()}

    def perform(self, form: Any) -> str:
        given = form.cleaned_data
        proposal = next(
            (
                one
                for one in balancing.balanced(self.request.user)
                if (one.origin, one.destination, one.product)
                == (given["origin"].code, given["destination"].code, given["product"].code)
            ),
            None,
        )
        if proposal is None:
            raise Refused(_("The proposal does not hold any more: look at the list again."))
        row = service.order(
            kind=proposal.kind,
            origin=given["origin"],
            destination=given["destination"],
            product=given["product"],
            quantity=given["quantity"],
            reason=gettext("Balancing"),
            by=self.request.user,
            at=clock.now(),
        )
        return tables_movements.movement_url(row)
