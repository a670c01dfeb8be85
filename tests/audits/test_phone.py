"""A visit on a real phone-sized browser: position, answers sent as they are given, no network for a while."""

import io
from datetime import timedelta

import pytest
from django.test import Client
from PIL import Image
from playwright.sync_api import expect

from accounts.roles import Role
from audits.models import Visit
from dealers.models import Agreement
from tests.factories import make_account, make_city, make_dealer, make_user
from tests.journeys.pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.processes]
HERE = {"geolocation": {"latitude": 23.6058, "longitude": 104.3373, "accuracy": 14}, "permissions": ["geolocation"]}


@pytest.fixture
def store(live_portal):
    county = make_city()[1]
    manager = make_user("manager", Role.CHANNEL_MANAGER, county, name="吴磊")
    place = {"latitude": "23.605768", "longitude": "104.337244", "manager": manager}
    store = make_dealer(
        county, "QD5326010001", name="开化通信店", visit_regime="direct", address="开化街道 8 号", **place
    )
    make_account(store, entered_by=None, verified_by=manager)
    other = make_dealer(county, "QD5326010002", name="新平手机店", tier="exclusive", **place)
    Agreement.objects.create(dealer=other, number="XY-2", starts_on="2025-01-01", ends_on="2026-12-31")
    return store


def signed_in(page, portal, manager):
    """At the first page, with a session that a test client opened."""
    client = Client()
    client.force_login(manager)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": portal.url}])
    page.goto(f"{portal.url}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("工作台")
    return page


def answer(page, text, value):
    page.locator(".question", has_text=text).locator(f"label:has(input[value='{value}'])").click()


def state_of(page, text):
    return page.locator(".question", has_text=text).locator(".answer-state")


def go_on(page):
    """To the next page, wholly there."""
    before = page.url
    page.get_by_role("button", name="下一步").click()
    page.wait_for_url(lambda url: url != before)


def photo():
    out = io.BytesIO()
    Image.new("RGB", (1200, 900), (180, 200, 220)).save(out, "JPEG")
    return {"name": "front.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def test_a_visit_with_a_gap_in_the_network(live_portal, open_page, store):
    page = signed_in(open_page("phone", **HERE), live_portal, store.manager)
    expect(page.get_by_text("本月待巡店")).to_be_visible()
    picture(page, "manager-home-phone", height=900)
    page.goto(f"{live_portal.url}/dealers/")
    picture(page, "manager-dealers-phone")
    page.get_by_role("link", name="开化通信店").click()
    page.get_by_role("link", name="登记巡店").click()
    expect(page.get_by_text("已定位，精度 14 米。")).to_be_visible()
    page.get_by_role("button", name="签到").click()

    answer(page, "门头、背景墙", "yes")
    expect(state_of(page, "门头、背景墙")).to_have_text("已保存。")
    page.context.set_offline(True)
    answer(page, "当期主推资费海报", "no")
    answer(page, "终端、卡品陈列", "4")
    expect(state_of(page, "当期主推资费海报")).to_have_text("已存在手机上，尚未发送。")
    expect(state_of(page, "终端、卡品陈列")).to_have_text("已存在手机上，尚未发送。")
    page.context.set_offline(False)
    expect(state_of(page, "当期主推资费海报")).to_have_text("已保存，并生成检查发现。")
    expect(state_of(page, "终端、卡品陈列")).to_have_text("已保存。")
    page.locator("input[type=file]").set_input_files(photo())
    expect(page.locator(".photos img")).to_have_count(1)
    picture(page, "visit-section-phone")

    visit = Visit.objects.get()
    assert sorted(visit.answers.values_list("value", flat=True)) == ["4", "no", "yes"]
    assert visit.findings.get().state == "open"
    assert (visit.photos.count(), visit.distance_m < 20, visit.accuracy_m) == (1, True, 14)
    assert visit.checked_in_phone is not None

    go_on(page)
    while page.locator("form[data-answers]").count():
        for question in page.locator(".question:has(.answers)").all():
            question.locator("label").first.click()
        for state in page.locator(".question:has(.answers) .answer-state").all():
            expect(state).to_contain_text("已保存")
        go_on(page)
    Visit.objects.filter(pk=visit.pk).update(checked_in_at=visit.checked_in_at - timedelta(minutes=20))
    page.goto(f"{live_portal.url}/audits/visits/{visit.pk}/check-out/")
    page.get_by_label("小结").fill("海报已现场更换")
    page.get_by_role("button", name="签退").click()
    expect(page.get_by_text("已从 开化通信店 签退。")).to_be_visible()
    visit.refresh_from_db()
    assert (visit.state, visit.summary) == ("done", "海报已现场更换")


def test_without_permission_for_the_position_and_without_scripts(live_portal, open_page, store):
    page = signed_in(open_page("phone"), live_portal, store.manager)
    page.goto(f"{live_portal.url}/audits/visits/new/{store.pk}/")
    expect(page.get_by_text("未能获取定位，巡店照常进行")).to_be_visible()
    plain = signed_in(open_page("phone", java_script_enabled=False), live_portal, store.manager)
    plain.goto(f"{live_portal.url}/audits/visits/new/{store.pk}/")
    plain.get_by_role("button", name="签到").click()
    answer(plain, "门头、背景墙", "yes")
    plain.get_by_role("button", name="下一步").click()
    visit = Visit.objects.get()
    assert (visit.latitude, visit.answers.get().value) == (None, "yes")
