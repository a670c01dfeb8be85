"""Move an object from one state to the next, under a lock and with a trace."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Refused
from core.models import Transition


class MoveRefused(Refused):
    """The machine has no such move from the object's present state."""

    code = "move_refused"


def move(obj: models.Model, *, action: str, by: Any, at: datetime, reason: str = "") -> str:
    """Apply `action` to `obj` and return the new state.

    The row is locked and read again first, so that of two people who press at the same
    time one is refused. Saves `state` and writes a `Transition`; must run inside the
    caller's transaction if the caller changes more. Raises MoveRefused.
    """
    model = type(obj)
    with transaction.atomic():
        before = model._base_manager.select_for_update(of=("self",)).values_list("state", flat=True).get(pk=obj.pk)
        after = _target(obj, before, action)
        obj.state = after  # type: ignore[attr-defined]
        model._base_manager.filter(pk=obj.pk).update(state=after)
        record(obj, action=action, before=before, after=after, by=by, at=at, reason=reason)
    return after


def demand(obj: Any, *, action: str) -> None:
    """Raise MoveRefused unless `action` is possible from the state of `obj`, which the caller has locked.

    For callers that write more than the state, before they do.
    """
    _target(obj, obj.state, action)


def _target(obj: Any, state: str, action: str) -> str:
    machine = type(obj).machine
    after = machine.target(state, action)
    if after is None:
        raise MoveRefused(
            _("%(thing)s is %(state)s: “%(action)s” is not possible now. Reload the page to see what is.")
            % {"thing": obj, "state": machine.state(state).label, "action": machine.actions.get(action, action)},
            state=state,
            action=action,
        )
    return str(after)


def record(obj: models.Model, *, action: str, before: str, after: str, by: Any, at: datetime, reason: str = "") -> None:
    """Write the trace of something done to `obj` that is not (or not only) a change of state."""
    record_all([obj], action=action, before=before, after=after, by=by, at=at, reason=reason)


def record_all(
    objs: Iterable[models.Model], *, action: str, before: str, after: str, by: Any, at: datetime, reason: str = ""
) -> None:
    """Write the trace of the same thing done to many objects, in one statement."""
    Transition.objects.bulk_create(
        Transition(
            subject_type=obj._meta.label_lower,
            subject_id=obj.pk,
            action=action,
            before=before,
            after=after,
            by=by,
            at=at,
            reason=reason,
        )
        for obj in objs
    )
