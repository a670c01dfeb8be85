"""What dealers owe for cards, and what they paid."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core import clock
from core.views import Action, Crumb, PortalFormView, PortalListView
from inventory import filters_amounts as filters
from inventory import forms_amounts as forms
from inventory import tables_amounts as tables
from inventory.queries import amounts
from inventory.services import amounts as service

AREA = "stock"


class Amounts(PortalListView):
    """What each dealer owes: issues less returns, less what he paid."""

    permission = Permission.VIEW_AMOUNTS
    area = AREA
    title = _("Amounts due for cards")
    table = tables.AMOUNTS
    filterset_class = filters.AmountFilter
    empty_text = _("No dealers in this unit.")

    def get_rows(self, user: Any) -> Any:
        return amounts.dealers(user)

    def get_actions(self) -> Iterable[Action]:
        return [Action(_("Receipts"), reverse("inventory:receipts"), Permission.VIEW_AMOUNTS)]


class Receipts(PortalListView):
    permission = Permission.VIEW_AMOUNTS
    area = AREA
    title = _("Receipts for cards")
    table = tables.RECEIPTS
    filterset_class = filters.ReceiptFilter
    empty_text = _("No dealer has paid for cards yet.")

    def get_rows(self, user: Any) -> Any:
        return amounts.receipts(user)

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (_amounts_crumb(),)

    def get_actions(self) -> Iterable[Action]:
        url = reverse("inventory:receipt-new")
        return [Action(_("Enter a receipt"), url, Permission.ENTER_RECEIPTS, "plus", style="primary")]


class NewReceipt(PortalFormView):
    permission = Permission.ENTER_RECEIPTS
    area = AREA
    title = _("Enter a receipt")
    form_class = forms.ReceiptForm
    success_message = _("The receipt is entered.")

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (_amounts_crumb(), Crumb(_("Receipts for cards"), reverse("inventory:receipts")))

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user, "initial": {"received_on": clock.today()}}

    def perform(self, form: Any) -> str:
        service.enter_receipt(**form.cleaned_data, by=self.request.user, at=clock.now())
        return reverse("inventory:receipts")


def _amounts_crumb() -> Crumb:
    return Crumb(_("Amounts due for cards"), reverse("inventory:amounts"))
