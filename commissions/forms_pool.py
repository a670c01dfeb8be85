"""Forms of payout rounds and change requests."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commissions.queries.pool_rounds import periods_on_offer
from core import clock
from core.files import PapersField
from dealers.models import Dealer


class CalculateForm(forms.Form):
    """Which period to calculate, for all counties in the user's scope."""

    period = forms.ChoiceField(label=_("Period"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["period"].choices = [(str(one), str(one)) for one in periods_on_offer(clock.today())]  # type: ignore[attr-defined]


class ChangeForm(forms.Form):
    """A new change request of a dealer in the user's scope."""

    dealer = forms.CharField(label=_("Dealer code"), max_length=40)
    amount = forms.DecimalField(
        label=_("Amount (yuan)"), max_digits=12, decimal_places=2, help_text=_("Negative takes from the pool.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))
    papers = PapersField(required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_dealer(self) -> Dealer:
        value = self.cleaned_data["dealer"].strip().replace("\x00", "")
        found = Dealer.objects.visible_to(self.user).filter(code__iexact=value).first()
        if found is None:
            raise forms.ValidationError(_("There is no dealer of this code in your unit."), code="unknown")
        return found


class ApproveChangeForm(forms.Form):
    """Whether the request puts right what the county did wrong."""

    counts = forms.BooleanField(
        label=_("It puts a wrong entry right: count it in the county's assessment"), required=False
    )


class RatioField(forms.DecimalField):
    """A return ratio: 0 to 1, four places."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=Decimal(0), max_value=Decimal(1), max_digits=5, decimal_places=4, **kwargs)
