"""Forms of points: rules, rewards, redeeming."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from audits.models import ViolationType
from commissions import states_points as states
from commissions.models import PointsItem
from dealers.models.tiers import BusinessType


def _day(label: Any, *, required: bool = True) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=forms.DateInput(attrs={"type": "date"}))


class PointsRuleForm(forms.Form):
    """A rule of a unit of the user's scope."""

    org_unit = forms.ModelChoiceField(label=_("Org unit"), queryset=OrgUnit.objects.none())
    kind = forms.ChoiceField(label=_("For what"), choices=states.RuleKind.choices)
    subject = forms.ChoiceField(
        label=_("Business or violation"),
        required=False,
        choices=[
            ("", _("all")),
            (_("Business"), BusinessType.choices),
            (_("Violation"), ViolationType.Code.choices),
        ],
    )
    points = forms.IntegerField(
        label=_("Points"), min_value=1, max_value=1_000_000, help_text=_("For a violation they are taken.")
    )
    valid_from = _day(_("Valid from"))
    valid_to = _day(_("Valid to"), required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["org_unit"].queryset = (  # type: ignore[attr-defined]
            OrgUnit.objects.visible_to(user).exclude(level="grid").order_by("path")
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        fitting = ViolationType.Code.values if data.get("kind") == "violation" else BusinessType.values
        if data.get("subject") and data["subject"] not in fitting:
            self.add_error("subject", _("Choose a violation for a violation, and a business for anything else."))
        if data.get("valid_to") and data.get("valid_from") and data["valid_to"] < data["valid_from"]:
            self.add_error("valid_to", _("The last day is before the first."))
        return data


class EndRuleForm(forms.Form):
    on = _day(_("Last day"))


class PointsItemForm(forms.ModelForm):
    """A reward: with a stock, or with a budget and the value of one."""

    class Meta:
        model = PointsItem
        fields = ("org_unit", "code", "name", "category", "points", "stock", "budget", "unit_value", "offered")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["org_unit"].queryset = (  # type: ignore[attr-defined]
            OrgUnit.objects.visible_to(user).exclude(level="grid").order_by("path")
        )
        self.fields["stock"].help_text = _("How many there are in all; leave empty if there is a budget instead.")
        self.fields["budget"].help_text = _("Yuan in all; leave empty if there is a stock.")
        self.fields["unit_value"].help_text = _("Yuan that one costs; needed with a budget.")
        self.fields["unit_value"].required = False
        for name in ("points", "stock"):
            self.fields[name].min_value = 0  # type: ignore[attr-defined]
        if self.instance.pk:
            for name in ("org_unit", "code"):
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        data["unit_value"] = data.get("unit_value") or 0
        stock, budget = data.get("stock"), data.get("budget")
        if (stock is None) == (budget is None):
            self.add_error("stock", _("Give either a stock or a budget."))
        elif budget is not None and not data["unit_value"]:
            self.add_error("unit_value", _("Say what one costs, so that the budget can be counted."))
        return data

    def validate_constraints(self) -> None:
        """The database checks what is taken; the service puts it in words."""


class RedeemForm(forms.Form):
    """Which reward, and how many."""

    item = forms.ModelChoiceField(label=_("Reward"), queryset=PointsItem.objects.none())
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=1000, initial=1)

    def __init__(self, *args: Any, offers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["item"]
        field.queryset = offers
        field.label_from_instance = lambda item: (
            _("%(reward)s – %(points)s points, %(left)s left")
            % {
                "reward": item.name,
                "points": item.points,
                "left": item.left,
            }
        )
