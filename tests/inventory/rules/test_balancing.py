"""The executed table of docs/inventory.md about balancing, and what it leaves out."""

import pytest

from inventory.rules.balancing import Level, Proposal, proposals
from tests.examples.tables import executed

ROUTES = [("issue", "county", "agent1"), ("transfer", "county", "hall"), ("transfer", "hall", "hall")]
TABLES = executed("inventory.md")


@pytest.mark.parametrize("row", TABLES["balancing"], ids=str)
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
