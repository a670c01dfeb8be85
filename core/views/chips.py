"""The filters that are at work, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import formats


@dataclass(frozen=True)
class Chip:
    """An active filter in words, and the address without it."""

    label: str
    value: str
    url: str


def in_words(field: Any, value: Any) -> str:
    """A filter's value as the reader chose it."""
    choices = dict(_flat(getattr(field, "choices", []) or [])) if not hasattr(field, "queryset") else {}
    if hasattr(value, "start") and hasattr(value, "stop"):
        return " – ".join(str(formats.plain("date", end) or "") for end in (value.start, value.stop))
    if isinstance(value, list | tuple | set | QuerySet):
        return ", ".join(str(choices.get(str(one), one)) for one in value)
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    shown = choices.get(str(value), value)
    return str(formats.plain("text", shown)) if not isinstance(shown, Promise) else str(shown)


def _flat(choices: Any) -> Iterator[tuple[str, Any]]:
    for key, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield str(key), label
