"""The score against figures worked out by hand and against pandas."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from reports.rules.effectiveness import (
    INDICATORS,
    WEIGHTS,
    Facts,
    WeightsInvalid,
    evaluate,
    has_score,
    rounded,
    standardise,
)

ROOT_HALF = Decimal("0.7071067811865475244")


def facts(group: str, **figures: int | str) -> Facts:
    """A group that developed 100, all in network and active, billed 4,000 for 1,000 of commission."""
    values = {"developed": 100, "active": 100, "in_network": 100, "revenue": "4000", "commission": "1000"} | figures
    counts = ("developed", "churned", "active", "in_network")
    return Facts(group, **{key: int(value) if key in counts else Decimal(value) for key, value in values.items()})


def test_two_groups_by_hand():
    """With two groups every indicator is ±1/√2 from the mean: 0.30 − 0.25 + 0.05 − 0.20 + 0.20 = 0.10 of it."""
    best = facts("A", developed=10, churned=1, active=8, in_network=9, revenue=450, commission=225)
    other = facts("B", developed=20, churned=4, active=18, in_network=16, revenue=640, commission=640)
    result = evaluate([other, best])
    assert [one.group for one in result.groups] == ["A", "B"]
    first, second = result.groups
    assert (first.revenue_per_100, first.churn_rate, first.active_rate, first.arpu) == (
        Decimal(200),
        Decimal("0.1"),
        Decimal("0.8"),
        Decimal(50),
    )
    assert (first.score, second.score) == (Decimal("0.070711"), Decimal("-0.070711"))
    assert (first.rank, second.rank) == (1, 2)
    assert first.contributions["revenue_per_100"] == pytest.approx(Decimal("0.30") * ROOT_HALF)
    assert first.contributions["developed"] == pytest.approx(Decimal("-0.25") * ROOT_HALF)
    assert first.contributions["churn_rate"] == pytest.approx(Decimal("0.05") * ROOT_HALF)


def test_three_groups_one_standard_deviation_apart():
    rows = [
        facts(name, commission=cost)
        for name, cost in (("A", 4000), ("B", 2000), ("C", "1333.333333333333333333333333"))
    ]
    scores = {one.group: one.score for one in evaluate(rows).groups}
    assert scores == {"A": Decimal("-0.300000"), "B": Decimal("0.000000"), "C": Decimal("0.300000")}


def test_equal_groups_share_the_first_rank_with_a_score_of_nothing():
    result = evaluate([facts("A"), facts("B"), facts("C")])
    assert [(one.score, one.rank) for one in result.groups] == [(Decimal(0), 1)] * 3


def test_the_rank_after_a_shared_one_counts_all_before():
    result = evaluate([facts("A"), facts("B"), facts("C", commission=9000)])
    assert [(one.group, one.rank) for one in result.groups] == [("A", 1), ("B", 1), ("C", 3)]


def test_a_single_group_has_no_one_to_be_compared_with():
    (only,) = evaluate([facts("A", churned=7)]).groups
    assert (only.score, only.rank, only.churn_rate) == (Decimal(0), 1, Decimal("0.07"))


@pytest.mark.parametrize("figures", [{"developed": 0}, {"commission": 0}, {"developed": 0, "commission": 0}])
def test_without_users_or_commission_a_group_is_left_out_and_counts_for_nothing(figures):
    with_it, without = (
        evaluate([facts("A"), facts("B", active=50), facts("X", **figures)]),
        evaluate([facts("A"), facts("B", active=50)]),
    )
    assert with_it.groups == without.groups
    assert [one.group for one in with_it.left_out] == ["X"]


def test_an_indicator_whose_divisor_is_nothing_is_nothing():
    one = next(
        one
        for one in evaluate([facts("A", in_network=0, revenue=0, churned=100), facts("B")]).groups
        if one.group == "A"
    )
    assert (one.arpu, one.arrears_share, one.revenue_per_100) == (0, 0, 0)


@pytest.mark.parametrize(
    "change", [{"arpu": Decimal("0.21")}, {"arpu": Decimal("-0.20"), "developed": Decimal("0.65")}]
)
def test_weights_must_sum_to_one_and_not_be_negative(change):
    with pytest.raises(WeightsInvalid):
        evaluate([], weights=WEIGHTS | change)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"arpu": Decimal(1)}, "arpu 1"),
        (
            WEIGHTS | {"other": Decimal(0)},
            "revenue_per_100 0.30, developed 0.25, churn_rate 0.05, active_rate 0.20, arpu 0.20, other 0",
        ),
    ],
)
def test_there_is_one_weight_for_each_indicator(weights, said):
    with pytest.raises(WeightsInvalid) as raised:
        evaluate([], weights=weights)
    assert str(raised.value) == said


def test_weights_may_be_nothing_but_for_one():
    weights = dict.fromkeys(INDICATORS, Decimal(0)) | {"developed": Decimal(1)}
    found = evaluate([facts("A", developed=10), facts("B", developed=20)], weights=weights).groups
    assert [(one.group, str(one.score)) for one in found] == [("B", "0.707107"), ("A", "-0.707107")]


@pytest.mark.parametrize(
    ("developed", "commission", "scored"), [(1, "0.01", True), (0, "0.01", False), (1, "0", False), (1, "-5", False)]
)
def test_which_groups_have_a_score(developed, commission, scored):
    assert has_score(facts("A", developed=developed, commission=commission)) is scored


def test_every_figure_of_a_group():
    (one,) = evaluate(
        [
            facts(
                "A", developed=40, churned=10, active=30, in_network=50, revenue="2000", arrears="500", commission="800"
            )
        ]
    ).groups
    assert (one.revenue_per_100, one.churn_rate, one.active_rate, one.arpu) == (
        250,
        Decimal("0.25"),
        Decimal("0.75"),
        40,
    )
    assert (one.arrears_share, one.commission_per_user) == (Decimal("0.25"), 20)
    assert one.contributions == dict.fromkeys(INDICATORS, Decimal(0))
    assert str(one.score) == "0.000000"


def test_groups_that_are_left_out_are_named_in_order():
    result = evaluate([facts("C", developed=0), facts("A", commission=0), facts("B")])
    assert [one.group for one in result.left_out] == ["A", "C"]
    assert [one.group for one in result.groups] == ["B"]


def test_figures_are_exact_to_fifty_digits():
    (one,) = evaluate([facts("A", developed=3, churned=1)]).groups
    assert str(one.churn_rate) == "0." + "3" * 50


@pytest.mark.parametrize(("value", "expected"), [("0.125", "0.13"), ("-0.125", "-0.13"), ("0.1249", "0.12")])
def test_halves_are_rounded_away_from_zero(value, expected):
    assert str(rounded(Decimal(value), Decimal("0.01"))) == expected


def test_the_sample_is_standardised():
    assert standardise([Decimal(1), Decimal(2), Decimal(3)]) == [-1, 0, 1]
    assert standardise([Decimal(2), Decimal(2)]) == [0, 0]
    assert standardise([Decimal(5)]) == [0]


def test_nothing_to_standardise():
    assert standardise([]) == []
    assert evaluate([]).groups == ()


@pytest.mark.parametrize("seed", range(5))
def test_the_same_as_pandas(seed):
    chance = np.random.default_rng(seed)
    rows = [
        facts(
            f"G{place:03d}",
            developed=int(chance.integers(1, 400)),
            churned=int(chance.integers(0, 60)),
            active=int(chance.integers(0, 300)),
            in_network=int(chance.integers(1, 300)),
            revenue=f"{chance.uniform(100, 40_000):.2f}",
            commission=f"{chance.uniform(100, 20_000):.2f}",
        )
        for place in range(40)
    ]
    frame = pd.DataFrame([vars(one) for one in rows]).set_index("group").astype(float)
    table = pd.DataFrame(
        {
            "revenue_per_100": 100 * frame.revenue / frame.commission,
            "developed": frame.developed,
            "churn_rate": 1 - frame.churned / frame.developed,
            "active_rate": frame.active / frame.developed,
            "arpu": frame.revenue / frame.in_network,
        }
    )
    weighted = ((table - table.mean()) / table.std(ddof=1)) * pd.Series(
        {name: float(WEIGHTS[name]) for name in INDICATORS}
    )
    expected = weighted.sum(axis=1).round(6)
    ranks = expected.rank(ascending=False, method="min").astype(int)
    for one in evaluate(rows).groups:
        assert float(one.score) == pytest.approx(expected[one.group], abs=2e-6)
        assert one.rank == ranks[one.group]
