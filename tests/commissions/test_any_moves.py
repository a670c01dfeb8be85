"""No sequence of moves by anybody breaks the separation of duties, changes what is frozen or pays anything twice.

A walk draws one move after another from its seed: settlements, steps of batches and payout rounds, payments and
their results, news that come in, and changes by somebody with a database client. People change their roles on the
way, which is how one person could come to do two steps. Every move either does what machine, role and
duties allow, or is refused and leaves everything as it was.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import OrgUnit, User
from accounts.roles import Permission, Role, roles_with
from commissions.models import Payment, PoolEntry, PoolPayment, PoolRound, SettlementBatch, Statement
from commissions.queries.batch_facts import content_hash
from commissions.rules.pool import RoundPeriod
from commissions.services import batch as batches
from commissions.services import ledgers, payments, pool_payments, pool_round
from commissions.states import FROZEN
from core import sql
from core.errors import Refused
from dealers.models import Dealer
from tests import factories
from tests.commissions.books import AUGUST, SEPTEMBER, WORLD, A, B
from tests.commissions.portal_world import Portal
from tests.depth import times

pytestmark = pytest.mark.django_db

MOVES = 80
SEEDS = range(1, 1 + times(6))
ROUND, ROUND_DAY = RoundPeriod.parse("2026H2"), date(2027, 1, 5)
ROLES = (Role.COUNTY_SUPERVISOR, Role.CITY_MANAGER, Role.FINANCE_CLERK, Role.FINANCE_APPROVER, Role.DEALER)
STEPS: dict[str, tuple[Callable[..., Any], Permission]] = {
    "submit": (batches.submit, Permission.SUBMIT_BATCHES),
    "review": (batches.review, Permission.REVIEW_BATCHES),
    "return": (batches.return_to_county, Permission.RETURN_BATCHES),
    "approve": (batches.approve, Permission.APPROVE_BATCHES),
    "void": (batches.void, Permission.VOID_BATCHES),
}
ROUND_STEPS: dict[str, tuple[Callable[..., Any], Permission]] = {
    "submit": (pool_round.submit, Permission.SUBMIT_BATCHES),
    "return": (pool_round.return_to_county, Permission.RETURN_BATCHES),
    "approve": (pool_round.approve, Permission.APPROVE_POOL_ROUNDS),
}
# What a batch or a round waits for, and of whom.
NEXT = {
    "calculated": ("submit", Role.COUNTY_SUPERVISOR),
    "submitted": ("review", Role.CITY_MANAGER),
    "reviewed": ("approve", Role.FINANCE_APPROVER),
    "approved": ("pay", Role.FINANCE_CLERK),
    "paying": ("pay", Role.FINANCE_CLERK),
}
NEXT_OF_ROUND = {**NEXT, "submitted": ("approve", Role.CITY_MANAGER)}
# What the database must refuse of an approved batch.
TAMPER = (
    "UPDATE commissions_commissionline SET amount = amount + 1, payable = payable + 1 WHERE batch_id = %s",
    "DELETE FROM commissions_commissionline WHERE batch_id = %s",
    "UPDATE commissions_statement SET net = net + 1, paid = paid + 1 WHERE batch_id = %s",
    "UPDATE commissions_settlementbatch SET gross = gross + 1 WHERE id = %s",
    "UPDATE commissions_settlementbatch SET submitted_by_id = approved_by_id WHERE id = %s",
    "UPDATE commissions_entitlement SET total = total + 1 WHERE batch_id = %s",
    "UPDATE commissions_poolentry SET amount = amount + 1 WHERE batch_id = %s",
)


class Office:
    """Two counties' batches and rounds, and six people at the city, so that only roles and duties decide."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.portal = Portal(WORLD)
        city = OrgUnit.objects.get(level="city")
        self.people = [factories.make_user(f"person-{factories.number()}", role, city) for role in (*ROLES, ROLES[0])]
        verifier = factories.make_user(f"verifier-{factories.number()}", Role.FINANCE_CLERK, city)
        for dealer in Dealer.objects.exclude(code="D2"):
            factories.make_account(dealer, verified_by=verifier)
        self.frozen: dict[int, str] = {}
        self.entries: list[tuple[Any, ...]] = []
        self.reached: Counter[str] = Counter()

    def attempt(self, name: str, work: Callable[[], Any]) -> bool:
        """Whether it was done; a refusal changes nothing."""
        before = self.picture()
        try:
            with transaction.atomic():
                work()
        except Refused as refusal:
            assert self.picture() == before
            self.reached[f"refused: {refusal.code}"] += 1
            return False
        self.reached[name] += 1
        return True

    @staticmethod
    def picture() -> list[Any]:
        return [
            list(SettlementBatch.objects.order_by("pk").values_list("pk", "state", "submitted_by", "gross", "paid")),
            list(PoolRound.objects.order_by("pk").values_list("pk", "state", "submitted_by", "approved_by")),
            list(Payment.objects.order_by("pk").values_list("pk", "state")),
            list(PoolPayment.objects.order_by("pk").values_list("pk", "state")),
            PoolEntry.objects.count(),
        ]

    def one_of(self, rows: Any) -> Any:
        found = list(rows.order_by("pk"))
        return self.random.choice(found) if found else None

    def somebody(self, role: Role | None = None) -> User:
        """Anybody; mostly after being given that role."""
        place = self.random.randrange(len(self.people))
        if role is not None and self.random.random() < 0.7:
            User.objects.filter(pk=self.people[place].pk).update(role=role)
            self.people[place] = User.objects.get(pk=self.people[place].pk)
        return self.people[place]

    # What is done

    def move(self) -> None:
        works = {
            self.settle: 3,
            self.go_on: 9,
            self.step: 4,
            self.record: 4,
            self.calculate_round: 1,
            self.go_on_with_round: 3,
            self.news: 2,
            self.tamper: 2,
        }
        self.random.choices(list(works), weights=list(works.values()))[0]()

    def settle(self) -> None:
        county, month = self.random.choice([A, B]), self.random.choice([AUGUST, AUGUST, SEPTEMBER])
        self.attempt("settle", lambda: self.portal.settle(county=county, period=month))

    def go_on(self) -> None:
        batch = self.one_of(SettlementBatch.objects.filter(state__in=NEXT))
        if batch is None:
            return
        step, role = NEXT[batch.state]
        by = self.somebody(role)
        if step in STEPS:
            self.take(by, batch, step)
        else:
            self.pay(by, batch)

    def step(self) -> None:
        batch = self.one_of(SettlementBatch.objects.all())
        step = self.random.choice(list(STEPS))
        if batch is not None:
            self.take(self.somebody(self.random.choice(roles_with(STEPS[step][1]))), batch, step)

    def take(self, by: User, batch: SettlementBatch, step: str) -> None:
        work, permission = STEPS[step]
        former = {batch.submitted_by_id, batch.reviewed_by_id}
        if self.attempt(step, lambda: work(batch=batch, by=by, at=timezone.now(), reason="为什么")):
            assert by.can(permission)
            assert SettlementBatch.machine.target(batch.state, step) is not None
            assert step not in ("review", "approve") or by.pk not in former

    def pay(self, by: User, batch: SettlementBatch) -> None:
        if self.attempt("export", lambda: payments.export(batch=batch, by=by, at=timezone.now())):
            assert by.can(Permission.PAY_BATCHES)
            assert by.pk not in (batch.submitted_by_id, batch.reviewed_by_id, batch.approved_by_id)

    def record(self) -> None:
        """Results come in, now and then twice, now and then others than before."""
        issued = [payment.statement.number for payment in Payment.objects.select_related("statement")]
        issued += PoolPayment.objects.values_list("row__number", flat=True)
        result = self.random.choice(["ok", "ok", "ok", "failed"])
        rows = [{"statement": number, "result": result, "reason": "账号错误"} for number in sorted(set(issued))]
        if rows:
            rows = self.random.sample(rows, self.random.randint(1, len(rows)))
            by, before = self.somebody(Role.FINANCE_CLERK), self.picture()
            done = self.attempt(f"record {result}", lambda: pool_payments.record(rows=rows, by=by, at=timezone.now()))
            assert not done or by.can(Permission.PAY_BATCHES) or self.picture() == before

    def calculate_round(self) -> None:
        unit, at = OrgUnit.objects.get(code=self.random.choice([A, B])), timezone.now()
        self.attempt(
            "calculate round",
            lambda: pool_round.calculate(county=unit, period=ROUND, by=None, at=at, today=ROUND_DAY),
        )

    def go_on_with_round(self) -> None:
        round_ = self.one_of(PoolRound.objects.filter(state__in=NEXT_OF_ROUND))
        if round_ is None:
            return
        step, role = NEXT_OF_ROUND[round_.state]
        by, at = self.somebody(role), timezone.now()
        if step == "pay":
            if self.attempt("export round", lambda: pool_payments.export(round_=round_, by=by, at=at)):
                assert by.can(Permission.PAY_BATCHES)
                assert by.pk not in (round_.submitted_by_id, round_.approved_by_id)
            return
        if self.random.random() < 0.2:
            step = self.random.choice(list(ROUND_STEPS))
        work, permission = ROUND_STEPS[step]
        day = {} if step == "return" else {"today": ROUND_DAY}
        if self.attempt(f"{step} round", lambda: work(round_=round_, by=by, at=at, reason="为什么", **day)):
            assert by.can(permission)
            assert PoolRound.machine.target(round_.state, step) is not None
            assert step != "approve" or by.pk != round_.submitted_by_id

    def news(self) -> None:
        """A late sale, a false one or a score comes in."""
        dealer, event = self.random.choice([("D1", "E1"), ("D3", "E5")])
        late = replace(WORLD.sales[0], event_no=f"L{factories.number()}", dealer=dealer)
        found = (
            replace(WORLD, sales=(late,)),
            replace(WORLD, false_sales={event: "cancelled"}),
            replace(WORLD, scores={(dealer, AUGUST): Decimal(self.random.choice([55, 85]))}),
        )
        self.portal.know(self.random.choice(found))

    def tamper(self) -> None:
        batch = self.one_of(SettlementBatch.objects.filter(state__in=FROZEN))
        if batch is None:
            return
        statement = self.random.choice(TAMPER)
        try:
            with transaction.atomic():
                touched = sql.execute(statement, [batch.pk])
        except DatabaseError:
            self.reached["tamper"] += 1
        else:
            assert touched == 0, statement

    # What holds whatever was done

    def demand_all(self, *, books: bool) -> None:
        frozen = list(SettlementBatch.objects.filter(state__in=FROZEN))
        for batch in frozen:
            now = content_hash(batch)
            assert self.frozen.setdefault(batch.pk, now) == now == batch.content_hash
            people = {batch.submitted_by_id, batch.reviewed_by_id, batch.approved_by_id}
            assert len(people - {None}) == 3
            paid = Payment.objects.filter(statement__batch=batch)
            clerks = {*paid.values_list("issued_by", flat=True), *paid.values_list("recorded_by", flat=True)}
            assert not clerks & people
        assert self.frozen.keys() == {batch.pk for batch in frozen}
        for round_ in PoolRound.objects.filter(state__in=["approved", "paid"]):
            assert round_.submitted_by_id != round_.approved_by_id
        entries = list(PoolEntry.objects.order_by("pk").values_list("pk", "dealer", "entry", "amount", "balance"))
        assert entries[: len(self.entries)] == self.entries
        self.entries = entries
        for statement in Statement.objects.filter(payments__isnull=False).distinct():
            standing = list(statement.payments.exclude(state="failed"))
            assert len(standing) <= 1
            assert sum(payment.amount for payment in standing) <= statement.paid
        attempts = PoolPayment.objects.exclude(state="failed").values_list("row", flat=True)
        assert len(attempts) == len(set(attempts))
        assert not books or ledgers.verify()["broken"] == []


def walk(seed: int) -> Iterator[Office]:
    office = Office(seed)
    for _ in range(MOVES):
        office.move()
        yield office


def test_nobody_gets_around_the_rules() -> None:
    reached: Counter[str] = Counter()
    for seed in SEEDS:
        with transaction.atomic():
            for place, office in enumerate(walk(seed)):
                try:
                    office.demand_all(books=place % 3 == 2)
                except AssertionError as broken:
                    raise AssertionError(f"seed {seed}, move {place + 1}: {broken}") from broken
            reached += office.reached
            reached.update(SettlementBatch.objects.values_list("state", flat=True))
            reached.update(f"round {state}" for state in PoolRound.objects.values_list("state", flat=True))
            transaction.set_rollback(True)
    # Not a walk in front of closed doors: all of it happened, and was refused, too.
    wanted = {"paid", "void", "return", "record ok", "record failed", "round paid", "tamper"}
    wanted |= {f"refused: {code}" for code in ("forbidden", "separation_of_duties", "move_refused", "out_of_date")}
    assert not wanted - reached.keys(), reached
