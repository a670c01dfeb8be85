"""The check of the books finds damage to payout rounds and change requests, and names it."""

import pytest
from django.db import connection

from commissions.models import PoolRound
from commissions.queries import ledger_rounds
from commissions.services import ledgers, pool_change, pool_payments
from tests import factories as f
from tests.commissions.pool_world import AT, PoolWorld, approve, calculate, change, dealer_with, make_pool_world

pytestmark = pytest.mark.django_db

DAMAGE: dict[str, tuple[str, str, str]] = {
    "a round of another sum": (
        "round_equals_rows",
        "round 2026H1-532601",
        "UPDATE commissions_poolround SET payout = payout + 1",
    ),
    "a payout that the rule does not give": (
        "round_row_follows_rule",
        "payout 2026H1-532601-D1",
        "UPDATE commissions_poolroundrow SET payout = payout - 1",
    ),
    "an override that nobody gave": (
        "round_row_follows_rule",
        "payout 2026H1-532601-D1",
        "UPDATE commissions_poolroundrow SET overridden = true",
    ),
    "a payout that was never posted": (
        "round_posted_once",
        "round 2026H1-532601",
        "DELETE FROM commissions_poolentry WHERE entry = 'payout'",
    ),
    "an entry of a round that is not approved": (
        "round_posted_once",
        "round 2026H1-532601",
        "UPDATE commissions_poolround SET state = 'submitted'",
    ),
    "approved by the one who submitted": (
        "round_three_people",
        "round 2026H1-532601",
        "ALTER TABLE commissions_poolround DROP CONSTRAINT pool_round_approved_by_another;"
        "UPDATE commissions_poolround SET approved_by_id = submitted_by_id",
    ),
    "more paid than the payout": (
        "payout_paid_not_more",
        "payout 2026H1-532601-D1",
        "UPDATE commissions_poolpayment SET amount = amount + 1",
    ),
    "a paid round that is not": (
        "round_paid_in_full",
        "round 2026H1-532601",
        "DELETE FROM commissions_poolpayment",
    ),
    "a request posted with another amount": (
        "pool_change_posted_once",
        "request C1",
        "UPDATE commissions_poolchange SET amount = amount + 1",
    ),
    "a request posted that nobody approved": (
        "pool_change_posted_once",
        "request C1",
        "UPDATE commissions_poolchange SET state = 'filed', decided_by_id = NULL",
    ),
}


@pytest.fixture
def world() -> PoolWorld:
    """A paid round and an approved request."""
    world = make_pool_world()
    dealer = dealer_with(world.county, code="D1", sells="1234")
    f.make_account(dealer, entered_by=world.supervisor, verified_by=world.clerk)
    round_ = approve(world, calculate(world))
    pool_payments.export(round_=round_, by=world.clerk, at=AT)
    row = {"statement": f"{round_.number}-D1", "result": "ok", "reason": ""}
    pool_payments.record(rows=[row], by=world.clerk, at=AT)
    pool_change.approve(change=change(world, dealer, "5.00", reference="C1"), by=world.manager, at=AT)
    return world


def test_they_hold(world: PoolWorld) -> None:
    assert PoolRound.objects.get().state == "paid"
    found = ledgers.verify()
    assert found["broken"] == []
    assert all(found["checked"][code] for code in ledger_rounds.CHECKS)


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found_and_named(world: PoolWorld, name: str) -> None:
    check, what, script = DAMAGE[name]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL session_replication_role = replica")
        cursor.execute(script)
    broken = ledgers.verify()["broken"]
    assert any(found["check"] == check and found["what"].startswith(what) for found in broken), broken


def test_each_check_finds_some_damage() -> None:
    assert {check for check, _, _ in DAMAGE.values()} == set(ledger_rounds.CHECKS)
