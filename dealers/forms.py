from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _

from core.clock import today
from dealers.models import Dealer
from dealers.queries import archive
from dealers.rules import credit_code
from dealers.rules.coordinates import Datum, Position, to_wgs84
from dealers.services.archive import EDITABLE

MICRODEGREE = Decimal("0.000001")
DATUMS = [
    (Datum.WGS84, _("WGS-84 (phone, GPS)")),
    (Datum.GCJ02, _("GCJ-02 (Amap, Tencent)")),
    (Datum.BD09, _("BD-09 (Baidu)")),
]


class ArchiveForm(forms.ModelForm):
    """The archive as a channel manager edits it; positions of Chinese maps are converted."""

    datum = forms.ChoiceField(
        label=_("Position comes from"),
        choices=DATUMS,
        required=False,
        help_text=_("Stored is WGS-84; positions of Chinese maps are converted."),
    )

    class Meta:
        model = Dealer
        fields = EDITABLE

    def __init__(self, *args: Any, may_evaluate: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["floor_area"].unit = "m²"  # type: ignore[attr-defined]
        self.fields["floor_area"].validators.append(MinValueValidator(0))
        self.fields["contact_phone"].widget.input_type = "tel"
        for name in ("latitude", "longitude"):
            self.fields[name].widget = forms.NumberInput(attrs={"step": "0.000001", "inputmode": "decimal"})
        self.fields["latitude"].widget.attrs["data-position"] = "latitude"
        self.fields["longitude"].widget.attrs["data-position"] = "longitude"
        self.fields["datum"].widget.attrs["data-position"] = "datum"
        if not may_evaluate:
            del self.fields["special_evaluation"]

    def clean_credit_code(self) -> str:
        code = credit_code.normalised(self.cleaned_data["credit_code"])
        if code and not credit_code.is_valid(code):
            raise forms.ValidationError(_("This is not a valid social credit code: one of its characters is wrong."))
        return code

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        latitude, longitude = data.get("latitude"), data.get("longitude")
        if (latitude is None) != (longitude is None) and not (self.errors.keys() & {"latitude", "longitude"}):
            self.add_error("longitude", _("Give both latitude and longitude, or neither."))
        elif latitude is not None and longitude is not None and {"latitude", "longitude"} & set(self.changed_data):
            self._convert(data)
        return data

    def _convert(self, data: dict[str, Any]) -> None:
        try:
            given = Position(float(data["latitude"]), float(data["longitude"]))
        except ValueError:
            self.add_error("latitude", _("There is no such position."))
            return
        place = to_wgs84(given, Datum(data.get("datum") or Datum.WGS84))
        if place != given:
            data["latitude"] = Decimal(str(place.latitude)).quantize(MICRODEGREE)
            data["longitude"] = Decimal(str(place.longitude)).quantize(MICRODEGREE)

    def _post_clean(self) -> None:
        """The service writes, so the instance stays as it is until then."""

    def changes(self) -> dict[str, Any]:
        """The fields of the archive with their new values."""
        return {name: self.cleaned_data[name] for name in EDITABLE if name in self.cleaned_data}


class AccountForm(forms.Form):
    """A new payment account; finance verifies it before it takes effect."""

    bank = forms.CharField(label=_("Bank and branch"), max_length=80)
    number = forms.CharField(
        label=_("Account number"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    again = forms.CharField(
        label=_("Account number again"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    holder = forms.CharField(label=_("Account holder"), max_length=80)

    def clean_number(self) -> str:
        number = "".join(self.cleaned_data["number"].split()).replace("-", "")
        if not number.isascii() or not number.isdigit() or not 8 <= len(number) <= 30:
            raise forms.ValidationError(_("An account number has 8 to 30 digits."))
        return number

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        again = "".join(data.get("again", "").split()).replace("-", "")
        if data.get("number") and again != data["number"]:
            self.add_error("again", _("The two numbers differ."))
        return data


class ManagerForm(forms.Form):
    """Whom to give dealers to; empty for nobody."""

    manager = forms.ModelChoiceField(
        label=_("New channel manager"), queryset=Dealer.objects.none(), required=False, empty_label=_("nobody")
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["manager"].queryset = archive.managers(user=user)  # type: ignore[attr-defined]


class SuspensionForm(forms.Form):
    from_date = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    to_date = forms.DateField(
        label=_("To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The last day. Leave it empty if the end is not known yet."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from_date"].initial = today()
