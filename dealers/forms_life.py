"""Forms of a store's life: proposed, checked, signed, ended."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import OrgUnit
from core.clock import today
from core.files import PapersField
from dealers import states
from dealers.forms import ArchiveForm
from dealers.models import Dealer
from dealers.services.application import LONGEST

YEAR = timedelta(days=364)


def date_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ProposeForm(ArchiveForm):
    """A new site: what is known of it, and why here."""

    org_unit = forms.ModelChoiceField(label=_("Org unit"), queryset=OrgUnit.objects.none(), empty_label="–")
    tier = forms.ChoiceField(label=_("Planned tier"), choices=states.Tier.choices)
    case = forms.CharField(label=_("Why here?"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}))
    confirmed = forms.BooleanField(label=_("I have looked at the stores above: this is another one."), required=False)
    field_order = ("name", "org_unit", "tier", "case")

    class Meta:
        model = Dealer
        fields = (
            "name", "legal_name", "credit_code", "contact_name", "contact_phone", "location_kind", "address",
            "floor_area", "main_business", "latitude", "longitude",
        )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = OrgUnit.objects.visible_to(user).filter(level__in=["grid", "county"]).order_by("path")
        self.fields["org_unit"].queryset = units  # type: ignore[attr-defined]
        self.alike: list[Any] = []
        self.fields["confirmed"].widget = forms.HiddenInput()

    def ask(self, alike: list[Any]) -> None:
        """Show what is alike and ask whether this is another store."""
        self.alike = alike
        self.fields["confirmed"].widget = forms.CheckboxInput()


class DocumentForm(forms.Form):
    kind = forms.ChoiceField(label=pgettext_lazy("document", "Kind"), choices=states.DocumentKind.choices)
    papers = PapersField()


class CheckForm(forms.Form):
    """The outcome of a check."""

    passed = forms.ChoiceField(
        label=_("Outcome"), choices=[("yes", _("Passed")), ("no", _("Not passed"))], widget=forms.RadioSelect
    )
    checked_on = forms.DateField(label=_("Checked on"), widget=date_input())
    note = forms.CharField(
        label=_("Note"), max_length=LONGEST, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    photos = PapersField(label=_("Photos"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["checked_on"].initial = today()

    def clean_passed(self) -> bool:
        return bool(self.cleaned_data["passed"] == "yes")


class SignForm(forms.Form):
    """A signed agreement."""

    number = forms.CharField(label=_("Agreement number"), max_length=40)
    starts_on = forms.DateField(label=_("From"), widget=date_input())
    ends_on = forms.DateField(label=_("Until"), widget=date_input())
    exclusive = forms.BooleanField(label=_("Exclusivity clause"), required=False)
    committed = forms.IntegerField(label=_("Committed sales per quarter"), min_value=1, required=False)
    deposit = forms.DecimalField(
        label=_("Deposit (yuan)"), min_value=0, max_digits=12, decimal_places=2, required=False
    )
    trial_until = forms.DateField(
        label=_("On trial until"),
        widget=date_input(),
        required=False,
        help_text=_("After that day the cooperation ends unless the dealer becomes regular."),
    )
    scans = PapersField(label=_("Scan of the agreement"), required=False)

    def __init__(self, *args: Any, dealer: Dealer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        last = dealer.agreements.order_by("-ends_on").first()
        start = max(last.ends_on + timedelta(days=1), today()) if last else today()
        self.fields["starts_on"].initial, self.fields["ends_on"].initial = start, start + YEAR
        if last:
            self.fields["exclusive"].initial = last.exclusive
            self.fields["committed"].initial = last.committed_sales_per_quarter
            self.fields["deposit"].initial = last.deposit


class EndForm(forms.Form):
    """The end of a cooperation."""

    ended_on = forms.DateField(
        label=_("First day without cooperation"),
        widget=date_input(),
        help_text=_("On this day the dealer is terminated, and the clock of its pool begins."),
    )
    cause = forms.ChoiceField(label=_("Cause"), choices=states.EndingCause.choices)
    text = forms.CharField(label=_("Remark"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}))
