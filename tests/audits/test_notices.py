"""From a finding to a violation that stands: docs/visits.md, "Notices and appeals"."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from audits.models import ChecklistTemplate, Finding, Violation, ViolationNotice, ViolationType, Visit, VisitPhoto
from audits.queries import checklists
from audits.queries import notices as queries
from audits.services import notice as service
from audits.services import visit as visits
from core.errors import Forbidden, Refused
from core.models import Notice
from tests import factories as make

pytestmark = pytest.mark.django_db
AT = make.moment("2026-09-10")


class Shop:
    """A dealer, who watches over him, and a visit that found something."""

    def __init__(self) -> None:
        self.unit, county, far = make.make_city(2)
        self.dealer = make.make_dealer(county, "D1", name="城关店")
        self.owner = make.make_dealer_user(self.dealer, "owner")
        self.manager = make.make_user("manager", Role.CHANNEL_MANAGER, county)
        self.supervisor = make.make_user("sup", Role.COUNTY_SUPERVISOR, county)
        self.city = make.make_user("city", Role.CITY_MANAGER, self.unit)
        self.stranger = make.make_user("far", Role.COUNTY_SUPERVISOR, far)
        self.breach = ViolationType.objects.get(code="exclusivity")

    def find(self, *, by: Any = None, state: str = "done", **fields: Any) -> Finding:
        template = ChecklistTemplate.objects.first()
        visit = Visit.objects.create(
            dealer=self.dealer,
            manager=by or self.manager,
            regime="authorised",
            template=template,
            checklist=checklists.snapshot(template),
            checked_in_at=AT,
            client_id=uuid4(),
            state=state,
            checked_out_at=AT + timedelta(hours=1) if state == "done" else None,
        )
        given = {"category": "exclusivity", "text": "销售他网手机卡", "found_at": AT, **fields}
        return Finding.objects.create(visit=visit, dealer=self.dealer, **given)

    def issue(self, **fields: Any) -> ViolationNotice:
        return service.confirm(finding=self.find(**fields), breach=self.breach, by=self.supervisor, at=AT)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def told(user: Any) -> list[str]:
    return [str(one.text) % one.params for one in Notice.objects.filter(user=user).order_by("pk")]


def test_nothing_follows_before_the_notice_stands(shop: Shop) -> None:
    notice = shop.issue()
    assert (notice.state, notice.occurred_on, notice.appeal_until) == ("issued", date(2026, 9, 10), date(2026, 9, 15))
    assert notice.finding.state == "confirmed"
    assert not Violation.objects.exists()
    assert notice.number in told(shop.owner)[0]
    assert service.lapse(today=date(2026, 9, 15), at=AT) == 0
    assert service.lapse(today=date(2026, 9, 16), at=AT) == 1
    assert service.lapse(today=date(2026, 9, 16), at=AT) == 0
    stands = Violation.objects.get()
    assert (stands.reference, stands.type_id, stands.occurred_on, stands.confirmed_on) == (
        notice.number,
        "exclusivity",
        date(2026, 9, 10),
        date(2026, 9, 16),
    )


@pytest.mark.parametrize(("upholds", "state", "violations"), [(True, "standing", 1), (False, "annulled", 0)])
def test_the_dealer_appeals_once_and_the_city_decides(shop: Shop, upholds: bool, state: str, violations: int) -> None:
    notice = shop.issue()
    service.appeal(notice=notice, text="那是顾客自己的卡", by=shop.owner, at=AT)
    for text in ("again", ""):
        with pytest.raises(Refused):
            service.appeal(notice=notice, text=text, by=shop.owner, at=AT)
    assert service.lapse(today=date(2026, 10, 1), at=AT) == 0
    for wrong in (shop.supervisor, shop.owner, shop.stranger, None):
        with pytest.raises(Forbidden):
            service.decide(notice=notice, upholds=upholds, text="照片清楚", by=wrong, at=AT)
    with pytest.raises(Refused):
        service.decide(notice=notice, upholds=upholds, text=" ", by=shop.city, at=AT)
    done = service.decide(notice=notice, upholds=upholds, text="照片清楚", by=shop.city, at=AT)
    assert (done.state, Violation.objects.count()) == (state, violations)
    with pytest.raises(Refused):
        service.decide(notice=notice, upholds=upholds, text="again", by=shop.city, at=AT)


def test_who_may_and_when(shop: Shop) -> None:
    with pytest.raises(Forbidden):
        service.confirm(finding=shop.find(by=shop.supervisor), breach=shop.breach, by=shop.supervisor, at=AT)
    for wrong in (shop.manager, shop.stranger, shop.owner, None):
        with pytest.raises(Forbidden):
            service.confirm(finding=shop.find(), breach=shop.breach, by=wrong, at=AT)
    for given in ({"state": "open"}, {"needs_photo": True}):
        with pytest.raises(Refused):
            shop.issue(**given)
    notice = shop.issue()
    with pytest.raises(Refused):
        service.confirm(finding=notice.finding, breach=shop.breach, by=shop.supervisor, at=AT)
    with pytest.raises(Refused, match="2026-09-15"):
        service.appeal(notice=notice, text="晚了", by=shop.owner, at=make.moment("2026-09-16"))
    with pytest.raises(Forbidden):
        service.appeal(notice=notice, text="不是我", by=make.make_dealer_user(make.make_dealer(shop.unit)), at=AT)


def test_a_dismissed_finding_tells_who_found_it(shop: Shop) -> None:
    finding = shop.find()
    with pytest.raises(Refused):
        service.dismiss(finding=finding, text="", by=shop.supervisor, at=AT)
    assert service.dismiss(finding=finding, text="公开版终端，允许", by=shop.supervisor, at=AT).state == "dismissed"
    assert "公开版终端" in told(shop.manager)[0]
    assert not queries.to_decide(shop.supervisor).exists()


def test_repeats_are_recognised(shop: Shop) -> None:
    shop.issue(found_at=AT - timedelta(days=181))
    shop.issue(found_at=AT - timedelta(days=20))
    service.dismiss(finding=shop.find(found_at=AT - timedelta(days=10)), text="不成立", by=shop.supervisor, at=AT)
    shop.find(category="display", found_at=AT - timedelta(days=5))
    last = shop.find()
    assert queries.findings(shop.supervisor).get(pk=last.pk).earlier == 1


@pytest.mark.parametrize(
    "damage",
    [
        {"state": "standing"},
        {"state": "appealed"},
        {"state": "annulled", "appeal": "x"},
        {"issued_by": "manager"},
        {"decided_by": "sup"},
    ],
)
def test_the_database_refuses(shop: Shop, damage: dict[str, str]) -> None:
    notice = shop.issue()
    people = {"manager": shop.manager, "sup": shop.supervisor}
    fields = {name: people.get(value, value) for name, value in damage.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        ViolationNotice.objects.filter(pk=notice.pk).update(**fields)


def test_the_pages_from_hand_to_hand(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TODAY", "2026-09-10")
    finding = shop.find()
    supervisor, owner, city = Client(), Client(), Client()
    for client, user in ((supervisor, shop.supervisor), (owner, shop.owner), (city, shop.city)):
        client.force_login(user)
    page = supervisor.get(reverse("audits:finding", args=[finding.pk])).content.decode()
    assert "待处理的检查发现" in supervisor.get("/").content.decode()
    confirm = reverse("audits:finding-confirm", args=[finding.pk])
    assert confirm in page
    assert "销售他网手机卡" in supervisor.get(confirm).content.decode()
    supervisor.post(confirm, {"breach": "exclusivity", "text": "店内销售他网手机卡"})
    notice = ViolationNotice.objects.get()
    shown = owner.get(reverse("audits:notice", args=[notice.number])).content.decode()
    assert "店内销售他网手机卡" in shown and "2 倍" in shown
    assert "店内销售他网手机卡" in owner.get(reverse("audits:notice-sheet", args=[notice.number])).content.decode()
    owner.post(reverse("audits:notice-appeal", args=[notice.number]), {"text": "那是顾客自己的卡"})
    assert "待裁定的申诉" in city.get("/").content.decode()
    assert "那是顾客自己的卡" in city.get(reverse("audits:notice-uphold", args=[notice.number])).content.decode()
    city.post(reverse("audits:notice-uphold", args=[notice.number]), {"text": "照片清楚"})
    assert Violation.objects.get().reference == notice.number
    assert notice.number in city.get(reverse("audits:violations")).content.decode()


def test_what_was_decided_stays_as_it_was_decided_on(shop: Shop) -> None:
    finding = shop.find(question=None)
    visit = finding.visit
    photo = VisitPhoto.objects.create(
        visit=visit, finding=finding, file="x.jpg", sha256="0" * 64, width=1, height=1, size=1, uploaded_at=AT
    )
    service.confirm(finding=finding, breach=shop.breach, by=shop.supervisor, at=AT)
    same = visits.add_finding(visit=visit, category="exclusivity", text=finding.text, by=shop.manager, at=AT)
    assert same.pk == finding.pk
    with pytest.raises(Refused):
        visits.remove_photo(photo=photo, by=shop.manager, at=AT)
    question = next(one for section in visit.sections for one in section.questions if one.finding_on == "no")
    Finding.objects.filter(pk=finding.pk).update(question=question.id)
    for answer in ("no", "yes", "no"):
        visits.answer(visit=visit, question_id=question.id, value=answer, by=shop.manager, at=AT)
    assert [(one.pk, one.state) for one in Finding.objects.filter(visit=visit)] == [(finding.pk, "confirmed")]
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.create(
            visit=visit, dealer=shop.dealer, question=question.id, category="exclusivity", text="x", found_at=AT
        )


def test_the_dealer_is_not_told_who_reported_him(shop: Shop) -> None:
    notice = shop.issue()
    assert shop.manager.name
    shown = {}
    for user in (shop.owner, shop.supervisor):
        client = Client()
        client.force_login(user)
        page = client.get(reverse("audits:notice", args=[notice.number])).content.decode()
        row = client.get(f"/api/v1/violation-notices/{notice.number}/").json()
        shown[user] = ("发现人" in page, row["reported_by"])
    assert shown == {shop.owner: (False, None), shop.supervisor: (True, "manager")}
