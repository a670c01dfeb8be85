"""Next year's policy: copied, changed, tried on a settled month, proposed by one city manager and published by another."""

import re
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

from commissions.models import Budget, CommissionPolicy, Simulation
from commissions.services import batch as batches
from commissions.services import settlement
from core.periods import Month
from tests import factories as f
from tests.commissions.scene import Scene, make_scene
from tests.journeys.conftest import Meet
from tests.journeys.person import Person
from tests.journeys.pictures import picture
from tests.support.live import LivePortal

pytestmark = [pytest.mark.browser, pytest.mark.processes]

DRAFT = "/commissions/policies/2027-A/"


@pytest.fixture
def scene(empty_portal: LivePortal, settings: Any) -> Scene:
    """Two stores' sales of November, settled and approved; a budget of the county that just reached."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]  # that of the live portal
    scene = make_scene()
    for code, name, sold in (("YS0001", "江那通信店", 60), ("YS0002", "维摩手机店", 2)):
        dealer = f.make_dealer(scene.county, code, name=name)
        scene.dealers.append(dealer)
        for number in range(sold):
            f.make_sale(dealer, f"2026-11-{1 + number % 28:02d}", scene.product)
    Budget.objects.create(org_unit=scene.county, period="2026-11", amount=Decimal("1740.00"))
    at = f.moment("2026-12-03", 9)
    batch = settlement.settle_county(
        county=scene.county, period=Month.parse("2026-11"), by=None, at=at, today=at.date()
    )
    batches.submit(batch=batch, by=scene.supervisor, at=at)
    batches.review(batch=batch, by=scene.manager, at=at)
    batches.approve(batch=batch, by=scene.approver, at=at)
    return scene


def test_next_years_policy_is_tried_before_it_is_published(scene: Scene, meet: Meet) -> None:
    author = meet("manager").sign_in(f.PASSWORD)
    copy_and_change(author)
    try_it(author)
    propose(author)
    publish(meet("manager2").sign_in(f.PASSWORD))
    policy = CommissionPolicy.objects.get(code="2027-A")
    assert (policy.state, policy.created_by, policy.approved_by) == ("published", scene.manager, scene.second_manager)
    author.open(DRAFT).reads("已发布", "赵政策")
    author.is_not_offered("修改", "移除", "批准并发布")
    before, after = (Simulation.objects.get().result["totals"][side]["gross"] for side in ("before", "after"))
    assert (Decimal(before), Decimal(after)) == (Decimal("1722.80"), Decimal("1902.32"))


def copy_and_change(author: Person) -> None:
    author.menu("酬金", "酬金政策").follow("2026 年社会渠道酬金政策")
    author.follow("复制")
    author.fill("政策编码", "2027-A")
    author.fill("名称", "2027 年社会渠道酬金政策")
    author.press("复制为草稿")
    author.title("2027-A 2027 年社会渠道酬金政策")
    author.main.locator("section.rule", has_text="激励酬金").get_by_role("link", name="修改").click()
    author.fill("标准", "0.7")
    author.press("保存")
    author.reads("规则已存入草稿", "70%")
    author.main.locator("section.rule", has_text="基本酬金").get_by_role("link", name="修改").click()
    # Wrong input first: nothing is lost, and what is wrong is said at its place.
    values = author.main.get_by_label("标准", exact=True)
    values.last.fill("acht")
    author.press("保存")
    expect(author.main.locator(".invalid-feedback").first).to_be_visible()
    author.main.get_by_label("标准", exact=True).last.fill("9")
    author.press("保存")
    author.reads("规则已存入草稿", "第 51 笔")  # from there on the whole month earns less
    picture(author.page, "policy-draft")


def try_it(author: Person) -> None:
    author.follow("在已结算月份上测算")
    author.choose("已结算月份", "2026-11")
    author.press("测算")
    author.follow("查看结果")
    author.reads("江那通信店", "维摩手机店", "对预算的影响", "超预算")
    picture(author.page, "simulation", height=1500)


def propose(author: Person) -> None:
    author.open(DRAFT).follow("提请发布")
    author.press("提请")
    author.reads("等待另一位市公司渠道管理人员批准")
    author.is_not_offered("批准并发布")


def publish(second: Person) -> None:
    second.open("/").reads("待发布的政策")
    second.open(DRAFT).follow("批准并发布")
    second.reads("江那通信店", "第 51 笔", "2026-11")
    expect(second.main.get_by_role("heading", name=re.compile("异常的档位"))).to_be_visible()
    picture(second.page, "policy-publish")
    second.press("发布")
    second.reads("2027-A", "已发布")
