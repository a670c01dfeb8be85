"""Who sees which rows, said once.

A model declares `scope = Scope(unit=..., dealer=...)`: the paths from its rows to an
org unit and to a dealer. `Model.objects.visible_to(user)` then keeps the rows of the
user's subtree, or of his own dealer if he is a dealer's user. A model without a
declaration refuses to be listed; a user without a unit sees nothing.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import Q

GLOBAL_LEVELS = ("province", "city")


def may_change_globals(user: Any) -> bool:
    """Whether the user's unit is a city or above: what holds for everybody is changed there only."""
    unit = getattr(user, "org_unit", None)
    return unit is not None and unit.level in GLOBAL_LEVELS


@dataclass(frozen=True)
class Scope:
    """Paths from a row to its org unit, its dealer, its user and its inspector ('' for the row itself).

    `unit=None` hides the rows from staff, `dealer=None` from dealers' users. Of several paths one is enough: whoever
    has one end of it in his scope sees the row. Of his unit an inspector sees the rows alone that lead to himself.
    `everyone=True` is for reference data that anyone signed in may read; `why` says why.
    """

    unit: str | tuple[str, ...] | None = None
    dealer: str | tuple[str, ...] | None = None
    user: str | None = None
    inspector: str | None = None
    everyone: bool = False
    why: str = ""

    def filter(self, user: Any) -> Q | None:
        """The condition for `user`'s rows; None if he may see none."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return None
        if self.everyone:
            return Q()
        if self.user is not None:
            return Q(**{self.user: user.pk})
        if user.is_inspector:
            return None if self.inspector is None else Q(**{self.inspector: user.pk})
        if user.is_dealer:
            if self.dealer is None or user.dealer_id is None:
                return None
            return _any(self.dealer, "pk", user.dealer_id)
        if self.unit is None or user.org_unit_id is None:
            return None
        return self.within(user.org_unit)

    def within(self, unit: Any) -> Q:
        """The condition for the rows of the subtree of `unit`; `self.unit` must be given."""
        return _any(self.unit or "", "path__startswith", unit.path)


def _any(paths: str | tuple[str, ...], lookup: str, value: Any) -> Q:
    found = Q()
    for path in (paths,) if isinstance(paths, str) else paths:
        found |= Q(**{_join(path, lookup): value})
    return found


def _join(path: str, lookup: str) -> str:
    return f"{path}__{lookup}" if path else lookup


class ScopedQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "ScopedQuerySet":
        """The rows within the user's scope; none at all when in doubt."""
        scope = getattr(self.model, "scope", None)
        if not isinstance(scope, Scope):
            raise ImproperlyConfigured(f"{self.model.__name__} declares no scope.")
        condition = scope.filter(user)
        return self.none() if condition is None else self.filter(condition)

    def within(self, unit: Any) -> "ScopedQuerySet":
        """The rows of the subtree of `unit` (all if it is None): the unit switcher's filter."""
        scope: Scope = self.model.scope  # type: ignore[attr-defined]
        if unit is None or scope.everyone or scope.unit is None:
            return self
        return self.filter(scope.within(unit))


class ScopedModel(models.Model):
    """Base of every model; subclasses set `scope`."""

    scope: ClassVar[Scope]
    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True
