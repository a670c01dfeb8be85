"""The first week of a new store, on the channel manager's phone: signed, visited every day, then mature."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from accounts.roles import Role
from audits.models import PlannedVisit, Visit
from audits.services import visit as visits
from audits.services import week
from core.periods import Week
from dealers.models import Dealer
from tests import factories as make
from tests.journeys.conftest import TODAY, Meet
from tests.journeys.person import Person
from tests.journeys.pictures import picture
from tests.journeys.test_visit import HERE, SHOP, answer, photo, recoloured
from tests.support.browser import OpenPage
from tests.support.live import LivePortal, running

pytestmark = [pytest.mark.browser, pytest.mark.processes]
__all__ = ["photo"]
WEEK = timedelta(days=7)


@pytest.fixture
def dealer(empty_portal: LivePortal, settings: Any) -> Dealer:
    """A store whose site was checked; nothing is signed yet."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]  # that of the live portal
    _city, county = make.make_city()
    manager = make.make_user("manager", Role.CHANNEL_MANAGER, county, name="杨晓燕")
    fields: dict[str, Any] = {"stage": "verified", "cooperation_start": TODAY, "name": "江那通信店", **SHOP}
    return make.make_dealer(county, "YS0001", tier="exclusive", manager=manager, **fields)


@pytest.fixture
def next_week(dealer: Dealer, tmp_path: Path) -> Iterator[LivePortal]:
    """The same portal, seven days later."""
    own = f"{django_settings.REDIS_PREFIX}{tmp_path.name}-"
    with running(tmp_path, PORTAL_TODAY=(TODAY + WEEK).isoformat(), PORTAL_REDIS_PREFIX=own) as portal:
        yield portal


def test_the_week_of_a_new_store(
    dealer: Dealer, meet: Meet, next_week: LivePortal, open_page: OpenPage, photo: Path
) -> None:
    phone = meet("manager", "phone", geolocation=HERE, permissions=["geolocation"]).sign_in(make.PASSWORD)
    signs(phone, dealer)
    phone.follow("开始进驻")
    phone.press("开始进驻")
    supports_in_the_store(phone, dealer, photo)
    too_early(phone, dealer)
    for number in range(1, 7):
        another_day(dealer, TODAY + timedelta(days=number))
    later = Person(next_week, open_page("phone", geolocation=HERE, permissions=["geolocation"]), "manager")
    later.sign_in(make.PASSWORD)
    is_mature(later, dealer)
    assert Visit.objects.filter(kind="lead_in", state="done").count() == 7


def signs(phone: Person, dealer: Dealer) -> None:
    phone.open(f"/dealers/{dealer.pk}/").follow("录入协议")
    phone.fill("协议编号", "XY-2026-001")
    phone.fill("自", TODAY.isoformat())
    phone.fill("至", (TODAY + timedelta(days=364)).isoformat())
    phone.press("录入")
    phone.reads("XY-2026-001")


def supports_in_the_store(phone: Person, dealer: Dealer, photo: Path) -> None:
    """The day's first visit: the week has a place for the store on every day that is left."""
    phone.open("/audits/week/").press("排定本周")
    days = list(PlannedVisit.objects.filter(dealer=dealer).values_list("day", "kind"))
    assert days == [(TODAY + timedelta(days=number), "lead_in") for number in range(5 - TODAY.weekday())]
    picture(phone.page, "week-phone", height=1000)
    phone.follow("签到")
    phone.title(dealer.name)
    phone.reads("已定位，精度 15 米。")
    phone.press("签到")
    page = phone.page
    number = 1
    while True:
        page.wait_for_url(f"**/checklist/{number}/")
        for question in page.locator("fieldset.question").all():
            answer(question, recoloured(photo) if number % 2 else photo, wrong=False)
        phone.press("下一步")
        number += 1
        page.wait_for_load_state()
        if "/checklist/" not in page.url:
            break
    phone.follow("下一步")
    phone.follow("下一步")
    page.wait_for_url("**/check-out/")
    phone.fill("小结", "协助上柜，培训系统操作")
    phone.press("签退")
    phone.reads("协助上柜，培训系统操作")
    phone.open("/audits/week/").reads("已巡")


def too_early(phone: Person, dealer: Dealer) -> None:
    phone.open(f"/dealers/{dealer.pk}/").follow("结束进驻")
    phone.press("结束进驻")
    phone.reads(f"须到 {TODAY + WEEK}")


def another_day(dealer: Dealer, day: date) -> None:
    """A visit as it is made on the other days of the week."""
    at = make.moment(day.isoformat())
    row = visits.start(dealer=dealer, manager=dealer.manager, kind="lead_in", at=at)
    Visit.objects.filter(pk=row.pk).update(checklist={})
    visits.check_out(visit=row, by=dealer.manager, at=at + timedelta(hours=3))


def is_mature(phone: Person, dealer: Dealer) -> None:
    """After seven days the manager ends the lead-in; from then on its regime says when it is visited."""
    phone.open(f"/dealers/{dealer.pk}/").follow("结束进驻")
    phone.press("结束进驻")
    phone.reads("网点已转为成熟期")
    assert Dealer.objects.get(pk=dealer.pk).stage == "mature"
    day = TODAY + WEEK
    manager = dealer.manager
    week.draft(manager=manager, week=Week.of(day), by=manager, day=day)
    planned = PlannedVisit.objects.filter(dealer=dealer, day__gte=day)
    assert [row.kind for row in planned] == ["patrol"]  # an exclusive store: once, for the patrol of the week
