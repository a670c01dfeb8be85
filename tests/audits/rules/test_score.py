"""The assessment score from its parts: docs/visits.md, "Assessment scores"."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.rules import score

WEIGHTS = {"checklist": 40, "sales": 30, "training": 10, "complaints": 10, "quality": 10}
D = Decimal


@pytest.mark.parametrize(
    ("sold", "committed", "part"),
    [
        (10, 30, "100.00"),
        (5, 30, "50.00"),
        (20, 30, "100.00"),
        (0, 30, "0.00"),
        (1, 9, "33.33"),
        (1, 2400, "0.13"),
        (5, None, None),
    ],
)
def test_sales_against_target(sold: int, committed: int | None, part: str | None) -> None:
    assert score.sales(sold, committed) == (D(part) if part else None)


@pytest.mark.parametrize(
    ("activations", "faulty", "part"),
    [(10, 0, "100.00"), (3, 1, "66.67"), (2, 2, "0.00"), (800, 799, "0.13"), (0, 0, None)],
)
def test_data_quality(activations: int, faulty: int, part: str | None) -> None:
    assert score.quality(activations, faulty) == (D(part) if part else None)


@pytest.mark.parametrize(
    ("parts", "total"),
    [
        ({"checklist": "90", "sales": "80", "training": "70", "complaints": "60", "quality": "50"}, "78.00"),
        ({"checklist": "90", "sales": "80"}, "85.71"),
        ({"checklist": "90", "quality": "50"}, "82.00"),
        ({"checklist": "90"}, None),
        ({"quality": "66.67"}, None),
        ({}, None),
    ],
)
def test_parts_that_are_not_known_are_left_out(parts: dict[str, str], total: str | None) -> None:
    given_parts = {name: D(parts[name]) if name in parts else None for name in score.PARTS}
    assert score.total(given_parts, WEIGHTS, least=50) == (D(total) if total else None)


def test_a_weight_of_zero_takes_a_part_out() -> None:
    parts = dict.fromkeys(score.PARTS, D(50)) | {"sales": D(0)}
    assert score.total(parts, {**WEIGHTS, "sales": 0}, least=50) == D(50)
    assert score.total(parts, dict.fromkeys(score.PARTS, 0), least=0) is None


@pytest.mark.parametrize(("weight", "known"), [(499, False), (500, True)])
def test_a_thousandth_too_little_is_too_little(weight: int, known: bool) -> None:
    parts = {"checklist": D(80), "sales": None}
    found = score.total(parts, {"checklist": weight, "sales": 1000 - weight}, least=50)
    assert found == (D("80.00") if known else None)


PART = st.decimals(0, 100, places=2) | st.none()


@settings(deadline=None)  # a busy machine is no failure
@given(parts=st.fixed_dictionaries(dict.fromkeys(score.PARTS, PART)))
def test_it_lies_between_the_lowest_and_the_highest_part(parts: dict[str, Decimal | None]) -> None:
    known = [value for value in parts.values() if value is not None]
    total = score.total(parts, WEIGHTS, least=0)
    assert (total is None) == (not known)
    if total is not None:
        assert min(known) <= total <= max(known)
