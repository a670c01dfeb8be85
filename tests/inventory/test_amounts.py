"""What dealers owe for cards: docs/inventory.md, "Prices and amounts due"."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.roles import Role
from core import ledgers
from core.errors import Forbidden, Refused
from inventory.bulk import amounts as sums
from inventory.models import Card, DealerCredit, DealerReceipt, ProductPrice, StockMovement
from inventory.queries import amounts
from inventory.services import amounts as service
from inventory.services import movement as moving
from inventory.services import movement_lines, movement_receipt
from tests import factories as make
from tests.inventory.moving_world import AT, World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    world = build()
    for tier, day, price in (("", "2026-01-01", "12.00"), ("", "2026-08-01", "10.00"), ("", "2026-10-01", "99.00")):
        ProductPrice.objects.create(product=world.product, tier=tier, valid_from=day, price=price)
    return world


@pytest.fixture
def clerk(world: World) -> Any:
    return make.make_user("clerk", Role.FINANCE_CLERK, world.city.org_unit)


def issue(world: World, serials: list[str], *, payment: str = "credit", to: str = "closed") -> StockMovement:
    """Cards from the county to the agent, as far as `to`."""
    row = moving.make(kind="issue", origin=world.county, destination=world.agent, by=world.keeper, at=AT)
    movement_lines.enter_serials(movement=row, text=" ".join(serials), by=world.keeper)
    steps: dict[str, Any] = {
        "submitted": lambda: moving.submit(movement=row, payment=payment, by=world.keeper, at=AT),
        "approved": lambda: moving.approve(movement=row, by=world.supervisor, at=AT),
        "shipped": lambda: moving.ship(movement=row, by=world.keeper, at=AT),
        "closed": lambda: movement_receipt.receive(movement=row, by=world.dealer, at=AT),
    }
    for name, step in steps.items():
        step()
        if name == to:
            break
    return StockMovement.objects.get(pk=row.pk)


def credit(world: World, limit: str) -> None:
    DealerCredit.objects.update_or_create(dealer=world.agent.dealer, defaults={"credit_limit": limit})


def owes(world: World) -> Decimal:
    return amounts.dealers(world.manager).get(pk=world.agent.dealer_id).owes


def pay(world: World, clerk: Any, amount: str, reference: str, **more: Any) -> DealerReceipt:
    given = {"received_on": date(2026, 9, 1), "bank_reference": reference, "by": clerk, "at": AT, **more}
    return service.enter_receipt(dealer=world.agent.dealer, amount=Decimal(amount), **given)


def test_an_issue_on_credit_has_the_price_of_its_day(world: World) -> None:
    credit(world, "100")
    row = issue(world, world.cards(5, node=world.county))
    assert (row.amount_due, row.payment, owes(world)) == (Decimal("50.00"), "credit", Decimal("50.00"))
    assert set(row.lines.values_list("price", flat=True)) == {Decimal("10.00")}
    dealer = world.agent.dealer
    assert dealer is not None
    ProductPrice.objects.create(product=world.product, tier=dealer.tier, valid_from="2026-01-01", price="8.00")
    assert issue(world, world.cards(5, node=world.county, start=50)).amount_due == Decimal("40.00")
    assert sums.outstanding(dealer.pk) == owes(world) == Decimal("90.00")


def test_nobody_owes_more_than_his_limit(world: World, clerk: Any) -> None:
    credit(world, "100")
    first = issue(world, world.cards(6, node=world.county), to="approved")
    second = issue(world, world.cards(6, node=world.county, start=50), to="submitted")
    with pytest.raises(Refused, match="100"):
        moving.approve(movement=second, by=world.supervisor, at=AT)
    assert not Card.objects.filter(movement=second).exists()
    pay(world, clerk, "20.00", "B-1")
    moving.approve(movement=second, by=world.supervisor, at=AT)
    moving.cancel(movement=first, reason="不要", by=world.keeper, at=AT)
    assert owes(world) == Decimal("40.00")


def test_what_is_prepaid_has_to_be_paid_before(world: World, clerk: Any) -> None:
    credit(world, "1000")
    row = issue(world, world.cards(3, node=world.county), payment="prepaid", to="submitted")
    with pytest.raises(Refused):
        moving.approve(movement=row, by=world.supervisor, at=AT)
    pay(world, clerk, "30.00", "B-1")
    moving.approve(movement=row, by=world.supervisor, at=AT)
    assert owes(world) == 0
    assert issue(world, world.cards(3, node=world.county, start=50), payment="free").amount_due == 0


def test_only_what_the_dealer_keeps_is_due(world: World) -> None:
    credit(world, "1000")
    serials = world.cards(6, node=world.county)
    row = issue(world, serials, to="approved")
    Card.objects.filter(serial=serials[0]).update(state="activated", movement=None)
    moving.ship(movement=row, by=world.keeper, at=AT)
    assert owes(world) == Decimal("50.00")
    given = {"missing": f"{serials[1]} {serials[2]}", "damaged": serials[3]}
    movement_receipt.receive(movement=row, **given, by=world.dealer, at=AT)
    wrong = {one.card.serial: one.pk for one in row.discrepancies.select_related("card")}
    for serial, resolution, due in (
        (serials[1], "found", "50.00"),
        (serials[2], "written_off", "40.00"),
        (serials[3], "returned", "30.00"),
    ):
        by = world.supervisor if resolution == "written_off" else world.keeper
        movement_receipt.resolve(movement=row, discrepancies=[wrong[serial]], resolution=resolution, by=by, at=AT)
        assert owes(world) == Decimal(due)
        assert not ledgers.verify().broken
    StockMovement.objects.filter(pk=row.pk).update(amount_due="31.00")
    [found] = ledgers.verify().broken
    assert (found.check, found.what, found.found, found.expected) == ("stock_amounts", row.number, "31.00", "30.00")


def test_a_return_takes_back_what_was_due(world: World) -> None:
    credit(world, "1000")
    serials = world.cards(4, node=world.county)
    issue(world, serials)
    given = world.cards(2, node=world.agent, start=50)
    row = moving.make(
        kind="return", origin=world.agent, destination=world.county, reason="滞销", by=world.dealer, at=AT
    )
    movement_lines.enter_serials(movement=row, text=" ".join([*serials[:3], *given]), by=world.dealer)
    moving.submit(movement=row, by=world.dealer, at=AT)
    moving.approve(movement=row, by=world.supervisor, at=AT)
    moving.ship(movement=row, by=world.dealer, at=AT)
    assert owes(world) == Decimal("40.00")
    movement_receipt.receive(movement=row, missing=serials[2], by=world.keeper, at=AT)
    # Two paid cards are back; those that he got for nothing bring nothing.
    assert owes(world) == Decimal("20.00")
    [wrong] = row.discrepancies.values_list("pk", flat=True)
    movement_receipt.resolve(movement=row, discrepancies=[wrong], resolution="found", by=world.keeper, at=AT)
    assert owes(world) == Decimal("10.00")
    assert not ledgers.verify().broken


def test_a_material_that_did_not_arrive_is_not_due(world: World) -> None:
    credit(world, "1000")
    ProductPrice.objects.create(product=world.gifts, valid_from="2026-01-01", price="3.00")
    inbound = moving.make(kind="inbound", origin=None, destination=world.city, by=world.city_keeper, at=AT)
    transfer = moving.make(kind="transfer", origin=world.city, destination=world.county, by=world.city_keeper, at=AT)
    row = moving.make(kind="issue", origin=world.county, destination=world.agent, by=world.keeper, at=AT)
    for document, by in ((inbound, world.city_keeper), (transfer, world.city_keeper), (row, world.keeper)):
        payment = "credit" if document == row else "free"
        movement_lines.enter_quantity(movement=document, product=world.gifts, quantity=10, by=by)
        moving.submit(movement=document, payment=payment, by=by, at=AT)
        moving.approve(movement=document, by=world.manager, at=AT)
        moving.ship(movement=document, by=by, at=AT)
        if document == transfer:
            movement_receipt.receive(movement=document, by=world.keeper, at=AT)
    short = [movement_receipt.Short(world.gifts, missing=4)]
    movement_receipt.receive(movement=row, materials=short, by=world.dealer, at=AT)
    [wrong] = row.discrepancies.values_list("pk", flat=True)
    given = {"discrepancies": [wrong], "resolution": "returned", "quantity": 3}
    movement_receipt.resolve(movement=row, **given, by=world.keeper, at=AT)
    assert owes(world) == Decimal("21.00")
    assert not ledgers.verify().broken


def give_back(world: World, serials: list[str]) -> None:
    row = moving.make(
        kind="return", origin=world.agent, destination=world.county, reason="滞销", by=world.dealer, at=AT
    )
    movement_lines.enter_serials(movement=row, text=" ".join(serials), by=world.dealer)
    moving.submit(movement=row, by=world.dealer, at=AT)
    moving.approve(movement=row, by=world.supervisor, at=AT)
    moving.ship(movement=row, by=world.dealer, at=AT)
    movement_receipt.receive(movement=row, by=world.keeper, at=AT)


def test_a_card_is_taken_back_at_the_price_of_its_last_issue_only(world: World) -> None:
    credit(world, "1000")
    serials = world.cards(2, node=world.county)
    issue(world, serials)
    give_back(world, serials)
    assert owes(world) == 0
    issue(world, serials, payment="free")
    give_back(world, serials)
    assert owes(world) == 0
    assert not ledgers.verify().broken
    first = StockMovement.objects.filter(kind="return").order_by("pk")[0]
    StockMovement.objects.filter(pk=first.pk).update(amount_due="-19.00")
    [found] = ledgers.verify().broken
    assert (found.check, found.what, found.expected) == ("stock_returns", first.number, "-20.00")


def test_a_missing_card_that_was_sold_meanwhile_stays_due(world: World) -> None:
    credit(world, "1000")
    serials = world.cards(3, node=world.county)
    row = issue(world, serials, to="shipped")
    movement_receipt.receive(movement=row, missing=f"{serials[0]} {serials[1]}", by=world.dealer, at=AT)
    Card.objects.filter(serial=serials[0]).update(state="activated", movement=None)
    wrong = list(row.discrepancies.values_list("pk", flat=True))
    movement_receipt.resolve(movement=row, discrepancies=wrong, resolution="returned", by=world.keeper, at=AT)
    assert owes(world) == Decimal("20.00")
    said = dict(row.discrepancies.values_list("card__serial", "resolution"))
    assert said == {serials[0]: "sold", serials[1]: "returned"}


def test_refusals(world: World, clerk: Any) -> None:
    serials = world.cards(2, node=world.county)
    ProductPrice.objects.all().delete()
    with pytest.raises(Refused, match="SIM"):
        issue(world, serials)
    draft = world.move(world.cards(1, start=90)[0], to="submitted")
    assert draft.amount_due == 0
    transfer = moving.make(kind="transfer", origin=world.city, destination=world.county, by=world.city_keeper, at=AT)
    movement_lines.enter_serials(movement=transfer, text=world.cards(1, start=95)[0], by=world.city_keeper)
    with pytest.raises(Refused):
        moving.submit(movement=transfer, payment="credit", by=world.city_keeper, at=AT)
    pay(world, clerk, "20.00", "B-1")
    for amount, reference, more in (
        ("20.00", "B-1", {}),
        ("0", "B-2", {}),
        ("1.001", "B-2", {}),
        ("-1", "B-2", {}),
        ("1", " ", {}),
        ("1", "B-2", {"received_on": date(2099, 1, 1)}),
    ):
        with pytest.raises(Refused):
            pay(world, clerk, amount, reference, **more)
    pay(world, clerk, "-20.00", "B-3", note="B-1 记错")
    assert owes(world) == 0
    with pytest.raises(Forbidden):
        pay(world, world.keeper, "1", "B-4")
    with pytest.raises(Forbidden):
        pay(world, make.make_user("far.clerk", Role.FINANCE_CLERK, world.other.org_unit), "1", "B-4")
    for wrong in ({"amount": 0}, {"amount": -1, "note": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            DealerReceipt.objects.filter(bank_reference="B-1").update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        StockMovement.objects.filter(pk=draft.pk).update(amount_due=5)


def test_the_pages_and_the_api(world: World, clerk: Any) -> None:
    credit(world, "1000")
    keeper, finance, dealer, api = Client(), Client(), Client(), APIClient()
    for client, user in ((keeper, world.keeper), (finance, clerk), (dealer, world.dealer)):
        client.force_login(user)
    row = moving.make(kind="issue", origin=world.county, destination=world.agent, by=world.keeper, at=AT)
    movement_lines.enter_serials(movement=row, text=" ".join(world.cards(3, node=world.county)), by=world.keeper)
    submit = reverse("inventory:movement-submit", args=[row.number])
    assert "挂账" in keeper.get(submit).content.decode()
    keeper.post(submit, {"payment": "credit"})
    moving.approve(movement=row, by=world.supervisor, at=AT)
    listed = re.findall(r">(A\d)<", dealer.get(reverse("inventory:amounts")).content.decode())
    assert set(listed) == {"A1"}
    assert "297.00" in dealer.get(reverse("inventory:movement", args=[row.number])).content.decode()
    form = {"dealer": "A1", "amount": "30", "received_on": "2026-09-01", "bank_reference": "B-9"}
    assert "没有此编码" in finance.post(reverse("inventory:receipt-new"), {**form, "dealer": "NOBODY"}).content.decode()
    assert finance.get(reverse("inventory:receipt-new")).status_code == 200
    finance.post(reverse("inventory:receipt-new"), form)
    assert "B-9" in finance.get(reverse("inventory:receipts"), {"dealer": "A1"}).content.decode()
    for over, there in (("true", False), ("false", True)):
        rows = finance.get(reverse("inventory:amounts"), {"over": over, "name": "A1"}).content.decode()
        assert (">A1<" in rows) is there
    found = keeper.get(reverse("inventory:movements"), {"dealer": "A1", "due": "true"}).content.decode()
    assert row.number in found
    assert row.number not in keeper.get(reverse("inventory:movements"), {"due": "false"}).content.decode()
    other = moving.make(kind="issue", origin=world.county, destination=world.agent, by=world.keeper, at=AT)
    movement_lines.enter_serials(movement=other, text=world.cards(1, node=world.county, start=70)[0], by=world.keeper)
    api.force_authenticate(clerk)
    [listed] = api.get("/api/v1/amounts/", {"code": "A1"}).json()["results"]
    assert (listed["due"], listed["paid"], listed["owes"]) == ("297.00", "30.00", "267.00")
    paid = {"dealer": "A1", "amount": "7.00", "received_on": "2026-09-01", "bank_reference": "B-10"}
    assert api.post("/api/v1/receipts/", paid, format="json").status_code == 201
    assert api.post("/api/v1/receipts/", paid, format="json").status_code == 409
    assert api.get("/api/v1/receipts/B-10/").json()["entered_by"] == "clerk"
    api.force_authenticate(world.keeper)
    assert api.post("/api/v1/receipts/", paid | {"bank_reference": "B-11"}, format="json").status_code == 403
    answer = api.post(f"/api/v1/movements/{other.number}/submit/", {"payment": "prepaid"}, format="json").json()
    assert (answer["payment"], answer["amount_due"]) == ("prepaid", "99.00")
