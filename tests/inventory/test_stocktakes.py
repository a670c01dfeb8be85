"""The life of a stocktake: docs/inventory.md, "Stocktakes"."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.roles import Role
from core import ledgers
from core.errors import Forbidden, Refused
from core.models import Notice
from inventory.models import Card, Difference, Holding, StockMovement, Stocktake
from inventory.queries import cards as histories
from inventory.queries import stocktakes
from inventory.rules import serials
from inventory.services import movement as moving
from inventory.services import movement_lines, movement_receipt, stock_notices
from inventory.services import stocktake as counting
from tests import factories as make
from tests.inventory.moving_world import AT, World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build()


def begin(world: World, node: Any = None, **given: Any) -> Stocktake:
    row = counting.plan(node=node or world.county, by=world.keeper, at=AT, **given)
    return counting.start(stocktake=row, by=world.keeper, at=AT)


def count(world: World, row: Stocktake, *serials: str) -> counting.Counted:
    return counting.count_serials(stocktake=row, text="\n".join(serials), by=world.keeper, at=AT)


def finish(world: World, row: Stocktake) -> str:
    turn = Stocktake.objects.get(pk=row.pk).turn
    return counting.finish(stocktake=row, turn=turn, by=world.keeper, at=AT).state


def verify(world: World, row: Stocktake, finding: str = "盘点时发现") -> Stocktake:
    return counting.verify(stocktake=row, finding=finding, by=world.auditor, at=AT)


def found(row: Stocktake, **only: Any) -> list[tuple[str, str]]:
    return list(Difference.objects.filter(stocktake=row, **only).order_by("serial").values_list("kind", "serial"))


def books_hold() -> None:
    report = ledgers.verify()
    assert not report.broken, report.broken


def where(serial: str) -> tuple[str, str]:
    card = Card.objects.select_related("node").get(serial=serial)
    return card.state, card.node.code


def test_a_count_that_agrees_is_closed_by_the_auditor(world: World) -> None:
    serials = world.cards(30, node=world.county)
    row = begin(world)
    assert count(world, row, f"{serials[0]}–{serials[19]}") == counting.Counted(20, 0)
    assert count(world, row, *serials[15:]).added == 10
    assert [one["quantity"] for one in stocktakes.so_far(row)] == [30]
    assert finish(world, row) == "counted"
    assert verify(world, row, finding="").state == "closed"
    row.refresh_from_db()
    assert (row.expected, row.counted, row.differing) == (30, 30, 0)
    assert not StockMovement.objects.exists()
    books_hold()


def test_every_kind_of_difference_is_found_and_adjusted(world: World) -> None:
    serials = world.cards(10, node=world.county)
    strays = world.cards(2, node=world.other, start=100)
    sold, lost, sent = world.cards(3, start=200)
    Card.objects.filter(serial=sold).update(state="activated")
    Card.objects.filter(serial=lost).update(state="lost")
    world.move(sent, to="shipped")
    row = begin(world)
    Stocktake.objects.filter(pk=row.pk).update(started_at=timezone.now())
    seen = [*serials[:8], *strays, sold, lost, sent, "89860190000000009999"]
    done = count(world, row, *seen)
    assert (done.added, done.unknown) == (13, ["89860190000000009999"])
    assert finish(world, row) == "recounting"
    assert found(row) == sorted(
        [
            ("missing", serials[8]),
            ("missing", serials[9]),
            ("elsewhere", strays[0]),
            ("elsewhere", strays[1]),
            ("gone", sold),
            ("lost", lost),
            ("in_transit", sent),
            ("unknown", "89860190000000009999"),
        ],
        key=lambda one: one[1],
    )
    # The second count finds one of the missing cards and does not see one of the strays again.
    count(world, row, serials[9], strays[0], sold, lost, sent)
    assert finish(world, row) == "counted"
    assert set(found(row, stands=True)) == {
        ("missing", serials[8]),
        ("elsewhere", strays[0]),
        ("in_transit", sent),
        ("gone", sold),
        ("lost", lost),
    }
    assert verify(world, row).state == "verified"
    documents = list(row.adjustments.order_by("pk"))
    assert [(one.origin_id, one.destination_id, one.quantity, one.state) for one in documents] == [
        (world.other.pk, world.county.pk, 1, "submitted"),
        (None, world.county.pk, 1, "submitted"),
        (world.county.pk, None, 1, "submitted"),
    ]
    for document in documents:
        with pytest.raises(Forbidden):
            moving.approve(movement=document, by=world.auditor, at=AT)
        moving.approve(movement=document, by=world.manager, at=AT)
    row.refresh_from_db()
    assert row.state == "closed"
    assert where(serials[8]) == ("lost", "COUNTY")
    assert where(strays[0]) == ("in_stock", "COUNTY")
    assert where(lost) == ("in_stock", "COUNTY")
    assert where(sold)[0] == "activated"
    assert where(sent)[0] == "in_transit"
    events = histories.history(Card.objects.get(serial=serials[8]), world.manager)
    assert [(one.state, one.reference) for one in events][1:] == [("in_stock", documents[2].number), ("lost", None)]
    books_hold()


def test_materials_are_counted_by_number(world: World) -> None:
    Holding.objects.all().delete()
    inbound = moving.make(kind="inbound", origin=None, destination=world.city, by=world.city_keeper, at=AT)
    movement_lines.enter_quantity(movement=inbound, product=world.gifts, quantity=50, by=world.city_keeper)
    moving.submit(movement=inbound, by=world.city_keeper, at=AT)
    moving.approve(movement=inbound, by=world.manager, at=AT)
    moving.ship(movement=inbound, by=world.city_keeper, at=AT)

    def held() -> int:
        return Holding.objects.get(node=world.city, product=world.gifts).in_stock

    for said, left in ((47, 47), (52, 52)):
        row = counting.plan(node=world.city, products=[world.gifts], by=world.city_keeper, at=AT)
        counting.start(stocktake=row, by=world.city_keeper, at=AT)
        for turn in (1, 2):
            given = {"stocktake": row, "product": world.gifts, "by": world.city_keeper, "at": AT}
            counting.count_quantity(quantity=said, **given)
            counting.finish(stocktake=row, turn=turn, by=world.city_keeper, at=AT)
        assert found(row, stands=True) == [("quantity", "")]
        verify(world, row)
        moving.approve(movement=row.adjustments.get(), by=world.manager, at=AT)
        assert held() == left
        books_hold()
    with pytest.raises(Refused, match="卡号"):
        counting.count_quantity(stocktake=begin(world), product=world.product, quantity=1, by=world.keeper, at=AT)


def test_what_is_sold_while_people_count_is_no_difference(world: World) -> None:
    serials = world.cards(4, node=world.county)
    row = begin(world)
    count(world, row, *serials[:2])
    # Sold after it was seen, and sold before anyone came to it.
    Card.objects.filter(serial__in=[serials[0], serials[2]]).update(state="activated")
    count(world, row, serials[3])
    assert finish(world, row) == "counted"
    assert found(row) == []


def test_movements_of_the_node_wait_and_others_go_on(world: World) -> None:
    serials = world.cards(6)
    there = world.move(serials[0], to="shipped")
    here = world.move(serials[1], to="approved")
    waiting = world.move(serials[2], to="submitted")
    gifts = world.move(serials[3], to="shipped", destination=world.other)
    row = begin(world)
    for step in (
        lambda: movement_receipt.receive(movement=there, by=world.keeper, at=AT),
        lambda: moving.ship(movement=here, by=world.city_keeper, at=AT),
        lambda: moving.approve(movement=waiting, by=world.manager, at=AT),
    ):
        with pytest.raises(Refused, match=row.number):
            step()
    movement_receipt.receive(movement=gifts, by=world.city_keeper, at=AT)
    assert finish(world, row) == "counted"
    movement_receipt.receive(movement=there, by=world.keeper, at=AT)
    only_gifts = begin(world, products=[world.gifts])
    moving.ship(movement=here, by=world.city_keeper, at=AT)
    with pytest.raises(Refused, match=only_gifts.number):
        begin(world)


def test_a_sample_is_drawn_by_its_seed_and_only_its_cards_are_missed(world: World) -> None:
    serials = world.cards(50, node=world.county)
    row = begin(world, sample=10)
    drawn = [one["serial"] for one in stocktakes.to_find(row)]
    assert len(drawn) == 10
    assert set(drawn) < set(serials)
    counting.cancel(stocktake=row, reason="再来", by=world.keeper, at=AT)
    again = counting.plan(node=world.county, sample=10, by=world.keeper, at=AT)
    Stocktake.objects.filter(pk=again.pk).update(seed=row.seed)
    again = counting.start(stocktake=again, by=world.keeper, at=AT)
    assert [one["serial"] for one in stocktakes.to_find(again)] == drawn
    # A sample keeps nobody from moving, and other cards of the node are welcome.
    world.move(world.cards(1, start=500)[0], to="shipped")
    count(world, again, *drawn[:9], *[one for one in serials if one not in drawn][:3])
    assert [one["serial"] for one in stocktakes.to_find(again)] == drawn[9:]
    assert finish(world, again) == "recounting"
    assert found(again) == [("missing", drawn[9])]
    with pytest.raises(Refused, match="200"):
        counting.plan(node=world.county, sample=201, by=world.keeper, at=AT)
    with pytest.raises(Refused):
        begin(world, node=world.shop, sample=5)


def test_a_missing_card_leaves_the_movement_that_had_reserved_it(world: World) -> None:
    serials = world.cards(3, node=world.county)
    given = {"origin": world.county, "destination": world.agent, "kind": "issue", "sender": world.keeper}
    reserved = world.move(" ".join(serials), to="approved", **given)
    row = begin(world)
    count(world, row, *serials[:2])
    finish(world, row)
    assert finish(world, row) == "counted"
    verify(world, row)
    moving.approve(movement=row.adjustments.get(), by=world.manager, at=AT)
    assert where(serials[2]) == ("lost", "COUNTY")
    moving.ship(movement=reserved, by=world.keeper, at=AT)
    reserved.refresh_from_db()
    assert (reserved.quantity, reserved.shipped) == (3, 2)
    books_hold()


def test_an_adjustment_leaves_what_has_changed_since(world: World) -> None:
    serials = world.cards(2, node=world.county)
    row = begin(world)
    finish(world, row)
    finish(world, row)
    verify(world, row)
    Card.objects.filter(serial=serials[0]).update(state="activated")
    document = row.adjustments.get()
    with pytest.raises(Refused):
        moving.cancel(movement=document, reason="不要", by=world.keeper, at=AT)
    moving.approve(movement=document, by=world.manager, at=AT)
    document.refresh_from_db()
    assert (document.quantity, document.shipped) == (2, 1)
    assert [where(one)[0] for one in serials] == ["activated", "lost"]
    books_hold()


def test_a_rejected_adjustment_closes_the_stocktake_and_changes_nothing(world: World) -> None:
    serials = world.cards(2, node=world.county)
    row = begin(world)
    count(world, row, serials[0])
    finish(world, row)
    finish(world, row)
    verify(world, row)
    moving.reject(movement=row.adjustments.get(), reason="卡在柜台", by=world.manager, at=AT)
    row.refresh_from_db()
    assert row.state == "closed"
    assert where(serials[1]) == ("in_stock", "COUNTY")
    books_hold()


def test_who_may_do_what(world: World) -> None:
    world.cards(2, node=world.county)
    with pytest.raises(Forbidden):
        counting.plan(node=world.county, by=world.manager, at=AT)
    with pytest.raises(Forbidden):
        counting.plan(node=world.city, by=world.keeper, at=AT)
    with pytest.raises(Forbidden):
        counting.plan(node=world.agent, by=world.dealer, at=AT)
    row = begin(world)
    with pytest.raises(Forbidden):
        counting.count_serials(stocktake=row, text="898600001", by=world.auditor, at=AT)
    finish(world, row)
    finish(world, row)
    with pytest.raises(Forbidden):
        counting.verify(stocktake=row, finding="对", by=world.keeper, at=AT)
    with pytest.raises(Refused):
        counting.verify(stocktake=row, finding=" ", by=world.auditor, at=AT)
    again = counting.recount(stocktake=row, reason="再点一次", by=world.auditor, at=AT)
    assert [one.text for one in Notice.objects.filter(user=world.auditor)] == [stock_notices.COUNTED]
    assert [one.text for one in Notice.objects.filter(user=world.keeper)] == [stock_notices.AGAIN]
    assert (again.state, Stocktake.objects.get(pk=row.pk).turn) == ("recounting", 3)
    with pytest.raises(Refused):
        counting.verify(stocktake=row, finding="对", by=world.auditor, at=AT)


def test_the_database_itself_refuses(world: World) -> None:
    row = begin(world)
    for wrong in (
        "UPDATE inventory_stocktake SET verified_by_id = made_by_id",
        "UPDATE inventory_stocktake SET state = 'closed'",
        "INSERT INTO inventory_stocktake (number, node_id, state, made_by_id, made_at) "
        "SELECT 'P-2', node_id, state, made_by_id, made_at FROM inventory_stocktake",
        "INSERT INTO inventory_countline (stocktake_id, turn, at) SELECT id, 1, now() FROM inventory_stocktake",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        moving.draft(kind="adjustment", origin=world.county, destination=None, by=world.keeper, at=AT)
    with pytest.raises(Refused):
        moving.make(kind="adjustment", origin=world.county, destination=None, by=world.keeper, at=AT)
    assert row.state == "counting"


def test_a_count_that_is_finished_twice_is_counted_again_all_the_same(world: World) -> None:
    serials = world.cards(2, node=world.county)
    row = begin(world)
    count(world, row, serials[0])
    assert counting.finish(stocktake=row, turn=1, by=world.keeper, at=AT).state == "recounting"
    with pytest.raises(Refused):
        counting.finish(stocktake=row, turn=1, by=world.keeper, at=AT)
    row.refresh_from_db()
    assert (row.state, row.turn) == ("recounting", 2)


def test_what_a_count_cannot_take_is_refused(world: World) -> None:
    planned = counting.plan(node=world.county, by=world.keeper, at=AT)
    with pytest.raises(Refused) as refused:
        count(world, planned, "898601900000000001")
    assert refused.value.code == "not_counting"
    row = counting.start(stocktake=planned, by=world.keeper, at=AT)
    for text in ("1" * (serials.LONGEST_TEXT + 1), "89860000000000000000-89860000000000200000"):
        with pytest.raises(Refused):
            count(world, row, text)
    with pytest.raises(Refused) as refused:
        counting.count_quantity(stocktake=row, product=world.gifts, quantity=-1, by=world.keeper, at=AT)
    assert refused.value.code == "quantity"
    assert not row.lines.exists()


def test_counting_again_and_giving_up_need_a_reason(world: World) -> None:
    world.cards(1, node=world.county)
    row = begin(world)
    with pytest.raises(Refused) as refused:
        counting.cancel(stocktake=row, reason=" ", by=world.keeper, at=AT)
    assert (refused.value.code, Stocktake.objects.get().state) == ("reason", "counting")
    finish(world, row)
    finish(world, row)
    with pytest.raises(Refused) as refused:
        counting.recount(stocktake=row, reason=" ", by=world.auditor, at=AT)
    assert (refused.value.code, Stocktake.objects.get().state) == ("reason", "counted")


def test_what_agrees_is_not_counted_again(world: World) -> None:
    row = begin(world)
    assert finish(world, row) == "counted"
    with pytest.raises(Refused) as refused:
        counting.recount(stocktake=row, reason="不放心", by=world.auditor, at=AT)
    assert refused.value.code == "nothing"


@pytest.mark.parametrize("did", ["planned", "counted"])
def test_whoever_planned_or_counted_does_not_verify_in_another_role(world: World, did: str) -> None:
    [serial] = world.cards(1, node=world.county)
    other = make.make_user("keeper2", Role.KEEPER, world.county.org_unit)
    people = {"planned": world.keeper, "counted": other}
    row = begin(world)
    counting.count_serials(stocktake=row, text=serial, by=other, at=AT)
    assert finish(world, row) == "counted"
    people[did].role = Role.AUDITOR
    people[did].save()
    with pytest.raises(Forbidden) as forbidden:
        counting.verify(stocktake=row, by=people[did], at=AT)
    assert forbidden.value.code == "same_person"
