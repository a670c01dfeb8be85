"""Settling counties one after the other, and beside what others do meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import OrgUnit
from commissions.models import SettlementBatch, Statement
from commissions.rules.oracle import settle
from commissions.rules.world import Adjustment, Violation
from commissions.services import settlement
from core import sql
from core.periods import Month
from dealers.models import Dealer
from tests import factories as f
from tests.commissions.books import AUGUST, OCTOBER, WORLD, A, B
from tests.commissions.portal_world import TODAY, Portal
from tests.commissions.test_settlement_equals_oracle import same
from tests.support.meanwhile import meanwhile

JULY, NOVEMBER = Month(2026, 7), Month(2026, 11)


def counties() -> list[OrgUnit]:
    return list(OrgUnit.objects.filter(level="county").order_by("code"))


def settle_period(period: Month, **more: Any) -> settlement.Outcome:
    return settlement.settle_period(period=period, counties=counties(), by=None, at=timezone.now(), today=TODAY, **more)


@pytest.mark.django_db
def test_each_county_is_settled_or_refused_on_its_own() -> None:
    Portal(WORLD)
    f.make_sale(Dealer.objects.get(code="D1"), date(2026, 10, 3), f.make_product("P58"))
    said: list[tuple[int, int, str]] = []
    outcome = settle_period(NOVEMBER, progress=lambda *step: said.append(step))
    assert [batch.number for batch in outcome.batches] == [f"2026-11-{B}"]
    assert [(one.county.code, one.months) for one in outcome.refused] == [(A, ["2026-11"])]
    assert said == [(0, 2, A), (1, 2, B), (2, 2, "")]
    assert [batch.number for batch in SettlementBatch.objects.all()] == [f"2026-11-{B}"]
    again = settle_period(AUGUST)  # of which B's is over
    assert [batch.number for batch in again.batches] == [f"2026-08-{A}"]
    assert [(one.county.code, one.months) for one in again.refused] == [(B, [])]


@pytest.mark.django_db
def test_what_is_dated_before_the_dealer_was_anywhere_enters_his_first_batch() -> None:
    began = tuple(
        replace(dealer, units=((AUGUST.first, A),)) if dealer.code == "D1" else dealer for dealer in WORLD.dealers
    )
    early = {
        "adjustments": (Adjustment("A0", "D1", JULY, Decimal("50.00")),),
        "violations": (Violation("V0", "D1", "exclusivity", date(2026, 7, 10)),),
    }
    world = replace(WORLD, dealers=began, today=TODAY, **early)
    batch = Portal(world).settle(county=A, period=AUGUST)
    same(batch, settle(world, county=A, period=AUGUST))
    assert Statement.objects.get(batch=batch, dealer__code="D1").adjustments == Decimal("50.00")


@pytest.mark.django_db
def test_the_totals_of_a_submitted_batch_stay() -> None:
    portal = Portal(WORLD)
    batch = portal.settle(county=A, period=AUGUST)
    later = batch.calculated_at + timedelta(hours=1)
    settlement.refresh_statements(batch=batch, at=later)
    batch.refresh_from_db()
    assert batch.calculated_at == later
    portal.move_on(batch, "submitted")
    settlement.refresh_statements(batch=batch, at=later + timedelta(hours=1))
    batch.refresh_from_db()
    assert batch.calculated_at == later


@pytest.fixture
def batch(transactional_db: None) -> SettlementBatch:
    return Portal(WORLD).settle(county=A, period=OCTOBER)


def refresh(batch: SettlementBatch) -> Any:
    at = timezone.now()
    settlement.refresh_statements(batch=batch, at=at)
    batch.refresh_from_db()
    return batch.calculated_at == at


def take_turn(batch: SettlementBatch) -> Any:
    return sql.execute("UPDATE commissions_countyturn SET turn = turn + 1 WHERE county_id = %s", [batch.county_id])


@contextmanager
def tried(times: int) -> Iterator[None]:
    """In the block the county's turn is asked for so many times."""
    with CaptureQueriesContext(connection) as asked:
        yield
    assert len([one for one in asked if "SET turn" in one["sql"]]) == times


def test_what_another_transaction_disturbs_is_done_again(batch: SettlementBatch) -> None:
    with tried(2), meanwhile(lambda: take_turn(batch)):
        assert refresh(batch)


def test_inside_an_open_transaction_it_cannot_be_done_again(batch: SettlementBatch) -> None:
    @transaction.atomic
    def among_others() -> None:
        sql.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        refresh(batch)

    with tried(1), meanwhile(lambda: take_turn(batch)), pytest.raises(OperationalError, match="serialize"):
        among_others()
    among_others()


@pytest.fixture
def impatient(transactional_db: None) -> Iterator[None]:
    """Waits for locks end at once."""
    sql.execute("SET lock_timeout = '1ms'")
    yield
    sql.execute("RESET lock_timeout")


def test_another_failure_is_not_tried_again(batch: SettlementBatch, impatient: None) -> None:
    with (
        tried(1),
        meanwhile(lambda: take_turn(batch), held=True),
        pytest.raises(OperationalError, match="lock timeout"),
    ):
        refresh(batch)
