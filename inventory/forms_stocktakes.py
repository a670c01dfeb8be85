"""Forms of stocktakes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.forms_movements import SERIALS, SerialsField, SerialsForm, offer_nodes
from inventory.models import Product, StockNode
from inventory.queries import stocktakes
from inventory.services.stocktake import LARGEST_SAMPLE


class PlanForm(forms.Form):
    """What is counted where."""

    node = forms.ModelChoiceField(StockNode.objects.none(), label=_("Stock node"))
    products = forms.ModelMultipleChoiceField(
        Product.objects.exclude(item_kind="plan").order_by("code"),
        label=_("Products"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing chosen: everything."),
    )
    sample = forms.IntegerField(
        label=_("Only a sample of so many cards"),
        required=False,
        min_value=1,
        max_value=LARGEST_SAMPLE,
        help_text=_("Drawn by chance; for a visit to a shop. Empty: a full count, during which movements wait."),
    )
    blind = forms.BooleanField(
        label=_("Blind"),
        required=False,
        initial=True,
        help_text=_("Whoever counts does not see what is expected."),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_nodes(self, "node", stocktakes.nodes(user))


class CountForm(SerialsForm):
    """What was seen: serials, and on the phone those of the list that were ticked."""

    found = forms.MultipleChoiceField(label=_("Found"), required=False, widget=forms.CheckboxSelectMultiple)
    text = SerialsField(label=_("Serials"), help_text=SERIALS)
    field_order = ("found", "text", "file")

    def __init__(self, *args: Any, to_find: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if to_find:
            self.fields["found"].choices = [  # type: ignore[attr-defined]
                (one["serial"], f"{one['serial']} · {one['product']}") for one in to_find
            ]
        else:
            del self.fields["found"]

    def entered(self, given: dict[str, Any]) -> str:
        return " ".join([*given.get("found", []), super().entered(given)])


class CountQuantityForm(forms.Form):
    """How many of a counted material are there."""

    product = forms.ModelChoiceField(Product.objects.filter(item_kind="material").order_by("code"), label=_("Product"))
    quantity = forms.IntegerField(label=_("Quantity"), min_value=0, max_value=10_000_000)


class FinishForm(forms.Form):
    turn = forms.IntegerField(widget=forms.HiddenInput)


class VerifyForm(forms.Form):
    finding = forms.CharField(
        label=_("Finding"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("How the differences came about."),
    )
