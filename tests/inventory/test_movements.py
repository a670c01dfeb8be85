"""The life of a stock movement: docs/inventory.md, "Movements"."""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.roles import Role
from core import ledgers
from core.errors import Forbidden, Refused
from core.models import Notice
from inventory.models import Card, CardChange, Discrepancy, Holding, MovementLine, StockMovement
from inventory.queries import cards as queries
from inventory.queries import movements
from inventory.rules import serials
from inventory.services import movement as moving
from inventory.services import movement_lines, movement_receipt, stock_notices
from tests import factories as make
from tests.inventory.moving_world import AT, World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build()


def held(node: Any) -> tuple[int, int, int]:
    found = Holding.objects.filter(node=node).values_list("in_stock", "reserved", "in_transit").first()
    return found or (0, 0, 0)


def states(*serials: str) -> list[tuple[str, str]]:
    rows = Card.objects.filter(serial__in=serials).order_by("serial")
    return [(card.state, card.node.code) for card in rows.select_related("node")]


def books_hold() -> None:
    report = ledgers.verify()
    assert not report.broken, report.broken


def test_a_range_moves_from_the_city_to_the_county(world: World) -> None:
    serials = world.cards(100)
    row = world.move(f"{serials[0]}–{serials[-1]}", to="submitted")
    assert (row.quantity, MovementLine.objects.get().quantity) == (100, 100)
    assert held(world.city) == (100, 0, 0)
    moving.approve(movement=row, by=world.manager, at=AT)
    assert held(world.city) == (100, 100, 0)
    moving.ship(movement=row, carrier="顺丰", by=world.city_keeper, at=AT)
    assert (held(world.city), held(world.county)) == ((0, 0, 100), (0, 0, 0))
    assert states(serials[0]) == [("in_transit", "CITY")]
    movement_receipt.receive(movement=row, by=world.keeper, at=AT)
    row.refresh_from_db()
    assert (row.state, row.shipped, row.carrier) == ("closed", 100, "顺丰")
    assert (held(world.city), held(world.county)) == ((0, 0, 0), (100, 0, 0))
    books_hold()


def test_a_cards_history_names_each_place_and_document(world: World) -> None:
    serials = world.cards(3)
    row = world.move(" ".join(serials), to="shipped")
    movement_receipt.receive(movement=row, by=world.keeper, at=AT)
    seen = queries.history(Card.objects.get(serial=serials[1]), world.manager)
    assert [(event.state, event.node, event.reference) for event in seen] == [
        ("in_stock", "CITY", None),
        ("in_stock", "CITY", row.number),
        ("in_transit", "CITY", row.number),
        ("in_stock", "COUNTY", None),
    ]
    # Three neighbours that went the same way are one row a step.
    assert CardChange.objects.count() == 4


def test_cards_that_are_not_neighbours_move_in_one_statement(world: World) -> None:
    serials = world.cards(5)
    world.move(f"{serials[0]} {serials[1]} {serials[3]}", to="approved")
    ids = [Card.objects.get(serial=serials[place]).pk for place in (0, 1, 3)]
    before = CardChange.objects.count()
    assert Card.objects.filter(pk__in=ids).update(state="in_transit") == 3
    runs = [(one.cards.lower, one.cards.upper, one.state) for one in CardChange.objects.order_by("pk")[before:]]
    assert runs == [(ids[0], ids[1] + 1, "in_transit"), (ids[2], ids[2] + 1, "in_transit")]
    assert held(world.city) == (2, 0, 3)


