"""Confirmed false sales: what was settled, what was taken back, why nothing more is paid; by the real settlement."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from commissions.models import CommissionLine, Statement
from commissions.queries.explain import explain_line
from commissions.services import batch as batches
from commissions.services import settlement
from core import sql
from core.periods import Month
from inventory.models import FalseSale, SubscriberMonth
from tests import factories as f
from tests.commissions.scene import Scene

SignIn = Callable[..., Client]
PATH = "/commissions/false-sales/"


def settle(scene: Scene, period: str, at: str, *, approve: bool = True) -> Any:
    moment = f.moment(at)
    batch = settlement.settle_county(
        county=scene.county, period=Month.parse(period), by=None, at=moment, today=moment.date()
    )
    if approve:
        batches.submit(batch=batch, by=scene.supervisor, at=moment)
        batches.review(batch=batch, by=scene.manager, at=moment)
        batches.approve(batch=batch, by=scene.approver, at=moment)
    return batch


def import_august(scene: Scene) -> None:
    sql.execute("SELECT inventory_ensure_month(%s)", ["2026-08-01"])
    SubscriberMonth.objects.create(subscriber_no="X", month="2026-08-01", county=scene.county, in_network=True)


@pytest.fixture
def false(scene: Scene) -> FalseSale:
    """One sale of July, settled in July, found false in August."""
    scene.dealers = [f.make_dealer(scene.county, name="城关店")]
    sale = f.make_sale(scene.dealers[0], "2026-07-10", scene.product, event_no="E-FALSE")
    f.make_sale(scene.dealers[0], "2026-07-11", scene.product)
    settle(scene, "2026-07", "2026-08-03")
    row = FalseSale.objects.create(record=sale, cause="re_entry", confirmed_on="2026-08-20")
    FalseSale.objects.filter(pk=row.pk).update(entered_at=f.moment("2026-08-21"))
    return row


def test_before_and_after_it_is_taken_back(scene: Scene, as_user: SignIn, false: FalseSale) -> None:
    clerk = as_user(scene.clerk)
    owner: User = f.make_dealer_user(scene.dealers[0])
    page = clerk.get(PATH).content.decode()
    for text in ("E-FALSE", "24.40", "将在 2026-08 扣回", "老用户重入网"):
        assert text in page, text
    f.make_sale(scene.dealers[0], "2026-08-05", scene.product)
    import_august(scene)
    batch = settle(scene, "2026-08", "2026-09-03")
    page = clerk.get(PATH).content.decode()
    assert "已在 2026-08 扣回" in page
    detail = clerk.get(f"{PATH}{false.pk}/").content.decode()
    for text in ("已在 2026-08 扣回", "7.25", "2026-07", "−17.40"):
        assert text in detail, text
    own = as_user(owner)
    assert "已在 2026-08 扣回" in own.get(f"{PATH}{false.pk}/").content.decode()
    statement = Statement.objects.get(batch=batch)
    page = own.get(f"/commissions/statements/{statement.number}/").content.decode()
    assert "原随 2026-07 结算" in page
    assert "老用户重入网" in page
    lines = CommissionLine.objects.filter(batch=batch, record=false.record).select_related(
        "batch__county", "record__product", "rule", "dealer"
    )
    back = next(line for line in lines if line.line_type == "clawback" and line.kind == "incentive")
    why = explain_line(back)
    assert why.found["original"] == {"batch": "2026-07-532601", "amount": "17.40", "pool_amount": "5.22"}
    withheld = next(line for line in lines if line.reason == "clawed_back")
    why = explain_line(withheld)
    assert why.found["false_sale"] == {"cause": "re_entry", "confirmed_on": "2026-08-20"}
    assert any("2026-08-20" in step.text for step in why.steps)


def test_a_dealer_sees_nothing_of_a_batch_that_is_not_approved(scene: Scene, as_user: SignIn, false: FalseSale) -> None:
    import_august(scene)
    settle(scene, "2026-08", "2026-09-03", approve=False)
    own = as_user(f.make_dealer_user(scene.dealers[0]))
    assert "将在 2026-08 扣回" in own.get(PATH).content.decode()
    assert "已在 2026-08 扣回" in as_user(scene.clerk).get(PATH).content.decode()


def test_filters_and_scope(scene: Scene, as_user: SignIn, false: FalseSale) -> None:
    clerk = as_user(scene.clerk)
    assert "E-FALSE" in clerk.get(PATH, {"cause": "re_entry", "dealer": "城关"}).content.decode()
    assert "E-FALSE" not in clerk.get(PATH, {"cause": "cancelled"}).content.decode()
    assert "E-FALSE" in clerk.get(PATH, {"export": "csv"}).getvalue().decode("utf-8-sig")
    stranger = as_user(f.make_user("stranger", Role.COUNTY_SUPERVISOR, f.make_city(2)[2]))
    assert "E-FALSE" not in stranger.get(PATH).content.decode()
    assert stranger.get(f"{PATH}{false.pk}/").status_code == 404
    assert as_user(f.make_dealer_user(f.make_dealer(scene.county))).get(f"{PATH}{false.pk}/").status_code == 404
