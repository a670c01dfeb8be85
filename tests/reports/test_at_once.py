"""Many who open the same report at once: the work is done once."""

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from core import sql
from reports.periods import parse_span
from reports.queries import effectiveness
from reports.queries.effectiveness import Dimension
from tests.support.workers import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

SPAN = parse_span("2026-10")


def look() -> int:
    """How many statements one look at the kept facts asked of the database."""
    asked: list[str] = []

    def watch(execute: Any, query: str, *more: Any) -> Any:
        asked.append(query)
        return execute(query, *more)

    with connection.execute_wrapper(watch):
        effectiveness.report(span=SPAN, dimension=Dimension.COUNTY, unit=None, keep=True)
    return len(asked)


def test_one_works_and_the_others_wait(tmp_path: Path) -> None:
    answers = [answer["did"] for answer in race(tmp_path, *[look] * 4)]
    again = look()
    assert sorted(answers)[:3] == [again] * 3
    assert max(answers) > again


def test_who_comes_as_another_ends_takes_what_he_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = cache.add

    def late(*asked: Any) -> bool:
        monkeypatch.undo()
        race(tmp_path, look)
        return bool(claim(*asked))

    monkeypatch.setattr(cache, "add", late)
    came_late = look()
    assert came_late == look()


def test_one_that_failed_leaves_it_to_the_next(tmp_path: Path) -> None:
    sql.execute("ALTER TABLE inventory_salesrecord RENAME TO elsewhere")
    refused = race(tmp_path, look)[0]
    sql.execute("ALTER TABLE elsewhere RENAME TO inventory_salesrecord")
    assert refused["refused"] == "ProgrammingError"
    assert race(tmp_path, look)[0]["did"] > look()
