"""Entering budgets."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from commissions import states
from commissions.queries.budgets import LEVELS
from commissions.rules import budgets as rules
from core.periods import InvalidPeriod, Month
from dealers.models.tiers import BusinessType


def amount_field() -> forms.DecimalField:
    field = forms.DecimalField(label=_("Budget"), min_value=Decimal(0), max_digits=14, decimal_places=2)
    field.unit = _("yuan")  # type: ignore[attr-defined]
    return field


class NewBudgetForm(forms.Form):
    """A budget of a unit of the user's scope; one that is there already gets the new amount."""

    org_unit = forms.ModelChoiceField(label=_("Org unit"), queryset=OrgUnit.objects.none())
    period = forms.CharField(label=_("Period"), max_length=7, help_text=_("A month like 2026-09 or a year like 2026."))
    kind = forms.ChoiceField(
        label=_("Commission kind"),
        required=False,
        choices=[("", _("all kinds, with subsidies")), *states.BudgetKind.choices],
    )
    amount = amount_field()

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["org_unit"].queryset = (  # type: ignore[attr-defined]
            OrgUnit.objects.visible_to(user).filter(level__in=LEVELS).order_by("path")
        )

    def clean_period(self) -> str:
        period = str(self.cleaned_data["period"]).strip()
        try:
            rules.span(period)
        except InvalidPeriod as error:
            raise forms.ValidationError(_("Write the period like 2026-09 or 2026.")) from error
        return period


class BudgetForm(forms.Form):
    """Another amount for a budget."""

    amount = amount_field()


class GrantForm(forms.Form):
    """Why a batch may go beyond its budget."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500)


class CompetitorForm(forms.Form):
    """What a competitor pays for a business in a month."""

    org_unit = forms.ModelChoiceField(label=_("Org unit"), queryset=OrgUnit.objects.none())
    month = forms.CharField(label=_("Month (2026-09)"), max_length=7)
    competitor = forms.CharField(label=_("Competitor"), max_length=40)
    business_type = forms.ChoiceField(label=_("Business"), choices=BusinessType.choices)
    product_family = forms.CharField(
        label=_("Product family"), max_length=40, required=False, help_text=_("Leave empty if it is for all products.")
    )
    basis = forms.ChoiceField(label=_("How it is paid"), choices=states.Basis.choices)
    value = forms.DecimalField(
        label=_("Value"),
        min_value=Decimal(0),
        max_digits=12,
        decimal_places=4,
        help_text=_("Yuan per record, or a rate: 0.5 is 50 %."),
    )
    source = forms.CharField(label=_("Source"), max_length=200, required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["org_unit"].queryset = (  # type: ignore[attr-defined]
            OrgUnit.objects.visible_to(user).order_by("path")
        )

    def clean_month(self) -> date:
        try:
            return Month.parse(self.cleaned_data["month"]).first
        except InvalidPeriod as error:
            raise forms.ValidationError(_("Write the month like 2026-09.")) from error
