"""Payments of a batch: when they can be exported, by whom, and which results the bank may send."""

import pytest

from accounts.roles import Role
from commissions.models import Payment, SettlementBatch
from commissions.services import payments
from commissions.services.payments import PaymentRefused
from core.errors import Forbidden
from tests import factories as f
from tests.commissions.scene import Scene, make_batch, make_scene

pytestmark = pytest.mark.django_db
AT = f.moment("2026-10-08")


@pytest.fixture
def scene() -> Scene:
    scene = make_scene()
    scene.dealers = [f.make_dealer(scene.county, code) for code in ("D1", "D2")]
    for dealer in scene.dealers:
        f.make_account(dealer, verified_by=scene.manager)
    return scene


@pytest.mark.parametrize("state", ["calculated", "submitted", "reviewed", "paid"])
def test_only_what_is_approved_is_paid(scene: Scene, state: str) -> None:
    batch = make_batch(scene, state=state)
    with pytest.raises(PaymentRefused) as refusal:
        payments.export(batch=batch, by=scene.clerk, at=AT)
    assert refusal.value.code == "state"
    assert not Payment.objects.exists()


def test_a_clerk_of_another_unit_pays_nothing(scene: Scene) -> None:
    batch = make_batch(scene, state="approved")
    elsewhere = f.make_unit("5325", "红河州分公司", "city", scene.city.parent)
    with pytest.raises(Forbidden):
        payments.export(batch=batch, by=f.make_user("stranger", Role.FINANCE_CLERK, elsewhere), at=AT)
    assert SettlementBatch.objects.get().state == "approved"


@pytest.mark.parametrize(
    ("statement", "result", "reason"),
    [
        ("D1", "paid", ""),
        ("D1", "failed", " "),
        ("D9", "ok", ""),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_recorded(scene: Scene, statement: str, result: str, reason: str) -> None:
    batch = make_batch(scene, state="approved")
    payments.export(batch=batch, by=scene.clerk, at=AT)
    rows = [
        {"statement": f"{batch.number}-D2", "result": "ok", "reason": ""},
        {"statement": f"{batch.number}-{statement}", "result": result, "reason": reason},
    ]
    with pytest.raises(PaymentRefused) as refusal:
        payments.record(rows=rows, by=scene.clerk, at=AT)
    assert [(row["row"], row["statement"]) for row in refusal.value.params["rows"]] == [(3, rows[1]["statement"])]
    assert set(Payment.objects.values_list("state", flat=True)) == {"issued"}
