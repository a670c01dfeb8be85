"""Forms of cross-region cases."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audits.services.cross_region import LONGEST


class SayForm(forms.Form):
    """A text that somebody else reads."""

    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), max_length=LONGEST)

    def __init__(self, *args: Any, label: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = label


class ConfirmForm(forms.Form):
    """Why it is a violation, and whether its sales are taken back."""

    text = forms.CharField(
        label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=LONGEST, required=False
    )
    claw_back = forms.BooleanField(
        label=_("Confirm its sales as false ones"),
        help_text=_("What was paid for them is clawed back in the next monthly batch."),
        required=False,
        initial=True,
    )
