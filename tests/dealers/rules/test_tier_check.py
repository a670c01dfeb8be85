from datetime import date
from decimal import Decimal

import pytest

from dealers.rules import tier_check
from dealers.rules.tier_check import Checked, Criterion, Facts, InvalidCriterion, Waiver

DAY = date(2026, 9, 30)


def answer(criterion, facts, *, day=DAY, waivers=()):
    return tier_check.check(criteria=[criterion], facts=facts, day=day, waivers=waivers)[0]


ANY_LOCATION = Criterion("location_kind", "in", "city_street|town_street|large_village")
AREA = Criterion("floor_area", "at_least", "30", waivable=True)
MONTHS = Criterion("cooperation_months", "at_least", "3")
RANK = Criterion("terminal_rank", "at_most", "3")
BOSS = Criterion("boss_connected", "equals", "yes")


@pytest.mark.parametrize(
    ("criterion", "facts", "found", "met"),
    [
        (ANY_LOCATION, Facts(location_kind="town_street"), "town_street", True),
        (ANY_LOCATION, Facts(location_kind="telecom_district"), "telecom_district", False),
        (ANY_LOCATION, Facts(), None, False),
        (AREA, Facts(floor_area=Decimal("30.00")), Decimal("30.00"), True),
        (AREA, Facts(floor_area=Decimal("29.99")), Decimal("29.99"), False),
        (AREA, Facts(), None, False),
        (Criterion("floor_area", "at_most", "30"), Facts(floor_area=Decimal(30)), Decimal(30), True),
        (Criterion("floor_area", "at_most", "30"), Facts(floor_area=Decimal("30.01")), Decimal("30.01"), False),
        (Criterion("floor_area", "equals", " 30 "), Facts(floor_area=Decimal("30.00")), Decimal("30.00"), True),
        (Criterion("floor_area", "equals", "30"), Facts(floor_area=Decimal("30.01")), Decimal("30.01"), False),
        (BOSS, Facts(boss_connected=True), True, True),
        (BOSS, Facts(), False, False),
        (Criterion("boss_connected", "equals", "no"), Facts(), False, True),
        (Criterion("main_business", "equals", "other"), Facts(main_business="other"), "other", True),
        (Criterion("main_business", "in", "mobile_business | other"), Facts(main_business="other"), "other", True),
        (Criterion("floor_area", "equals", "30"), Facts(floor_area=Decimal("29.99")), Decimal("29.99"), False),
        (RANK, Facts(terminal_rank=2), 2, True),
        (RANK, Facts(terminal_rank=3), 3, True),
        (RANK, Facts(terminal_rank=4), 4, False),
        (RANK, Facts(terminal_rank=None), None, False),
        (Criterion("special_evaluation", "equals", "yes"), Facts(special_evaluation=True), True, True),
    ],
)
def test_one_criterion(criterion, facts, found, met):
    result = answer(criterion, facts)
    assert (result.criterion, result.found, result.met, result.passed) == (criterion, found, met, met)


@pytest.mark.parametrize(
    ("start", "day", "months", "met"),
    [
        ("2026-06-30", "2026-09-30", 3, True),
        ("2026-07-01", "2026-09-30", 2, False),
        ("2026-07-01", "2026-10-01", 3, True),
        ("2025-11-30", "2026-02-28", 3, True),  # February has no 30th
        ("2025-11-30", "2026-02-27", 2, False),
        ("2023-11-30", "2024-02-28", 2, False),  # a leap year has a 29th
        ("2023-11-30", "2024-02-29", 3, True),
        ("2026-10-01", "2026-09-30", -1, False),  # not begun
        ("2026-09-30", "2026-09-30", 0, False),
        ("2025-12-31", "2026-12-31", 12, True),
    ],
)
def test_months_of_cooperation_begin_on_the_first_day(start, day, months, met):
    facts = Facts(cooperation_start=date.fromisoformat(start))
    result = answer(MONTHS, facts, day=date.fromisoformat(day))
    assert (result.found, result.met) == (months, met)