def test_what_cannot_go_is_named_and_the_rest_is_taken(world: World) -> None:
    serials = world.cards(10)
    elsewhere = world.cards(1, node=world.county, start=500)
    Card.objects.filter(serial=serials[3]).update(state="activated")
    world.move(serials[4], to="approved")
    row = moving.make(kind="transfer", origin=world.city, destination=world.county, by=world.city_keeper, at=AT)
    text = f"{serials[0]}-{serials[9]}\n{elsewhere[0]}, 8986000000000000001 hello! {serials[5]}-123 {serials[9]}-{serials[8]}"
    entered = movement_lines.enter_serials(movement=row, text=text, by=world.city_keeper)
    assert entered.added == 8
    assert {one.code: (one.count, one.serials[0]) for one in entered.problems} == {
        "format": (1, "hello!"),
        "length": (1, f"{serials[5]}-123"),
        "order": (1, f"{serials[9]}-{serials[8]}"),
        "unknown": (1, "8986000000000000001"),
        "activated": (1, serials[3]),
        "reserved": (1, serials[4]),
        "elsewhere": (1, elsewhere[0]),
    }
    assert all(one.text for one in entered.problems)
    again = movement_lines.enter_serials(movement=row, text=serials[0], by=world.city_keeper)
    assert (again.added, [one.code for one in again.problems]) == (0, ["twice"])
    assert StockMovement.objects.get(pk=row.pk).quantity == 8
    assert list(MovementLine.objects.filter(movement=row).values_list("quantity", flat=True)) == [3, 5]


def test_a_range_says_where_it_has_gaps(world: World) -> None:
    serials = world.cards(3) + world.cards(2, start=6)
    row = moving.make(kind="transfer", origin=world.city, destination=world.county, by=world.city_keeper, at=AT)
    entered = movement_lines.enter_serials(movement=row, text=f"{serials[0]}至{serials[-1]}", by=world.city_keeper)
    assert (entered.added, [(one.code, one.count) for one in entered.problems]) == (5, [("gap", 2)])


def test_an_iccid_whose_last_digit_does_not_fit_is_taken_with_a_warning(world: World) -> None:
    Card.objects.create(serial="89860012345678901231", product=world.product, node=world.city)
    row = moving.make(kind="transfer", origin=world.city, destination=world.county, by=world.city_keeper, at=AT)
    entered = movement_lines.enter_serials(movement=row, text="89860012345678901231", by=world.city_keeper)
    assert (entered.added, [one.code for one in entered.problems]) == (1, ["luhn"])


def test_two_documents_never_promise_the_same_card(world: World) -> None:
    serials = world.cards(4)
    first, second = world.move(" ".join(serials)), world.move(" ".join(serials[2:]))
    moving.approve(movement=first, by=world.manager, at=AT)
    with pytest.raises(Refused, match=first.number) as refused:
        moving.approve(movement=second, by=world.manager, at=AT)
    assert refused.value.params["serials"] == serials[2:]
    assert StockMovement.objects.get(pk=second.pk).state == "submitted"
    moving.cancel(movement=first, reason="计划变更", by=world.city_keeper, at=AT)
    assert held(world.city) == (4, 0, 0)
    moving.approve(movement=second, by=world.manager, at=AT)
    assert held(world.city) == (4, 2, 0)
    books_hold()


@pytest.mark.parametrize(
    ("said", "missing", "damaged"),
    [
        ({"missing": "{1}"}, 1, 0),
        ({"missing": "{1}-{2}", "damaged": "{4}"}, 2, 1),
        ({"only": "{0} {1} {2}"}, 2, 0),
        ({"only": "{0}-{3}", "damaged": "{4}"}, 0, 1),
    ],
)
def test_a_short_shipment_is_resolved_card_by_card(world: World, said: Any, missing: int, damaged: int) -> None:
    serials = world.cards(5)
    row = world.move(" ".join(serials), to="shipped")
    movement_receipt.receive(
        movement=row, by=world.keeper, at=AT, **{name: text.format(*serials) for name, text in said.items()}
    )
    row.refresh_from_db()
    kinds = Counter(Discrepancy.objects.values_list("kind", flat=True))
    assert (row.state, kinds["missing"], kinds["damaged"]) == ("received", missing, damaged)
    wrong = missing + damaged
    assert (held(world.city), held(world.county)) == ((0, 0, wrong), (5 - wrong, 0, 0))
    ids = list(Discrepancy.objects.values_list("pk", flat=True))
    with pytest.raises(Forbidden):
        movement_receipt.resolve(movement=row, discrepancies=ids, resolution="written_off", by=world.keeper, at=AT)
    for number, one in enumerate(ids):
        resolution, by = [("found", world.keeper), ("written_off", world.supervisor), ("returned", world.keeper)][
            number
        ]
        movement_receipt.resolve(movement=row, discrepancies=[one], resolution=resolution, by=by, at=AT)
    row.refresh_from_db()
    assert row.state == "closed"
    assert not Card.objects.filter(movement__isnull=False).exists()
    books_hold()


