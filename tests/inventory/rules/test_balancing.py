"""The executed table of docs/inventory.md about balancing, and what it leaves out."""

import pytest

from inventory.rules.balancing import Level, Proposal, proposals
from tests.examples.tables import executed

ROUTES = [("issue", "county", "agent1"), ("transfer", "county", "hall"), ("transfer", "hall", "hall")]
TABLES = executed("inventory.md")


@pytest.mark.parametrize("row", TABLES["balancing"])
def test_proposals_as_the_table_says(row: dict[str, str]) -> None:
    levels = []
    for one in row["Nodes (stock, sold in 30 days)"].split("; "):
        name, figures = one.split(" ", 1)
        stock, sold = figures.strip("()").split(", ")
        kind = {"W": "county", "A": "agent1", "H": "hall"}[name[0]]
        levels.append(Level(name.rstrip("!"), kind, "c", "p", int(stock), int(sold), name.endswith("!")))
    found = [f"{one.quantity} {one.origin}→{one.destination}" for one in proposals(levels, ROUTES, days=30)]
    assert found == (row["Proposals"].split("; ") if row["Proposals"] != "none" else [])


def test_counties_and_products_do_not_mix() -> None:
    levels = [
        Level("W1", "county", "one", "p", 100, 0, False),
        Level("A1", "agent1", "two", "p", 0, 10, True),
        Level("A2", "agent1", "one", "q", 0, 10, True),
        Level("A3", "agent1", "one", "p", 0, 10, True),
    ]
    assert proposals(levels, ROUTES, days=15) == [Proposal("issue", "W1", "A3", "p", 5)]
    assert proposals(levels, ROUTES, days=15, least=6) == []


@pytest.mark.parametrize(("sold", "days", "surplus"), [(0, 30, 9), (10, 30, -1), (10, 3, 8), (10, 4, 7), (10, 1, 8)])
def test_a_begun_piece_is_needed_whole(sold: int, days: int, surplus: int) -> None:
    assert Level("W", "county", "c", "p", 9, sold, False).surplus(days) == surplus


@pytest.mark.parametrize("kinds", [("issue", "transfer"), ("transfer", "issue")])
def test_where_both_are_possible_it_is_a_transfer(kinds: tuple[str, str]) -> None:
    levels = [Level("W", "county", "c", "p", 9, 0, False), Level("H", "hall", "c", "p", 0, 5, True)]
    routes = [(kind, "county", "hall") for kind in kinds]
    assert proposals(levels, routes, days=30) == [Proposal("transfer", "W", "H", "p", 5)]


def test_who_has_most_gives_first_and_equals_by_their_code() -> None:
    levels = [
        Level("W3", "county", "c", "p", 4, 0, False),
        Level("W2", "county", "c", "p", 6, 0, False),
        Level("W1", "county", "c", "p", 4, 0, False),
        Level("A2", "agent1", "c", "p", 0, 9, True),
        Level("A1", "agent1", "c", "p", 0, 9, True),
    ]
    found = [(one.quantity, one.origin, one.destination) for one in proposals(levels, ROUTES, days=30)]
    assert found == [(6, "W2", "A1"), (3, "W1", "A1"), (4, "W3", "A2"), (1, "W1", "A2")]


def test_places_are_listed_by_county_and_product() -> None:
    places = [("two", "p"), ("one", "q"), ("one", "p")]
    levels = [
        level
        for county, product in places
        for level in (
            Level(f"W-{county}", "county", county, product, 9, 0, False),
            Level(f"A-{county}", "agent1", county, product, 0, 1, True),
        )
    ]
    found = proposals(levels, ROUTES, days=30)
    assert [(one.origin, one.product) for one in found] == [("W-one", "p"), ("W-one", "q"), ("W-two", "p")]
    assert {one.quantity for one in found} == {1}
