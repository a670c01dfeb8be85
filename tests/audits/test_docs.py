"""The executed tables of docs/visits.md."""

from datetime import timedelta
from decimal import Decimal

import pytest

from audits.queries.settings import visit_settings
from audits.rules import checklist, draw, place, visit_length
from audits.rules.checklist import Question
from tests.examples.tables import executed

TABLES = executed("visits.md")


@pytest.mark.django_db
@pytest.mark.parametrize("row", TABLES["marks"])
def test_marks(row):
    settings = visit_settings()
    found = visit_length.marks(
        distance=float(row["Distance (m)"]) if row["Distance (m)"] else None,
        farthest=settings.farthest,
        lasted=timedelta(minutes=int(row["Minutes"])),
        length=visit_length.expected(regime=row["Regime"], kind=row["Kind"], lengths=settings.lengths),
    )
    marks = {"too far": found.too_far, "too short": found.too_short, "too long": found.too_long}
    assert ", ".join(words for words, holds in marks.items() if holds) == row["Marks"]


@pytest.mark.parametrize("row", TABLES["evidence"])
def test_evidence(row):
    metres = {name: float(row[name]) if row[name] else None for name in ("Distance (m)", "Accuracy (m)")}
    found = place.evidence(distance=metres["Distance (m)"], accuracy=metres["Accuracy (m)"], farthest=300)
    assert found == row["Evidence"]


@pytest.mark.parametrize("row", TABLES["draws"])
def test_draws(row):
    pool = [("D", 1), ("A", 1), ("C", 3), ("B", 7)]
    assert draw.draw(pool, size=int(row["Stores"]), seed=row["Seed"]) == row["Drawn"].split(", ")


@pytest.mark.parametrize("row", TABLES["shares"])
def test_shares(row):
    more = row["Highest or choices"]
    fields = {
        "score": {"max_score": int(more) if more.isdecimal() else 5},
        "choice": {"choices": tuple(more.split(", "))},
    }
    question = Question(1, "", row["Kind"], **fields.get(row["Kind"], {}))
    assert checklist.share(question, row["Answer"]) == Decimal(row["Share"])
