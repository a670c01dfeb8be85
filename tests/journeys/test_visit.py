"""A channel manager in a shop, with one hand on the phone: check in, look, take a photo, check out."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, expect

from accounts.roles import Role
from audits.models import Visit
from dealers.models import Dealer
from tests import factories as make
from tests.journeys.conftest import Meet
from tests.journeys.person import Person
from tests.journeys.pictures import picture
from tests.support.live import LivePortal

pytestmark = [pytest.mark.browser, pytest.mark.processes]

SHOP = {"latitude": "23.605768", "longitude": "104.337244"}
HERE = {"latitude": 23.6058, "longitude": 104.3373, "accuracy": 15}


@pytest.fixture
def dealer(empty_portal: LivePortal, settings: Any) -> Dealer:
    _city, county = make.make_city()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]  # that of the live portal
    manager = make.make_user("manager", Role.CHANNEL_MANAGER, county, name="杨晓燕")
    return make.make_dealer(
        county,
        "YS0001",
        name="江那通信店",
        visit_regime="direct",
        address="江那镇团结路 12 号",
        manager=manager,
        **SHOP,
    )


@pytest.fixture
def manager(dealer: Dealer, meet: Meet) -> Person:
    phone = meet("manager", "phone", geolocation=HERE, permissions=["geolocation"])
    return phone.sign_in(make.PASSWORD)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture as a phone takes it."""
    shot = Image.new("RGB", (1600, 1200), (122, 152, 186))
    draw = ImageDraw.Draw(shot)
    draw.rectangle((200, 300, 1400, 1150), fill=(235, 235, 228))
    draw.rectangle((200, 300, 1400, 470), fill=(0, 92, 169))
    draw.rectangle((300, 560, 760, 1150), fill=(170, 205, 220))
    draw.rectangle((840, 560, 1300, 1150), fill=(90, 110, 120))
    out = io.BytesIO()
    shot.save(out, "JPEG", quality=80)
    file = tmp_path / "门头.jpg"
    file.write_bytes(out.getvalue())
    return file


def test_a_visit_with_a_photo(manager: Person, dealer: Dealer, photo: Path) -> None:
    check_in(manager, dealer)
    answer_all(manager, photo)
    take_a_photo(manager, photo)
    note_a_finding(manager)
    check_out(manager)
    visit = Visit.objects.get()
    assert (visit.state, visit.photos.count(), visit.findings.count()) == ("done", 2, 2)
    assert visit.distance_m is not None
    assert visit.distance_m < 20
    shows_in_the_lists(manager, dealer)


def check_in(manager: Person, dealer: Dealer) -> None:
    """From the list of today's visits; the phone says where it is."""
    manager.open("/audits/today/").reads(dealer.name)
    manager.follow("签到")
    manager.title(dealer.name)
    manager.reads("已定位，精度 15 米。")
    manager.press("签到")


def answer_all(manager: Person, photo: Path) -> None:
    """Section by section; each answer is stored as it is given."""
    page = manager.page
    for number in range(1, 5):
        page.wait_for_url(f"**/checklist/{number}/")
        for question in page.locator("fieldset.question").all():
            answer(question, photo, wrong="海报" in question.locator("legend").inner_text())
        if number == 1:
            page.locator("fieldset.question").nth(1).scroll_into_view_if_needed()
            picture(page, "visit-section-phone")
        manager.press("下一步")


def answer(question: Locator, photo: Path, *, wrong: bool) -> None:
    choices = question.locator(".answers label")
    if question.locator("input[type=file]").count():
        question.locator("input[type=file]").set_input_files(photo)
        expect(question.locator(".photos img")).to_be_visible()
    elif choices.count():
        words = [label.inner_text().strip() for label in choices.all()]
        best = "否" if wrong else next(word for word in ("是", "5", words[0]) if word in words)
        choices.nth(words.index(best)).click()
        expect(question.locator(".answer-state")).to_have_class("answer-state saved")


def take_a_photo(manager: Person, photo: Path) -> None:
    manager.page.wait_for_url("**/photos/")
    manager.attach("照片", recoloured(photo))
    manager.fill("照片说明", "门头")
    manager.press("添加照片")
    expect(manager.main.get_by_role("img", name="门头")).to_be_visible()
    manager.follow("下一步")


def recoloured(photo: Path) -> Path:
    """Another picture: the same one twice is refused."""
    other = photo.with_name("店内.jpg")
    Image.open(photo).rotate(180).save(other, "JPEG", quality=80)
    return other


def note_a_finding(manager: Person) -> None:
    """The wrong answer stands there already; another is written."""
    manager.page.wait_for_url("**/findings/")
    manager.reads("海报")
    manager.choose("类别", "服务")
    manager.fill("发现了什么问题", "店员未佩戴工牌")
    manager.press("添加检查发现")
    manager.reads("店员未佩戴工牌")
    manager.follow("下一步")


def check_out(manager: Person) -> None:
    manager.page.wait_for_url("**/check-out/")
    manager.fill("时长异常的原因", "店主外出，简短巡查")
    manager.fill("小结", "陈列良好，海报需更换")
    manager.press("签退")
    manager.reads("陈列良好，海报需更换", "店员未佩戴工牌")


def shows_in_the_lists(manager: Person, dealer: Dealer) -> None:
    manager.open("/audits/visits/").reads(dealer.name)
    manager.open(f"/dealers/{dealer.pk}/").reads("店员未佩戴工牌", "杨晓燕")
    picture(manager.page, "dealer-phone")
