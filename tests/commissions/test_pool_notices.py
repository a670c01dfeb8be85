"""Who is told when payout rounds and change requests move, and what waits on the first page."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from commissions.services import pool_change, pool_payments, pool_round
from core.models import Notice
from core.views.shell import in_words
from tests import factories as f
from tests.commissions.pool_world import AT, TODAY, PoolWorld, calculate, dealer_with, make_pool_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> PoolWorld:
    return make_pool_world()


def told() -> dict[str, str]:
    """User name → words; then forgotten."""
    found = {one.user.username: in_words(one) for one in Notice.objects.select_related("user")}
    Notice.objects.all().delete()
    return found


def first_page(user: Any) -> str:
    client = Client()
    client.force_login(user)
    return client.get(reverse("core:home")).content.decode()


def test_a_round_goes_from_hand_to_hand(world: PoolWorld) -> None:
    f.make_account(dealer_with(world.county), verified_by=world.clerk)
    round_ = calculate(world, "2026H1")
    assert "待确定系数并提交的酬金池返还" in first_page(world.supervisor)
    pool_round.submit(round_=round_, by=world.supervisor, at=AT, today=TODAY)
    assert {"manager", "manager2", "approver"} <= told().keys()
    assert "待审批的酬金池返还" in first_page(world.manager)
    pool_round.return_to_county(round_=round_, by=world.manager, at=AT, reason="系数不对")
    assert "系数不对" in told()["supervisor"]
    pool_round.submit(round_=round_, by=world.supervisor, at=AT, today=TODAY)
    told()
    pool_round.approve(round_=round_, by=world.manager, at=AT, today=TODAY)
    assert "clerk" in told()
    assert "已审批待付款的酬金池返还" in first_page(world.clerk)
    pool_payments.export(round_=round_, by=world.clerk, at=AT)
    (row,) = round_.rows.all()
    pool_payments.record(rows=[{"statement": row.number, "result": "ok", "reason": ""}], by=world.clerk, at=AT)
    assert {"supervisor", "manager"} <= told().keys()


@pytest.mark.parametrize("granted", [True, False])
def test_a_change_request_goes_to_the_city_and_back(world: PoolWorld, granted: bool) -> None:
    dealer = dealer_with(world.county)
    change = pool_change.file(dealer=dealer, amount=Decimal("-20"), reason="多计", by=world.supervisor, at=AT)
    assert "-20.00" in told()["manager"]
    assert "待审批的酬金池变更" in first_page(world.manager)
    if granted:
        pool_change.approve(change=change, by=world.manager, at=AT, reason="属实", counts_against_county=True)
    else:
        pool_change.reject(change=change, by=world.manager, at=AT, reason="无依据")
    assert ("批准" if granted else "无依据") in told()["supervisor"]
    client = Client()
    client.force_login(world.manager)
    page = client.get(reverse("commissions:county_events"), {"kind": "wrong_entry", "dealer": dealer.code})
    assert (change.reference in page.content.decode()) is granted
    assert (
        change.reference
        not in client.get(reverse("commissions:county_events"), {"kind": "against_rules"}).content.decode()
    )
