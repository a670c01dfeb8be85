"""Two processes at the same batch: one result, as if they had come one after the other."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import OrgUnit, User
from accounts.roles import Role
from commissions.models import CommissionLine, Payment, PoolEntry, SettlementBatch, Statement
from commissions.services import batch as batches
from commissions.services import ledgers, payments, settlement
from core.imports import registry, runs
from core.periods import Month
from inventory.models import FalseSale, SalesRecord
from tests import factories
from tests.commissions.books import SEPTEMBER, A, Books
from tests.commissions.portal_world import TODAY
from tests.support.workers import Worker, race, trap

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


def settle(period: Month = SEPTEMBER) -> str:
    county = OrgUnit.objects.get(code=A)
    return settlement.settle_county(county=county, period=period, by=None, at=timezone.now(), today=TODAY).number


def september() -> SettlementBatch:
    return SettlementBatch.objects.get(county__code=A, period=str(SEPTEMBER))


def holds() -> None:
    assert ledgers.verify()["broken"] == []


def test_two_settlements_of_one_county(tmp_path: Path) -> None:
    Books(paid_only=True)
    answers = race(tmp_path, settle, settle)
    assert [answer.get("did") for answer in answers] == [f"2026-09-{A}"] * 2, answers
    assert september().state == "calculated"
    holds()


def test_a_settlement_and_a_false_sale_that_comes_in(tmp_path: Path) -> None:
    Books(paid_only=True)
    record = SalesRecord.objects.get(event_no="E4")

    def confirm() -> None:
        FalseSale.objects.create(record=record, cause="cancelled", confirmed_on=TODAY)

    answers = race(tmp_path, settle, confirm)
    assert all("did" in answer for answer in answers), answers
    holds()
    settle()
    statement = Statement.objects.get(number=f"2026-09-{A}-D4")
    assert statement.clawback > 0
    holds()


def test_an_import_in_the_middle_of_a_settlement(tmp_path: Path) -> None:
    """The batch does not know of the new sales, so it is not submitted before it is calculated again."""
    books = Books(paid_only=True)
    path = tmp_path / "sales.csv"
    head = "event_no,business_type,occurred_at,product_code,dealer_code,subscriber_no\n"
    rows = [f"N{number},activation,2026-09-21 10:00:00,P58,D1,S-E1\n" for number in range(200)]
    path.write_text(head + "".join(rows))
    run = runs.create(kind=registry.get("sales"), path=path, file_name=path.name, user=None, partial=False)
    with trap("commissions_subsidy") as caught:
        worker = Worker(settle, tmp_path / "settle.json")
        assert caught.caught(worker)
        # Polars' threads do not survive a fork, so the import is not the forked one.
        assert runs.load(run=run, path=path, at=timezone.now(), today=TODAY).accepted == 200
    assert worker.result() == {"did": f"2026-09-{A}"}
    holds()
    batch = september()
    new = CommissionLine.objects.filter(batch=batch, record__event_no__startswith="N", instalment=1)
    assert not new.exists()
    with pytest.raises(batches.BatchRefused) as refusal:
        books.portal.move_on(batch, "submitted")
    assert "late_records" in refusal.value.params["news"]
    settle()
    assert new.count() == 400
    books.portal.move_on(september(), "submitted")
    holds()


def reviewed(books: Books) -> SettlementBatch:
    settle()
    batch = september()
    books.portal.move_on(batch, "reviewed")
    return batch


def approver(books: Books) -> User:
    return books.person(Role.FINANCE_APPROVER)


def test_two_approvals(tmp_path: Path) -> None:
    books = Books(paid_only=True)
    batch = reviewed(books)
    city = OrgUnit.objects.get(level="city")
    people = [approver(books), factories.make_user("second-approver", Role.FINANCE_APPROVER, city)]

    def approve(person: User) -> Any:
        return lambda: batches.approve(batch=batch, by=person, at=timezone.now()).state

    answers = race(tmp_path, *(approve(person) for person in people))
    assert sorted("did" in answer for answer in answers) == [False, True], answers
    assert PoolEntry.objects.filter(batch=batch, entry="accrual", dealer__code="D1").count() == 1
    holds()


def test_an_approval_and_a_calculation(tmp_path: Path) -> None:
    books = Books(paid_only=True)
    batch = reviewed(books)
    answers = race(tmp_path, lambda: batches.approve(batch=batch, by=approver(books), at=timezone.now()).state, settle)
    assert answers[0] == {"did": "approved"}, answers
    assert answers[1].get("refused") == "SettlementRefused", answers
    holds()


def test_results_recorded_twice_and_issued_twice(tmp_path: Path) -> None:
    books = Books(paid_only=True)
    batch = reviewed(books)
    batches.approve(batch=batch, by=approver(books), at=timezone.now())
    clerk = books.person(Role.FINANCE_CLERK)

    def issue() -> int:
        return len(payments.export(batch=batch, by=clerk, at=timezone.now()))

    issued = race(tmp_path, issue, issue)
    assert all("did" in answer for answer in issued), issued
    to_pay = Payment.objects.filter(statement__batch=batch)
    assert to_pay.count() == to_pay.values("statement").distinct().count() > 0
    rows = [
        {"statement": number, "result": "ok", "reason": ""}
        for number in to_pay.values_list("statement__number", flat=True)
    ]

    def record() -> dict[str, int]:
        return payments.record(rows=rows, by=clerk, at=timezone.now())

    answers = race(tmp_path, record, record)
    counts = sorted(answer["did"]["ok"] for answer in answers if "did" in answer)
    assert counts == [0, len(rows)], answers
    assert not to_pay.exclude(state="ok").exists()
    holds()
