"""Many people move the same cards at the same time: no card is promised twice, none is lost."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from core import ledgers
from core.errors import Refused
from inventory.bulk import amounts, sellers
from inventory.models import Card, DealerCredit, Discrepancy, ProductPrice, SalesRecord, StockMovement
from inventory.services import movement as moving
from inventory.services import movement_lines, movement_receipt
from tests import factories as make
from tests.inventory.moving_world import AT, World, build

pytestmark = pytest.mark.django_db(transaction=True)
MOVEMENTS, PEOPLE, CARDS = 200, 8, 400


def _whole_life(world: World, serials: list[str], number: int) -> str:
    """A movement of a random range, out of the city or back, as far as chance leads; where it ended."""
    chance = random.Random(number)
    start = chance.randrange(CARDS - 40)
    text = f"{serials[start]}-{serials[start + chance.randrange(1, 40)]}"
    ways: list[dict[str, Any]] = [
        {"kind": "transfer", "origin": world.city, "destination": world.county},
        {"kind": "return", "origin": world.county, "destination": world.city, "reason": "滞销"},
    ]
    try:
        row = moving.make(by=world.city_keeper, at=AT, **chance.choice(ways))
        movement_lines.enter_serials(movement=row, text=text, by=world.city_keeper)
        moving.submit(movement=row, by=world.city_keeper, at=AT)
        moving.approve(movement=row, by=world.manager, at=AT)
        if chance.random() < 0.2:
            moving.cancel(movement=row, reason="改期", by=world.city_keeper, at=AT)
            return "cancelled"
        moving.ship(movement=row, by=world.city_keeper, at=AT)
        card = Card.objects.filter(movement=row).order_by("pk").first()
        missing = card.serial if card and chance.random() < 0.3 else ""
        movement_receipt.receive(movement=row, missing=missing, by=world.city_keeper, at=AT)
        for wrong in Discrepancy.objects.filter(movement=row, resolution=""):
            movement_receipt.resolve(
                movement=row, discrepancies=[wrong.pk], resolution="returned", by=world.city_keeper, at=AT
            )
        return "closed"
    except Refused:
        return "refused"
    finally:
        connection.close()


def _approve(world: World, movement: StockMovement) -> str:
    try:
        moving.approve(movement=movement, by=world.supervisor, at=AT)
        return "approved"
    except Refused as refusal:
        return refusal.code
    finally:
        connection.close()


def test_two_approvals_at_once_do_not_share_a_dealers_credit() -> None:
    world = build()
    DealerCredit.objects.create(dealer=world.agent.dealer, credit_limit="100")
    ProductPrice.objects.create(product=world.product, valid_from="2026-01-01", price="10")
    rows = []
    for number in range(PEOPLE):
        serials = world.cards(4, node=world.county, start=1 + 100 * number)
        row = moving.make(kind="issue", origin=world.county, destination=world.agent, by=world.keeper, at=AT)
        movement_lines.enter_serials(movement=row, text=" ".join(serials), by=world.keeper)
        rows.append(moving.submit(movement=row, payment="credit", by=world.keeper, at=AT))
    with ThreadPoolExecutor(PEOPLE) as people:
        ends = Counter(people.map(lambda row: _approve(world, row), rows))
    assert ends == {"approved": 2, "limit": PEOPLE - 2}
    assert amounts.outstanding(world.agent.dealer_id) == 80


def _sell(world: World, serials: list[str]) -> str:
    """Activations come in meanwhile."""
    try:
        for serial in serials:
            before = SalesRecord.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            make.make_sale(world.agent.dealer, "2026-09-01", world.product, serial=serial)
            sellers.follow_sales(after=before)
        return "sold"
    finally:
        connection.close()


def test_two_hundred_movements_over_the_same_cards() -> None:
    world = build()
    serials = world.cards(CARDS)
    with ThreadPoolExecutor(PEOPLE) as people:
        moved = [people.submit(_whole_life, world, serials, number) for number in range(MOVEMENTS)]
        sold = people.submit(_sell, world, serials[::40])
        ends = [one.result() for one in moved]
        assert sold.result() == "sold"
    assert {"closed", "refused"} <= set(ends)
    assert Card.objects.count() == CARDS
    assert set(Card.objects.filter(serial__in=serials[::40]).values_list("state", flat=True)) == {"activated"}
    # Nothing is left under way: whatever was reserved or sent is free again.
    assert not Card.objects.filter(movement__isnull=False).exists()
    assert not StockMovement.objects.filter(state__in=["approved", "shipped", "received"]).exists()
    with transaction.atomic():
        report = ledgers.verify()
    assert not report.broken, report.broken