def test_a_card_sold_on_its_way_leaves_the_movement(world: World) -> None:
    serials = world.cards(3)
    row = world.move(" ".join(serials), to="approved")
    Card.objects.filter(serial=serials[0]).update(state="activated", movement=None)
    moving.ship(movement=row, by=world.city_keeper, at=AT)
    row.refresh_from_db()
    assert (row.quantity, row.shipped) == (3, 2)
    movement_receipt.receive(movement=row, missing=serials[1], by=world.keeper, at=AT)
    Card.objects.filter(serial=serials[1]).update(state="activated", movement=None)
    row.refresh_from_db()
    assert row.state == "received"
    with pytest.raises(Refused):
        movement_receipt.resolve(movement=row, discrepancies=[], resolution="found", by=world.keeper, at=AT)
    one = Discrepancy.objects.get()
    movement_receipt.resolve(movement=row, discrepancies=[one.pk], resolution="found", by=world.keeper, at=AT)
    row.refresh_from_db()
    assert (row.state, states(serials[1])) == ("closed", [("activated", "CITY")])
    books_hold()


def test_receiving_twice_or_what_was_not_sent_changes_nothing(world: World) -> None:
    serials = world.cards(3)
    row = world.move(f"{serials[0]} {serials[1]}", to="shipped")
    with pytest.raises(Refused, match=serials[2]):
        movement_receipt.receive(movement=row, only=" ".join(serials), by=world.keeper, at=AT)
    assert held(world.county) == (0, 0, 0)
    movement_receipt.receive(movement=row, by=world.keeper, at=AT)
    with pytest.raises(Refused):
        movement_receipt.receive(movement=row, by=world.keeper, at=AT)
    assert held(world.county) == (2, 0, 0)


def test_counted_materials_move_as_quantities(world: World) -> None:
    def made(kind: str, quantity: int, **ends: Any) -> StockMovement:
        row = moving.make(kind=kind, by=world.city_keeper, at=AT, **ends)
        movement_lines.enter_quantity(movement=row, product=world.gifts, quantity=quantity, by=world.city_keeper)
        moving.submit(movement=row, by=world.city_keeper, at=AT)
        return row

    inbound = made("inbound", 50, origin=None, destination=world.city)
    moving.approve(movement=inbound, by=world.manager, at=AT)
    moving.ship(movement=inbound, by=world.city_keeper, at=AT)
    assert held(world.city) == (50, 0, 0)
    first, second = (made("transfer", 30, origin=world.city, destination=world.county) for _ in range(2))
    moving.approve(movement=first, by=world.manager, at=AT)
    with pytest.raises(Refused, match="20 < 30"):
        moving.approve(movement=second, by=world.manager, at=AT)
    moving.ship(movement=first, by=world.city_keeper, at=AT)
    assert held(world.city) == (20, 0, 30)
    movement_receipt.receive(movement=first, by=world.keeper, at=AT)
    assert (held(world.city), held(world.county)) == ((20, 0, 0), (30, 0, 0))
    lost = made("write_off", 5, origin=world.city, destination=None, reason="受潮")
    moving.approve(movement=lost, by=world.manager, at=AT)
    moving.ship(movement=lost, by=world.city_keeper, at=AT)
    assert held(world.city) == (15, 0, 0)
    books_hold()


