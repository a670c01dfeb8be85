"""Who is told when a batch moves: whoever has the next step, in the same transaction."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from commissions.models import SettlementBatch, Statement
from commissions.services import batch as batches
from commissions.services import notices, payments
from core.models import Notice
from core.views.shell import in_words
from tests import factories as f
from tests.commissions.scene import Scene, make_batch, make_scene

pytestmark = pytest.mark.django_db
AT = f.moment("2026-10-08")


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def told() -> dict[str, str]:
    """User name → words; then forgotten."""
    found = {one.user.username: in_words(one) for one in Notice.objects.select_related("user")}
    Notice.objects.all().delete()
    return found


def test_each_step_tells_the_next_person(scene: Scene, settings: Any) -> None:
    scene.dealers = [f.make_dealer(scene.county), f.make_dealer(scene.county)]
    owner = f.make_dealer_user(scene.dealers[0], "owner")
    for one in scene.dealers:
        f.make_account(one, verified_by=scene.clerk)
    f.make_user("elsewhere", Role.CITY_MANAGER, f.make_unit("5325", "红河州分公司", "city", scene.city.parent))
    batch = make_batch(scene, "2026-09")
    SettlementBatch.objects.filter(pk=batch.pk).update(calculated_at=f.moment("2099-01-01"))
    batches.submit(batch=batch, by=scene.supervisor, at=AT)
    said = told()
    assert set(said) == {"manager", "manager2"}
    assert "2026-09 文山市" in said["manager"]
    batches.return_to_county(batch=batch, by=scene.manager, at=AT, reason="金额不对")
    said = told()
    assert set(said) == {"supervisor"}
    assert "金额不对" in said["supervisor"]
    batches.submit(batch=batch, by=scene.supervisor, at=AT)
    told()
    batches.review(batch=batch, by=scene.manager, at=AT)
    assert set(told()) == {"approver"}
    batches.approve(batch=batch, by=scene.approver, at=AT)
    notice = Notice.objects.get(user=owner)
    statement = Statement.objects.get(batch=batch, dealer=scene.dealers[0])
    assert notice.url == reverse("commissions:statement", args=[statement.number])
    said = told()
    assert set(said) == {"clerk", "owner"}
    assert "138.36" in said["owner"]
    payments.export(batch=batch, by=scene.clerk, at=AT)
    results = [{"statement": one.number, "result": "ok"} for one in Statement.objects.filter(batch=batch)]
    payments.record(rows=results, by=scene.clerk, at=AT)
    assert set(told()) == {"supervisor", "manager", "approver"}


def test_a_step_that_is_undone_tells_nobody(scene: Scene) -> None:
    batch = make_batch(scene, "2026-09")
    SettlementBatch.objects.filter(pk=batch.pk).update(calculated_at=f.moment("2099-01-01"))
    with transaction.atomic():
        batches.submit(batch=batch, by=scene.supervisor, at=AT)
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


def test_many_dealers_are_told_in_one_statement(scene: Scene) -> None:
    scene.dealers = [f.make_dealer(scene.county) for _ in range(12)]
    people = [f.make_dealer_user(one) for one in scene.dealers]
    people[0].is_active = False
    people[0].save()
    batch = make_batch(scene, "2026-09", state="approved")
    with CaptureQueriesContext(connection) as captured:
        assert notices.statements_published(batch, at=AT) == 11
    assert len(captured) == 1
    with CaptureQueriesContext(connection) as captured:
        notices.batch_moved(batch, action="approve", by=scene.approver)
    assert len(captured) <= 2
