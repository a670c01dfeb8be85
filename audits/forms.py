from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from audits import states
from audits.services.visit import Fix
from core.photos import FORMATS

PHOTO_ACCEPT = ",".join(f"image/{name.lower()}" for name in FORMATS)


class CheckInForm(forms.Form):
    """What the phone says at check-in. A position that makes no sense counts as none."""

    kind = forms.ChoiceField(label=_("Kind of visit"), choices=states.OWN_KINDS, widget=forms.RadioSelect)
    client_id = forms.UUIDField(widget=forms.HiddenInput)
    latitude = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-position": "latitude"}))
    longitude = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-position": "longitude"}))
    accuracy = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-position": "accuracy"}))
    phone_at = forms.DateTimeField(
        required=False, widget=forms.HiddenInput(attrs={"data-phone-time": ""}), input_formats=["%Y-%m-%dT%H:%M:%S.%fZ"]
    )

    def __init__(self, *args: Any, kinds: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client_id"].initial = uuid4
        if kinds:
            self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
            self.fields["kind"].initial = kinds[0][0]

    def fix(self) -> Fix | None:
        """Where the phone was; None if it gave no (sensible) position."""
        try:
            latitude, longitude = float(self.cleaned_data["latitude"]), float(self.cleaned_data["longitude"])
        except ValueError:
            return None
        if not (abs(latitude) <= 90 and abs(longitude) <= 180):
            return None
        try:
            accuracy = float(self.cleaned_data["accuracy"])
        except ValueError:
            accuracy = -1.0
        return Fix(latitude, longitude, accuracy if 0 <= accuracy < 1e6 else None)


class CheckOutForm(forms.Form):
    """The end of a visit; reasons are asked where something is unusual."""

    distance_reason = forms.CharField(
        label=_("Why so far from the store?"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    length_reason = forms.CharField(
        label=_("Why so short or long?"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    summary = forms.CharField(
        label=_("Summary"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    phone_at = forms.DateTimeField(
        required=False, widget=forms.HiddenInput(attrs={"data-phone-time": ""}), input_formats=["%Y-%m-%dT%H:%M:%S.%fZ"]
    )

    def __init__(self, *args: Any, too_far: bool = False, unusual_length: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not too_far:
            self.fields["distance_reason"].widget = forms.HiddenInput()
        if not unusual_length:
            self.fields["length_reason"].widget = forms.HiddenInput()


class FindingForm(forms.Form):
    category = forms.ChoiceField(label=_("Category"), choices=[("", "–"), *states.FindingCategory.choices])
    text = forms.CharField(label=_("What did you find?"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class PhotoForm(forms.Form):
    photo = forms.FileField(
        label=_("Photo"),
        widget=forms.FileInput(attrs={"accept": PHOTO_ACCEPT, "capture": "environment"}),
        help_text=_("At most 10 MB. Time and place are kept, everything else in the file is removed."),
    )
    caption = forms.CharField(label=_("Caption"), max_length=200, required=False)
    finding = forms.TypedChoiceField(label=_("Shows the finding"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, findings: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(finding.pk, finding.text[:60]) for finding in findings]
        self.fields["finding"].choices = [("", _("none")), *choices]  # type: ignore[attr-defined]
        if not choices:
            del self.fields["finding"]


class NoteForm(forms.Form):
    text = forms.CharField(label=_("Note"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
