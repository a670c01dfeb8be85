"""Disputes from the dealer's word to the adjustment, and the nights in between."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from accounts.roles import Role
from commissions.models import Adjustment, CommissionLine, Dispute, Statement, StatementConfirmation
from commissions.services import adjustment as adjustments
from commissions.services import deadlines, dispute
from commissions.services import statement as statements
from core.errors import Forbidden, Refused
from core.models import Notice, Transition
from core.papers import Given
from core.transitions import MoveRefused
from tests import factories as f
from tests.commissions.scene import Scene, make_batch, make_scene
from tests.commissions.test_adjustments import PDF

pytestmark = pytest.mark.django_db


class World:
    """An approved statement of 2026-09 with its dealer's user; `at` is two days after the approval."""

    def __init__(self) -> None:
        self.scene: Scene = make_scene()
        self.scene.dealers = [f.make_dealer(self.scene.county, name="城关店")]
        self.batch = make_batch(self.scene, "2026-09", state="approved")
        self.statement = Statement.objects.select_related("batch", "dealer").get(batch=self.batch)
        self.owner: User = f.make_dealer_user(self.scene.dealers[0], "owner")
        assert self.batch.approved_at
        self.at = self.batch.approved_at + timedelta(days=2)
        self.line = CommissionLine.objects.filter(batch=self.batch).order_by("pk")[0]

    def open(self, **changes: Any) -> Dispute:
        given = {"statement": self.statement, "line": self.line.pk, "text": "少算一笔", "by": self.owner, "at": self.at}
        return dispute.open_dispute(**{**given, **changes})

    def answer(self, row: Dispute, **changes: Any) -> Dispute:
        given = {"text": "按规则 R2 计算无误", "by": self.scene.supervisor, "at": self.at}
        return dispute.answer(dispute=row, **{**given, **changes})

    def escalated(self) -> Dispute:
        row = self.answer(self.open())
        return dispute.escalate(dispute=row, text="仍有误", by=self.owner, at=self.at)

    def grant(self, row: Dispute, **changes: Any) -> tuple[Dispute, Adjustment]:
        given = {
            "text": "应补发",
            "type": "other_back_pay",
            "amount": Decimal("7.00"),
            "document_no": row.number,
            "document_name": "异议裁定",
            "by": self.scene.manager,
            "at": self.at,
        }
        return dispute.grant(dispute=row, **{**given, **changes})


@pytest.fixture
def world() -> World:
    return World()


def told(row: Any = None) -> set[str]:
    found = set(Notice.objects.values_list("user__username", flat=True))
    Notice.objects.all().delete()
    return found


def test_from_the_line_to_the_adjustment(world: World) -> None:
    row = world.open(files=[Given("受理单.pdf", PDF)])
    assert (row.state, row.due_on) == ("open", (world.at + timedelta(days=5)).date())
    assert told() == {"supervisor"}
    row = world.answer(row)
    assert told() == {"owner"}
    row = dispute.escalate(dispute=row, text="仍有误", by=world.owner, at=world.at)
    assert told() == {"manager", "manager2"}
    row, adjustment = world.grant(row)
    assert (row.state, row.due_on, row.decision) == ("granted", None, "应补发")
    assert (adjustment.state, adjustment.dispute, adjustment.amount) == ("entered", row, Decimal("7.00"))
    assert told() == {"owner", "manager2", "approver"}
    with pytest.raises(Forbidden):
        adjustments.approve(adjustment=adjustment, by=world.scene.manager, at=world.at)
    adjustments.approve(adjustment=adjustment, by=world.scene.approver, at=world.at)
    assert told() == {"owner", "manager"}
    trace = Transition.objects.filter(subject_type="commissions.dispute", subject_id=row.pk).order_by("pk")
    assert [(one.action, one.by.username if one.by else "") for one in trace] == [
        ("open", "owner"), ("answer", "supervisor"), ("escalate", "owner"), ("grant", "manager"),
    ]  # fmt: skip


