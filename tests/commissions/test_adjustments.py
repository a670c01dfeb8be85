"""Adjustments: two people, one direction, and the database behind them."""

import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, InternalError, connection, transaction
from PIL import Image

from accounts.roles import Role
from commissions.models import Adjustment, Paper
from commissions.queries import adjustments as queries
from commissions.services import adjustment as service
from core.errors import Forbidden, Refused
from core.models import Notice, Transition
from core.papers import Given, PaperRefused
from core.periods import Month
from core.transitions import MoveRefused
from tests import factories as f
from tests.commissions.scene import Scene, make_batch, make_scene

pytestmark = pytest.mark.django_db
AT = f.moment("2026-10-08")
PDF = b"%PDF-1.4\n1 0 obj << >> endobj\n%%EOF\n"


@pytest.fixture
def scene() -> Scene:
    scene = make_scene()
    scene.dealers = [f.make_dealer(scene.county, name="城关店")]
    return scene


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    return out.getvalue()


def enter(scene: Scene, **changes: Any) -> Adjustment:
    given = {
        "dealer": scene.dealers[0],
        "month": Month(2026, 9),
        "type": "delayed",
        "amount": Decimal("20.00"),
        "document_no": "文酬〔2026〕9号",
        "document_name": "九月补发通知",
        "reason": "八月漏发",
        "by": scene.supervisor,
        "at": AT,
        **changes,
    }
    return service.enter(**given)


def test_it_waits_for_another_person_and_then_stands(scene: Scene) -> None:
    row = enter(scene)
    assert (row.state, row.entered_by, row.month) == ("entered", scene.supervisor, Month(2026, 9).first)
    service.approve(adjustment=row, by=scene.manager, at=AT)
    row.refresh_from_db()
    assert (row.state, row.approved_by, row.approved_at) == ("approved", scene.manager, AT)
    trace = Transition.objects.filter(subject_type="commissions.adjustment", subject_id=row.pk).order_by("pk")
    assert [(one.action, one.by) for one in trace] == [("enter", scene.supervisor), ("approve", scene.manager)]


def test_nobody_decides_what_he_entered(scene: Scene) -> None:
    row = enter(scene, by=scene.manager)
    for decide in (service.approve, service.reject):
        with pytest.raises(Forbidden) as refusal:
            decide(adjustment=row, by=scene.manager, at=AT, reason="否")
        assert refusal.value.code == "separation_of_duties"
    service.approve(adjustment=row, by=scene.second_manager, at=AT)


