"""Filters that the resources share. Text with a NUL, which the database cannot hold, is refused."""

from typing import Any

import django_filters
from django.forms import CharField, ValidationError
from django.utils.translation import gettext_lazy as _

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


class UnitFilter(django_filters.CharFilter):
    """`?org_unit=CODE`: rows of the subtree of that unit; `path` is the way to the unit."""

    def __init__(self, *, path: str, **kwargs: Any) -> None:
        self.path = path
        super().__init__(label="code of an org unit: its whole subtree", **kwargs)

    def filter(self, rows: Any, value: str) -> Any:
        return rows.filter(**{f"{self.path}__path__contains": f"/{value}/"}) if value else rows
