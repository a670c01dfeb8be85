"""Filters that the resources share. Text with a NUL, which the database cannot hold, is refused."""

from datetime import UTC, datetime
from typing import Any

import django_filters
from django.forms import CharField, ValidationError
from django.utils.translation import gettext_lazy as _
from django_filters.fields import IsoDateTimeRangeField

from core.periods import Month


class _MonthField(CharField):
    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return Month.parse(text).first
        except ValueError as error:
            raise ValidationError(_("Write the month like 2026-09."), code="invalid") from error


class MonthFilter(django_filters.Filter):
    """`?month=2026-09` on a column that holds the month's first day."""

    field_class = _MonthField


class _MomentsField(IsoDateTimeRangeField):
    """Two moments in UTC: the database takes no offset beyond 16 hours, ISO 8601 does."""

    def compress(self, data_list: list[datetime | None]) -> slice | None:
        try:
            moments = [moment and moment.astimezone(UTC) for moment in data_list]
        except OverflowError as error:
            raise ValidationError(_("Write the time as in 2026-09-01T13:05:00+08:00."), code="invalid") from error
        return super().compress(moments)


class MomentsFilter(django_filters.IsoDateTimeFromToRangeFilter):
    """`?found_at_after=…&found_at_before=…`, ISO 8601."""

    field_class = _MomentsField


class UnitFilter(django_filters.CharFilter):
    """`?org_unit=CODE`: rows of the subtree of that unit; `path` is the way to the unit."""

    def __init__(self, *, path: str, **kwargs: Any) -> None:
        self.path = path
        super().__init__(label="code of an org unit: its whole subtree", **kwargs)

    def filter(self, rows: Any, value: str) -> Any:
        return rows.filter(**{f"{self.path}__path__contains": f"/{value}/"}) if value else rows
