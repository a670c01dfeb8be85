"""Forms with which people correct amounts."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commissions.models import Adjustment
from commissions.rules.totals import ADJUSTMENT_SIGNS
from core.files import PapersField
from core.periods import Month
from dealers.models import Dealer


class AmountField(forms.DecimalField):
    """Yuan above zero with at most two decimals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "label": _("Amount (yuan)"),
                "min_value": Decimal("0.01"),
                "max_digits": 12,
                "decimal_places": 2,
                **kwargs,
            }
        )


class DocumentForm(forms.Form):
    """What an adjustment is of: type, amount and the document that orders it. `signed` is the amount as it enters."""

    type = forms.ChoiceField(label=_("Type"), choices=Adjustment.Type.choices)
    amount = AmountField(
        help_text=_("Without a sign: back-pay is added, a deduction or penalty is subtracted, by the type.")
    )
    document_no = forms.CharField(label=_("Document number"), max_length=60)
    document_name = forms.CharField(label=_("Document"), max_length=120)
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))
    papers = PapersField(required=False)

    @property
    def signed(self) -> Decimal:
        return self.cleaned_data["amount"] * ADJUSTMENT_SIGNS[self.cleaned_data["type"]]


class AdjustmentForm(DocumentForm):
    """A new adjustment of a dealer in the user's scope."""

    dealer = forms.CharField(label=_("Dealer code"), max_length=40)
    month = forms.CharField(
        label=_("Month"),
        max_length=7,
        widget=forms.TextInput(attrs={"type": "month", "placeholder": "2026-09"}),
        help_text=_("If the batch of that month is approved already, it enters the next one."),
    )
    field_order = ("dealer", "month", "type", "amount", "document_no", "document_name", "reason", "papers")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_dealer(self) -> Dealer:
        value = self.cleaned_data["dealer"].strip().replace("\x00", "")
        rows = Dealer.objects.visible_to(self.user).select_related("org_unit")
        found = rows.filter(code__iexact=value).first()
        named = list(rows.filter(name=value)[:2]) if found is None else []
        if found is None and len(named) == 1:
            found = named[0]
        if found is None:
            raise forms.ValidationError(_("There is no dealer of this code in your unit."), code="unknown")
        return found

    def clean_month(self) -> Month:
        try:
            return Month.parse(self.cleaned_data["month"].strip())
        except ValueError as error:
            raise forms.ValidationError(_("Write the month like 2026-09."), code="month") from error


class SayForm(forms.Form):
    """Some words and perhaps papers: what is wrong, an answer, why one goes on."""

    text = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 5}))
    papers = PapersField(required=False)

    def __init__(self, *args: Any, label: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = label


class RefuseForm(forms.Form):
    text = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))


class GrantForm(DocumentForm):
    """Why the dealer is right, and the adjustment that follows; its reason is the decision."""

    field_order = ("reason", "type", "amount", "document_no", "document_name", "papers")
