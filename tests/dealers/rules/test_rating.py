"""What a rating proposes: docs/dealers.md, "Rating"."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.periods import InvalidPeriod
from dealers.rules.rating import RatingPeriod, Subject, Term, propose
from dealers.rules.tier_check import TIERS, Checked, Criterion

Q3, YEAR = RatingPeriod(2026, 3), RatingPeriod(2026)
TERM = Term(date(2026, 1, 1), date(2026, 12, 31), 100)
TWICE = (date(2026, 3, 1), date(2026, 9, 30))


def answers(*met: str) -> dict[str, list[Checked]]:
    """Every tier with one criterion, which is met for those that are named."""
    asked = Criterion("boss_connected", "equals", "yes")
    return {tier: [Checked(asked, True, tier in met)] for tier in TIERS}


@pytest.mark.parametrize(
    ("text", "first", "last", "effective"),
    [
        ("2026Q3", date(2026, 7, 1), date(2026, 9, 30), date(2026, 10, 1)),
        ("2026Q4", date(2026, 10, 1), date(2026, 12, 31), date(2027, 1, 1)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)),
    ],
)
def test_periods(text: str, first: date, last: date, effective: date) -> None:
    period = RatingPeriod.parse(text)
    assert (str(period), period.first, period.last, period.effective_on) == (text, first, last, effective)


@pytest.mark.parametrize("text", ["2026Q5", "2026H1", "2026-09", "26Q1", "0000", ""])
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(InvalidPeriod) as raised:
        RatingPeriod.parse(text)
    assert raised.value.args == (text,)


def test_the_first_year_is_one() -> None:
    assert RatingPeriod.parse("0001") == RatingPeriod(1)


def test_a_year_comes_after_its_last_quarter() -> None:
    in_order = [RatingPeriod.parse(text) for text in ("2025", "2026Q1", "2026Q2", "2026Q4", "2026", "2027Q1")]
    assert sorted(in_order, reverse=True) == in_order[::-1]
    assert not any(period < period for period in in_order)


def proposed(period: RatingPeriod, **fields: object) -> tuple[str, str] | None:
    given_ = {"tier": "exclusive", "answers": answers(*TIERS[:2]), "term": TERM, **fields}
    found = propose(Subject(**given_), period)  # type: ignore[arg-type]
    return found and (found.tier, found.reason)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"answers": answers(*TIERS)}, ("mall", "criteria_met")),
        ({"tier": "partner"}, ("exclusive", "criteria_met")),
        # a tier is skipped if the higher one is met
        ({"tier": "partner", "answers": answers("partner", "mall")}, ("mall", "criteria_met")),
        # not met any more: that is for the year's end
        ({"answers": answers()}, None),
        # exclusivity: two within the agreement in force
        ({"breaches": TWICE}, ("partner", "exclusivity")),
        ({"breaches": TWICE[:1]}, None),
        ({"breaches": (date(2025, 12, 31), TWICE[0])}, None),
        ({"breaches": (TERM.starts_on, TERM.ends_on)}, ("partner", "exclusivity")),
        ({"breaches": TWICE, "term": None}, None),
        ({"breaches": TWICE, "answers": answers(*TIERS)}, ("partner", "exclusivity")),
        # already a partner: nothing to change, and no promotion
        ({"tier": "partner", "breaches": TWICE}, None),
        # sales of a mall
        ({"tier": "mall", "answers": answers(*TIERS), "sales": (99, 99)}, ("exclusive", "sales_missed")),
        ({"tier": "mall", "answers": answers(*TIERS), "sales": (0, 0)}, ("exclusive", "sales_missed")),
        ({"tier": "mall", "answers": answers(*TIERS), "sales": (99, 100)}, None),
        ({"tier": "mall", "answers": answers(*TIERS), "sales": (100, 99)}, None),
        ({"tier": "mall", "answers": answers(*TIERS), "sales": (99, None)}, None),
        ({"tier": "exclusive", "sales": (0, 0)}, None),
        (
            {"tier": "mall", "sales": (0, 0), "term": Term(date(2026, 4, 2), date(2026, 12, 31), 100)},
            None,
        ),
        (
            {"tier": "mall", "sales": (0, 0), "term": Term(date(2026, 4, 1), date(2026, 9, 30), 100)},
            ("exclusive", "sales_missed"),
        ),
        ({"tier": "mall", "sales": (0, 0), "term": Term(TERM.starts_on, TERM.ends_on, None)}, None),
        ({"tier": "mall", "sales": (0, 0), "term": None}, None),
        ({"tier": "mall", "sales": (0, 0), "breaches": TWICE}, ("partner", "exclusivity")),
    ],
)
def test_after_a_quarter(fields: dict[str, object], expected: tuple[str, str] | None) -> None:
    assert proposed(Q3, **fields) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"answers": answers(*TIERS)}, None),
        ({"tier": "mall"}, ("exclusive", "criteria_not_met")),
        ({"answers": answers("partner")}, ("partner", "criteria_not_met")),
        ({"answers": answers()}, ("", "criteria_not_met")),
        ({"answers": answers("partner", "mall")}, ("mall", "criteria_not_met")),
        ({"answers": answers("partner", "mall"), "breaches": TWICE}, ("partner", "criteria_not_met")),
        ({"answers": answers("mall"), "breaches": TWICE}, ("", "criteria_not_met")),
        ({"answers": {}}, None),
        ({"tier": "mall", "answers": answers(*TIERS), "sales": (0, 0)}, None),
    ],
)
def test_after_a_year(fields: dict[str, object], expected: tuple[str, str] | None) -> None:
    assert proposed(YEAR, **fields) == expected


DAYS = st.dates(date(2025, 1, 1), date(2026, 9, 30))


@settings(deadline=None)  # a busy machine is no failure
@given(
    tier=st.sampled_from(TIERS),
    met=st.sets(st.sampled_from(TIERS)),
    breaches=st.lists(DAYS, max_size=4),
    sales=st.tuples(st.integers(0, 200) | st.none(), st.integers(0, 200) | st.none()),
    period=st.sampled_from([Q3, YEAR]),
)
def test_only_changes_and_never_upwards_after_two_breaches(tier, met, breaches, sales, period) -> None:
    found = propose(Subject(tier, answers(*met), TERM, breaches, sales), period)
    if found is None:
        return
    assert found.tier != tier
    inside = sum(TERM.starts_on <= day <= TERM.ends_on for day in breaches)
    if found.tier:
        rises = TIERS.index(found.tier) > TIERS.index(tier)
        assert not (rises and inside >= 2)
        assert found.reason != "criteria_met" or (rises and found.tier in met)
    else:
        assert period == YEAR
