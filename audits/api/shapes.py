"""Visits and findings as the API shows them."""

from rest_framework import serializers

from audits.models import Finding, Visit, VisitAnswer, VisitPhoto
from core.api.serializers import CodeField, PersonField


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
            "sent_late",
            "received_at",
            "distance_m",
            "evidence",
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


class NoteOut(serializers.Serializer):
    """What was said about a visit afterwards."""

    by = PersonField()
    at = serializers.DateTimeField(read_only=True)
    text = serializers.CharField(read_only=True)


class VisitDetailOut(VisitOut):
    """A visit with what it was asked, what was answered and what was found."""

    answers = AnswerOut(many=True, read_only=True)
    findings = FindingOut(many=True, read_only=True)
    photos = PhotoOut(many=True, read_only=True)
    checklist = serializers.DictField(read_only=True)
    notes = NoteOut(many=True, read_only=True)

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
            "notes",
        )
        read_only_fields = fields
