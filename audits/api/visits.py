"""`/visits/` and `/findings/`."""

from typing import Any

import django_filters

from accounts.roles import Permission
from audits.api.notices import FindingDecisions
from audits.api.rectifications import FindingOrders
from audits.api.shapes import FindingOut, VisitDetailOut, VisitOut
from audits.api.visit_actions import FindingActions, VisitActions
from audits.models import Finding, Visit
from audits.queries import inspections
from core.api.filters import MomentsFilter, UnitFilter
from core.api.viewsets import Resource

SEES = (Permission.VIEW_VISITS, Permission.INSPECT)


class VisitFilter(django_filters.FilterSet):
    dealer = django_filters.CharFilter(field_name="dealer__code")
    manager = django_filters.CharFilter(field_name="manager__username")
    org_unit = UnitFilter(path="dealer__org_unit")
    checked_in_at = MomentsFilter()

    class Meta:
        model = Visit
        fields = ("kind", "state", "regime", "evidence", "too_far", "too_short", "too_long", "client_id")


class FindingFilter(django_filters.FilterSet):
    dealer = django_filters.CharFilter(field_name="dealer__code")
    org_unit = UnitFilter(path="dealer__org_unit")
    visit = django_filters.NumberFilter(field_name="visit_id", max_value=2**62)
    found_at = MomentsFilter()

    class Meta:
        model = Finding
        fields = ("category", "state")


class Visits(VisitActions, Resource):
    """Visits to the dealers within the scope."""

    permission = SEES
    permissions = {"create": Permission.LOG_VISITS}
    lookup_value_regex = "[0-9]{1,18}"
    serializer_class = VisitOut
    detail_serializer_class = VisitDetailOut
    filterset_class = VisitFilter
    ordering = ("-checked_in_at",)
    ordering_fields = ("checked_in_at", "checked_out_at", "score", "distance_m")

    def get_rows(self, user: Any) -> Any:
        rows = inspections.visits_of(user).select_related("dealer", "manager")
        return (
            rows
            if self.action == "list"
            else rows.prefetch_related("answers", "findings__dealer", "photos", "notes__by")
        )


class Findings(FindingActions, FindingDecisions, FindingOrders, Resource):
    """Findings at the dealers within the scope."""

    permission = SEES
    lookup_value_regex = "[0-9]{1,18}"
    serializer_class = FindingOut
    filterset_class = FindingFilter
    ordering = ("-found_at",)
    ordering_fields = ("found_at", "category", "state")

    def get_rows(self, user: Any) -> Any:
        rows = Finding.objects.visible_to(user).exclude(inspections.hidden(user, "visit__"))
        return rows.select_related("dealer")