def test_a_short_material_stays_in_transit_until_it_is_resolved(world: World) -> None:
    Holding.objects.filter(product=world.gifts).delete()
    inbound = moving.make(kind="inbound", origin=None, destination=world.city, by=world.city_keeper, at=AT)
    row = moving.make(kind="transfer", origin=world.city, destination=world.county, by=world.city_keeper, at=AT)
    for document, quantity in ((inbound, 50), (row, 30)):
        movement_lines.enter_quantity(movement=document, product=world.gifts, quantity=quantity, by=world.city_keeper)
        moving.submit(movement=document, by=world.city_keeper, at=AT)
        moving.approve(movement=document, by=world.manager, at=AT)
        moving.ship(movement=document, by=world.city_keeper, at=AT)
    for missing, damaged in ((31, 0), (20, 11), (-1, 0)):
        with pytest.raises(Refused):
            movement_receipt.receive(
                movement=row, materials=[movement_receipt.Short(world.gifts, missing, damaged)], by=world.keeper, at=AT
            )
    movement_receipt.receive(
        movement=row, materials=[movement_receipt.Short(world.gifts, 6, 2)], by=world.keeper, at=AT
    )
    row.refresh_from_db()
    assert (row.state, held(world.city), held(world.county)) == ("received", (20, 0, 8), (22, 0, 0))
    books_hold()
    missing, damaged = row.discrepancies.order_by("-kind")

    def say(one: Discrepancy, resolution: str, *, by: Any = world.keeper, quantity: int | None = None) -> None:
        given = {"discrepancies": [one.pk], "resolution": resolution, "quantity": quantity}
        movement_receipt.resolve(movement=row, **given, by=by, at=AT)
        books_hold()

    for too_many in (0, 7):
        with pytest.raises(Refused):
            say(missing, "found", quantity=too_many)
    say(missing, "found", quantity=1)
    assert (held(world.city), held(world.county)) == ((20, 0, 7), (23, 0, 0))
    say(row.discrepancies.get(kind="missing", resolution=""), "returned", quantity=2)
    assert (held(world.city), held(world.county)) == ((22, 0, 5), (23, 0, 0))
    say(row.discrepancies.get(kind="missing", resolution=""), "written_off", by=world.supervisor)
    row.refresh_from_db()
    assert (row.state, held(world.city), held(world.county)) == ("received", (22, 0, 2), (23, 0, 0))
    say(damaged, "returned")
    row.refresh_from_db()
    assert (row.state, held(world.city), held(world.county)) == ("closed", (24, 0, 0), (23, 0, 0))
    assert sorted(row.discrepancies.values_list("quantity", flat=True)) == [1, 2, 2, 3]


def test_an_agent_orders_the_keeper_names_the_cards(world: World) -> None:
    serials = world.cards(5, node=world.county)
    row = moving.make(kind="issue", origin=world.county, destination=world.agent, by=world.dealer, at=AT)
    movement_lines.enter_quantity(movement=row, product=world.product, quantity=5, by=world.dealer)
    with pytest.raises(Forbidden):
        moving.submit(movement=row, by=world.dealer, at=AT)
    with pytest.raises(Refused):
        moving.submit(movement=row, by=world.keeper, at=AT)
    movement_lines.enter_serials(movement=row, text=f"{serials[0]}-{serials[2]}", by=world.keeper)
    moving.submit(movement=row, by=world.keeper, at=AT)
    row.refresh_from_db()
    assert row.quantity == 3
    with pytest.raises(Forbidden):
        moving.approve(movement=row, by=world.keeper, at=AT)
    moving.approve(movement=row, by=world.supervisor, at=AT)
    moving.ship(movement=row, by=world.keeper, at=AT)
    with pytest.raises(Forbidden):
        movement_receipt.receive(movement=row, by=make.make_dealer_user(world.shop.dealer), at=AT)
    movement_receipt.receive(movement=row, by=world.dealer, at=AT)
    assert held(world.agent) == (3, 0, 0)


