"""A range of cards moves among millions. `python -m benchmarks.stock --cards 5000000 --range 100000`.

The range is entered, submitted, approved (reserved), shipped and received, each step one transaction with its checks.
The floor is inserting the same rows into an empty twin of the table of cards, with its keys and indexes. Also: one
card's history, and the check of the books against a plain count.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from benchmarks import _common as common

AT = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
NODES = 50
CARDS = """
INSERT INTO inventory_card (serial, product_id, node_id, state)
SELECT '898601' || lpad(n::text, 14, '0'), %(product)s,
       CASE WHEN n <= %(range)s THEN %(city)s ELSE %(first)s + n * %(nodes)s / (%(cards)s + 1) END,
       CASE WHEN n > %(cards)s / 2 THEN 'activated' ELSE 'in_stock' END
  FROM generate_series(1::bigint, %(cards)s) n
"""


def build(cards: int, size: int) -> None:
    from accounts.models import OrgUnit, User
    from accounts.services import org_unit
    from core import sql
    from inventory.models import Product, StockNode

    if User.objects.exists():
        return
    common.say(f"making {cards} cards")
    province = org_unit.save(OrgUnit(code="53", name="province", level="province"))
    city = org_unit.save(OrgUnit(code="5326", name="city", level="city", parent=province))
    county = org_unit.save(OrgUnit(code="532601", name="county", level="county", parent=city))
    for name, role in (("keeper", "keeper"), ("manager", "city_manager")):
        User.objects.create(username=name, role=role, org_unit=city)
    product = Product.objects.create(code="SIM", name="SIM", family="4G", item_kind="sim")
    centre = StockNode.objects.create(code="CITY", name="city", kind="city", org_unit=city)
    counties = [
        StockNode.objects.create(code=f"N{number:03d}", name="county", kind="county", org_unit=county)
        for number in range(NODES)
    ]
    given = {"product": product.pk, "range": size, "city": centre.pk, "first": counties[0].pk, "nodes": NODES}
    sql.execute(CARDS, {**given, "cards": cards})
    sql.execute("VACUUM ANALYZE inventory_card")


def serials(size: int) -> str:
    return f"898601{1:014d}-898601{size:014d}"


def move(size: int, *, times: dict[str, list[float]]) -> None:
    """From the city to a county, or back if the range is there; the seconds of each step."""
    from accounts.models import User
    from inventory.models import Card, StockMovement, StockNode
    from inventory.services import movement as moving
    from inventory.services import movement_lines, movement_receipt

    keeper, manager = (User.objects.get(username=name) for name in ("keeper", "manager"))
    ends = StockNode.objects.get(code="CITY"), StockNode.objects.get(code="N000")
    there = Card.objects.filter(node=ends[0], serial=f"898601{1:014d}").exists()
    origin, destination = ends if there else ends[::-1]
    made: list[StockMovement] = []
    kind, reason = ("transfer", "") if there else ("return", "back")

    def make() -> None:
        given = {"kind": kind, "origin": origin, "destination": destination, "reason": reason}
        made.append(moving.make(**given, by=keeper, at=AT))  # type: ignore[arg-type]

    def enter() -> None:
        done = movement_lines.enter_serials(movement=made[0], text=serials(size), by=keeper)
        assert (done.added, done.problems) == (size, []), done

    steps = {
        "make": make,
        "enter": enter,
        "submit": lambda: moving.submit(movement=made[0], by=keeper, at=AT),
        "approve": lambda: moving.approve(movement=made[0], by=manager, at=AT),
        "ship": lambda: moving.ship(movement=made[0], by=keeper, at=AT),
        "receive": lambda: movement_receipt.receive(movement=made[0], by=keeper, at=AT),
    }
    for name, step in steps.items():
        times.setdefault(name, []).append(common.seconds(step))
    made[0].refresh_from_db()
    assert made[0].state == "closed"
    assert Card.objects.filter(node=destination, serial__lte=f"898601{size:014d}").count() == size


def twin() -> None:
    from core import sql

    sql.execute("DROP TABLE IF EXISTS bench_card")
    sql.execute(
        """CREATE TABLE bench_card (LIKE inventory_card INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES
                                    INCLUDING IDENTITY)"""
    )


def insert(size: int) -> None:
    from django.db import transaction

    from core import sql

    with transaction.atomic():
        sql.execute(
            """INSERT INTO bench_card (serial, product_id, node_id, state)
               SELECT serial, product_id, node_id, state FROM inventory_card
                WHERE serial COLLATE "C" <= %s""",
            [f"898601{size:014d}"],
        )


def check() -> None:
    from core import sql
    from core.ledgers import Report
    from inventory.services import ledgers

    with sql.snapshot():
        report = Report()
        ledgers.look(report, lambda done, total, note: None)
    assert not report.broken, report.broken


def conservation() -> None:
    """Every card that ever came in is still known."""
    from core import sql
    from inventory.services import ledgers

    assert not sql.fetch_all(ledgers.CHECKS["stock_conserved"].query)


def measure(cards: int, size: int, rounds: int) -> dict[str, Any]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from accounts.models import User
    from core import sql
    from inventory.models import Card
    from inventory.queries import cards as queries

    build(cards, size)
    steps: dict[str, list[float]] = {}
    works: dict[str, Any] = {
        "movement, all steps": (lambda: None, lambda: move(size, times=steps)),
        "insert into an empty twin": (twin, lambda: insert(size)),
        "check of the books": (lambda: None, check),
        "conservation": (lambda: None, conservation),
        "count of the cards": (lambda: None, lambda: sql.fetch_value("SELECT count(*) FROM inventory_card")),
    }
    times = common.side_by_side(works, rounds=rounds)
    one = Card.objects.get(serial=f"898601{size // 2:014d}")
    with CaptureQueriesContext(connection) as asked:
        history = queries.history(one, User.objects.get(username="manager"))
    assert len(history) >= 3 * (rounds + 1) + 1
    medians = {name: sorted(values[1:])[len(values[1:]) // 2] for name, values in steps.items()}
    floor = times["insert into an empty twin"]["median"]
    return {
        "cards": cards,
        "range": size,
        "seconds": times,
        "steps": {name: round(value, 3) for name, value in medians.items()},
        "ratios": {
            **{f"{name} / insert": round(medians[name] / floor, 3) for name in ("enter", "approve", "ship", "receive")},
            **{
                f"{name} / count": round(times[name]["median"] / times["count of the cards"]["median"], 2)
                for name in ("conservation", "check of the books")
            },
        },
        "history": {"queries": len(asked), "events": len(history)},
        "history_rows": sql.fetch_value("SELECT count(*) FROM inventory_cardchange"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--cards", type=int, default=5_000_000)
    parser.add_argument("--range", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", metavar="DATABASE", default="", help="make or use this database, and leave it")
    options = parser.parse_args()
    common.setup_django()
    with common.scratch_database("stock", keep=options.keep):
        result = measure(options.cards, options.range, options.rounds)
        result |= {"versions": common.versions("Django"), "machine": common.machine()}
    common.publish(result)


if __name__ == "__main__":
    main()
