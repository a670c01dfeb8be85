"""Forms of rectifications."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audits.forms import PHOTO_ACCEPT
from audits.services.rectification import LONGEST, MOST_PHOTOS
from core import clock
from core.files import ManyFiles, ManyFilesField
from core.photos import LARGEST_BYTES

USUAL = timedelta(days=7)


class _Due(forms.Form):
    due_on = forms.DateField(
        label=pgettext_lazy("rectification", "Due on"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due_on"].initial = clock.today() + USUAL


class OrderForm(_Due):
    """What has to be done, until when."""

    demand = forms.CharField(label=_("What has to be done"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    field_order = ("demand", "due_on")


class SendBackForm(_Due):
    """What is still wrong, until when."""

    text = forms.CharField(label=_("What is still wrong"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}))
    field_order = ("text", "due_on")


class ReportForm(forms.Form):
    """What was done, and photos that show it; cleaned to lists of bytes."""

    text = forms.CharField(
        label=pgettext_lazy("rectification", "What was done"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    photos = ManyFilesField(
        label=_("Photos"),
        widget=ManyFiles(attrs={"accept": PHOTO_ACCEPT}),
        help_text=_("At most 9, 10 MB each. Time and place are kept, everything else in the files is removed."),
    )

    def clean_photos(self) -> list[bytes]:
        return [one.read(LARGEST_BYTES + 1) for one in self.cleaned_data["photos"][: MOST_PHOTOS + 1]]


class RemarkForm(forms.Form):
    text = forms.CharField(
        label=_("Remark"), max_length=LONGEST, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
