"""The life of a batch: what each step asks of the person and of the pools."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.roles import Role
from commissions.models import CommissionLine, SettlementBatch
from commissions.services import batch as batches
from commissions.services import pool_change
from commissions.services.batch import BatchRefused
from core.errors import Forbidden
from dealers.models import Dealer
from tests import factories as f
from tests.commissions.books import SEPTEMBER, WORLD, A, Books
from tests.commissions.scene import make_batch, make_scene

pytestmark = pytest.mark.django_db
AT = f.moment("2026-10-08")


@pytest.mark.parametrize(
    ("step", "state", "role"),
    [
        (batches.submit, "calculated", Role.COUNTY_SUPERVISOR),
        (batches.review, "submitted", Role.CITY_MANAGER),
        (batches.return_to_county, "submitted", Role.FINANCE_CLERK),
        (batches.approve, "reviewed", Role.FINANCE_APPROVER),
        (batches.void, "submitted", Role.CITY_MANAGER),
    ],
)
def test_people_of_another_unit_take_no_step(step: Any, state: str, role: Role) -> None:
    scene = make_scene()
    batch = make_batch(scene, state=state)
    stranger = f.make_user("stranger", role, f.make_unit("532602", "砚山县", "county", scene.city))
    with pytest.raises(Forbidden):
        step(batch=batch, by=stranger, at=AT, reason="误报")
    assert SettlementBatch.objects.get().state == state


@pytest.mark.parametrize("step", [batches.return_to_county, batches.void])
def test_giving_a_batch_back_or_up_needs_a_reason(step: Any) -> None:
    scene = make_scene()
    batch = make_batch(scene, state="submitted")
    with pytest.raises(BatchRefused) as refusal:
        step(batch=batch, by=scene.manager, at=AT, reason=" \n")
    assert refusal.value.code == "reason"
    assert SettlementBatch.objects.get().state == "submitted"


def test_a_pool_that_has_shrunk_since_the_calculation_keeps_a_batch_from_its_approval() -> None:
    books = Books(paid_only=True)
    books.portal.know(replace(WORLD, false_sales={"E1": "cancelled"}))
    batch = books.portal.settle(county=A, period=SEPTEMBER)
    assert taken_back(batch) == Decimal("-5.40")
    books.portal.move_on(batch, "reviewed")
    at, city, finance = timezone.now(), books.person(Role.CITY_MANAGER), books.person(Role.FINANCE_APPROVER)
    dealer = Dealer.objects.get(code="D1")
    change = pool_change.file(dealer=dealer, amount=Decimal("-10.00"), reason="录入差错", by=city, at=at)
    pool_change.approve(change=change, by=finance, at=at)
    with pytest.raises(BatchRefused, match="D1") as refusal:
        batches.approve(batch=batch, by=finance, at=at)
    assert refusal.value.code == "pool_shrunk"
    assert SettlementBatch.objects.get(pk=batch.pk).state == "reviewed"
    # Calculated again it takes from the pool what that still holds, and the rest from the statement.
    batches.return_to_county(batch=batch, by=city, at=at, reason="留存不足")
    batch = books.portal.settle(county=A, period=SEPTEMBER)
    assert taken_back(batch) == Decimal("-0.80")
    books.portal.move_on(batch, "approved")


def taken_back(batch: SettlementBatch) -> Decimal:
    """What the batch's clawbacks take from the pool."""
    lines = CommissionLine.objects.filter(batch_id=batch.pk, line_type="clawback")
    return sum(lines.values_list("pool_amount", flat=True), Decimal(0))