def test_the_county_can_grant_at_once(world: World) -> None:
    row, adjustment = world.grant(world.open(), by=world.scene.supervisor)
    assert (row.state, adjustment.entered_by) == ("granted", world.scene.supervisor)
    with pytest.raises(Forbidden):  # what is with the city is the city's
        world.grant(Dispute.objects.get(pk=world.open(line=None).pk), by=world.scene.clerk)


def test_a_rejected_adjustment_brings_the_dispute_back_to_the_city(world: World) -> None:
    row, adjustment = world.grant(world.escalated())
    adjustments.reject(adjustment=adjustment, by=world.scene.second_manager, at=world.at, reason="金额有误")
    row.refresh_from_db()
    assert (row.state, row.closed_at) == ("escalated", None)
    row, second = world.grant(row, amount=Decimal("7.70"), by=world.scene.second_manager)
    adjustments.approve(adjustment=second, by=world.scene.manager, at=world.at)
    assert [one.state for one in row.adjustments.order_by("pk")] == ["rejected", "approved"]


def test_only_the_dealer_himself_and_in_time(world: World) -> None:
    other = f.make_dealer_user(f.make_dealer(world.scene.county))
    for by in (other, world.scene.supervisor, world.scene.manager, None):
        with pytest.raises(Forbidden):
            world.open(by=by)
    assert world.batch.approved_at
    last = world.batch.approved_at + timedelta(days=5)
    with pytest.raises(Refused) as refusal:
        world.open(at=last + timedelta(days=1))
    assert refusal.value.code == "too_late"
    world.open(at=last)


