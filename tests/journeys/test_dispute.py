"""A dealer at the counter finds a line wrong: from his phone to the county, the city, a second person, his next statement."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from commissions.models import Adjustment, Dispute
from commissions.services import batch as batches
from commissions.services import settlement
from core import sql
from core.periods import Month
from inventory.models import SubscriberMonth
from tests import factories as f
from tests.commissions.scene import Scene, make_scene
from tests.journeys.conftest import Meet
from tests.journeys.person import Person
from tests.journeys.pictures import picture
from tests.support.live import LivePortal

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.xdist_group("journey-dispute")]


@pytest.fixture
def scene(empty_portal: LivePortal, settings: Any) -> Scene:
    """A store with one sale of November, settled and approved today."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]  # that of the live portal
    scene = make_scene()
    scene.dealers = [f.make_dealer(scene.county, "YS0001", name="江那通信店")]
    f.make_dealer_user(scene.dealers[0], "shop", name="张美玲")
    f.make_sale(scene.dealers[0], "2026-11-05", scene.product, event_no="EV00000001")
    at = f.moment("2026-12-03", 9)
    batch = settlement.settle_county(
        county=scene.county, period=Month.parse("2026-11"), by=None, at=at, today=at.date()
    )
    batches.submit(batch=batch, by=scene.supervisor, at=at)
    batches.review(batch=batch, by=scene.manager, at=at)
    batches.approve(batch=batch, by=scene.approver, at=at)
    return scene


def test_a_disputed_line_ends_on_the_next_statement(scene: Scene, meet: Meet, empty_portal: LivePortal) -> None:
    shop = meet("shop", "phone").sign_in(f.PASSWORD)
    dispute_the_line(shop)
    row = Dispute.objects.get()
    page = f"/commissions/disputes/{row.number}/"
    answer(meet("supervisor").sign_in(f.PASSWORD), page)
    go_on(shop, page)
    grant(meet("manager").sign_in(f.PASSWORD), page)
    adjustment = Adjustment.objects.get()
    approve(meet("approver").sign_in(f.PASSWORD), adjustment)
    settle_december(empty_portal, scene)
    shop.open("/commissions/statements/").follow("2026-12")
    shop.reads("其它补发", f"异议 {row.number} 裁定", "7.00")
    shop.open(page).reads("已审批", adjustment.reference)


def dispute_the_line(shop: Person) -> None:
    shop.open("/notices/").reads("2026-11 的对账单已出")
    shop.open("/commissions/statements/").follow("2026-11")
    shop.main.locator("h3:has-text('激励酬金') + details summary").click()
    link = shop.main.locator(".fold-body").get_by_role("link", name=re.compile("^有异议")).first
    expect(link).to_be_visible()
    picture(shop.page, "dispute-line-phone")
    link.click()
    shop.reads("4G 畅享 58 元", "17.40")
    shop.fill("哪里有误，应当是怎样？", "该用户办理的是 99 元套餐，应为 24.40 元")
    shop.press("提交县市分公司")
    shop.reads("已提交县市分公司", "待县市答复")
    shop.is_not_offered("答复", "支持")


def answer(county: Person, page: str) -> None:
    county.open("/").reads("待答复的异议")
    county.open(page).reads("该用户办理的是 99 元套餐", "17.40")
    county.follow("答复")
    county.fill("给渠道的答复", "BOSS 登记为 58 元套餐")
    county.press("发送答复")
    county.reads("渠道已收到答复通知", "已答复，待渠道确认")


def go_on(shop: Person, page: str) -> None:
    shop.open("/notices/").reads("已答复")
    shop.open(page).reads("BOSS 登记为 58 元套餐")
    picture(shop.page, "dispute-answer-phone")
    shop.follow("提请市公司裁定")
    shop.fill("为什么不接受答复？", "受理单写明 99 元")
    shop.press("提交市公司")
    shop.reads("待市公司裁定")


def grant(city: Person, page: str) -> None:
    city.open("/").reads("待裁定的异议")
    city.open(page).follow("支持")
    city.fill("原因", "受理单属实，补发差额")
    city.fill("金额（元）", "7.00")
    city.press("支持并录入调整")
    city.reads("等待他人审批", "已支持")


def approve(approver: Person, adjustment: Adjustment) -> None:
    approver.open("/commissions/adjustments/").follow(adjustment.reference)
    approver.reads("受理单属实，补发差额", "将进入 2026-12")
    picture(approver.page, "adjustment-approval")
    approver.follow("审批通过")
    approver.press("审批通过")
    approver.reads("已审批通过")


def settle_december(portal: LivePortal, scene: Scene) -> None:
    sql.execute("SELECT inventory_ensure_month(%s)", ["2026-12-01"])
    SubscriberMonth.objects.create(subscriber_no="X", month="2026-12-01", county=scene.county, in_network=True)
    code = scene.county.code
    portal.manage("settle", "2026-12", "--county", code, "--date", "2027-01-04")
    for who, action in (("supervisor", "submit"), ("manager", "review"), ("approver", "approve")):
        portal.manage("batch", action, f"2026-12-{code}", "--as", who)
