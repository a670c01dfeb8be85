"""What was changed about a dealer: who, when, before, after.

Read from the event tables that database triggers fill, so it also shows what was
changed in bulk or by hand.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Field, ForeignKey, Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import formats
from dealers import models

Text = str | Promise
LIMIT = 60
# Rows whose every version is shown; what they are called on a screen.
TRACKED: dict[type[Model], Text] = {
    models.Dealer: _("Archive"),
    models.DealerTier: _("Tier"),
    models.DealerUnit: _("Unit"),
    models.DealerEnding: _("Ending"),
    models.DealerSuspension: _("Suspension"),
    models.Agreement: _("Agreement"),
    models.DealerAccount: _("Payment account"),
    models.TierWaiver: _("Waiver"),
}
HIDDEN = frozenset({"id", "pinyin", "created_at", "dealer", "entered_at", "verified_at", "entered_by", "verified_by"})
MASKED = frozenset({(models.DealerAccount, "number"), (models.Dealer, "contact_phone")})


@dataclass(frozen=True)
class Difference:
    """One field: its label and its value before and after, in words."""

    label: Text
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One version of a row against the one before it. `by` is empty for the system."""

    at: datetime
    by: str
    what: Text
    kind: str  # "insert" or "update"
    differences: list[Difference]

    @property
    def colour(self) -> str:
        return "blue" if self.kind == "insert" else "grey"


def changes(*, dealer: models.Dealer, limit: int = LIMIT) -> list[Change]:
    """The newest changes first: one query for each tracked table, and one for each kind of name."""
    versions = [version for model in TRACKED for version in _versions(model, dealer, limit)]
    versions.sort(key=lambda version: version[1].pgh_created_at, reverse=True)
    names = _names(versions)
    found = []
    for model, event, before in versions:
        differences = _differences(model, event, before, names)
        if differences:
            user = (event.pgh_context.metadata or {}).get("user") if event.pgh_context_id else None
            found.append(
                Change(
                    at=event.pgh_created_at,
                    by=names[User].get(user, ""),
                    what=TRACKED[model],
                    kind=event.pgh_label,
                    differences=differences,
                )
            )
    return found[:limit]


Version = tuple[type[Model], Any, Any]


def _versions(model: type[Model], dealer: models.Dealer, limit: int) -> Iterable[Version]:
    """(model, event, the event before it of the same row or None)."""
    events = model._meta.get_field("events").related_model.objects  # type: ignore[union-attr]
    key = "pgh_obj" if model is models.Dealer else "dealer"
    rows = list(events.filter(**{key: dealer.pk}).select_related("pgh_context").order_by("-pgh_id")[: limit + 1])
    for place, event in enumerate(rows[:limit]):
        before = next((row for row in rows[place + 1 :] if row.pgh_obj_id == event.pgh_obj_id), None)
        if before is not None or event.pgh_label == "insert":
            yield model, event, before


def _names(versions: list[Version]) -> dict[type[Model], dict[Any, str]]:
    """The texts of all rows that the versions point to, by model."""
    wanted: dict[type[Model], set[Any]] = {User: set()}
    for model, event, before in versions:
        if event.pgh_context_id:
            wanted[User].add((event.pgh_context.metadata or {}).get("user"))
        for field in _fields(model):
            if isinstance(field, ForeignKey):
                target = wanted.setdefault(field.related_model, set())  # type: ignore[arg-type]
                target.update(getattr(row, field.attname) for row in (event, before) if row is not None)
    return {
        target: {row.pk: str(row) for row in target._default_manager.filter(pk__in=keys - {None})}
        for target, keys in wanted.items()
    }


def _fields(model: type[Model]) -> list[Field]:
    return [field for field in model._meta.concrete_fields if field.name not in HIDDEN]


def _differences(
    model: type[Model], event: Any, before: Any, names: dict[type[Model], dict[Any, str]]
) -> list[Difference]:
    found = []
    for field in _fields(model):
        new = getattr(event, field.attname)
        old = getattr(before, field.attname) if before is not None else None
        # Of a new archive only its beginning is told: all of it stands on the page.
        told = before is not None or (model is not models.Dealer or field.name == "name")
        if told and new != old and not (before is None and new in ("", None)):
            found.append(Difference(field.verbose_name, _words(field, old, names), _words(field, new, names)))
    return found


def _words(field: Field, value: Any, names: dict[type[Model], dict[Any, str]]) -> str:
    """A stored value as a reader knows it."""
    if value is None or value == "":
        return formats.ABSENT
    if isinstance(field, ForeignKey):
        return names[field.related_model].get(value, str(value))  # type: ignore[index]
    if (field.model, field.name) in MASKED:
        return formats.mask(value)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return str(value)
