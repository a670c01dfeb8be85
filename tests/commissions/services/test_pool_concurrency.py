"""Several at once: a round is approved, paid and calculated once, a pool never goes below zero."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection

from commissions.models import PoolEntry, PoolPayment, PoolRound
from commissions.services import ledgers, pool_change, pool_payments, pool_round, pool_termination
from core.errors import Refused
from dealers.models import DealerEnding
from tests import factories as f
from tests.commissions.pool_world import (
    AT,
    TODAY,
    PoolWorld,
    approve,
    balance,
    calculate,
    change,
    dealer_with,
    make_pool_world,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> PoolWorld:
    return make_pool_world()


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each gave: its result or the refusal. Anything else fails the test."""
    found: list[Any] = [None] * len(works)
    start = threading.Barrier(len(works))

    def go(place: int, work: Callable[[], Any]) -> None:
        start.wait()
        try:
            found[place] = work()
        except Refused as refusal:
            found[place] = refusal
        except BaseException as error:
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(place, work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    errors = [one for one in found if isinstance(one, BaseException) and not isinstance(one, Refused)]
    assert not errors, errors
    return found


def refusals(found: list[Any]) -> int:
    return sum(isinstance(one, Refused) for one in found)


def test_two_approvals_post_once(world: PoolWorld) -> None:
    dealers = [dealer_with(world.county, sells="1234") for _ in range(3)]
    round_ = pool_round.submit(round_=calculate(world), by=world.supervisor, at=AT, today=TODAY)
    people = (world.approver, world.manager, world.second_manager)

    def work(person: Any) -> Callable[[], Any]:
        return lambda: pool_round.approve(round_=round_, by=person, at=AT, today=TODAY)

    assert refusals(at_once(*(work(person) for person in people))) == 2
    assert PoolEntry.objects.filter(source=round_.number).count() == 6
    assert [balance(dealer) for dealer in dealers] == ["0.00"] * 3
    assert ledgers.verify()["broken"] == []


def test_two_exports_issue_once(world: PoolWorld) -> None:
    for _ in range(3):
        f.make_account(dealer_with(world.county), entered_by=world.supervisor, verified_by=world.approver)
    round_ = approve(world, calculate(world))
    other = f.make_user("clerk2", "finance_clerk", world.city)
    found = at_once(
        lambda: pool_payments.export(round_=round_, by=world.clerk, at=AT),
        lambda: pool_payments.export(round_=round_, by=other, at=AT),
    )
    assert sorted(len(one) for one in found) == [0, 3]
    assert PoolPayment.objects.count() == 3


def test_two_calculations_make_one_round(world: PoolWorld) -> None:
    dealer_with(world.county)
    assert refusals(at_once(*[lambda: calculate(world)] * 3)) == 0
    assert PoolRound.objects.get().dealers == 1


def test_an_approval_against_what_else_takes_from_the_pool(world: PoolWorld) -> None:
    """Request, night and round want the same money: one of them gets it."""
    dealer = dealer_with(world.county)
    round_ = pool_round.submit(round_=calculate(world), by=world.supervisor, at=AT, today=TODAY)
    DealerEnding.objects.create(dealer=dealer, ended_on=date(2026, 4, 1), cause="closed")
    request = change(world, dealer, "-100.00")
    at_once(
        lambda: pool_round.approve(round_=round_, by=world.approver, at=AT, today=TODAY),
        lambda: pool_change.approve(change=request, by=world.manager, at=AT),
        lambda: pool_termination.forfeit(today=TODAY, at=AT),
    )
    assert balance(dealer) == "0.00"
    assert PoolEntry.objects.filter(dealer=dealer, amount__lt=0).count() == 1
    assert ledgers.verify()["broken"] == []


def test_two_nights_forfeit_once(world: PoolWorld) -> None:
    dealer = dealer_with(world.county)
    DealerEnding.objects.create(dealer=dealer, ended_on=date(2026, 4, 1), cause="closed")
    found = at_once(*[lambda: pool_termination.forfeit(today=TODAY, at=AT)] * 3)
    assert sorted(one["dealers"] for one in found) == [0, 0, 1]
    assert balance(dealer) == "0.00"
