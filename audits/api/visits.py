"""`/visits/` and `/findings/`."""

from typing import Any

import django_filters
from rest_framework import serializers

from accounts.roles import Permission
from audits.models import Finding, Visit, VisitAnswer, VisitPhoto
from core.api.filters import UnitFilter
from core.api.serializers import CodeField, PersonField
from core.api.viewsets import Resource


class VisitOut(serializers.ModelSerializer):
    """A visit to a store. `distance_m` is how far from the store it was checked in; `score` 0 to 100."""

    dealer = CodeField()
    manager = PersonField()

    class Meta:
        model = Visit
        fields: tuple[str, ...] = (
            "id",
            "client_id",
            "dealer",
            "manager",
            "kind",
            "regime",
            "state",
            "checked_in_at",
            "checked_out_at",
            "distance_m",
            "too_far",
            "too_short",
            "too_long",
            "score",
        )
        read_only_fields = fields


class AnswerOut(serializers.ModelSerializer):
    """The answer to one question of the visit's checklist."""

    class Meta:
        model = VisitAnswer
        fields = ("question", "value", "note", "answered_at")
        read_only_fields = fields


class FindingOut(serializers.ModelSerializer):
    """Something wrong that a visit saw."""

    visit = serializers.PrimaryKeyRelatedField(read_only=True)
    dealer = CodeField()

    class Meta:
        model = Finding
        fields = ("id", "visit", "dealer", "question", "category", "text", "state", "found_at")
        read_only_fields = fields


class PhotoOut(serializers.ModelSerializer):
    """A photo of a visit; its picture is on the visit's page."""

    class Meta:
        model = VisitPhoto
        fields = ("id", "finding", "question", "caption", "width", "height", "size", "taken_at", "uploaded_at")
        read_only_fields = fields


class VisitDetailOut(VisitOut):
    """A visit with what it was asked, what was answered and what was found."""

    answers = AnswerOut(many=True, read_only=True)
    findings = FindingOut(many=True, read_only=True)
    photos = PhotoOut(many=True, read_only=True)
    checklist = serializers.DictField(read_only=True)

    class Meta(VisitOut.Meta):
        fields = (
            *VisitOut.Meta.fields,
            "latitude",
            "longitude",
            "accuracy_m",
            "distance_reason",
            "length_reason",
            "summary",
            "checklist",
            "answers",
            "findings",
            "photos",
        )
        read_only_fields = fields


class VisitFilter(django_filters.FilterSet):
    dealer = django_filters.CharFilter(field_name="dealer__code")
    manager = django_filters.CharFilter(field_name="manager__username")
    org_unit = UnitFilter(path="dealer__org_unit")
    checked_in_at = django_filters.IsoDateTimeFromToRangeFilter()

    class Meta:
        model = Visit
        fields = ("kind", "state", "regime", "too_far", "too_short", "too_long", "client_id")


class FindingFilter(django_filters.FilterSet):
    dealer = django_filters.CharFilter(field_name="dealer__code")
    org_unit = UnitFilter(path="dealer__org_unit")
    visit = django_filters.NumberFilter(field_name="visit_id", max_value=2**62)
    found_at = django_filters.IsoDateTimeFromToRangeFilter()

    class Meta:
        model = Finding
        fields = ("category", "state")


class Visits(Resource):
    """Visits to the dealers within the scope."""

    permission = Permission.VIEW_VISITS
    lookup_value_regex = "[0-9]{1,18}"
    serializer_class = VisitOut
    detail_serializer_class = VisitDetailOut
    filterset_class = VisitFilter
    ordering = ("-checked_in_at",)
    ordering_fields = ("checked_in_at", "checked_out_at", "score", "distance_m")

    def get_rows(self, user: Any) -> Any:
        rows = Visit.objects.visible_to(user).select_related("dealer", "manager")
        if self.action == "retrieve":
            return rows.prefetch_related("answers", "findings__dealer", "photos")
        return rows


class Findings(Resource):
    """Findings at the dealers within the scope."""

    permission = Permission.VIEW_VISITS
    lookup_value_regex = "[0-9]{1,18}"
    serializer_class = FindingOut
    filterset_class = FindingFilter
    ordering = ("-found_at",)
    ordering_fields = ("found_at", "category", "state")

    def get_rows(self, user: Any) -> Any:
        return Finding.objects.visible_to(user).select_related("dealer")
