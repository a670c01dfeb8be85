"""Which stock should go where within a county. See docs/inventory.md, "Balancing"."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

DAYS = 30


@dataclass(frozen=True)
class Level:
    """What a node holds of a product and how many of it went in `DAYS` days."""

    node: str
    kind: str
    county: str
    product: str
    stock: int
    sold: int
    is_low: bool

    def surplus(self, days: int) -> int:
        """What is there beyond so many days of its own sales; negative if it lacks."""
        return self.stock - -(-self.sold * days // DAYS)


@dataclass(frozen=True)
class Proposal:
    """So many of a product from one node to another, by that kind of movement."""

    kind: str
    origin: str
    destination: str
    product: str
    quantity: int


def proposals(
    levels: Iterable[Level], routes: Iterable[tuple[str, str, str]], *, days: int, least: int = 1
) -> list[Proposal]:
    """Fill low nodes up to so many days of their sales from what others of their county have beyond the same.

    `routes` are (kind of movement, sender's kind, receiver's kind). Who lacks most is served first, from the nodes that
    have most. Nothing below `least` pieces is proposed, and nobody is asked for what he needs himself.
    """
    ways: dict[tuple[str, str], str] = {}
    for kind, origin, destination in sorted(routes, key=lambda route: route[0] != "transfer"):
        ways.setdefault((origin, destination), kind)
    places: dict[tuple[str, str], list[Level]] = defaultdict(list)
    for one in levels:
        places[one.county, one.product].append(one)
    return [proposal for place in sorted(places) for proposal in _within(places[place], ways, days, least)]


def _within(levels: list[Level], ways: dict[tuple[str, str], str], days: int, least: int) -> list[Proposal]:
    """The proposals for one product in one county."""
    spare = {one.node: one.surplus(days) for one in levels}
    found = []
    for needy in sorted((one for one in levels if one.is_low), key=lambda one: (spare[one.node], one.node)):
        lacks = -spare[needy.node]
        donors = [one for one in levels if one.node != needy.node and (one.kind, needy.kind) in ways]
        for donor in sorted(donors, key=lambda one: (-spare[one.node], one.node)):
            quantity = min(lacks, spare[donor.node])
            if quantity < least:
                break
            found.append(Proposal(ways[donor.kind, needy.kind], donor.node, needy.node, needy.product, quantity))
            spare[donor.node] -= quantity
            lacks -= quantity
    return found
