"""The steps of a stock movement, each by one service."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core import clock
from core.views import Crumb, PortalActionView, PortalFormView
from inventory import forms_movements as forms
from inventory import tables_movements as tables
from inventory.forms_amounts import SubmitForm
from inventory.queries import movements
from inventory.services import amounts, movement_lines, movement_receipt
from inventory.services import movement as service
from inventory.views.movements import AREA, movements_crumb
from inventory.views.of_document import OfDocument

SHOWN = 12


class NewMovement(PortalFormView):
    """A draft; its page asks for what it moves."""

    permission = Permission.MOVE_STOCK
    area = AREA
    form_class = forms.MakeForm
    submit_label = _("Next: what moves")

    def get_title(self) -> Any:
        return _("Order or return cards") if self.request.user.is_dealer else _("New movement")

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (movements_crumb(),)

    def get_form_kwargs(self) -> dict[str, Any]:
        user = self.request.user
        initial: dict[str, Any] = {"kind": self.request.GET.get("kind", "issue" if user.is_dealer else "transfer")}
        ends = movements.partners(user).in_bulk(
            [self.request.GET[name] for name in ("origin", "destination") if name in self.request.GET],
            field_name="code",
        )
        initial |= {name: ends.get(self.request.GET.get(name, "")) for name in ("origin", "destination")}
        if user.is_dealer:
            own = movements.own_nodes(user).first()
            initial |= {"origin": own.parent_id if own else None, "destination": own}
        return {"user": user, "initial": initial}

    def perform(self, form: Any) -> str:
        row = service.make(**form.cleaned_data, by=self.request.user, at=clock.now())
        return tables.movement_url(row)


class _OfMovement(OfDocument):
    """The movement of the address, within the scope."""

    list_crumb = staticmethod(movements_crumb)
    url_of = staticmethod(tables.movement_url)

    def documents(self, user: Any) -> Any:
        return movements.visible(user)


class AddSerials(_OfMovement, PortalFormView):
    """Scan, type, paste or load serials; what cannot go is named, the rest is kept."""

    permission = Permission.MOVE_STOCK
    title = _("Add serials")
    form_class = forms.SerialsForm
    submit_label = _("Add")

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self.object  # noqa: B018 - 404 before anything is shown
        return super().get(request, *args, **kwargs)

    def perform(self, form: Any) -> str:
        done = movement_lines.enter_serials(movement=self.object, text=form.cleaned_data["text"], by=self.request.user)
        if done.added:
            messages.success(self.request, gettext("%(count)d cards added.") % {"count": done.added})
        for problem in done.problems[:SHOWN]:
            messages.warning(self.request, problem.text)
        if len(done.problems) > SHOWN:
            more = {"count": len(done.problems) - SHOWN}
            messages.warning(self.request, gettext("and %(count)d more problems") % more)
        return tables.movement_url(self.object)


class AddQuantity(_OfMovement, PortalFormView):
    """Counted materials; or cards that are wanted, whose serials the sender names."""

    permission = Permission.MOVE_STOCK
    title = _("Add a quantity")
    form_class = forms.QuantityForm
    submit_label = _("Add")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"counted_only": self.object.origin_id is None}

    def perform(self, form: Any) -> str:
        movement_lines.enter_quantity(movement=self.object, **form.cleaned_data, by=self.request.user)
        return tables.movement_url(self.object)


class RemoveLine(_OfMovement, PortalActionView):
    permission = Permission.MOVE_STOCK
    title = _("Take out of the movement")
    submit_label = _("Take out")

    def perform(self, *, form: Any) -> None:
        movement_lines.remove_line(movement=self.object, line=self.kwargs["pk"], by=self.request.user)


class _Step(_OfMovement, PortalActionView):
    """Base: one step of a movement."""

    permission: Any = Permission.MOVE_STOCK

    def given(self) -> dict[str, Any]:
        return {"movement": self.object, "by": self.request.user, "at": clock.now()}


class Submit(_Step):
    title = _("Submit")
    submit_label = _("Submit")
    success_message = _("The movement waits for approval.")

    def get_form_class(self) -> Any:
        return SubmitForm if amounts.may_charge(self.object) else None

    def get_effects(self) -> Sequence[Any]:
        return [_("Its lines are fixed from now on; another person approves it.")]

    def perform(self, *, form: Any) -> None:
        service.submit(**self.given(), **(form.cleaned_data if form else {}))


class Approve(_Step):
    permission = Permission.APPROVE_MOVEMENTS
    title = _("Approve")
    submit_label = _("Approve")
    success_message = _("Approved. The cards are reserved.")

    def get_effects(self) -> Sequence[Any]:
        return [gettext("%(count)d pieces are reserved for it.") % {"count": self.object.quantity}]

    def perform(self, *, form: Any) -> None:
        service.approve(**self.given())


class Reject(_Step):
    permission = Permission.APPROVE_MOVEMENTS
    title = _("Reject")
    submit_label = _("Reject")
    needs_reason = True

    def perform(self, *, form: Any) -> None:
        service.reject(**self.given(), reason=form.cleaned_data["reason"])


class Cancel(_Step):
    permission = (Permission.MOVE_STOCK, Permission.USE_MATERIALS)
    title = _("Cancel the movement")
    submit_label = _("Cancel the movement")
    needs_reason = True
    destructive = True

    def get_effects(self) -> Sequence[Any]:
        return [_("What was reserved for it is free again.")]

    def perform(self, *, form: Any) -> None:
        service.cancel(**self.given(), reason=form.cleaned_data["reason"])


class Ship(_Step):
    form_class = forms.ShipForm
    title = _("Ship")

    def get_title(self) -> Any:
        return _("Carry out") if self.through else _("Ship")

    @property
    def through(self) -> bool:
        return self.object.origin_id is None or self.object.destination_id is None

    def get_effects(self) -> Sequence[Any]:
        count = {"count": self.object.quantity}
        if self.object.origin_id is None:
            return [gettext("%(count)d pieces are taken in.") % count]
        if self.object.destination_id is None:
            return [gettext("%(count)d pieces are written off for ever.") % count]
        return [gettext("%(count)d pieces leave the warehouse; print the hand-over sheet.") % count]

    def perform(self, *, form: Any) -> None:
        service.ship(**self.given(), carrier=form.cleaned_data["carrier"])


class GiveBack(_Step):
    title = _("Give back")
    submit_label = _("Give back")

    def get_effects(self) -> Sequence[Any]:
        count = {"count": movements.count_lent(self.object)}
        return [gettext("%(count)d cards are still with the borrower; a loan return over them is made.") % count]

    def perform(self, *, form: Any) -> str:
        back = service.give_back(loan=self.object, by=self.request.user, at=clock.now())
        return tables.movement_url(back)


class Receive(_Step):
    title = _("Receive")
    form_class = forms.ReceiveForm
    submit_label = _("Receive")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {
            "has_cards": self.object.lines.filter(cards__isnull=False).exists(),
            "materials": movements.materials(self.object),
        }

    def get_effects(self) -> Sequence[Any]:
        return [gettext("%(count)d pieces were shipped.") % {"count": self.object.shipped or 0}]

    def perform(self, *, form: Any) -> None:
        how, text = form.cleaned_data.get("how"), form.cleaned_data.get("text", "")
        movement_receipt.receive(
            **self.given(),
            missing=text if how == form.How.BUT else "",
            only=text if how == form.How.ONLY else None,
            damaged=form.cleaned_data.get("damaged", ""),
            materials=form.short,
        )


class Resolve(_Step):
    permission = (Permission.MOVE_STOCK, Permission.APPROVE_MOVEMENTS)
    title = _("Resolve discrepancies")
    form_class = forms.ResolveForm
    submit_label = _("Save")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {
            "open_ones": movements.discrepancies(self.object).filter(resolution=""),
            "may_write_off": self.request.user.can(Permission.APPROVE_MOVEMENTS),
        }

    def perform(self, *, form: Any) -> None:
        chosen = [one.pk for one in form.cleaned_data["discrepancies"]]
        movement_receipt.resolve(
            **self.given(),
            discrepancies=chosen,
            resolution=form.cleaned_data["resolution"],
            quantity=form.cleaned_data.get("quantity"),
        )
