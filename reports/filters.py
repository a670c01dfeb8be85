"""What a report is about: period, dimension, unit."""

from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from accounts import units
from accounts.models import OrgUnit
from core import clock
from reports.periods import Span, parse_span, recent
from reports.queries.effectiveness import Dimension

DIMENSIONS = [
    (Dimension.COUNTY.value, _("County")),
    (Dimension.CHAIN_TYPE.value, _("Chain type")),
    (Dimension.SEGMENT.value, _("Customer segment")),
    (Dimension.DEALER.value, _("Dealer")),
]


class EffectivenessForm(forms.Form):
    """Month or quarter, dimension and, below the user's own unit, a branch."""

    period = forms.ChoiceField(label=_("Period"))
    by = forms.ChoiceField(label=_("Compare"), choices=DIMENSIONS)
    branch = forms.ChoiceField(label=_("Org unit"), required=False)

    def __init__(self, data: QueryDict, *, request: HttpRequest) -> None:
        spans = [str(span) for span in recent(clock.today())]
        user: Any = request.user
        unit = getattr(request, "unit", None) or user.org_unit
        filled = {
            "period": data.get("period") or spans[0],
            "by": data.get("by") or ("dealer" if unit and unit.level in ("county", "grid") else "county"),
            "branch": data.get("branch", ""),
        }
        super().__init__(filled)
        self.fields["period"].choices = [(span, span) for span in spans]  # type: ignore[attr-defined]
        self.units = {one.code: one for one in units.choices(user)}
        depth = user.org_unit.depth if user.org_unit else 0
        self.fields["branch"].choices = [  # type: ignore[attr-defined]
            ("", "–"),
            *((code, "\u3000" * (one.depth - depth) + one.name) for code, one in self.units.items()),
        ]
        self.own_unit: OrgUnit | None = unit

    def asked(self) -> tuple[Span, Dimension, OrgUnit | None]:
        """What to report; the defaults where something makes no sense."""
        self.is_valid()
        chosen = self.cleaned_data
        span = parse_span(chosen["period"]) if chosen.get("period") else next(recent(clock.today()))
        dimension = Dimension(chosen.get("by") or Dimension.COUNTY)
        return span, dimension, self.units.get(chosen.get("branch", "")) or self.own_unit
