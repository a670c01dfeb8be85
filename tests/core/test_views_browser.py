"""The kit in a real browser: parts that change without a reload, keyboard, colours, both widths."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.hashers import Argon2PasswordHasher
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.roles import Role
from core.models import Job, Notice
from tests.factories import PASSWORD, make_city, make_user
from tests.support.browser import OpenPage
from tests.support.live import LivePortal

pytestmark = pytest.mark.browser

PAGES = [
    "/",
    "/system/users/?role=channel_manager",
    "/system/units/",
    "/system/jobs/",
    "/notices/",
    "/search/?q=zz",
    "/accounts/password/",
    "/accounts/sessions/",
    "/nothing/here/",
]


@pytest.fixture
def boss(live_portal: LivePortal) -> User:
    city, *counties = make_city(counties=2)
    for index in range(30):
        make_user(f"p{index:02}", Role.CHANNEL_MANAGER, counties[index % 2], name=f"王 {index:02}")
    boss = make_user("boss", Role.CITY_MANAGER, city, name="李主管")
    hasher = Argon2PasswordHasher()  # the server's own, not the tests' cheap one
    User.objects.filter(pk=boss.pk).update(password=hasher.encode(PASSWORD, hasher.salt()))
    Job.objects.create(kind="x", key="1", label="导入 2026-09", owner=boss, state="done")
    Notice.objects.create(user=boss, text="A notice")
    return boss


def sign_in(page: Page, portal: LivePortal) -> None:
    page.goto(f"{portal.url}/accounts/sign-in/")
    page.get_by_label("用户名").fill("boss")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{portal.url}/")


def test_a_list_filters_sorts_and_pages_without_a_reload_and_the_address_says_it(
    live_portal: LivePortal, boss: User, desktop: Page
) -> None:
    sign_in(desktop, live_portal)
    desktop.goto(f"{live_portal.url}/system/users/")
    desktop.evaluate("window.unbroken = true")
    rows = desktop.locator("tbody tr")
    desktop.get_by_label("姓名或用户名").fill("王 1")
    expect(rows).to_have_count(10)
    heading = desktop.get_by_role("columnheader", name="名称")
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    heading.get_by_role("link").click()
    expect(rows.first).to_contain_text("王 19")
    expect(desktop).to_have_url(re.compile(r"/system/users/\?text=[^&]+&sort=-name$"))
    assert "is_active" not in desktop.url
    desktop.get_by_role("link", name=re.compile("移除条件")).click()
    expect(rows).to_have_count(25)
    expect(desktop.get_by_label("姓名或用户名")).to_have_value("")
    desktop.get_by_role("link", name="2", exact=True).click()
    expect(desktop.locator(".list-count")).to_contain_text("26–31")
    assert desktop.evaluate("window.unbroken")
    desktop.go_back()
    expect(rows).to_have_count(25)
    expect(desktop.locator(".side")).to_be_visible()


def test_the_keyboard_reaches_the_search_and_its_hits(live_portal: LivePortal, boss: User, desktop: Page) -> None:
    sign_in(desktop, live_portal)
    desktop.keyboard.press("/")
    expect(desktop.locator("#search")).to_be_focused()
    desktop.keyboard.type("zz")
    expect(desktop.locator("#search-hits")).to_contain_text("没有找到“zz”")
    desktop.keyboard.press("Escape")
    expect(desktop.locator("#search-hits")).to_be_empty()
    desktop.goto(f"{live_portal.url}/system/units/")
    desktop.keyboard.press("Tab")
    expect(desktop.get_by_text("跳到正文")).to_be_focused()
    desktop.keyboard.press("Enter")
    expect(desktop.locator("#content")).to_be_focused()


def test_the_job_tray_follows_a_job_to_its_end(live_portal: LivePortal, boss: User, desktop: Page) -> None:
    job = Job.objects.create(kind="x", key="2", label="结算 2026-09", owner=boss, state="running", done=1, total=4)
    sign_in(desktop, live_portal)
    desktop.locator(".tray summary").click()
    bar = desktop.locator(".tray progress")
    expect(bar).to_have_attribute("value", "25")
    Job.objects.filter(pk=job.pk).update(done=3)
    expect(bar).to_have_attribute("value", "75", timeout=10_000)
    expect(desktop.locator(".tray")).to_have_attribute("open", "")
    Job.objects.filter(pk=job.pk).update(state="done")
    expect(bar).to_have_count(0, timeout=10_000)
    expect(desktop.locator(".tray[hx-get]")).to_have_count(0)


def test_colours_are_remembered(live_portal: LivePortal, boss: User, desktop: Page) -> None:
    sign_in(desktop, live_portal)
    html = desktop.locator("html")
    expect(html).to_have_attribute("data-bs-theme", "light")
    desktop.locator(".user-menu summary").click()
    desktop.get_by_role("button", name="深色").click()
    expect(html).to_have_attribute("data-bs-theme", "dark")
    desktop.reload()
    expect(html).to_have_attribute("data-bs-theme", "dark")


def test_on_a_phone_rows_are_cards_and_areas_at_the_bottom(live_portal: LivePortal, boss: User, phone: Page) -> None:
    sign_in(phone, live_portal)
    expect(phone.locator(".side")).to_be_hidden()
    phone.locator(".phonebar summary").click()
    phone.locator(".phonebar .menu-body").get_by_text("系统").click()
    phone.locator(".subnav").get_by_text("用户").click()
    expect(phone).to_have_url(f"{live_portal.url}/system/users/")
    row = phone.locator("tbody tr").first
    expect(row.locator("td.as-title")).to_be_visible()
    expect(row.locator("td[data-label='电话']")).to_be_hidden()
    assert phone.evaluate("document.documentElement.scrollWidth") == 390


def test_pages_work_without_javascript(live_portal: LivePortal, boss: User, open_page: OpenPage) -> None:
    page = open_page("desktop", java_script_enabled=False)
    sign_in(page, live_portal)
    page.goto(f"{live_portal.url}/system/users/")
    page.get_by_label("姓名或用户名").fill("王 1")
    page.get_by_role("button", name="筛选").click()
    expect(page.locator("tbody tr")).to_have_count(10)
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page).to_have_url(f"{live_portal.url}/accounts/sign-in/")


@pytest.mark.parametrize(("width", "colours"), [("phone", "light"), ("desktop", "dark")])
def test_axe_finds_nothing(live_portal: LivePortal, boss: User, open_page: OpenPage, width: str, colours: Any) -> None:
    page = open_page(width, color_scheme=colours)
    page.goto(f"{live_portal.url}/accounts/sign-in/")
    found = {"/accounts/sign-in/": problems(page)}
    sign_in(page, live_portal)
    for url in PAGES:
        page.goto(live_portal.url + url)
        found[url] = problems(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), url
    assert {url: names for url, names in found.items() if names} == {}


def problems(page: Page) -> list[str]:
    return [f"{one['id']}: {one['nodes'][0]['target']}" for one in Axe().run(page).response["violations"]]