@pytest.mark.parametrize(
    ("changes", "code"), [({"text": " "}, "text"), ({"line": 1}, "line"), ({"line": 2**62}, "line")]
)
def test_what_is_disputed_has_to_be_there(world: World, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        world.open(**changes)
    assert refusal.value.code == code


def test_a_line_of_another_statement_is_not_his(world: World) -> None:
    other = f.make_dealer(world.scene.county)
    elsewhere = make_batch(world.scene, "2026-08", state="approved", dealers=[other])
    line = CommissionLine.objects.filter(batch=elsewhere).order_by("pk")[0]
    with pytest.raises(Refused):
        world.open(line=line.pk)


def test_each_line_once_and_not_after_confirming(world: World) -> None:
    world.open()
    with pytest.raises(Refused) as refusal:
        world.open()
    assert refusal.value.code == "again"
    world.open(line=None)
    with pytest.raises(Refused) as refusal:
        world.open(line=None)
    assert refusal.value.code == "again"


def test_a_disputed_statement_is_not_confirmed_before_the_dispute_is_over(world: World) -> None:
    row = world.answer(world.open())
    with pytest.raises(Refused) as refusal:
        statements.confirm(statement=world.statement, by=world.owner, at=world.at)
    assert refusal.value.code == "disputed"
    with pytest.raises(IntegrityError), transaction.atomic():
        StatementConfirmation.objects.create(statement=world.statement, by=world.owner, at=world.at)
    dispute.accept(dispute=row, by=world.owner, at=world.at)
    statements.confirm(statement=world.statement, by=world.owner, at=world.at)
    with pytest.raises(Refused) as refusal:
        world.open(line=None)
    assert refusal.value.code == "confirmed"
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO commissions_dispute (number, statement_id, dealer_id, text, answer, decision, state, due_on,"
            " opened_by_id, opened_at) VALUES ('X', %s, %s, 'x', '', '', 'open', '2026-10-20', %s, now())",
            [world.statement.pk, world.statement.dealer_id, world.owner.pk],
        )


def test_an_open_batch_has_no_disputes(world: World) -> None:
    batch = make_batch(world.scene, "2026-10", state="reviewed")
    statement = Statement.objects.get(batch=batch)
    with pytest.raises(Refused):
        world.open(statement=statement, line=None)


def test_who_may_answer_and_decide(world: World) -> None:
    row = world.open()
    stranger = f.make_user("stranger", Role.COUNTY_SUPERVISOR, f.make_city(2)[2])
    for by in (stranger, world.scene.manager, world.owner, None):
        with pytest.raises(Forbidden):
            world.answer(row, by=by)
    with pytest.raises(Refused):  # not before the answer
        dispute.escalate(dispute=row, text="x", by=world.owner, at=world.at)
    row = world.answer(row)
    for by in (world.scene.supervisor, world.scene.manager):
        with pytest.raises(Forbidden):
            dispute.escalate(dispute=row, text="x", by=by, at=world.at)
        with pytest.raises(Forbidden):
            dispute.accept(dispute=row, by=by, at=world.at)
    with pytest.raises(MoveRefused):
        dispute.refuse(dispute=row, text="x", by=world.scene.manager, at=world.at)
    row = dispute.escalate(dispute=row, text="x", by=world.owner, at=world.at)
    for by in (world.scene.supervisor, world.scene.clerk, world.owner):
        with pytest.raises(Forbidden):
            world.grant(row, by=by)
    dispute.refuse(dispute=row, text="按规则无误", by=world.scene.manager, at=world.at)
    with pytest.raises(MoveRefused):
        world.grant(row)


def test_the_nights(world: World) -> None:
    row = world.open()
    opened = world.at.date()

    def night(after: int) -> dict[str, Any]:
        return deadlines.run(today=opened + timedelta(days=after), at=world.at + timedelta(days=after))

    told()
    assert night(3)["disputes_reminded"] == 0
    assert night(4)["disputes_reminded"] == 1
    assert told() == {"supervisor"}
    assert night(4)["disputes_reminded"] == night(5)["disputes_reminded"] == 0
    assert night(6)["disputes_escalated"] == 1
    row.refresh_from_db()
    assert (row.state, row.due_on) == ("escalated", opened + timedelta(days=16))
    assert told() == {"manager", "manager2"}
    assert night(6)["disputes_escalated"] == 0
    assert [night(day)["disputes_reminded"] for day in (15, 16, 17, 17, 18)] == [1, 0, 1, 0, 1]
    last = Transition.objects.filter(subject_type="commissions.dispute", subject_id=row.pk).latest("pk")
    assert (last.action, last.by) == ("escalate", None)


def test_an_answer_left_standing_counts_as_accepted(world: World) -> None:
    row = world.answer(world.open())
    done = deadlines.run(today=world.at.date() + timedelta(days=6), at=world.at + timedelta(days=6))
    row.refresh_from_db()
    assert (done["disputes_accepted"], row.state) == (1, "accepted")


def test_dealers_are_reminded_of_the_confirmation_once(world: World) -> None:
    assert world.batch.approved_at
    last = world.batch.approved_at.date() + timedelta(days=5)
    nights = [last - timedelta(days=before) for before in (2, 1, 1, 0)]
    told()
    counts = [deadlines.run(today=day, at=world.at)["statements_reminded"] for day in nights]
    assert counts == [0, 1, 0, 0]
    assert told() == {"owner"}


def test_a_confirmed_or_disputed_statement_brings_no_reminder(world: World) -> None:
    assert world.batch.approved_at
    night = world.batch.approved_at.date() + timedelta(days=4)
    world.open()
    assert deadlines.run(today=night, at=world.at)["statements_reminded"] == 0


def test_what_went_to_the_city_meanwhile_is_no_longer_the_countys_to_grant(world: World) -> None:
    seen = world.open()  # as the supervisor's page still has it
    row = world.answer(Dispute.objects.get())
    dispute.escalate(dispute=row, text="仍有误", by=world.owner, at=world.at)
    with pytest.raises(Forbidden):
        world.grant(seen, by=world.scene.supervisor)
    assert Dispute.objects.get().state == "escalated"
    assert not Adjustment.objects.exists()


def test_another_dealer_neither_accepts_nor_goes_on(world: World) -> None:
    row = world.answer(world.open())
    other = f.make_dealer_user(f.make_dealer(world.scene.county))
    with pytest.raises(Forbidden):
        dispute.accept(dispute=row, by=other, at=world.at)
    with pytest.raises(Forbidden):
        dispute.escalate(dispute=row, text="仍有误", by=other, at=world.at)
    assert Dispute.objects.get().state == "answered"
