"""Forms of a store's staff and of competitors near it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.clock import today
from dealers import states
from dealers.forms_life import date_input


class JoinForm(forms.Form):
    """Somebody who works in the store."""

    name = forms.CharField(label=_("Name"), max_length=60)
    duty = forms.ChoiceField(label=_("Duty"), choices=states.Duty.choices)
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    joined_on = forms.DateField(label=pgettext_lazy("staff", "Works there since"), widget=date_input())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["joined_on"].initial = today()


class LeaveForm(forms.Form):
    left_on = forms.DateField(label=pgettext_lazy("staff", "First day without him or her"), widget=date_input())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["left_on"].initial = today()


class CompetitorForm(forms.Form):
    """What was seen near the store."""

    operator = forms.ChoiceField(label=_("Competitor"), choices=states.Competitor.choices)
    seen_on = forms.DateField(label=_("Seen on"), widget=date_input())
    text = forms.CharField(
        label=_("What was seen"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Offers, commission, new stores, customers."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen_on"].initial = today()
