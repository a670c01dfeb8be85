"""No sequence of moves by anybody promises a card twice, loses one, or lets one person do what takes two or three.

A walk draws one move after another from its seed: documents, their steps, sales that take cards out, stocktakes with
wrong counts, materials by a plan, and changes by somebody with a database client. Every move is done or refused as a
whole, and after each the books hold.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from core import ledgers
from core.errors import Refused
from core.models import Transition
from inventory.models import Card, Holding, PlanItem, Route, StockMovement, Stocktake
from inventory.services import material as materials
from inventory.services import movement as moving
from inventory.services import movement_lines, movement_receipt
from inventory.services import stocktake as counting
from tests.depth import times
from tests.inventory.moving_world import AT, World, build

pytestmark = pytest.mark.django_db
MOVES, SEEDS = 160, range(1, 1 + times(4))
TAMPER = (
    "UPDATE inventory_card SET state = 'in_transit', movement_id = NULL WHERE id = (SELECT min(id) FROM inventory_card)",
    "DELETE FROM inventory_card",
    "UPDATE inventory_cardchange SET state = 'lost'",
    "UPDATE inventory_holding SET in_stock = -1",
    "UPDATE inventory_stockmovement SET approved_by_id = made_by_id WHERE state = 'closed'",
    "UPDATE inventory_movementline line SET quantity = quantity + 1 FROM inventory_stockmovement document"
    " WHERE document.id = line.movement_id AND document.state <> 'draft'",
    "UPDATE inventory_planitem SET used = quantity + 1",
    "UPDATE inventory_stocktake SET verified_by_id = made_by_id",
)


class Warehouse:
    """Sixty cards, some gifts, and everybody who may touch them or not."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.world: World = build()
        self.world.cards(40)
        self.world.cards(20, node=self.world.county, start=100)
        world = self.world
        self.people = [world.city_keeper, world.keeper, world.supervisor, world.manager, world.dealer, world.auditor]
        self.nodes = [world.city, world.county, world.agent, world.shop, world.other]
        self.reached: Counter[str] = Counter()
        inbound = moving.make(kind="inbound", origin=None, destination=world.city, by=world.city_keeper, at=AT)
        movement_lines.enter_quantity(movement=inbound, product=world.gifts, quantity=30, by=world.city_keeper)
        moving.submit(movement=inbound, by=world.city_keeper, at=AT)
        moving.approve(movement=inbound, by=world.manager, at=AT)
        moving.ship(movement=inbound, by=world.city_keeper, at=AT)
        days = {"starts_on": date(2026, 9, 1), "ends_on": date(2026, 9, 30)}
        plan = materials.plan(activity="送礼", org_unit=world.county.org_unit, by=world.supervisor, at=AT, **days)
        materials.enter_items(plan=plan, text="A1 GIFT 6", by=world.supervisor)
        materials.submit(plan=plan, by=world.supervisor, at=AT)
        materials.approve(plan=plan, by=world.manager, at=AT)

    def picture(self) -> list[Any]:
        return [
            list(Card.objects.order_by("pk").values_list("pk", "node", "state", "movement")),
            list(Holding.objects.order_by("pk").values_list("pk", "in_stock", "reserved", "in_transit")),
            list(StockMovement.objects.order_by("pk").values_list("pk", "state", "quantity")),
            list(Stocktake.objects.order_by("pk").values_list("pk", "state", "turn")),
        ]

    def attempt(self, name: str, work: Callable[[], Any]) -> None:
        before = self.picture()
        try:
            with transaction.atomic():
                work()
        except Refused as refusal:
            assert self.picture() == before
            self.reached[f"refused: {refusal.code}"] += 1
            return
        self.reached[name] += 1

    def somebody(self) -> Any:
        return self.random.choice(self.people)

    def one_of(self, rows: Any) -> Any:
        found = list(rows.order_by("pk"))
        return self.random.choice(found) if found else None

    def move(self) -> None:
        works = {
            self.make: 5,
            self.go_on: 12,
            self.step: 4,
            self.sell: 2,
            self.plan_count: 1,
            self.count: 3,
            self.use: 2,
            self.tamper: 2,
        }
        self.random.choices(list(works), weights=list(works.values()))[0]()

    def make(self) -> None:
        """A document over a few neighbouring cards of its sender, or some of another's; submitted at once."""
        routes = Route.objects.exclude(movement_kind__in=["inbound", "loan_return", "use"])
        ways = [
            (route.movement_kind, origin, destination)
            for route in routes
            for origin in self.nodes
            for destination in [*self.nodes, None]
            if origin.kind == route.origin_kind and (destination.kind if destination else "") == route.destination_kind
        ]
        full = set(Holding.objects.filter(in_stock__gt=0).values_list("node", flat=True))
        kind, origin, destination = self.random.choice([way for way in ways if way[1] != way[2] and way[1].pk in full])
        if self.random.random() < 0.1:
            destination = self.random.choice(self.nodes)
        place = origin if self.random.random() < 0.9 else self.random.choice(self.nodes)
        cards = Card.objects.filter(node=place)
        if self.random.random() < 0.9:
            cards = cards.filter(state="in_stock", movement=None)
        serials = list(cards.order_by("pk").values_list("serial", flat=True))
        first = self.random.randrange(max(1, len(serials)))
        text = " ".join(serials[first : first + self.random.randint(1, 6)])
        by = self.random.choice([self.world.city_keeper] * 4 + [self.world.keeper, self.world.dealer])

        def work() -> None:
            row = moving.make(
                kind=kind, origin=origin, destination=destination, reason="用", due_on=date(2026, 9, 20), by=by, at=AT
            )
            if origin == self.world.city and self.random.random() < 0.3:
                movement_lines.enter_quantity(movement=row, product=self.world.gifts, quantity=5, by=by)
            else:
                movement_lines.enter_serials(movement=row, text=text, by=by)
            moving.submit(movement=row, by=by, at=AT)

        self.attempt(f"make {kind}", work)

    def go_on(self) -> None:
        """What a document waits for, by whoever may, mostly."""
        row = self.one_of(StockMovement.objects.filter(state__in=["submitted", "approved", "shipped", "received"]))
        if row is None:
            return
        keeper = {self.world.agent.pk: self.world.dealer, self.world.county.pk: self.world.keeper}
        by = {
            "submitted": self.world.manager,
            "approved": keeper.get(row.origin_id, self.world.city_keeper),
            "shipped": keeper.get(row.destination_id, self.world.city_keeper),
            "received": self.random.choice([self.world.manager, self.world.city_keeper]),
        }[row.state]
        self.take(row, row.state, by if self.random.random() < 0.85 else self.somebody())

    def step(self) -> None:
        row = self.one_of(StockMovement.objects.all())
        if row is not None:
            self.take(
                row, self.random.choice(["submitted", "approved", "shipped", "received", "cancel"]), self.somebody()
            )

    def take(self, row: StockMovement, state: str, by: Any) -> None:
        lost = " ".join(Card.objects.filter(movement=row).order_by("?").values_list("serial", flat=True)[:1])
        open_ones = list(row.discrepancies.filter(resolution="").values_list("pk", flat=True))
        resolution = self.random.choice(["found", "returned", "written_off"])
        steps: dict[str, Callable[[], Any]] = {
            "submitted": lambda: moving.approve(movement=row, by=by, at=AT),
            "reject": lambda: moving.reject(movement=row, reason="不对", by=by, at=AT),
            "approved": lambda: moving.ship(movement=row, by=by, at=AT),
            "shipped": lambda: movement_receipt.receive(
                movement=row, missing=lost if self.random.random() < 0.3 else "", by=by, at=AT
            ),
            "received": lambda: movement_receipt.resolve(
                movement=row, discrepancies=open_ones, resolution=resolution, by=by, at=AT
            ),
            "cancel": lambda: moving.cancel(movement=row, reason="不要", by=by, at=AT),
        }
        if state == "submitted" and self.random.random() < 0.2:
            state = "reject"
        self.attempt(state, steps[state])

    def sell(self) -> None:
        card = self.one_of(Card.objects.filter(state__in=["in_stock", "in_transit"], node__in=self.nodes[1:]))
        if card is not None:
            Card.objects.filter(pk=card.pk).update(state="activated", movement=None)
            self.reached["sell"] += 1

    def plan_count(self) -> None:
        by, node = self.random.choice([self.world.keeper, self.world.city_keeper]), self.random.choice(self.nodes)

        def work() -> None:
            counting.start(stocktake=counting.plan(node=node, by=by, at=AT), by=by, at=AT)

        self.attempt("begin a count", work)

    def count(self) -> None:
        row = self.one_of(Stocktake.objects.exclude(state__in=["closed", "cancelled"]))
        if row is None:
            return
        by = row.made_by if self.random.random() < 0.8 else self.somebody()
        auditor = self.world.auditor if self.random.random() < 0.8 else self.somebody()
        there = list(Card.objects.filter(node=row.node, state="in_stock").values_list("serial", flat=True))
        seen = [serial for serial in there if self.random.random() < 0.95]
        stray = self.one_of(Card.objects.exclude(node=row.node))
        seen += [stray.serial] if stray and self.random.random() < 0.3 else []
        gifts = Holding.objects.filter(node=row.node, product=self.world.gifts).values_list("in_stock", flat=True)

        def work() -> None:
            if row.state == "counted":
                counting.verify(stocktake=row, finding="清点", by=auditor, at=AT)
                return
            counting.count_serials(stocktake=row, text=" ".join(seen), by=by, at=AT)
            quantity = max(0, (gifts.first() or 0) + self.random.choice([0, 0, -1, 1]))
            counting.count_quantity(stocktake=row, product=self.world.gifts, quantity=quantity, by=by, at=AT)
            counting.finish(stocktake=row, turn=row.turn, by=by, at=AT)

        self.attempt(f"count: {row.state}", work)

    def use(self) -> None:
        by = self.random.choice([self.world.dealer, self.world.keeper])
        item, quantity = PlanItem.objects.get(), self.random.randint(1, 4)
        given = {"origin": self.world.county, "quantity": quantity, "purpose": "开卡", "by": by, "at": AT}
        self.attempt("use", lambda: materials.use(item=item, **given))

    def tamper(self) -> None:
        """The database refuses it, or it changes nothing because there is nothing of the kind."""
        before = self.picture()
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(self.random.choice(TAMPER))
        except DatabaseError:
            self.reached["tampering refused"] += 1
        assert self.picture() == before

    def holds(self) -> None:
        report = ledgers.verify()
        assert not report.broken, report.broken
        assert Card.objects.count() == 60
        for row in StockMovement.objects.exclude(approved_by=None):
            done = Transition.objects.filter(subject_type="inventory.stockmovement", subject_id=row.pk)
            by = dict(done.values_list("action", "by"))
            assert by["approve"] not in (by["make"], by.get("submit"))
            if row.kind == "use" and row.shipped_by_id:
                assert len({row.made_by_id, row.approved_by_id, row.shipped_by_id}) == 3
        for count in Stocktake.objects.exclude(verified_by=None):
            assert not count.lines.filter(by=count.verified_by).exists()


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_people_do_the_books_hold(seed: int) -> None:
    place = Warehouse(seed)
    for number in range(MOVES):
        place.move()
        if number % 4 == 3:
            place.holds()
    place.holds()
    assert place.reached["approved"] >= 1, place.reached
    assert sum(count for name, count in place.reached.items() if name.startswith("refused")) >= 10, place.reached