def test_the_database_too_wants_two_people(scene: Scene) -> None:
    row = enter(scene, by=scene.manager)
    for values in ({"state": "approved"}, {"state": "approved", "approved_at": AT, "approved_by": scene.manager}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Adjustment.objects.filter(pk=row.pk).update(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Adjustment.objects.filter(pk=row.pk).update(document_no="")
    with pytest.raises(IntegrityError), transaction.atomic():
        Adjustment.objects.filter(pk=row.pk).update(amount=-20)


@pytest.mark.parametrize("decide", ["approve", "reject"])
def test_what_is_decided_never_changes(scene: Scene, decide: str) -> None:
    row = enter(scene)
    getattr(service, decide)(adjustment=row, by=scene.manager, at=AT, reason="依据不足")
    for verb in (service.approve, service.reject):
        with pytest.raises(MoveRefused):
            verb(adjustment=row, by=scene.second_manager, at=AT, reason="再议")
    for statement in (
        "UPDATE commissions_adjustment SET amount = 21",
        "UPDATE commissions_adjustment SET state = 'entered'",
        "DELETE FROM commissions_adjustment",
    ):
        with pytest.raises(InternalError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": Decimal("-20.00")}, "sign"),
        ({"amount": Decimal("0.00")}, "sign"),
        ({"type": "farming"}, "sign"),
        ({"type": "bonus"}, "type"),
        ({"amount": Decimal("20.001")}, "amount"),
        ({"amount": Decimal("Infinity")}, "amount"),
        ({"amount": Decimal("10000000000.00")}, "amount"),
        ({"document_no": "  "}, "texts"),
        ({"document_name": ""}, "texts"),
        ({"reason": ""}, "texts"),
    ],
)
def test_what_makes_no_sense_is_refused(scene: Scene, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        enter(scene, **changes)
    assert refusal.value.code == code
    assert not Adjustment.objects.exists()


def test_who_may_enter_and_decide(scene: Scene) -> None:
    stranger = f.make_user("stranger", Role.COUNTY_SUPERVISOR, f.make_city(2)[2])
    for by in (stranger, f.make_dealer_user(scene.dealers[0]), scene.approver, None):
        with pytest.raises(Forbidden):
            enter(scene, by=by)
    row = enter(scene)
    elsewhere = f.make_user(
        "elsewhere", Role.CITY_MANAGER, f.make_unit("5325", "红河州分公司", "city", scene.city.parent)
    )
    for by in (scene.clerk, f.make_user("colleague", Role.COUNTY_SUPERVISOR, scene.county), elsewhere, None):
        with pytest.raises(Forbidden):
            service.approve(adjustment=row, by=by, at=AT)
    with pytest.raises(Refused):
        service.reject(adjustment=row, by=scene.approver, at=AT, reason=" ")
    service.approve(adjustment=row, by=scene.approver, at=AT)


def test_a_dealer_sees_what_is_approved_and_nothing_else(scene: Scene) -> None:
    own, other = f.make_dealer_user(scene.dealers[0]), f.make_dealer_user(f.make_dealer(scene.county))
    row = enter(scene)
    rejected = enter(scene)
    service.reject(adjustment=rejected, by=scene.manager, at=AT, reason="重复")
    assert not queries.visible(own).exists()
    service.approve(adjustment=row, by=scene.manager, at=AT)
    assert list(queries.visible(own)) == [row]
    assert not queries.visible(other).exists()


def test_people_are_told_once_each(scene: Scene) -> None:
    own = f.make_dealer_user(scene.dealers[0])
    row = enter(scene)
    told = set(Notice.objects.values_list("user__username", flat=True))
    assert told == {"manager", "manager2", "approver"}
    Notice.objects.all().delete()
    service.approve(adjustment=row, by=scene.manager, at=AT)
    assert sorted(Notice.objects.values_list("user__username", flat=True)) == sorted(["supervisor", own.username])
    Notice.objects.all().delete()
    service.reject(adjustment=enter(scene, by=scene.manager), by=scene.second_manager, at=AT, reason="依据不足")
    said = Notice.objects.get(user=scene.manager)
    assert said.params["reason"] == "依据不足"


def test_a_refused_step_tells_nobody(scene: Scene) -> None:
    row = enter(scene, by=scene.manager)
    before = Notice.objects.count()
    with pytest.raises(Forbidden):
        service.approve(adjustment=row, by=scene.manager, at=AT)
    assert Notice.objects.count() == before


def test_where_it_will_enter_and_where_it_stands(scene: Scene) -> None:
    make_batch(scene, "2026-08", state="approved")
    early = enter(scene, month=Month(2026, 8))
    late = enter(scene, month=Month(2026, 9))
    rejected = enter(scene)
    service.reject(adjustment=rejected, by=scene.manager, at=AT, reason="重复")
    rows = list(queries.visible(scene.manager))
    found = queries.places(rows, scene.manager)
    assert [str(found[row.pk].period) for row in (early, late)] == ["2026-09", "2026-09"]
    assert rejected.pk not in found
    make_batch(scene, "2026-09", state="approved")
    assert queries.places([late], scene.manager)[late.pk].period == "2026-10"


def test_papers_are_taken_apart_or_refused(scene: Scene) -> None:
    row = enter(scene, files=[Given("../../扫描件.exe.png", picture()), Given("通知.pdf", PDF)])
    first, second = row.papers.order_by("pk")
    assert (first.name, first.content_type) == ("扫描件.exe.jpg", "image/jpeg")
    assert (second.name, second.content_type, second.size) == ("通知.pdf", "application/pdf", len(PDF))
    with default_storage.open(first.file) as file:
        assert file.read(3) == b"\xff\xd8\xff"
    for data in (
        b"",
        b"<html><script>alert(1)</script>",
        b"%PDF-1.4 without an end",
        b"MZ\x90\x00",
        b"x" * (10 * 1024 * 1024 + 1),
    ):
        with pytest.raises(PaperRefused), transaction.atomic():
            enter(scene, files=[Given("a.pdf", data)])
    assert Adjustment.objects.count() == 1
    assert Paper.objects.count() == 2
