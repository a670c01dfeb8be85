"""Files handed in with an adjustment, a pool change request or at a step of a dispute; see `core.papers`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from commissions.models import Paper
from core.papers import Given, stored


def add(*, files: Iterable[Given], by: Any, at: datetime, **belongs_to: Any) -> list[Paper]:
    """Keep the files with what they belong to (`adjustment=…`); all of them or none.

    Must run inside the caller's transaction: if it fails later, the files are left without a row
    and nothing leads to them.
    """
    return [_add(one, by=by, at=at, belongs_to=belongs_to) for one in files]


def _add(one: Given, *, by: Any, at: datetime, belongs_to: dict[str, Any]) -> Paper:
    with stored(one, folder="papers", by=by, at=at) as fields:
        return Paper.objects.create(**fields, **belongs_to)
