"""Entering budgets."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from commissions import states
from commissions.queries.budgets import LEVELS
from commissions.rules import budgets as rules
from core.periods import InvalidPeriod


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
