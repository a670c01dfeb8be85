"""A dealer's life through the API, from a proposed site to its end. See docs/dealers.md, "Life cycle"."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.roles import Role
from dealers.models import Agreement, Dealer
from tests import factories as make
from tests.core.test_photos import picture
from tests.sweep import world as worlds

pytestmark = pytest.mark.django_db
PLACE = "/api/v1/dealers/"
SITE = {
    "name": "新城店", "tier": "partner", "case": "新建小区，规划缺口", "contact_name": "王芳", "contact_phone": "13908760001",
    "address": "新城路 8 号", "location_kind": "city_street", "floor_area": "35", "main_business": "mobile_business",
}  # fmt: skip


def photo(name: str = "店面.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture(), "image/jpeg")


@pytest.fixture
def unit(world: worlds.World) -> str:
    return str(world.x.dealer.org_unit.code)


def test_from_a_proposed_site_to_its_end(
    as_: Any, world: worlds.World, unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_TODAY", "2026-09-10")
    manager, supervisor, city = as_("channel_manager"), as_("county_supervisor"), as_("city_manager")
    made = manager.post(PLACE, {**SITE, "org_unit": unit}, format="json")
    assert (made.status_code, made.json()["stage"]) == (201, "prospect"), made.content
    place = f"{PLACE}{made.json()['code']}/"
    assert manager.post(f"{place}apply/").json()["code"] == "incomplete"
    for kind in ("licence", "identity", "lease"):
        answer = manager.post(f"{place}documents/", {"kind": kind, "files": [photo(f"{kind}.jpg")]}, format="multipart")
        assert answer.status_code == 200, answer.content
    assert manager.post(f"{place}apply/").json()["stage"] == "applied"
    outcome = {"passed": True, "checked_on": "2026-09-10"}
    assert manager.post(f"{place}check/", {**outcome, "part": "documents"}, format="json").status_code == 403
    assert supervisor.post(f"{place}check/", {**outcome, "part": "documents"}, format="json").status_code == 200
    on_site = {**outcome, "part": "on_site", "files": [photo()]}
    assert supervisor.post(f"{place}check/", on_site, format="multipart").status_code == 403  # two people
    on_site["files"] = [photo()]
    assert city.post(f"{place}check/", on_site, format="multipart").json()["stage"] == "verified"
    shown = manager.get(f"{place}application/").json()
    assert {one["part"] for one in shown["checks"]} == {"documents", "on_site"}
    assert len(shown["documents"]) == 4
    signed = {"number": "XY-1", "starts_on": "2026-09-10", "ends_on": "2027-09-09", "trial_until": "2026-12-09"}
    assert manager.post(f"{place}sign/", signed, format="json").json()["stage"] == "contracted"
    assert manager.post(f"{place}lead-in/").json()["stage"] == "lead_in"
    assert manager.post(f"{place}mature/").status_code == 409
    monkeypatch.setenv("PORTAL_TODAY", "2026-09-18")
    assert manager.post(f"{place}mature/").json()["stage"] == "mature"
    assert supervisor.post(f"{place}make-regular/", {"text": "达标"}, format="json").status_code == 200
    days = {"from_date": "2026-09-18", "reason": "整改"}
    assert supervisor.post(f"{place}suspend/", days, format="json").json()["stage"] == "suspended"
    assert supervisor.post(f"{place}resume/").json()["stage"] == "suspended"  # today it still holds
    end = {"ended_on": "2026-09-19", "cause": "closed"}
    assert supervisor.post(f"{place}end/", end, format="json").status_code == 200
    monkeypatch.setenv("PORTAL_TODAY", "2026-09-19")
    assert supervisor.post(f"{place}end/", end, format="json").json()["code"] in ("ended", "move_refused")
    assert Agreement.objects.get(number="XY-1").dealer.code == made.json()["code"]


def test_stores_that_are_alike_are_named_first(as_: Any, world: worlds.World, unit: str) -> None:
    known = make.make_dealer(world.x.dealer.org_unit, contact_phone=SITE["contact_phone"])
    asked = {**SITE, "org_unit": unit}
    refused = as_("channel_manager").post(PLACE, asked, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "alike")
    assert refused.json()["params"]["dealers"] == [known.code]
    assert as_("channel_manager").post(PLACE, {**asked, "confirmed": True}, format="json").status_code == 201
    assert Dealer.objects.filter(name="新城店").count() == 1


def test_a_channel_manager_evaluates_nobody(as_: Any, world: worlds.World, unit: str) -> None:
    asked = {**SITE, "org_unit": unit, "special_evaluation": True}
    made = as_("channel_manager").post(PLACE, asked, format="json").json()
    assert made["special_evaluation"] is False
    asked = {**asked, "name": "另一店", "confirmed": True}
    assert as_("county_supervisor").post(PLACE, asked, format="json").json()["special_evaluation"] is True


def test_no_application_is_missing_rather_than_empty(as_: Any, world: worlds.World) -> None:
    known = make.make_dealer(world.x.dealer.org_unit)
    assert as_("channel_manager").get(f"{PLACE}{known.code}/application/").status_code == 404


def test_a_manager_is_assigned_within_the_scope(as_: Any, world: worlds.World) -> None:
    place = f"{PLACE}{world.x.dealer.code}/assign/"
    other = make.make_user("second.manager", Role.CHANNEL_MANAGER, world.x.dealer.org_unit)
    given = as_("county_supervisor").post(place, {"manager": other.username}, format="json")
    assert given.json()["manager"] == other.username, given.content
    nobody = as_("county_supervisor").post(place, {"manager": "nobody"}, format="json")
    assert (nobody.status_code, nobody.json()["errors"][0]["pointer"]) == (400, "#/manager")
