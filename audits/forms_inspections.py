"""Forms of inspections: ordered, given to somebody else."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import OrgUnit, User
from audits.models import Inspection
from audits.queries import inspections
from audits.services.inspection import MOST
from core import clock
from core.periods import Quarter
from dealers.rules.rating import RatingPeriod

USUAL = timedelta(days=14)


def due_field() -> forms.DateField:
    return forms.DateField(
        label=pgettext_lazy("inspection", "Due on"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


class _Order(forms.Form):
    unit = forms.ModelChoiceField(label=_("Org unit"), queryset=OrgUnit.objects.none(), empty_label=None)
    inspectors = forms.ModelMultipleChoiceField(
        label=_("Inspectors"),
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Each gets an equal part, neighbouring stores together."),
    )
    due_on = due_field()

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = OrgUnit.objects.visible_to(user).filter(level__in=["city", "county"]).order_by("path")
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["inspectors"].queryset = inspections.inspectors(user.org_unit)  # type: ignore[attr-defined]


class MysteryForm(_Order):
    """Whom to give the stores of a quarter that are not covered yet."""

    period = forms.ChoiceField(label=_("Quarter"))
    field_order = ("period", "unit", "inspectors", "due_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = Quarter.of(clock.today())
        self.fields["period"].choices = [(str(one), str(one)) for one in (now, now + 1)]  # type: ignore[attr-defined]
        self.fields["due_on"].initial = now.last

    def clean_period(self) -> RatingPeriod:
        return RatingPeriod.parse(self.cleaned_data["period"])


class DrawForm(_Order):
    """How many stores to draw."""

    size = forms.IntegerField(
        label=_("Stores to draw"),
        min_value=1,
        max_value=MOST,
        initial=10,
        help_text=_("Drawn by risk: violations, cross-region cases, open findings and low scores weigh more."),
    )
    field_order = ("unit", "size", "inspectors", "due_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due_on"].initial = clock.today() + USUAL


class AssignForm(forms.Form):
    """Somebody else, perhaps another day."""

    inspector = forms.ModelChoiceField(label=_("Inspector"), queryset=User.objects.none(), empty_label=None)
    due_on = due_field()

    def __init__(self, *args: Any, inspection: Inspection, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = inspections.inspectors(inspection.round.org_unit)
        self.fields["inspector"].queryset = people  # type: ignore[attr-defined]
        self.fields["inspector"].initial = inspection.inspector_id
        self.fields["due_on"].initial = inspection.due_on
