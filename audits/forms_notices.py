"""Forms of findings and notices of violation."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audits.models import ViolationType
from audits.services.notice import LONGEST


class ConfirmForm(forms.Form):
    """What kind of violation it is, and what is held against the dealer."""

    breach = forms.ModelChoiceField(ViolationType.objects.order_by("code"), label=_("Type"), empty_label="–")
    text = forms.CharField(label=_("Grounds"), widget=forms.Textarea(attrs={"rows": 4}), max_length=LONGEST)

    def __init__(self, *args: Any, finding: Any, **kwargs: Any) -> None:
        known = finding.category if finding.category in ViolationType.Code.values else None
        kwargs["initial"] = {"breach": known, "text": finding.text}
        super().__init__(*args, **kwargs)
