"""The workers themselves: they stand on their own whatever their process did before."""

from pathlib import Path

import pytest

from core import sql
from tests.support.database import restore
from tests.support.workers import Worker


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_after_a_browser_a_worker_does_not_go_on_with_an_old_connection(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    sql.fetch_value("SELECT 1")
    request.getfixturevalue("chromium")
    restore()  # ends every session of the database
    assert Worker(lambda: sql.fetch_value("SELECT 1"), tmp_path / "answer.json").result() == {"did": 1}
