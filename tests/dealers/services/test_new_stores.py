"""A store from the first idea to its end: docs/dealers.md, "New stores", "Life cycle" and "Agreements"."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from core.errors import Forbidden, Refused
from core.models import Notice
from core.papers import Given
from dealers.models import Agreement, AgreementReminder, Dealer, DealerDocument, DealerEnding, SitePlan
from dealers.queries import applications, duplicates, history, site_plan
from dealers.services import agreement, application, life_cycle, standing
from inventory.models import StockNode
from tests import factories as make
from tests.core.test_photos import picture

pytestmark = pytest.mark.django_db
AT, DAY = make.moment("2026-09-10"), date(2026, 9, 10)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
COMPLETE = {
    "contact_name": "李店主",
    "contact_phone": "13887600001",
    "address": "开化中路 1 号",
    "location_kind": "city_street",
    "floor_area": 35,
    "main_business": "mobile_business",
}


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


class Town:
    """A county, two managers, a supervisor, and the way of a store through their hands."""

    def __init__(self) -> None:
        self.unit, self.county, self.far = make.make_city(2)
        self.manager = make.make_user("manager", Role.CHANNEL_MANAGER, self.county)
        self.second = make.make_user("second", Role.CHANNEL_MANAGER, self.county)
        self.supervisor = make.make_user("sup", Role.COUNTY_SUPERVISOR, self.county)
        self.stranger = make.make_user("far", Role.COUNTY_SUPERVISOR, self.far)
        self.clerk = make.make_user("clerk", Role.FINANCE_CLERK, self.unit)

    def propose(self, **changes: Any) -> Dealer:
        given: dict[str, Any] = {
            "name": "新城店", "org_unit": self.county, "tier": "partner", "case": "新小区入住",
            "fields": COMPLETE, "by": self.manager, "at": AT, **changes,
        }  # fmt: skip
        return application.propose(**given)

    def applied(self) -> Dealer:
        dealer = self.propose(confirmed=True)
        for kind in application.DOCUMENTS:
            given = [Given(f"{kind}.pdf", PDF + str(kind).encode())]
            application.attach(dealer=dealer, kind=kind, papers=given, by=self.manager, at=AT)
        return application.apply(dealer=dealer, by=self.manager, at=AT)

    def check(self, dealer: Dealer, part: str, **changes: Any) -> Any:
        by = self.second if part == "documents" else self.supervisor
        photos = [Given("店面.jpg", picture())] if part == "on_site" else []
        given = {"passed": True, "checked_on": DAY, "photos": photos, "by": by, "at": AT, **changes}
        return application.check(dealer=dealer, part=part, **given)

    def verified(self) -> Dealer:
        dealer = self.applied()
        self.check(dealer, "documents")
        self.check(dealer, "on_site")
        dealer.refresh_from_db()
        return dealer

    def sign(self, dealer: Dealer, **changes: Any) -> Agreement:
        given: dict[str, Any] = {
            "number": f"XY{make.number()}", "starts_on": DAY, "ends_on": date(2027, 9, 9),
            "by": self.manager, "at": AT, "day": DAY, **changes,
        }  # fmt: skip
        return agreement.sign(dealer=dealer, **given)


@pytest.fixture
def town() -> Town:
    return Town()


def stage(dealer: Dealer) -> str:
    return Dealer.objects.get(pk=dealer.pk).stage


def told(user: Any) -> list[str]:
    return [str(one.text) % one.params for one in Notice.objects.filter(user=user).order_by("pk")]


def test_from_the_first_idea_to_maturity(town: Town) -> None:
    dealer = town.propose()
    assert (dealer.stage, dealer.manager) == ("prospect", town.manager)
    assert dealer.code.startswith(f"YX{town.county.code}")
    assert history.standing(dealer=dealer, day=DAY).stage == "prospect"
    dealer = town.verified()
    assert dealer.stage == "verified"
    assert not StockNode.objects.filter(dealer=dealer).exists()
    town.sign(dealer, exclusive=True, scans=[Given("协议.pdf", PDF)])
    dealer.refresh_from_db()
    assert (dealer.stage, dealer.exclusive_agreement, dealer.cooperation_start) == ("contracted", True, DAY)
    assert StockNode.objects.filter(dealer=dealer).exists()
    life_cycle.begin_lead_in(dealer=dealer, by=town.manager, at=AT)
    with pytest.raises(Refused, match="2026-09-17"):
        life_cycle.mature(dealer=dealer, by=town.manager, at=AT + timedelta(days=6))
    life_cycle.mature(dealer=dealer, by=town.manager, at=AT + timedelta(days=7))
    assert stage(dealer) == "mature"
    assert [row.pk for row in applications.applications(town.supervisor).filter(stage="prospect")] != [dealer.pk]


def test_an_agreement_signed_ahead_contracts_on_its_first_day(town: Town) -> None:
    dealer = town.verified()
    town.sign(dealer, starts_on=date(2026, 9, 20))
    assert stage(dealer) == "verified"
    standing.refresh(dealer_ids=[dealer.pk], day=date(2026, 9, 19))
    assert stage(dealer) == "verified"
    standing.refresh(dealer_ids=[dealer.pk], day=date(2026, 9, 20))
    assert stage(dealer) == "contracted"
    assert Dealer.objects.get(pk=dealer.pk).cooperation_start == date(2026, 9, 20)


def test_an_agreement_from_before_the_proposal_moves_the_histories_back(town: Town) -> None:
    dealer = town.verified()
    town.sign(dealer, starts_on=date(2026, 9, 1))
    found = history.standing(dealer=Dealer.objects.get(pk=dealer.pk), day=date(2026, 9, 1))
    assert (found.tier, found.org_unit_id, found.stage) == ("partner", town.county.pk, "contracted")


def test_what_an_application_needs(town: Town) -> None:
    dealer = town.propose(fields={})
    with pytest.raises(Refused) as refusal:
        application.apply(dealer=dealer, by=town.manager, at=AT)
    assert len(refusal.value.params["missing"]) == len(application.FIELDS) + len(application.DOCUMENTS)
    for given in ({"name": " "}, {"case": ""}, {"org_unit": town.unit}, {"fields": {"credit_code": "1" * 18}}):
        with pytest.raises(Refused):
            town.propose(**{**given, "by": make.make_user(f"c{make.number()}", Role.CITY_MANAGER, town.unit)})
    for wrong in ({"by": town.stranger}, {"by": town.clerk}, {"by": None}):
        with pytest.raises(Forbidden):
            town.propose(**wrong)
    with pytest.raises(Refused):
        application.attach(dealer=dealer, kind="lease", papers=[Given("x.svg", b"<svg/>")], by=town.manager, at=AT)
    for _again in range(2):
        application.attach(dealer=dealer, kind="lease", papers=[Given("x.pdf", PDF)], by=town.manager, at=AT)
    assert DealerDocument.objects.count() == 1
    with pytest.raises(Forbidden):
        application.attach(dealer=dealer, kind="lease", papers=[Given("x.pdf", PDF)], by=town.stranger, at=AT)


def test_two_checks_by_two_people(town: Town, media: Path) -> None:
    dealer = town.applied()
    with pytest.raises(Forbidden):
        town.check(dealer, "documents", by=town.manager)
    with pytest.raises(Forbidden):
        town.check(dealer, "documents", by=town.stranger)
    kept = sum(one.is_file() for one in media.rglob("*"))
    for given in (
        {"photos": []},
        {"passed": False},
        {"checked_on": DAY + timedelta(days=1)},
        {"photos": [Given("a.jpg", picture()), Given("b.jpg", b"no picture")]},
    ):
        with pytest.raises(Refused):
            town.check(dealer, "on_site", **given)
    assert sum(one.is_file() for one in media.rglob("*")) == kept
    town.check(dealer, "on_site", passed=False, note="门头未装")
    assert "门头未装" in told(town.manager)[-1]
    with pytest.raises(Forbidden):
        town.check(dealer, "documents", by=town.supervisor)
    town.check(dealer, "documents")
    assert stage(dealer) == "applied"
    town.check(dealer, "on_site", photos=[Given("店面.jpg", picture(colour=(1, 2, 3)))])
    assert stage(dealer) == "verified"
    with pytest.raises(Refused):
        town.check(dealer, "documents")


def test_rejected_it_is_over(town: Town) -> None:
    dealer = town.applied()
    for wrong in (town.manager, town.stranger, None):
        with pytest.raises(Forbidden):
            application.reject(dealer=dealer, text="太近", by=wrong, at=AT)
    with pytest.raises(Refused):
        application.reject(dealer=dealer, text=" ", by=town.supervisor, at=AT)
    application.reject(dealer=dealer, text="距现有网点太近", by=town.supervisor, at=AT)
    assert "太近" in told(town.manager)[-1]
    with pytest.raises(Refused):
        town.sign(dealer)
    with pytest.raises(Refused):
        life_cycle.end(dealer=dealer, ended_on=DAY, cause="closed", by=town.supervisor, at=AT, day=DAY)


@pytest.mark.parametrize(
    "changes",
    [
        {"number": " "},
        {"ends_on": DAY - timedelta(days=1)},
        {"number": "A-1"},
        {"starts_on": date(2026, 12, 31)},
        {"tier": "mall"},
        {"trial_until": date(2027, 9, 9)},
    ],
)
def test_agreements_that_cannot_be(town: Town, changes: dict[str, Any]) -> None:
    dealer = make.make_dealer(town.county, tier=changes.pop("tier", "partner"))
    Agreement.objects.create(number="A-1", dealer=dealer, starts_on="2026-12-31", ends_on="2027-12-31")
    given = {"starts_on": DAY, "ends_on": date(2026, 12, 1), **changes}
    if given["starts_on"] == date(2026, 12, 31):
        given["ends_on"] = date(2027, 6, 1)
    with pytest.raises(Refused):
        town.sign(dealer, **given)


def test_ended_and_contracted_again(town: Town) -> None:
    dealer = make.make_dealer(town.county)
    owner = make.make_dealer_user(dealer)
    town.sign(dealer)
    for wrong in (town.manager, town.stranger, None):
        with pytest.raises(Forbidden):
            life_cycle.end(dealer=dealer, ended_on=date(2026, 10, 1), cause="closed", by=wrong, at=AT, day=DAY)
    given = {"dealer": dealer, "cause": "own_wish", "by": town.supervisor, "at": AT, "day": DAY}
    for wrong_day in (DAY, DAY + timedelta(days=400)):
        with pytest.raises(Refused):
            life_cycle.end(ended_on=wrong_day, **given)
    life_cycle.end(ended_on=date(2026, 10, 1), **given)
    assert "2026-10-01" in told(owner)[-1]
    assert stage(dealer) == "mature"
    standing.refresh(dealer_ids=[dealer.pk], day=date(2026, 10, 1))
    assert stage(dealer) == "terminated"
    with pytest.raises(Refused):
        life_cycle.end(ended_on=date(2026, 10, 5), **given)
    Agreement.objects.filter(dealer=dealer).update(ends_on=date(2026, 9, 30))
    with pytest.raises(Refused):
        town.sign(dealer, starts_on=date(2026, 10, 1), ends_on=date(2027, 9, 30))
    town.sign(dealer, starts_on=date(2026, 11, 1), ends_on=date(2027, 10, 31), day=date(2026, 11, 1))
    assert stage(dealer) == "contracted"


def test_reminders_once_for_each_number_of_days(town: Town) -> None:
    dealer = make.make_dealer(town.county, manager=town.manager)
    owner = make.make_dealer_user(dealer)
    end = date(2027, 1, 31)
    Agreement.objects.create(number="A1", dealer=dealer, starts_on="2026-02-01", ends_on=end)
    sent = [agreement.remind(day=end - timedelta(days=left)) for left in (61, 60, 59, 30, 29, 7, 6, 0, -1)]
    assert sent == [0, 1, 0, 1, 0, 1, 0, 0, 0]
    assert len(told(owner)) == len(told(town.manager)) == AgreementReminder.objects.count() == 3
    late = make.make_dealer(town.county)
    Agreement.objects.create(number="B1", dealer=late, starts_on="2026-02-01", ends_on=end)
    assert agreement.remind(day=end - timedelta(days=5)) == 1
    Agreement.objects.create(number="B2", dealer=late, starts_on=end + timedelta(days=1), ends_on="2028-01-31")
    AgreementReminder.objects.all().delete()
    assert agreement.remind(day=end) == 1  # the renewed one needs none


def test_a_trial_ends_by_itself_or_becomes_regular(town: Town) -> None:
    over, kept = (make.make_dealer(town.county, stage="verified") for _ in range(2))
    for dealer in (over, kept):
        town.sign(dealer, trial_until=date(2026, 12, 10))
    with pytest.raises(Forbidden):
        life_cycle.make_regular(dealer=kept, text="达标", by=town.manager, at=AT)
    with pytest.raises(Refused):
        life_cycle.make_regular(dealer=kept, text="", by=town.supervisor, at=AT)
    life_cycle.make_regular(dealer=kept, text="三个月均达标", by=town.supervisor, at=AT)
    with pytest.raises(Refused):
        life_cycle.make_regular(dealer=kept, text="再次", by=town.supervisor, at=AT)
    assert life_cycle.end_trials(day=date(2026, 12, 10), at=AT) == 0
    assert life_cycle.end_trials(day=date(2026, 12, 14), at=AT) == 1
    assert life_cycle.end_trials(day=date(2026, 12, 14), at=AT) == 0
    assert list(DealerEnding.objects.values_list("dealer", "ended_on")) == [(over.pk, date(2026, 12, 11))]
    assert (stage(over), stage(kept)) == ("terminated", "contracted")


def test_a_renewal_leaves_a_trial_as_it_is_and_an_end_ends_it(town: Town) -> None:
    dealer, until = make.make_dealer(town.county, stage="verified"), date(2026, 12, 10)
    first = town.sign(dealer, trial_until=until)
    following = {"starts_on": first.ends_on + timedelta(days=1), "ends_on": first.ends_on + timedelta(days=365)}
    with pytest.raises(Refused):
        town.sign(dealer, number="XY2", **following, trial_until=first.ends_on + timedelta(days=9))
    town.sign(dealer, number="XY2", **following)
    assert Dealer.objects.get(pk=dealer.pk).trial_until == until
    given = {"dealer": dealer, "ended_on": date(2026, 11, 1), "cause": "closed", "by": town.supervisor, "at": AT}
    life_cycle.end(**given, day=DAY)
    assert Dealer.objects.get(pk=dealer.pk).trial_until is None


def test_stores_that_are_alike(town: Town) -> None:
    place = {"latitude": 23.3700, "longitude": 104.2400}
    near = make.make_dealer(town.county, latitude=23.3706, longitude=104.2404, contact_phone="1")
    make.make_dealer(town.county, latitude=23.3720, longitude=104.2400)
    far = make.make_dealer(town.far, contact_phone="13887600001", credit_code="91350100M000100Y43")
    make.make_dealer(town.county, contact_phone="13887600001", stage="rejected")
    found = duplicates.alike(
        town.supervisor, contact_phone="13887600001", credit_code="91350100M000100Y43", **make.decimals(place)
    )
    assert [(one.dealer, len(one.why)) for one in found] == [(near, 1), (None, 2)]
    assert duplicates.alike(town.supervisor, contact_phone="13887600001", but=far) == []
    assert duplicates.alike(town.supervisor) == []
    first = town.propose(confirmed=True)
    with pytest.raises(application.StoresAlike) as refused:
        town.propose(name="另一店")
    assert first.code in refused.value.params["dealers"]
    assert town.propose(name="另一店", confirmed=True).stage == "prospect"


def test_the_plan_against_what_is_there(town: Town) -> None:
    SitePlan.objects.create(org_unit=town.county, tier="partner", planned=3)
    SitePlan.objects.create(org_unit=town.far, tier="mall", planned=1)
    make.make_dealer(town.county)
    town.propose()
    rows = site_plan.rows(town.supervisor)
    assert [(row.tier, row.planned, row.existing, row.coming, row.gap) for row in rows] == [("partner", 3, 1, 1, 1)]
    city = make.make_user("city", Role.CITY_MANAGER, town.unit)
    assert sum(row.gap for row in site_plan.rows(city)) == 2
    assert sum(row.gap for row in site_plan.rows(city, unit=town.far)) == 1


def test_the_pages(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TODAY", "2026-09-10")
    known = make.make_dealer(town.county, contact_phone="13887600001")
    clients = {}
    for user in (town.manager, town.second, town.supervisor):
        clients[user] = Client()
        clients[user].force_login(user)
    manager, second, supervisor = clients.values()
    given = {"name": "新城店", "org_unit": town.county.pk, "tier": "partner", "case": "新小区", **COMPLETE}
    page = manager.post(reverse("dealers:propose"), given)
    assert page.status_code == 422
    assert known.code in page.content.decode()
    assert manager.post(reverse("dealers:propose"), {**given, "confirmed": "on"}).status_code == 302
    dealer = Dealer.objects.get(name="新城店")
    place = reverse("dealers:detail", args=[dealer.pk])
    assert f"{place}apply/" in manager.get(place).content.decode()
    assert "营业执照" in manager.post(f"{place}apply/", follow=True).content.decode()
    for kind in application.DOCUMENTS:
        paper = SimpleUploadedFile(f"{kind}.pdf", PDF + str(kind).encode(), "application/pdf")
        assert manager.post(f"{place}documents/", {"kind": kind, "papers": [paper]}).status_code == 302
    document = DealerDocument.objects.first()
    assert document is not None
    answer = manager.get(f"{place}documents/{document.pk}/")
    assert answer["Content-Disposition"].startswith("attachment")
    manager.post(f"{place}apply/")
    assert second.get(f"{place}check/nothing/").status_code == 404
    outcome = {"passed": "yes", "checked_on": "2026-09-10"}
    assert second.post(f"{place}check/documents/", outcome).status_code == 302
    photo = SimpleUploadedFile("店面.jpg", picture(), "image/jpeg")
    assert supervisor.post(f"{place}check/on_site/", {**outcome, "photos": [photo]}).status_code == 302
    assert "新城店" in supervisor.get(reverse("dealers:applications")).content.decode()
    assert "网点规划" in supervisor.get(reverse("dealers:site-plan")).content.decode()
    signed = {"number": "XY1", "starts_on": "2026-09-10", "ends_on": "2027-09-09", "trial_until": "2026-12-09"}
    assert manager.post(f"{place}sign/", signed).status_code == 302
    manager.post(f"{place}lead-in/")
    assert "2026-09-17" in manager.post(f"{place}mature/", follow=True).content.decode()
    monkeypatch.setenv("PORTAL_TODAY", "2026-09-18")
    manager.post(f"{place}mature/")
    assert stage(dealer) == "mature"
    supervisor.post(f"{place}regular/", {"reason": "达标"})
    assert Dealer.objects.get(pk=dealer.pk).trial_until is None
    end = {"ended_on": "2026-10-01", "cause": "closed", "text": "歇业"}
    assert supervisor.post(f"{place}end/", end).status_code == 302
    assert DealerEnding.objects.get(dealer=dealer).cause == "closed"


def test_roles_that_may_not(town: Town) -> None:
    dealer = make.make_dealer(town.county)
    clerk = make.make_user("counter", Role.FINANCE_CLERK, town.county)
    said = {"dealer": dealer, "by": clerk, "at": AT}
    for act in (
        lambda: application.attach(**said, kind="licence", papers=[]),
        lambda: application.apply(**said),
        lambda: application.check(**said, part="documents", passed=True, checked_on=DAY),
        lambda: life_cycle.begin_lead_in(**said),
        lambda: life_cycle.mature(**said),
        lambda: town.sign(dealer, by=clerk),
    ):
        with pytest.raises(Forbidden):
            act()


def test_an_agreement_cannot_begin_on_the_day_of_an_end(town: Town) -> None:
    dealer = make.make_dealer(town.county)
    DealerEnding.objects.create(dealer=dealer, ended_on=DAY, cause="closed")
    with pytest.raises(Refused) as refused:
        town.sign(dealer, starts_on=DAY)
    assert refused.value.code == "ended"
