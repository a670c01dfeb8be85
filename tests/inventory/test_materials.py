"""Gifts and vouchers: docs/inventory.md, "Gifts and vouchers"."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.roles import Role
from core import ledgers
from core.errors import Forbidden, Refused
from core.periods import Month
from inventory.bulk import material_months
from inventory.models import Holding, MaterialMonth, MaterialPlan, PlanItem, Route, StockMovement
from inventory.services import material as service
from inventory.services import movement as moving
from inventory.services import movement_lines, movement_receipt
from tests import factories as make
from tests.inventory.moving_world import AT, World, build

pytestmark = pytest.mark.django_db
LATER = datetime(2026, 10, 3, 2, 0, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    return build()


@pytest.fixture
def manager(world: World) -> Any:
    return make.make_user("channel", Role.CHANNEL_MANAGER, world.county.org_unit)


def stock(world: World, quantity: int) -> None:
    """So many gifts at the county, by way of the city."""
    steps = (("inbound", None, world.city), ("transfer", world.city, world.county))
    for kind, origin, destination in steps:
        row = moving.make(kind=kind, origin=origin, destination=destination, by=world.city_keeper, at=AT)
        movement_lines.enter_quantity(movement=row, product=world.gifts, quantity=quantity, by=world.city_keeper)
        moving.submit(movement=row, by=world.city_keeper, at=AT)
        moving.approve(movement=row, by=world.manager, at=AT)
        moving.ship(movement=row, by=world.city_keeper, at=AT)
    movement_receipt.receive(movement=row, by=world.keeper, at=AT)


def approved(world: World, text: str = "A1 GIFT 10") -> MaterialPlan:
    unit = world.county.org_unit
    given = {"activity": "中秋开卡送礼", "starts_on": date(2026, 9, 1), "ends_on": date(2026, 9, 30)}
    row = service.plan(org_unit=unit, by=world.supervisor, at=AT, **given)
    service.enter_items(plan=row, text=text, by=world.supervisor)
    service.submit(plan=row, by=world.supervisor, at=AT)
    return service.approve(plan=row, by=world.manager, at=AT)


def ask(world: World, by: Any, quantity: int, *, at: datetime = AT, **given: Any) -> StockMovement:
    item = PlanItem.objects.get()
    given = {"origin": world.county, "purpose": "开卡赠送", **given}
    return service.use(item=item, quantity=quantity, by=by, at=at, **given)


def held(world: World) -> tuple[int, int]:
    return Holding.objects.values_list("in_stock", "reserved").get(node=world.county, product=world.gifts)


def used() -> int:
    return PlanItem.objects.get().used


def books_hold() -> None:
    report = ledgers.verify()
    assert not report.broken, report.broken


def test_a_use_is_asked_for_approved_and_handed_out_by_three_people(world: World, manager: Any) -> None:
    stock(world, 20)
    approved(world)
    row = ask(world, manager, 4)
    assert (row.state, held(world), used()) == ("submitted", (20, 0), 0)
    with pytest.raises(Forbidden):
        moving.approve(movement=row, by=manager, at=AT)
    moving.approve(movement=row, by=world.supervisor, at=AT)
    assert (held(world), used()) == ((20, 4), 4)
    with pytest.raises(Forbidden):
        moving.ship(movement=row, by=manager, at=AT)
    moving.ship(movement=row, by=world.keeper, at=AT)
    row.refresh_from_db()
    assert (row.state, row.shipped, row.shipped_by, held(world)) == ("closed", 4, world.keeper, (16, 0))
    books_hold()


def test_whoever_asked_or_approved_does_not_hand_out(world: World, manager: Any) -> None:
    stock(world, 20)
    approved(world)
    row = ask(world, world.dealer, 1)
    moving.approve(movement=row, by=world.supervisor, at=AT)
    with pytest.raises(Forbidden):
        moving.ship(movement=row, by=world.dealer, at=AT)
    for column in ("made_by_id", "approved_by_id"):
        wrong = f"UPDATE inventory_stockmovement SET shipped_by_id = {column}, kind = 'use' WHERE id = {row.pk}"
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(wrong)


def test_a_plan_is_never_overdrawn(world: World, manager: Any) -> None:
    stock(world, 20)
    approved(world)
    first, second = ask(world, manager, 6), ask(world, manager, 6)
    moving.approve(movement=first, by=world.supervisor, at=AT)
    with pytest.raises(Refused, match="4"):
        moving.approve(movement=second, by=world.supervisor, at=AT)
    with pytest.raises(Refused, match="4"):
        ask(world, manager, 5)
    moving.cancel(movement=first, reason="活动取消", by=manager, at=AT)
    assert (used(), held(world)) == (0, (20, 0))
    moving.approve(movement=second, by=world.supervisor, at=AT)
    assert used() == 6
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanItem.objects.update(used=11)
    books_hold()


def test_only_an_approved_plan_in_its_days_allows_anything(world: World, manager: Any) -> None:
    stock(world, 20)
    row = approved(world)
    for given in (
        {"at": LATER},
        {"quantity": 0},
        {"purpose": " "},
        {"origin": world.other},
        {"origin": world.city},
        {"origin": world.shop},
    ):
        with pytest.raises(Refused):
            ask(world, manager, **{"quantity": 1, **given})
    with pytest.raises(Forbidden):
        ask(world, world.keeper, 1)
    with pytest.raises(Forbidden):
        ask(world, make.make_user("far", Role.CHANNEL_MANAGER, world.other.org_unit), 1)
    with pytest.raises(Refused):
        moving.make(kind="use", origin=world.county, destination=None, by=world.keeper, at=AT)
    waiting = ask(world, manager, 1)
    service.close(plan=row, reason="提前结束", by=world.supervisor, at=AT)
    with pytest.raises(Refused):
        moving.approve(movement=waiting, by=world.supervisor, at=AT)
    again = PlanItem.objects.get(plan=approved(world, "A1，GIFT，100"))
    more = service.use(item=again, origin=world.county, quantity=21, purpose="送", by=manager, at=AT)
    with pytest.raises(Refused, match="20 < 21"):
        moving.approve(movement=more, by=world.supervisor, at=AT)


def test_bad_lines_are_all_named_and_nothing_is_entered(world: World) -> None:
    given = {"activity": "送礼", "starts_on": date(2026, 9, 1), "ends_on": date(2026, 9, 30)}
    row = service.plan(org_unit=world.county.org_unit, by=world.supervisor, at=AT, **given)
    text = "A1 GIFT 10\nA1 GIFT\nNOBODY GIFT 1\nA1 SIM 1\nA1 GIFT many\nA1 GIFT 3\nA2 GIFT 0"
    with pytest.raises(Refused) as refused:
        service.enter_items(plan=row, text=text, by=world.supervisor)
    said = str(refused.value)
    for number in (2, 3, 4, 5, 6, 7):
        assert f"第 {number} 行" in said
    assert not row.items.exists()
    for wrong in ("", "\n"):
        with pytest.raises(Refused):
            service.enter_items(plan=row, text=wrong, by=world.supervisor)
    with pytest.raises(Refused):
        service.submit(plan=row, by=world.supervisor, at=AT)
    assert service.enter_items(plan=row, text="A1 GIFT 10\nA2\tGIFT\t5", by=world.supervisor) == 2
    service.enter_items(plan=row, text="A1 GIFT 12", by=world.supervisor)
    service.remove_item(plan=row, item=row.items.get(dealer__code="A2").pk, by=world.supervisor)
    assert row.items.get().quantity == 12
    with pytest.raises(Refused):
        service.plan(org_unit=row.org_unit, by=world.supervisor, at=AT, **{**given, "ends_on": date(2026, 8, 1)})
    with pytest.raises(Refused):
        service.plan(org_unit=row.org_unit, by=world.supervisor, at=AT, **{**given, "activity": " "})
    with pytest.raises(Forbidden):
        service.plan(org_unit=world.other.org_unit, by=world.supervisor, at=AT, **given)


def test_a_plan_is_approved_by_another_and_its_items_are_fixed(world: World) -> None:
    given = {"activity": "送礼", "starts_on": date(2026, 9, 1), "ends_on": date(2026, 9, 30)}
    row = service.plan(org_unit=world.county.org_unit, by=world.manager, at=AT, **given)
    service.enter_items(plan=row, text="A1 GIFT 10", by=world.manager)
    service.submit(plan=row, by=world.manager, at=AT)
    with pytest.raises(Refused):
        service.enter_items(plan=row, text="A1 GIFT 11", by=world.manager)
    with pytest.raises(Forbidden):
        service.approve(plan=row, by=world.manager, at=AT)
    with pytest.raises(Forbidden):
        service.approve(plan=row, by=world.supervisor, at=AT)
    other = make.make_user("manager2", Role.CITY_MANAGER, world.city.org_unit)
    with pytest.raises(Refused):
        service.reject(plan=row, reason="", by=other, at=AT)
    service.reject(plan=row, reason="数量过多", by=other, at=AT)
    service.reopen(plan=row, by=world.manager, at=AT)
    service.enter_items(plan=row, text="A1 GIFT 8", by=world.manager)
    service.submit(plan=row, by=world.manager, at=AT)
    service.approve(plan=row, by=other, at=AT)
    for wrong in (
        "UPDATE inventory_planitem SET quantity = 99",
        "DELETE FROM inventory_planitem",
        "UPDATE inventory_materialplan SET approved_by_id = made_by_id",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(wrong)


def test_the_monthly_account_adds_up_and_is_reconciled_once(world: World, manager: Any) -> None:
    stock(world, 20)
    approved(world)
    row = ask(world, manager, 4)
    moving.approve(movement=row, by=world.supervisor, at=AT)
    moving.ship(movement=row, by=world.keeper, at=AT)
    back = moving.make(
        kind="return", origin=world.county, destination=world.city, reason="余量", by=world.keeper, at=LATER
    )
    movement_lines.enter_quantity(movement=back, product=world.gifts, quantity=3, by=world.keeper)
    moving.submit(movement=back, by=world.keeper, at=LATER)
    moving.approve(movement=back, by=world.manager, at=LATER)
    moving.ship(movement=back, by=world.keeper, at=LATER)
    assert material_months.nightly(today=date(2026, 10, 4)) == 4
    short = [movement_receipt.Short(world.gifts, missing=1)]
    with pytest.raises(Refused):
        movement_receipt.receive(movement=back, materials=short * 2, by=world.city_keeper, at=LATER)
    movement_receipt.receive(movement=back, materials=short, by=world.city_keeper, at=LATER)
    [wrong] = back.discrepancies.values_list("pk", flat=True)
    assert material_months.nightly(today=date(2026, 10, 4)) == 1
    assert material_months.nightly(today=date(2026, 10, 4)) == 0
    figures = ("opening", "received", "sent", "used", "adjusted", "closing")

    def account(node: Any, month: str) -> tuple[int, ...]:
        return MaterialMonth.objects.values_list(*figures).get(node=node, month=Month.parse(month).first)

    assert account(world.city, "2026-09") == (0, 20, 20, 0, 0, 0)
    assert account(world.county, "2026-09") == (0, 20, 0, 4, 0, 16)
    assert account(world.county, "2026-10") == (16, 0, 3, 0, 0, 13)
    assert account(world.city, "2026-10") == (0, 2, 0, 0, 0, 2)
    movement_receipt.resolve(movement=back, discrepancies=[wrong], resolution="returned", by=world.keeper, at=LATER)
    assert material_months.nightly(today=date(2026, 10, 4)) == 1
    assert account(world.county, "2026-10") == (16, 1, 3, 0, 0, 14)
    assert Holding.objects.get(node=world.county, product=world.gifts).in_stock == 14
    september = MaterialMonth.objects.get(node=world.county, month=date(2026, 9, 1))
    october = MaterialMonth.objects.get(node=world.county, month=date(2026, 10, 1))
    with pytest.raises(Forbidden):
        service.reconcile(account=september, counted=16, note="", by=world.keeper, at=LATER)
    for wrong in ({"account": october, "counted": 13}, {"account": september, "counted": 15}, {"counted": -1}):
        with pytest.raises(Refused):
            service.reconcile(**{"account": september, "note": "", "by": world.auditor, "at": LATER, **wrong})
    done = service.reconcile(account=september, counted=15, note="破损一件", by=world.auditor, at=LATER)
    assert (done.counted, done.reconciled_by) == (15, world.auditor)
    with pytest.raises(Refused):
        service.reconcile(account=september, counted=16, note="", by=world.auditor, at=LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        MaterialMonth.objects.filter(pk=september.pk).update(opening=1, closing=17)
    StockMovement.objects.filter(pk=row.pk).update(shipped_at=LATER)
    material_months.post(month=Month(2026, 9))
    assert account(world.county, "2026-09") == (0, 20, 0, 4, 0, 16)


def test_a_plan_that_says_it_used_more_is_found(world: World) -> None:
    approved(world)
    PlanItem.objects.update(used=3)
    report = ledgers.verify()
    assert [(one.check, one.what) for one in report.broken] == [
        ("stock_plans", f"{PlanItem.objects.get().plan.number} A1")
    ]


def test_a_text_with_too_many_lines_is_entered_in_parts(world: World) -> None:
    given = {"activity": "送礼", "starts_on": date(2026, 9, 1), "ends_on": date(2026, 9, 30)}
    row = service.plan(org_unit=world.county.org_unit, by=world.supervisor, at=AT, **given)
    with pytest.raises(Refused) as refused:
        service.enter_items(plan=row, text="A1 GIFT 1\n" * (service.MOST_ITEMS + 1), by=world.supervisor)
    assert refused.value.code == "too_long"
    with pytest.raises(Refused, match="4998") as refused:  # one line less is read
        service.enter_items(plan=row, text="A1 GIFT 1\n" * (service.MOST_ITEMS - 1), by=world.supervisor)
    assert refused.value.code == "lines"


def test_nothing_is_used_from_where_no_route_begins(world: World, manager: Any) -> None:
    stock(world, 20)
    approved(world)
    Route.objects.filter(movement_kind="use", origin_kind="county").delete()
    with pytest.raises(Refused) as refused:
        ask(world, manager, 1)
    assert refused.value.code == "route"
    assert not StockMovement.objects.filter(kind="use").exists()


def test_an_account_is_reconciled_within_ones_own_unit(world: World) -> None:
    stock(world, 20)
    material_months.post(month=Month(2026, 9))
    account = MaterialMonth.objects.get(node=world.county)
    far = make.make_user("far", Role.AUDITOR, world.other.org_unit)
    with pytest.raises(Forbidden):
        service.reconcile(account=account, counted=20, note="", by=far, at=LATER)
    assert service.reconcile(account=account, counted=20, note="", by=world.auditor, at=LATER).counted == 20


def test_whoever_approved_a_use_does_not_hand_it_out_in_another_role(world: World, manager: Any) -> None:
    stock(world, 20)
    approved(world)
    row = ask(world, manager, 1)
    moving.approve(movement=row, by=world.supervisor, at=AT)
    world.supervisor.role = Role.KEEPER
    world.supervisor.save()
    with pytest.raises(Forbidden) as forbidden:
        moving.ship(movement=row, by=world.supervisor, at=AT)
    assert (forbidden.value.code, held(world)) == ("same_person", (20, 1))