def test_an_overdue_loan_blocks_the_next_until_it_is_given_back(world: World) -> None:
    serials = world.cards(3, node=world.county)
    lend = {"kind": "loan", "origin": world.county, "destination": world.agent, "sender": world.keeper}
    loan = world.move(f"{serials[0]} {serials[1]}", to="shipped", due_on=date(2026, 9, 10), **lend)
    movement_receipt.receive(movement=loan, by=world.dealer, at=AT)
    late = AT.replace(day=11)
    again = {"kind": "loan", "origin": world.county, "destination": world.agent, "by": world.keeper, "at": late}
    with pytest.raises(Refused, match=loan.number):
        moving.make(due_on=date(2026, 9, 30), **again)
    back = moving.give_back(loan=loan, by=world.keeper, at=AT)
    back.refresh_from_db()
    assert (back.pair, back.quantity, back.origin, back.destination) == (loan, 2, world.agent, world.county)
    moving.submit(movement=back, by=world.keeper, at=AT)
    moving.approve(movement=back, by=world.supervisor, at=AT)
    moving.ship(movement=back, by=world.keeper, at=AT)
    movement_receipt.receive(movement=back, by=world.keeper, at=AT)
    assert not movements.lent(StockMovement.objects.all()).exists()
    with pytest.raises(Refused):
        moving.give_back(loan=loan, by=world.keeper, at=AT)
    assert moving.make(due_on=date(2026, 9, 30), **again).state == "draft"
    with pytest.raises(Refused):
        moving.make(due_on=date(2026, 9, 1), **again)


@pytest.mark.parametrize(
    ("kind", "origin", "destination", "given", "code"),
    [
        ("transfer", "county", "city", {}, "route"),
        ("issue", "city", "agent", {}, "route"),
        ("transfer", "county", "county", {}, "same_place"),
        ("loan", "agent", "agent", {"due_on": date(2026, 9, 30)}, "same_place"),
        ("inbound", None, "county", {}, "route"),
        ("return", "agent", "county", {}, "reason"),
        ("write_off", "city", None, {"reason": " "}, "reason"),
        ("loan", "county", "agent", {}, "due"),
    ],
)
def test_what_is_off_the_table_is_refused(
    world: World, kind: str, origin: str | None, destination: str | None, given: Any, code: str
) -> None:
    ends = {"origin": getattr(world, origin or "", None), "destination": getattr(world, destination or "", None)}
    with pytest.raises(Refused) as refused:
        moving.make(kind=kind, by=world.city_keeper, at=AT, **ends, **given)
    assert refused.value.code == code


