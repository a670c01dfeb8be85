from typing import Any

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from audits import tables
from audits.filters import ViolationFilter, VisitFilter
from audits.queries import visits
from audits.views.common import SEES_LIST
from core.views import Action, PortalListView
from core.views.lists import Chip


class Visits(PortalListView):
    """Visits with what was unusual about them; a channel manager starts with his own."""

    permission = SEES_LIST
    title = _("Visits")
    area = "audits"
    table = tables.VISITS
    filterset_class = VisitFilter
    empty_text = _("No visits yet. Open a dealer and check in when you are in the store.")
    primary_action = Action(
        _("Visits today"), reverse_lazy("audits:today"), permission=Permission.LOG_VISITS, icon="map-pin"
    )
    empty_action = Action(
        _("Whom to visit"), reverse_lazy("audits:today"), permission=Permission.LOG_VISITS, icon="map-pin"
    )

    def get_rows(self, user: Any) -> Any:
        return visits.visits(user=user)

    def chips(self) -> list[Chip]:
        label = str(self.filterset.filters["whose"].label)
        return [chip for chip in super().chips() if chip.label != label]


class Violations(PortalListView):
    """Confirmed violations and what they bring."""

    permission = Permission.VIEW_VISITS
    title = _("Violations")
    area = "audits"
    table = tables.VIOLATIONS
    filterset_class = ViolationFilter
    empty_text = _("No confirmed violations. A notice that stands becomes one; others come in with an import.")

    def get_rows(self, user: Any) -> Any:
        return visits.violations(user=user)
