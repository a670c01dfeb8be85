"""The form that makes a draft of a proposal."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.models import Product, StockNode


class TakeForm(forms.Form):
    origin = forms.ModelChoiceField(StockNode.objects.none(), label=_("Sender"), to_field_name="code")
    destination = forms.ModelChoiceField(StockNode.objects.none(), label=_("Receiver"), to_field_name="code")
    product = forms.ModelChoiceField(Product.objects.none(), label=_("Product"), to_field_name="code")
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=10_000_000)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = {**self.initial, **self.data}
        for name in ("origin", "destination"):
            nodes = StockNode.objects.visible_to(user).filter(code=_one(given, name))
            self.fields[name].queryset = nodes  # type: ignore[attr-defined]
        self.fields["product"].queryset = Product.objects.filter(code=_one(given, "product"))  # type: ignore[attr-defined]


def _one(given: dict[str, Any], name: str) -> str:
    """The value that was posted or linked (a posted one may come as a list)."""
    value = given.get(name, "")
    return str(value[-1] if isinstance(value, list) and value else value)
