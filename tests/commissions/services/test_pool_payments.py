"""A round's payouts reach the dealers: file, holds, results, never twice."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from commissions.models import PoolPayment, PoolRound, SettlementBatch
from commissions.services import ledgers, payments, pool_decision, pool_payments, pool_round
from commissions.services.payments import PaymentRefused
from core.errors import Forbidden
from dealers.models import Dealer, DealerEnding, DealerSuspension
from tests import factories as f
from tests.commissions import scene as scenes
from tests.commissions.pool_world import AT, TODAY, PoolWorld, approve, calculate, dealer_with, make_pool_world, row

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> PoolWorld:
    return make_pool_world()


def paid_dealer(world: PoolWorld, **fields: str) -> Dealer:
    dealer = dealer_with(world.county, **fields)
    f.make_account(dealer, entered_by=world.supervisor, verified_by=world.clerk)
    return dealer


def export(world: PoolWorld, round_: PoolRound) -> dict[str, str]:
    """dealer → hold of the rows of the file."""
    rows = pool_payments.export(round_=round_, by=world.clerk, at=AT)
    return {one.dealer_code: one.hold for one in rows}


def result(round_: PoolRound, dealer: Dealer, result: str, reason: str = "") -> dict[str, str]:
    return {"statement": f"{round_.number}-{dealer.code}", "result": result, "reason": reason}


def test_a_round_is_paid_when_every_payout_is(world: PoolWorld) -> None:
    one, other = paid_dealer(world), paid_dealer(world)
    nothing = paid_dealer(world, sells="")
    round_ = approve(world, calculate(world))
    assert export(world, round_) == {one.code: "", other.code: ""}
    assert nothing.code not in export(world, round_)
    rows = [result(round_, one, "ok"), result(round_, other, "failed", "户名不符")]
    assert pool_payments.record(rows=rows, by=world.clerk, at=AT) == {"ok": 1, "failed": 1, "unchanged": 0}
    assert pool_payments.record(rows=rows, by=world.clerk, at=AT) == {"ok": 0, "failed": 0, "unchanged": 2}
    with pytest.raises(PaymentRefused):
        pool_payments.record(rows=[result(round_, one, "failed", "x")], by=world.clerk, at=AT)
    round_.refresh_from_db()
    assert round_.state == "approved"
    assert export(world, round_) == {other.code: ""}
    pool_payments.record(rows=[result(round_, other, "ok")], by=world.clerk, at=AT)
    round_.refresh_from_db()
    assert round_.state == "paid"
    assert list(PoolPayment.objects.order_by("pk").values_list("row__dealer__code", "attempt", "state")) == [
        (one.code, 1, "ok"),
        (other.code, 1, "failed"),
        (other.code, 2, "ok"),
    ]
    assert ledgers.verify()["broken"] == []
    with pytest.raises(PaymentRefused):
        export(world, round_)


def test_holds_are_those_of_statements(world: PoolWorld) -> None:
    ended, suspended, without = paid_dealer(world), paid_dealer(world), dealer_with(world.county)
    unverified = dealer_with(world.county)
    f.make_account(unverified, entered_by=world.supervisor)
    overridden = paid_dealer(world)
    DealerEnding.objects.create(dealer=overridden, ended_on=date(2026, 7, 1), cause="closed")
    round_ = calculate(world)
    pool_decision.override(row=row(round_, overridden), by=world.manager, at=AT, reason="协议约定")
    round_ = approve(world, round_)
    DealerEnding.objects.create(dealer=ended, ended_on=date(2026, 7, 5), cause="closed")
    DealerSuspension.objects.create(dealer=suspended, from_date=date(2026, 7, 5), reason="整改")
    assert export(world, round_) == {
        ended.code: "terminated",
        suspended.code: "suspended",
        without.code: "no_account",
        unverified.code: "unverified_account",
        overridden.code: "",
    }


def test_nothing_to_pay_is_paid_at_once(world: PoolWorld) -> None:
    round_ = approve(world, calculate(world))
    assert export(world, round_) == {}
    round_.refresh_from_db()
    assert round_.state == "paid"


def test_submitter_approver_and_payer_are_three(world: PoolWorld) -> None:
    paid_dealer(world)
    round_ = pool_round.submit(round_=calculate(world), by=world.supervisor, at=AT, today=TODAY)
    with pytest.raises(PaymentRefused):
        pool_payments.export(round_=round_, by=world.clerk, at=AT)
    round_ = pool_round.approve(round_=round_, by=world.approver, at=AT, today=TODAY)
    for person in (world.supervisor, world.approver, world.manager, None):
        with pytest.raises(Forbidden):
            pool_payments.export(round_=round_, by=person, at=AT)
    world.approver.role = "finance_clerk"
    world.approver.save()
    with pytest.raises(Forbidden) as refusal:
        pool_payments.export(round_=round_, by=world.approver, at=AT)
    assert refusal.value.code == "separation_of_duties"


def test_the_database_pays_once_and_what_was_approved(world: PoolWorld) -> None:
    dealer = paid_dealer(world)
    round_ = approve(world, calculate(world))
    common = {"row": row(round_, dealer), "issued_by": world.clerk, "issued_at": AT, "bank": "b", "account": "1"}
    with pytest.raises(IntegrityError), transaction.atomic():
        PoolPayment.objects.create(amount="99.99", **common)
    first = PoolPayment.objects.create(amount="100.00", **common)
    with pytest.raises(IntegrityError), transaction.atomic():
        PoolPayment.objects.create(amount="100.00", attempt=2, **common)
    for change in ({"amount": "1.00"}, {"account": "2"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PoolPayment.objects.filter(pk=first.pk).update(**change)


def test_one_file_has_results_of_statements_and_payouts() -> None:
    scene = scenes.make_scene()
    batch = scenes.make_batch(scene, "2026-06", state="approved")
    dealer = scene.dealers[0]
    f.make_account(dealer, entered_by=scene.supervisor, verified_by=scene.manager)
    world = make_like(scene)
    round_ = approve(world, calculate(world))
    assert str(round_.forfeit) == "10.44"  # no activations but in June: what the batch put aside is lost
    payments.export(batch=batch, by=scene.clerk, at=AT)
    rows = [{"statement": f"{batch.number}-{dealer.code}", "result": "ok", "reason": ""}]
    assert pool_payments.record(rows=rows, by=scene.clerk, at=AT)["ok"] == 1
    assert SettlementBatch.objects.get().state == "paid"


def make_like(scene: scenes.Scene) -> PoolWorld:
    people = {name: getattr(scene, name) for name in ("supervisor", "manager", "second_manager", "clerk", "approver")}
    return PoolWorld(city=scene.city, county=scene.county, other=scene.county, **people)


def test_a_clerk_of_another_unit_pays_nothing(world: PoolWorld) -> None:
    paid_dealer(world)
    round_ = approve(world, calculate(world))
    elsewhere = f.make_unit("5325", "红河州分公司", "city", world.city.parent)
    with pytest.raises(Forbidden):
        pool_payments.export(round_=round_, by=f.make_user("stranger", "finance_clerk", elsewhere), at=AT)
    assert not PoolPayment.objects.exists()
