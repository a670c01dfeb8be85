"""The demo in a size for tests, loaded once for a module and rolled back after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import transaction

from channels_portal.demo import seed
from channels_portal.demo.plan import Plan, Scale

TODAY = date(2026, 11, 12)
TINY = Scale("tiny", dealers=48, months=3, sales=2_400, managers=20)


@contextmanager
def loaded(blocker: Any, *, settle: bool = True, scale: Scale = TINY, number: int = 1) -> Iterator[dict[str, Any]]:
    """What `seed.run` says; its data are there as long as the context."""
    with blocker.unblock(), transaction.atomic():
        yield seed.run(Plan(scale, number, TODAY), settle=settle)
        transaction.set_rollback(True)
