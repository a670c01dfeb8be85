"""Which rule wins, over every combination of scopes."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.rules.resolution import Facts, Place, mismatch, resolve, resolve_kinds, specificity
from commissions.rules.values import Basis, BusinessType, Instalment, Kind, Rule, Tier

PLACE = Place(("532601-G1", "532601", "5326", "53"), "532601", "5326")
FACTS = Facts("activation", "P58", "4G", "mall", PLACE, date(2026, 9, 15))
OPEN = Rule(
    code="R",
    kind=Kind.BASE,
    business_type=BusinessType.ACTIVATION,
    effective_from=date(2026, 9, 1),
    basis=Basis.FIXED,
    instalments=(Instalment(0, 1),),  # type: ignore[arg-type]
    owner="5326",
)
SCOPES = [
    {"product": p, "product_family": f, "tier": t, "org_unit": u}
    for p, f, t, u in product((None, "P58"), (None, "4G"), (None, Tier.MALL), (None, "532601", "5326"))
]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"business_type": BusinessType.PORT_IN}, "business_type"),
        ({"owner": "532622"}, "owner"),
        ({"owner": ""}, "owner"),
        ({"effective_from": date(2026, 9, 16)}, "effective_from"),
        ({"effective_to": date(2026, 9, 14)}, "effective_to"),
        ({"effective_from": date(2026, 9, 15), "effective_to": date(2026, 9, 15)}, None),
        ({"product": "P99"}, "product"),
        ({"product_family": "5G"}, "product_family"),
        ({"tier": Tier.PARTNER}, "tier"),
        ({"org_unit": "532622"}, "org_unit"),
        ({"org_unit": "53"}, "org_unit"),
        ({"org_unit": "5326"}, None),
        ({"owner": "532601-G1"}, None),
        ({"owner": "53"}, None),
    ],
)
def test_the_first_thing_that_does_not_fit(changes: dict, field: str | None) -> None:
    rule = replace(OPEN, **changes)
    assert mismatch(rule, FACTS) == field
    assert (resolve([rule], FACTS, kind=Kind.BASE).winner is rule) == (field is None)


def test_how_deep_a_unit_lies() -> None:
    depths = [PLACE.depth(code) for code in ("53", "5326", "532601", "532601-G1", "532622")]
    assert depths == [0, 1, 2, 3, None]


@pytest.mark.parametrize("facts", [replace(FACTS, family=None), replace(FACTS, tier=None)])
def test_unknown_facts_fit_only_rules_that_do_not_ask(facts: Facts) -> None:
    asked = replace(OPEN, product_family="4G") if facts.family is None else replace(OPEN, tier=Tier.MALL)
    assert mismatch(asked, facts)
    assert mismatch(OPEN, facts) is None


def test_every_scope_has_the_weight_of_what_it_names() -> None:
    for scope in SCOPES:
        expected = (
            16 * (scope["product"] is not None)
            + 8 * (scope["product_family"] is not None)
            + 4 * (scope["tier"] is not None)
            + {"532601": 2, "5326": 1, None: 0}[scope["org_unit"]]
        )
        assert specificity(replace(OPEN, **scope), PLACE) == expected


@given(st.permutations(range(len(SCOPES))), st.integers(1, len(SCOPES)))
def test_the_most_specific_wins_whatever_the_order(order: list[int], size: int) -> None:
    rules = [replace(OPEN, code=f"R{index}", **SCOPES[index]) for index in order[:size]]
    found = resolve(rules, FACTS, kind=Kind.BASE)
    weights = [specificity(rule, PLACE) for rule in rules]
    assert found.winner
    assert specificity(found.winner, PLACE) == max(weights)
    assert [item.specificity for item in found.ranking] == sorted(weights, reverse=True)


@given(st.permutations(PLACE.chain), st.sampled_from(SCOPES))
def test_the_deeper_owner_wins_a_tie_but_never_beats_specificity(owners: list[str], scope: dict) -> None:
    rules = [replace(OPEN, code=owner, owner=owner, **scope) for owner in owners]
    assert [item.rule.owner for item in resolve(rules, FACTS, kind=Kind.BASE).ranking] == list(PLACE.chain)
    top = replace(OPEN, code="TOP", owner="53", product="P58", product_family="4G", tier=Tier.MALL, org_unit="532601")
    winner = resolve([*rules, top], FACTS, kind=Kind.BASE).winner
    assert winner
    assert winner.code == ("532601-G1" if scope == SCOPES[-2] else "TOP")


def test_an_impossible_tie_is_broken_by_code() -> None:
    rules = [replace(OPEN, code="B"), replace(OPEN, code="A")]
    assert [item.rule.code for item in resolve(rules, FACTS, kind=Kind.BASE).ranking] == ["A", "B"]


def test_kinds_are_independent() -> None:
    service = replace(OPEN, code="S", kind=Kind.SERVICE)
    found = resolve_kinds(iter([OPEN, service]), FACTS)
    assert found == {Kind.BASE: OPEN, Kind.SERVICE: service}
    assert resolve([OPEN], FACTS, kind=Kind.INCENTIVE).winner is None


def test_a_dealer_above_the_counties_has_no_county_rules() -> None:
    city = replace(FACTS, place=Place(("5326", "53"), None, "5326"))
    assert mismatch(replace(OPEN, org_unit="532601"), city) == "org_unit"
    assert specificity(replace(OPEN, org_unit="5326"), city.place) == 1
    assert mismatch(OPEN, city) is None


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 60), st.none() | st.integers(0, 60))
def test_overlap_is_a_shared_day(start: date, gap: int, length: int | None) -> None:
    first = replace(OPEN, effective_from=start, effective_to=start + timedelta(days=30))
    other_start = start + timedelta(days=gap)
    ends = None if length is None else other_start + timedelta(days=length)
    second = replace(OPEN, effective_from=other_start, effective_to=ends)
    days = (start + timedelta(days=step) for step in range(200))
    assert first.overlaps(second) == any(first.covers(day) and second.covers(day) for day in days)
    assert first.overlaps(second) == second.overlaps(first)