def test_without_a_start_there_are_no_months():
    assert answer(MONTHS, Facts()).found is None


@pytest.mark.parametrize(
    ("own", "others", "rank"),
    [(5, [], 1), (5, [5, 5], 1), (5, [6, 5, 4], 2), (1, [9, 8, 7], 4), (0, [], None), (0, [0], None)],
)
def test_rank_counts_who_sold_strictly_more(own, others, rank):
    assert tier_check.rank_among(own, others) == rank


WAIVER = Waiver("floor_area", "李主管", "原则上不小于")


def test_a_waiver_lets_a_waivable_criterion_pass_but_does_not_say_it_is_met():
    result = answer(AREA, Facts(floor_area=Decimal(25)), waivers=[WAIVER])
    assert (result.met, result.passed, result.waiver) == (False, True, WAIVER)


def test_a_waiver_is_not_needed_for_what_is_met():
    assert answer(AREA, Facts(floor_area=Decimal(35)), waivers=[WAIVER]).waiver is None


@pytest.mark.parametrize(
    ("criterion", "waiver"),
    [
        (Criterion("floor_area", "at_least", "30"), WAIVER),  # not waivable
        (AREA, Waiver("boss_connected", "李主管", "another criterion")),
    ],
)
def test_a_waiver_without_effect(criterion, waiver):
    assert not answer(criterion, Facts(floor_area=Decimal(25)), waivers=[waiver]).passed


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        (Criterion("shoe_size", "equals", "44"), "Unknown attribute"),
        (Criterion("floor_area", "in", "30"), "cannot be compared"),
        (Criterion("boss_connected", "at_least", "yes"), "cannot be compared"),
        (Criterion("floor_area", "at_least", "large"), "not a number"),
        (Criterion("floor_area", "at_least", "NaN"), "not a number"),
        (Criterion("boss_connected", "equals", "true"), "neither yes nor no"),
        (Criterion("location_kind", "in", " | "), "empty"),
    ],
)
def test_a_criterion_that_makes_no_sense_is_refused(criterion, words):
    assert words in tier_check.problem_of(criterion)
    with pytest.raises(InvalidCriterion, match=words):
        answer(criterion, Facts())


@pytest.mark.parametrize(
    ("criterion", "problem"),
    [
        (Criterion("shoe_size", "equals", "44"), "Unknown attribute 'shoe_size'."),
        (Criterion("floor_area", "in", "30"), "floor_area cannot be compared by 'in'."),
        (Criterion("floor_area", "at_least", "large"), "'large' is not a number."),
        (Criterion("boss_connected", "equals", "true"), "'true' is neither yes nor no."),
        (Criterion("location_kind", "in", " | "), "The list is empty."),
        (AREA, ""),
        (BOSS, ""),
        (Criterion("boss_connected", "equals", "no"), ""),
        (ANY_LOCATION, ""),
    ],
)
def test_what_is_wrong_with_a_criterion(criterion, problem):
    assert tier_check.problem_of(criterion) == problem


def passed(tier_passed):
    return [Checked(BOSS, tier_passed, tier_passed)]


@pytest.mark.parametrize(
    ("answers", "tier"),
    [
        ({"partner": passed(True), "exclusive": passed(True), "mall": passed(False)}, "exclusive"),
        ({"partner": passed(False), "exclusive": passed(False), "mall": passed(True)}, "mall"),
        ({"partner": passed(False)}, None),
        ({}, None),
    ],
)
def test_the_highest_tier_whose_criteria_are_all_met(answers, tier):
    assert tier_check.highest_tier(answers) == tier


@pytest.mark.parametrize(("tier", "above"), [("partner", "exclusive"), ("exclusive", "mall"), ("mall", None)])
def test_the_tier_above(tier, above):
    assert tier_check.tier_above(tier) == above
