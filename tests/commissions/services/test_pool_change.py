"""Change requests: filed by one, decided by another, posted once, never below zero."""

import pytest
from django.db import IntegrityError, connection, transaction

from commissions.models import CountyAssessmentEvent, PoolChange
from commissions.services import ledgers, pool_change
from commissions.services.pool_change import ChangeRefused
from core import papers
from core.errors import Forbidden
from core.transitions import MoveRefused
from tests import factories as f
from tests.commissions.pool_world import (
    AT,
    D,
    PoolWorld,
    balance,
    change,
    dealer_with,
    entries,
    make_pool_world,
)

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4 application form %%EOF"


@pytest.fixture
def world() -> PoolWorld:
    return make_pool_world()


@pytest.mark.parametrize(
    ("amount", "entry", "left"), [("12.50", "adjustment", "112.50"), ("-100.00", "penalty", "0.00")]
)
def test_approved_it_is_posted_with_the_month_of_the_approval(
    world: PoolWorld, amount: str, entry: str, left: str
) -> None:
    dealer = dealer_with(world.county)
    request = change(world, dealer, amount)
    assert balance(dealer) == "100.00"
    assert request.reference == "POOL-20260705-0001"
    pool_change.approve(change=request, by=world.manager, at=f.moment("2026-08-01"))
    assert entries(dealer)[1:] == [("2026-08", entry, amount, request.reference)]
    assert balance(dealer) == left
    with pytest.raises(MoveRefused):
        pool_change.approve(change=request, by=world.approver, at=AT)
    assert balance(dealer) == left
    assert ledgers.verify()["broken"] == []


def test_a_pool_may_begin_with_an_adjustment(world: PoolWorld) -> None:
    dealer = dealer_with(world.county, "0")
    pool_change.approve(change=change(world, dealer, "5"), by=world.approver, at=AT)
    assert balance(dealer) == "5.00"


def test_refused_below_zero(world: PoolWorld) -> None:
    for dealer, amount in ((dealer_with(world.county), "-100.01"), (dealer_with(world.county, "0"), "-0.01")):
        request = change(world, dealer, amount)
        with pytest.raises(ChangeRefused) as refusal:
            pool_change.approve(change=request, by=world.manager, at=AT)
        assert refusal.value.code == "balance"
        request.refresh_from_db()
        assert request.state == "filed"


def test_the_one_who_filed_does_not_decide(world: PoolWorld) -> None:
    dealer = dealer_with(world.county)
    request = pool_change.file(dealer=dealer, amount=D("1"), reason="补录", by=world.manager, at=AT)
    for decide in (pool_change.approve, pool_change.reject):
        with pytest.raises(Forbidden) as refusal:
            decide(change=request, by=world.manager, at=AT, reason="x")
        assert refusal.value.code == "separation_of_duties"
        for person in (world.supervisor, world.clerk, None):
            with pytest.raises(Forbidden):
                decide(change=request, by=person, at=AT, reason="x")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE commissions_poolchange SET state = 'approved', decided_by_id = filed_by_id")


def test_rejected_with_a_reason_nothing_is_posted(world: PoolWorld) -> None:
    dealer = dealer_with(world.county)
    request = change(world, dealer, "-5")
    with pytest.raises(ChangeRefused):
        pool_change.reject(change=request, by=world.manager, at=AT, reason="")
    assert pool_change.reject(change=request, by=world.manager, at=AT, reason="依据不足").state == "rejected"
    assert balance(dealer) == "100.00"


@pytest.mark.parametrize(("amount", "reason"), [("0", "补录"), ("1", "  ")])
def test_what_cannot_be_filed(world: PoolWorld, amount: str, reason: str) -> None:
    dealer = dealer_with(world.county)
    with pytest.raises(ChangeRefused):
        change(world, dealer, amount, reason=reason)


def test_only_for_dealers_of_the_own_unit(world: PoolWorld) -> None:
    with pytest.raises(Forbidden):
        change(world, dealer_with(world.other), "1")
    with pytest.raises(Forbidden):
        pool_change.file(dealer=dealer_with(world.county), amount=D(1), reason="x", by=world.clerk, at=AT)


def test_references_are_numbered_and_unique(world: PoolWorld) -> None:
    dealer = dealer_with(world.county)
    found = [change(world, dealer, "1").reference for _ in range(2)]
    assert found == ["POOL-20260705-0001", "POOL-20260705-0002"]
    with pytest.raises(ChangeRefused):
        change(world, dealer, "1", reference=found[0])


def test_papers_stay_with_their_request(world: PoolWorld) -> None:
    dealer = dealer_with(world.county)
    request = change(world, dealer, "1", files=[papers.Given("申请表.html", PDF)])
    assert [(one.name, one.content_type) for one in request.papers.all()] == [("申请表.pdf", "application/pdf")]
    with pytest.raises(papers.PaperRefused), transaction.atomic():
        change(world, dealer, "1", files=[papers.Given("x.pdf", b"<html>")])
    assert PoolChange.objects.count() == 1


def test_a_wrong_entry_counts_in_the_countys_assessment(world: PoolWorld) -> None:
    dealer = dealer_with(f.make_grid(world.county))
    request = change(world, dealer, "-3")
    pool_change.approve(change=request, by=world.manager, at=AT, counts_against_county=True)
    event = CountyAssessmentEvent.objects.get()
    assert (event.county, event.kind, event.reason) == (world.county, "wrong_entry", "录入差错")
    with pytest.raises(IntegrityError), transaction.atomic():
        event.delete()


def test_the_database_keeps_a_decided_request(world: PoolWorld) -> None:
    dealer = dealer_with(world.county)
    pool_change.approve(change=change(world, dealer, "1"), by=world.manager, at=AT)
    for statement in (
        "UPDATE commissions_poolchange SET amount = 2",
        "DELETE FROM commissions_poolchange",
        """INSERT INTO commissions_poolentry (dealer_id, month, entry, amount, balance, source, posted_at)
           SELECT dealer_id, month, 'penalty', -1, 0, source, now() FROM commissions_poolentry WHERE entry = 'adjustment'""",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_request_of_another_unit_is_not_decided(world: PoolWorld) -> None:
    request = change(world, dealer_with(world.county), "1")
    stranger = f.make_user("stranger", "city_manager", f.make_unit("5325", "红河州分公司", "city", world.city.parent))
    for decide in (pool_change.approve, pool_change.reject):
        with pytest.raises(Forbidden):
            decide(change=request, by=stranger, at=AT, reason="x")
    assert PoolChange.objects.get().state == "filed"
