from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core import clock
from core.periods import Quarter
from dealers.queries import ratings
from dealers.rules.rating import RatingPeriod


class RateForm(forms.Form):
    """Which of the periods that are over."""

    period = forms.ChoiceField(
        label=pgettext_lazy("rating", "Period"), help_text=_("A quarter, or a year with all criteria.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        over = Quarter.of(clock.today()) + -1
        found = ratings.periods_to_rate(RatingPeriod(over.year, over.quarter))
        self.fields["period"].choices = [(str(one), str(one)) for one in found]  # type: ignore[attr-defined]
