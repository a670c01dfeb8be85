"""In a shop without reception: a visit with a breach of exclusivity and three photos, sent later, until it costs.

The supervisor confirms it, the dealer appeals, the city decides; the next batch takes twice the month's gross, and a
second breach makes a partner store of it on the first day of the next quarter.
"""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, expect

from accounts.models import User
from accounts.roles import Role
from audits.models import ChecklistQuestion, Finding, Violation, ViolationNotice, ViolationType, Visit
from audits.services import notice as notices
from commissions.models import CommissionLine, Statement
from commissions.services import settlement
from core.periods import Month
from dealers.models import Agreement, Dealer
from dealers.queries import history
from dealers.rules.rating import RatingPeriod
from dealers.services import rating, rating_decision
from tests import factories as make
from tests.commissions.scene import make_policy
from tests.journeys.conftest import TODAY, Meet
from tests.journeys.person import Person
from tests.journeys.pictures import picture
from tests.journeys.test_visit import HERE, SHOP, photo, recoloured
from tests.support.live import LivePortal

pytestmark = [pytest.mark.browser, pytest.mark.processes]
__all__ = ["photo"]
AT = make.moment(TODAY)


@pytest.fixture
def dealer(empty_portal: LivePortal, settings: Any) -> Dealer:
    """An exclusive store that has sold something, and everybody who has to do with it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]  # that of the live portal
    city, county = make.make_city()
    manager = make.make_user("manager", Role.CHANNEL_MANAGER, county, name="杨晓燕")
    make.make_user("sup", Role.COUNTY_SUPERVISOR, county, name="王主管")
    decides = make.make_user("city", Role.CITY_MANAGER, city, name="李复核")
    fields: dict[str, Any] = {"tier": "exclusive", "name": "江那通信店", "manager": manager, **SHOP}
    dealer = make.make_dealer(county, "YS0001", **fields)
    make.make_dealer_user(dealer, "owner", name="店主")
    Agreement.objects.create(number="A1", dealer=dealer, starts_on="2026-01-01", ends_on="2027-12-31", exclusive=True)
    make_policy(city, decides)
    make.make_sale(dealer, TODAY, make.make_product("P58"))
    return dealer


def test_from_a_shop_without_reception_to_the_tier(dealer: Dealer, meet: Meet, photo: Path) -> None:
    phone = meet("manager", "phone", geolocation=HERE, permissions=["geolocation"])
    phone.page.clock.set_system_time(portal_now() - timedelta(hours=1))
    phone.sign_in(make.PASSWORD)
    visit_without_connection(phone, dealer, photo)
    visit = sent_once(phone)
    finding = visit.findings.get(category="exclusivity")
    assert finding.photos.count() == 1
    assert visit.photos.count() == 3
    violation = decided_by_three(finding)
    it_costs_twice_the_gross(dealer, violation)
    a_second_one_makes_a_partner(dealer)


def portal_now() -> datetime:
    """What time it is in the journeys' portal: their day, in the portal's zone, at the real time of day."""
    moment = timezone.localtime()
    return datetime.combine(TODAY, moment.time(), moment.tzinfo)


def visit_without_connection(phone: Person, dealer: Dealer, photo: Path) -> None:
    """The page was opened once with a connection; from then on the phone is on its own."""
    page = phone.page
    phone.open("/audits/offline/").reads(dealer.name)
    page.wait_for_function("navigator.serviceWorker.ready.then((found) => Boolean(found.active))")
    page.wait_for_function("caches.keys().then((names) => names.length > 0)")
    page.context.set_offline(True)
    page.reload()
    phone.reads("无网络", dealer.name)
    phone.press("开始巡店")
    phone.reads("已定位，精度 15 米。")
    phone.choose("巡店类别", "排他巡查")
    phone.press("签到")
    broken = ChecklistQuestion.objects.get(section__template__visit_kind="patrol", text="销售竞争对手号卡")
    shots = iter([photo, recoloured(photo)])
    step(phone, "排他检查")
    for question in page.locator("fieldset.question").all():
        answer(question, shots, broken.text)
    phone.press("下一步")
    step(phone, "检查发现")
    phone.choose("类别", "服务")
    phone.fill("发现了什么问题", "店员未佩戴工牌")
    phone.press("添加检查发现")
    third = photo.with_name("三.jpg")
    third.write_bytes(photo.read_bytes()[:-2] + b"\xff\xd9\x00")
    page.locator("input[type=file]").set_input_files(third)
    expect(page.locator(".photos img")).to_have_count(1)
    page.reload()  # the phone was put away in between
    phone.reads("进行中")
    picture(page, "visit-offline-phone")
    phone.press("继续")
    step(phone, "检查发现")
    phone.press("下一步")
    step(phone, "签退")
    phone.fill("小结", "已告知店主")
    phone.press("签退")
    phone.reads("待发送")
    assert not Visit.objects.exists()


def step(phone: Person, name: str) -> None:
    """The screen has turned to that step: what it drew before is gone."""
    expect(phone.main.get_by_role("heading", level=2)).to_have_text(re.compile(f"· {name}$"))


def answer(question: Locator, shots: Any, broken: str) -> None:
    choices = question.locator(".answers label")
    words = [label.inner_text().strip() for label in choices.all()]
    wrong = broken == question.locator("legend").inner_text()
    if choices.count():
        best = "是" if wrong else "否"
        choices.nth(words.index(best)).click()
        expect(question.locator(".answer-state")).to_have_class("answer-state saved")
    if question.locator("input[type=file]").count():
        question.locator("input[type=file]").set_input_files(next(shots))
        expect(question.locator(".photos img")).to_have_count(1)


def sent_once(phone: Person) -> Visit:
    """As soon as there is a network everything arrives; told again, nothing arrives twice."""
    phone.page.context.set_offline(False)
    phone.page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(phone.page.locator(".state-green")).to_have_text("已发送")
    visit = Visit.objects.get()
    assert (visit.state, visit.sent_late, visit.summary) == ("done", True, "已告知店主")
    assert visit.received_at is not None
    assert visit.received_at - visit.checked_in_at > timedelta(minutes=50)
    assert visit.distance_m is not None
    assert visit.distance_m < 20
    counts = (visit.answers.count(), visit.findings.count(), visit.photos.count())
    phone.page.evaluate(
        "idbKeyval.keys().then((names) => idbKeyval.update(names.find((name) => name.startsWith('visit:')),"
        " (one) => ({ ...one, state: 'waiting', done: 0, known: {} })))"
    )
    phone.page.reload()
    expect(phone.page.locator(".state-green")).to_have_text("已发送")
    assert Visit.objects.count() == 1
    assert (visit.answers.count(), visit.findings.count(), visit.photos.count()) == counts
    return visit


def decided_by_three(finding: Finding) -> Violation:
    people = {user.username: user for user in User.objects.all()}
    breach, now = ViolationType.objects.get(code="exclusivity"), AT + timedelta(days=1)
    issued = notices.confirm(finding=finding, breach=breach, by=people["sup"], at=now)
    notices.appeal(notice=issued, text="是顾客遗留的", by=User.objects.get(username="owner"), at=now)
    notices.decide(notice=issued, upholds=True, text="照片清楚", by=people["city"], at=now)
    violation = ViolationNotice.objects.get(pk=issued.pk).violation
    assert violation is not None
    return violation


def it_costs_twice_the_gross(dealer: Dealer, violation: Violation) -> None:
    month = Month.of(violation.occurred_on)
    at = make.moment((month + 1).first)
    batch = settlement.settle_county(county=dealer.org_unit, period=month, by=None, at=at, today=(month + 1).first)
    gross = Statement.objects.get(batch=batch, dealer=dealer).gross
    assert gross > 0
    [penalty] = CommissionLine.objects.filter(batch=batch, line_type="penalty")
    assert penalty.amount == -2 * gross


def a_second_one_makes_a_partner(dealer: Dealer) -> None:
    first = Violation.objects.get()
    Violation.objects.create(
        reference="V-2", dealer=dealer, type=first.type, occurred_on=first.occurred_on, confirmed_on=first.confirmed_on
    )
    period = RatingPeriod(first.confirmed_on.year, (first.confirmed_on.month + 2) // 3)
    city, at = User.objects.get(username="city"), make.moment(period.effective_on)
    outcome = rating.rate_period(
        period=period, cities=[dealer.org_unit.parent], by=city, at=at, today=period.effective_on
    )
    proposals = outcome.rounds[0].proposals.all()
    assert [(row.proposed, row.reason) for row in proposals] == [("partner", "exclusivity")]
    rating_decision.approve(proposals=proposals, by=city, at=at, today=period.effective_on)
    days: tuple[date, ...] = (period.last, period.effective_on)
    assert [history.standing(dealer=dealer, day=day).tier for day in days] == ["exclusive", "partner"]