def test_duties_and_scope(world: World) -> None:
    serials = world.cards(2)
    row = world.move(" ".join(serials))
    for who in (world.city_keeper, world.keeper, world.dealer):
        with pytest.raises(Forbidden):
            moving.approve(movement=row, by=who, at=AT)
    moving.approve(movement=row, by=world.manager, at=AT)
    with pytest.raises(Forbidden):
        moving.ship(movement=row, by=world.keeper, at=AT)
    moving.ship(movement=row, by=world.city_keeper, at=AT)
    with pytest.raises(Forbidden):
        movement_receipt.receive(movement=row, by=world.dealer, at=AT)
    with pytest.raises(Forbidden):
        moving.make(kind="loan", origin=world.county, destination=world.agent, by=world.dealer, at=AT)
    far = make.make_user("far.keeper", "keeper", world.other.org_unit)
    assert not StockMovement.objects.visible_to(far).exists()
    assert StockMovement.objects.visible_to(world.keeper).count() == 1


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM inventory_card",
        "UPDATE inventory_card SET serial = 'X' || serial",
        "UPDATE inventory_card SET id = id + 100",
        "UPDATE inventory_card SET product_id = (SELECT id FROM inventory_product WHERE code = 'GIFT')",
        "UPDATE inventory_card SET state = 'in_transit', movement_id = NULL",
        "UPDATE inventory_card SET state = 'activated'",
        "UPDATE inventory_cardchange SET state = 'sold'",
        "DELETE FROM inventory_cardchange",
        "UPDATE inventory_holding SET in_stock = -1",
        "UPDATE inventory_holding SET reserved = in_stock + 1",
        "UPDATE inventory_movementline SET quantity = 3",
        "DELETE FROM inventory_movementline",
        "DELETE FROM inventory_stockmovement",
        "UPDATE inventory_stockmovement SET quantity = 1",
        "UPDATE inventory_stockmovement SET destination_id = origin_id",
        "UPDATE inventory_stockmovement SET approved_by_id = made_by_id",
        "UPDATE inventory_stockmovement SET approved_by_id = NULL",
        "INSERT INTO inventory_discrepancy (movement_id, kind) SELECT id, 'missing' FROM inventory_stockmovement",
        "INSERT INTO inventory_discrepancy (movement_id, card_id, quantity, kind)"
        " SELECT movement_id, id, 2, 'missing' FROM inventory_card LIMIT 1",
    ],
)
def test_the_database_refuses(world: World, damage: str) -> None:
    world.move(" ".join(world.cards(2)), to="approved")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(damage)


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("UPDATE inventory_holding SET in_stock = in_stock + 1", "stock_holdings"),
        ("UPDATE inventory_holding SET reserved = 0", "stock_holdings"),
        ("DELETE FROM inventory_holding", "stock_holdings"),
        (
            "UPDATE inventory_card SET movement_id = NULL WHERE id = (SELECT min(id) FROM inventory_card)",
            "stock_promises",
        ),
        ("UPDATE inventory_stockmovement SET quantity = 7", "stock_documents"),
        (
            "UPDATE inventory_card SET node_id = (SELECT id FROM inventory_stocknode WHERE code = 'FAR')"
            " WHERE id = (SELECT min(id) FROM inventory_card)",
            "stock_holdings",
        ),
        ("DELETE FROM inventory_card WHERE id = (SELECT min(id) FROM inventory_card)", "stock_conserved"),
    ],
)
def test_the_check_of_the_books_names_the_damage(world: World, damage: str, check: str) -> None:
    world.move(" ".join(world.cards(3)), to="approved")
    books_hold()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(damage)
        cursor.execute("SET session_replication_role = DEFAULT")
    assert check in {finding.check for finding in ledgers.verify().broken}


def told(user: Any) -> list[str]:
    return [str(one.text) for one in Notice.objects.filter(user=user).order_by("pk")]


def test_those_whom_it_concerns_are_told(world: World) -> None:
    serials = world.cards(4)
    row = world.move(" ".join(serials[:3]), to="shipped")
    assert told(world.keeper) == [stock_notices.SHIPPED]
    assert told(world.city_keeper) == []
    movement_receipt.receive(movement=row, missing=serials[0], by=world.keeper, at=AT)
    assert told(world.city_keeper) == [stock_notices.SHORT]
    refused = world.move(serials[3], to="submitted")
    moving.reject(movement=refused, reason="不急", by=world.manager, at=AT)
    assert told(world.city_keeper) == [stock_notices.SHORT, stock_notices.REJECTED]
    given = {"origin": world.county, "destination": world.agent, "kind": "issue", "sender": world.keeper}
    world.move(serials[1], to="shipped", **given)
    assert told(world.dealer) == [stock_notices.SHIPPED]


