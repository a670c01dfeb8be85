"""No page asks the database more than twenty times, session, user and menu included."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.sweep import world as worlds
from tests.sweep.test_sweep import PORTAL, client_of, subjects

pytestmark = pytest.mark.django_db
MOST = 20


@pytest.mark.parametrize("who", ["city_manager", "county_supervisor", "finance_clerk", "channel_manager", "dealer"])
def test_pages_ask_little(who: str) -> None:
    world = worlds.build()
    client, too_many = client_of(world, who), []
    client.get("/")
    for route in (one for one in PORTAL if "get" in one.methods):
        for subject in subjects(world, route, who, "get")[:1]:
            url = route.url(subject.kwargs)
            with CaptureQueriesContext(
                connection,
            ) as asked:
                answer = client.get(url)
                if answer.streaming:
                    b"".join(answer)
            count = sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")) for query in asked)
            if count > MOST:
                too_many.append(f"{url} [{route.name}]: {count}")
    assert not too_many, "\n".join(too_many)
