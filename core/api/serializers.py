"""Fields that the resources share."""

from typing import Any

import structlog
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.formats import mask
from core.views.base import may

log = structlog.get_logger(__name__)


class Money(serializers.DecimalField):
    """Yuan as text with two decimals, so that no reader makes a float of it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_digits": 16, "decimal_places": 2, "read_only": True, **kwargs})


@extend_schema_field({"type": "string", "pattern": r"^\d{4}-\d{2}$", "example": "2026-09"})
class MonthField(serializers.ReadOnlyField):
    """A month's first day as `2026-09`."""

    def to_representation(self, value: Any) -> str:
        return f"{value:%Y-%m}"


@extend_schema_field(OpenApiTypes.STR)
class Personal(serializers.ReadOnlyField):
    """Personal data: whole for those who hold `permission`, else with its middle hidden.

    That it was shown whole is logged, once a request.
    """

    def __init__(self, *, permission: Any, **kwargs: Any) -> None:
        self.permission = permission
        super().__init__(**kwargs)

    def to_representation(self, value: Any) -> str:
        request = self.context.get("request")
        if not value or request is None or not may(request.user, self.permission):
            return mask(value)
        shown = request._request.__dict__.setdefault("personal_data_shown", set())
        if self.field_name not in shown:
            shown.add(self.field_name)
            log.info("personal_data_shown", user=request.user.pk, field=self.field_name, path=request.path)
        return str(value)


@extend_schema_field(OpenApiTypes.STR)
class PersonField(serializers.SlugRelatedField):
    """A user by user name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="username", read_only=True, allow_null=True, **kwargs)


class CodeField(serializers.SlugRelatedField):
    """A related row by its code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"slug_field": "code", "read_only": True, "allow_null": True, **kwargs})


class TransitionOut(serializers.Serializer):
    """Who did what, when and why."""

    action = serializers.CharField(read_only=True)
    before = serializers.CharField(read_only=True)
    after = serializers.CharField(read_only=True)
    by = PersonField()
    at = serializers.DateTimeField(read_only=True)
    reason = serializers.CharField(read_only=True)


class ReasonIn(serializers.Serializer):
    """Why something is done."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class NeededReasonIn(serializers.Serializer):
    """Why something is done, which must be said."""

    reason = serializers.CharField(max_length=500)


class InScope(serializers.SlugRelatedField):
    """A row that a request names by its code; one outside the caller's scope does not exist."""

    def __init__(self, model: Any, *, slug_field: str = "code", **kwargs: Any) -> None:
        super().__init__(slug_field=slug_field, queryset=model._default_manager.none(), **kwargs)

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        request = self.context.get("request")
        return rows.model._default_manager.visible_to(request.user) if request is not None else rows

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or "\x00" in data:
            self.fail("does_not_exist", slug_name=self.slug_field, value="")
        return super().to_internal_value(data)
