"""A step of a movement or a stocktake that is killed leaves nothing behind, and can be done again."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from core import ledgers
from inventory.models import Card, Holding, StockMovement, Stocktake
from inventory.services import movement as moving
from inventory.services import movement_receipt
from inventory.services import stocktake as counting
from tests.inventory.moving_world import AT, World, build
from tests.support.workers import Worker, quiet, race, trap

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
# Each step, and tables that it touches one after the other.
TABLES = ("core_transition", "inventory_card", "inventory_cardchange", "inventory_holding")


def picture() -> list[Any]:
    return [
        list(Card.objects.order_by("pk").values_list("serial", "node", "state", "movement")),
        list(Holding.objects.order_by("pk").values_list("node", "in_stock", "reserved", "in_transit")),
        list(StockMovement.objects.order_by("pk").values_list("pk", "state", "shipped")),
        list(Stocktake.objects.order_by("pk").values_list("pk", "state", "differing")),
    ]


def books_hold() -> None:
    with transaction.atomic():
        assert not ledgers.verify().broken


def killed_everywhere(step: Callable[[], Any], folder: Path, *, least: int) -> None:
    """Kill it at each table; then do it."""
    reached = 0
    for table in TABLES:
        before = picture()
        with trap(table) as caught:
            worker = Worker(lambda: bool(step()), folder / f"{table}.json")
            waiting = caught.caught(worker)
            assert waiting or table != "core_transition"
            if not waiting:
                raise AssertionError(f"{table} is not touched")
            reached += 1
            if reached % 2:
                worker.kill()
            else:
                caught.end(waiting)
                assert "refused" in worker.result()
        quiet()
        assert picture() == before, table
        books_hold()
        if reached == least:
            break
    step()
    assert picture() != before
    books_hold()


def test_every_step_of_a_movement(tmp_path: Path) -> None:
    world: World = build()
    serials = world.cards(30)
    row = world.move(f"{serials[0]}–{serials[-1]}", to="submitted")
    given = {"movement": row, "at": AT}
    killed_everywhere(lambda: moving.approve(**given, by=world.manager), tmp_path, least=4)
    killed_everywhere(lambda: moving.ship(**given, by=world.city_keeper), tmp_path, least=4)
    killed_everywhere(lambda: movement_receipt.receive(**given, missing=serials[3], by=world.keeper), tmp_path, least=4)
    wrong = list(row.discrepancies.values_list("pk", flat=True))
    found = {"discrepancies": wrong, "resolution": "found"}
    killed_everywhere(lambda: movement_receipt.resolve(**given, **found, by=world.keeper), tmp_path, least=4)
    row.refresh_from_db()
    assert row.state == "closed"


def test_a_count_and_its_adjustment(tmp_path: Path) -> None:
    world: World = build()
    serials = world.cards(10, node=world.county)
    row = counting.plan(node=world.county, by=world.keeper, at=AT)
    given = {"stocktake": row, "at": AT}
    killed_everywhere(lambda: counting.start(**given, by=world.keeper), tmp_path, least=1)
    counting.count_serials(**given, text=" ".join(serials[:8]), by=world.keeper)
    for turn in (1, 2):
        killed_everywhere(partial(counting.finish, **given, turn=turn, by=world.keeper), tmp_path, least=1)
    killed_everywhere(lambda: counting.verify(**given, finding="少", by=world.auditor), tmp_path, least=1)
    adjustment = row.adjustments.get()
    killed_everywhere(lambda: moving.approve(movement=adjustment, by=world.manager, at=AT), tmp_path, least=4)
    row.refresh_from_db()
    assert (row.state, Card.objects.filter(state="lost").count()) == ("closed", 2)


def test_a_count_that_begins_while_cards_leave(tmp_path: Path) -> None:
    """Either the cards have left before, or their document waits: a count never finds half of a movement."""
    world: World = build()
    serials = world.cards(60, node=world.county)
    given = {"origin": world.county, "destination": world.agent, "kind": "issue", "sender": world.keeper}
    for turn in range(6):
        row = world.move(" ".join(serials[turn * 10 : turn * 10 + 10]), to="approved", **given)
        plan = counting.plan(node=world.county, by=world.keeper, at=AT)
        works = (
            partial(counting.start, stocktake=plan, by=world.keeper, at=AT),
            partial(moving.ship, movement=row, by=world.keeper, at=AT),
        )
        (tmp_path / str(turn)).mkdir()
        began, left = race(tmp_path / str(turn), *works)
        assert "did" in began, began
        row.refresh_from_db()
        assert row.state == ("shipped" if "did" in left else "approved")
        there = Card.objects.filter(node=world.county, state="in_stock").values_list("serial", flat=True)
        counting.count_serials(stocktake=plan, text=" ".join(there), by=world.keeper, at=AT)
        assert counting.finish(stocktake=plan, turn=1, by=world.keeper, at=AT).differing == 0
        if row.state == "approved":
            moving.ship(movement=row, by=world.keeper, at=AT)
        books_hold()