def test_a_text_that_is_too_long_is_entered_in_parts(world: World) -> None:
    row = moving.make(kind="transfer", origin=world.city, destination=world.county, by=world.city_keeper, at=AT)
    for text in ("1" * (serials.LONGEST_TEXT + 1), "89860000000000000000-89860000000000200000"):
        with pytest.raises(Refused):
            movement_lines.enter_serials(movement=row, text=text, by=world.city_keeper)
    assert not MovementLine.objects.exists()


def test_what_comes_from_outside_is_counted_and_its_cards_are_imported(world: World) -> None:
    [serial] = world.cards(1)
    row = moving.make(kind="inbound", origin=None, destination=world.city, by=world.city_keeper, at=AT)
    movement_lines.enter_quantity(movement=row, product=world.gifts, quantity=1, by=world.city_keeper)
    with pytest.raises(Refused):
        movement_lines.enter_quantity(movement=row, product=world.product, quantity=1, by=world.city_keeper)
    with pytest.raises(Refused) as refused:
        movement_lines.enter_quantity(movement=row, product=world.gifts, quantity=0, by=world.city_keeper)
    assert refused.value.code == "quantity"
    with pytest.raises(Refused):
        movement_lines.enter_serials(movement=row, text=serial, by=world.city_keeper)
    assert [(one.product, one.quantity) for one in MovementLine.objects.all()] == [(world.gifts, 1)]


def test_nobody_approves_what_he_made_in_another_role(world: World) -> None:
    row = world.move(world.cards(1)[0])
    world.city_keeper.role = Role.CITY_MANAGER
    world.city_keeper.save()
    with pytest.raises(Forbidden) as forbidden:
        moving.approve(movement=row, by=world.city_keeper, at=AT)
    assert (forbidden.value.code, held(world.city)) == ("same_person", (1, 0, 0))


def test_nobody_writes_off_what_he_received_in_another_role(world: World) -> None:
    serials_ = world.cards(2)
    row = world.move(" ".join(serials_), to="shipped")
    with pytest.raises(Refused) as refused:
        movement_receipt.receive(movement=row, missing=f"{serials_[0]} 整盒", by=world.keeper, at=AT)
    assert refused.value.code == "format"
    movement_receipt.receive(movement=row, missing=serials_[0], by=world.keeper, at=AT)
    wrong = [Discrepancy.objects.get().pk]
    with pytest.raises(Refused) as refused:
        movement_receipt.resolve(movement=row, discrepancies=wrong, resolution="sold", by=world.keeper, at=AT)
    assert refused.value.code == "resolution"
    world.keeper.role = Role.COUNTY_SUPERVISOR
    world.keeper.save()
    with pytest.raises(Forbidden) as forbidden:
        movement_receipt.resolve(movement=row, discrepancies=wrong, resolution="written_off", by=world.keeper, at=AT)
    assert (forbidden.value.code, held(world.city)) == ("same_person", (0, 0, 1))


def test_a_whole_quantity_of_a_material_is_resolved_like_a_part_of_it(world: World) -> None:
    inbound = moving.make(kind="inbound", origin=None, destination=world.city, by=world.city_keeper, at=AT)
    row = moving.make(kind="transfer", origin=world.city, destination=world.county, by=world.city_keeper, at=AT)
    for document in (inbound, row):
        movement_lines.enter_quantity(movement=document, product=world.gifts, quantity=5, by=world.city_keeper)
        moving.submit(movement=document, by=world.city_keeper, at=AT)
        moving.approve(movement=document, by=world.manager, at=AT)
        moving.ship(movement=document, by=world.city_keeper, at=AT)
    movement_receipt.receive(movement=row, materials=[movement_receipt.Short(world.gifts, 3)], by=world.keeper, at=AT)
    one = row.discrepancies.get()
    movement_receipt.resolve(
        movement=row, discrepancies=[one.pk], resolution="found", quantity=3, by=world.keeper, at=AT
    )
    row.refresh_from_db()
    assert (row.state, row.discrepancies.get().resolution, held(world.county)) == ("closed", "found", (5, 0, 0))
    books_hold()
