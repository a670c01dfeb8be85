"""A portal of its own for the journeys, in which it is 3 December 2026."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.conf import settings

from tests.journeys.person import Person
from tests.support.browser import OpenPage
from tests.support.live import LivePortal, running

TODAY = date(2026, 12, 3)
Meet = Callable[..., Person]


@pytest.fixture(scope="module")
def journey_portal(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivePortal]:
    folder = tmp_path_factory.mktemp("journey")
    own = f"{settings.REDIS_PREFIX}{folder.name}-"  # or another portal's worker takes the jobs
    with running(folder, PORTAL_TODAY=TODAY.isoformat(), PORTAL_REDIS_PREFIX=own) as portal:
        yield portal


@pytest.fixture
def empty_portal(transactional_db: None, journey_portal: LivePortal) -> LivePortal:
    """Migrated, and nothing else in it; what the test brings in is gone after it."""
    return journey_portal


@pytest.fixture
def meet(journey_portal: LivePortal, open_page: OpenPage) -> Meet:
    """``meet("admin", "phone")``: a person with a browser of that width, not yet signed in."""

    def one(username: str, width: str = "desktop", **options: Any) -> Person:
        return Person(journey_portal, open_page(width, **options), username)

    return one
