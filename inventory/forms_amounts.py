"""Forms of payments for cards."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dealers.models import Dealer
from inventory import states


class SubmitForm(forms.Form):
    """How a dealer pays for what he gets."""

    payment = forms.ChoiceField(
        label=_("Payment"), choices=states.Payment.choices, widget=forms.RadioSelect, initial=states.Payment.FREE.value
    )


class ReceiptForm(forms.Form):
    dealer = forms.CharField(label=_("Dealer code"), max_length=40)
    amount = forms.DecimalField(label=_("Amount"), max_digits=12, decimal_places=2)
    received_on = forms.DateField(label=_("Received on"), widget=forms.DateInput(attrs={"type": "date"}))
    bank_reference = forms.CharField(label=_("Bank reference"), max_length=60)
    note = forms.CharField(
        label=_("Note"), max_length=200, required=False, help_text=_("Needed if a negative amount undoes a receipt.")
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_dealer(self) -> Dealer:
        found = Dealer.objects.visible_to(self.user).filter(code=self.cleaned_data["dealer"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("No dealer has this code in your unit."))
        return found
