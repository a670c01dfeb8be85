"""Forms of plans for materials, their use, and the monthly reconciliation."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from inventory.models import StockNode


class DayField(forms.DateField):
    def __init__(self, **given: Any) -> None:
        super().__init__(**{"widget": forms.DateInput(attrs={"type": "date"}), **given})


class PlanForm(forms.Form):
    """What the materials are for, where and when."""

    activity = forms.CharField(label=_("Activity"), max_length=120)
    org_unit = forms.ModelChoiceField(OrgUnit.objects.none(), label=_("Unit"))
    starts_on = DayField(label=_("Starts on"))
    ends_on = DayField(label=_("Ends on"))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = OrgUnit.objects.visible_to(user).filter(level__in=["city", "county"]).order_by("path")
        self.fields["org_unit"].queryset = units  # type: ignore[attr-defined]


class ItemsForm(forms.Form):
    text = forms.CharField(
        label=_("Dealers, materials and quantities"),
        max_length=500_000,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        help_text=_("One line each: dealer code, material code, quantity; copy the three columns from a spreadsheet."),
    )


class UseForm(forms.Form):
    """So many of a planned material, and from where."""

    origin = forms.ModelChoiceField(StockNode.objects.none(), label=_("From"))
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=10_000_000)
    purpose = forms.CharField(label=_("Used for"), max_length=200)

    def __init__(self, *args: Any, sources: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["origin"].queryset = sources  # type: ignore[attr-defined]


class ReconcileForm(forms.Form):
    counted = forms.IntegerField(label=_("Counted"), min_value=0, max_value=100_000_000)
    note = forms.CharField(
        label=_("Note"), max_length=200, required=False, help_text=_("Needed if count and books differ.")
    )
