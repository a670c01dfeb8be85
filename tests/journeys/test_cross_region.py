"""Cross-region sales: the dealer answers on his phone, the county looks at the map and reports, the city confirms."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from accounts.roles import Role
from audits.models import CrossRegionCase, Violation
from audits.services import cross_region
from core.periods import Month
from inventory.models import Cell
from tests import factories as make
from tests.journeys.conftest import Meet
from tests.journeys.person import Person
from tests.journeys.pictures import picture
from tests.support.live import LivePortal

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.fixture
def case(empty_portal: LivePortal, settings: Any) -> CrossRegionCase:
    """Six of a dealer's nine activations took place on two cells of the next county."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]  # that of the live portal
    city, county, other = make.make_city(2)
    make.make_user("county", Role.COUNTY_SUPERVISOR, county, name="周志强")
    make.make_user("city", Role.CITY_MANAGER, city, name="李丽")
    dealer = make.make_dealer(county, "WS0001", name="开化通信店", latitude="23.369216", longitude="104.244294")
    make.make_dealer_user(dealer, "owner", name="王店主")
    product = make.make_product()
    Cell.objects.create(cell_id="460-00-8801", name="江那北街", county=other, latitude="23.61", longitude="104.33")
    Cell.objects.create(cell_id="460-00-8802", name="平远", county=other, latitude="23.75", longitude="103.92")
    for cell, count in (("460-00-8801", 4), ("460-00-8802", 2), ("", 3)):
        for _ in range(count):
            make.make_sale(dealer, "2026-09-10", product, cell_id=cell)
    cross_region.detect(month=Month(2026, 9), by=None, at=make.moment("2026-10-02"))
    return CrossRegionCase.objects.get()


def test_a_case_from_the_dealers_answer_to_the_violation(case: CrossRegionCase, meet: Meet) -> None:
    owner = meet("owner", "phone").sign_in(make.PASSWORD)
    owner.reads("待说明的窜货案件")
    owner.open("/audits/cases/")
    owner.follow("开化通信店")
    shows_the_map(owner)
    owner.follow("说明情况")
    owner.fill("这些放号为什么发生在外县？", "赶集日在江那摆摊，未到外县开店。")
    owner.press("提交说明")
    owner.reads("您的说明已提交", "赶集日在江那摆摊")
    owner.is_not_offered("说明情况")

    county = meet("county", "desktop").sign_in(make.PASSWORD)
    county.menu("巡检", "窜货案件")
    county.follow("开化通信店")
    shows_the_map(county)
    picture(county.page, "cross-region-case", height=1100)
    county.reads("赶集日在江那摆摊", "460-00-8801")
    county.follow("上报市公司")
    county.fill("核查情况", "连续多日在外县放号，情况属实。")
    county.press("上报市公司")
    county.reads("等待市公司裁定")
    county.is_not_offered("确认违规")

    city = meet("city", "desktop").sign_in(make.PASSWORD)
    city.open(f"/audits/cases/{case.number}/").follow("确认违规")
    city.reads("赶集日在江那摆摊", "情况属实")
    city.press("确认违规")
    city.reads("违规已确认")
    assert Violation.objects.get().reference == case.number


def shows_the_map(person: Person) -> None:
    """The store and both cells, without a tile; nothing for axe to object to, nothing wider than the screen."""
    person.title("开化通信店")
    expect(person.page.locator(".map path.leaflet-interactive[fill-opacity]:not([fill=none])")).to_have_count(3)
    expect(person.page.locator(".map .leaflet-tooltip")).to_have_count(3)
    assert person.page.locator(".map .leaflet-tile").count() == 0
    person.reads("460-00-8801", "460-00-8802")
    found = Axe().run(person.page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
    assert person.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
