"""From a finding to what is put right: docs/visits.md, "Rectification"."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from audits.models import Rectification
from audits.queries import rectifications as queries
from audits.services import notice, rectification
from audits.services import visit as visits
from core.errors import Forbidden, Refused
from core.models import Notice
from tests import factories as make
from tests.audits.test_notices import AT, Shop, told
from tests.core.test_photos import picture

pytestmark = pytest.mark.django_db
DUE = date(2026, 9, 17)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def shop() -> Shop:
    return Shop()


def order(shop: Shop, **fields: Any) -> Rectification:
    given = {"demand": "更换门头破损灯箱", "due_on": DUE, "by": shop.manager, "at": AT, **fields}
    given.setdefault("finding", None)
    given["finding"] = given["finding"] or shop.find(category="display", text="门头灯箱破损")
    return rectification.order(**given)


def report(shop: Shop, row: Rectification, **fields: Any) -> Rectification:
    given = {"text": "已更换", "photos": [picture()], "by": shop.owner, "at": AT, **fields}
    return rectification.report(rectification=row, **given)


def files(media: Path) -> int:
    return sum(one.is_file() for one in media.rglob("*")) if media.exists() else 0


def test_from_hand_to_hand(shop: Shop, media: Path) -> None:
    row = order(shop)
    assert (row.state, row.finding.state) == ("open", "rectifying")
    assert "更换门头破损灯箱" in told(shop.owner)[0]
    row = report(shop, row)
    assert (row.state, row.photos.count(), files(media)) == ("done", 1, 1)
    assert row.number in told(shop.manager)[-1]
    row = rectification.send_back(
        rectification=row, text="灯箱仍不亮", due_on=date(2026, 9, 20), by=shop.supervisor, at=AT
    )
    assert (row.state, row.due_on) == ("open", date(2026, 9, 20))
    assert "灯箱仍不亮" in told(shop.owner)[-1]
    with pytest.raises(Refused):  # the same photo shows nothing new
        report(shop, row)
    row = report(shop, row, photos=[picture(colour=(1, 2, 3)), picture(colour=(1, 2, 3))])
    assert row.photos.count() == 2
    row = rectification.verify(rectification=row, by=shop.manager, at=AT)
    row.finding.refresh_from_db()
    assert (row.state, row.finding.state) == ("verified", "rectified")


def test_a_violation_stays_one_while_it_is_put_right(shop: Shop) -> None:
    breach = shop.issue()
    row = report(shop, order(shop, finding=breach.finding))
    rectification.verify(rectification=row, by=shop.manager, at=AT)
    breach.finding.refresh_from_db()
    assert breach.finding.state == "confirmed"
    later = order(shop, finding=shop.find())
    notice.confirm(finding=later.finding, breach=shop.breach, by=shop.supervisor, at=AT)
    rectification.cancel(rectification=later, text="已停业", by=shop.supervisor, at=AT)
    later.finding.refresh_from_db()
    assert later.finding.state == "confirmed"


def test_cancelled_it_can_be_ordered_again(shop: Shop) -> None:
    first = order(shop)
    with pytest.raises(Refused):
        order(shop, finding=first.finding)
    rectification.cancel(rectification=first, text="写错了", by=shop.supervisor, at=AT)
    first.finding.refresh_from_db()
    assert first.finding.state == "open"
    assert order(shop, finding=first.finding).number != first.number


def test_who_may_and_when(shop: Shop, media: Path) -> None:
    finding = shop.find()
    for wrong in (shop.owner, shop.stranger, shop.city, None):
        with pytest.raises(Forbidden):
            order(shop, finding=finding, by=wrong)
    for given in ({"demand": " "}, {"due_on": AT.date()}, {"due_on": AT.date() + timedelta(days=93)}):
        with pytest.raises(Refused):
            order(shop, finding=finding, **given)
    with pytest.raises(Refused):
        order(shop, finding=shop.find(state="open"))
    dismissed = notice.dismiss(finding=shop.find(), text="不成立", by=shop.supervisor, at=AT)
    with pytest.raises(Refused):
        order(shop, finding=dismissed)
    row = order(shop, finding=finding)
    other = make.make_dealer_user(make.make_dealer(shop.unit))
    for wrong in (other, shop.supervisor, shop.city, None):
        with pytest.raises(Forbidden):
            report(shop, row, by=wrong)
    for given in ({"text": ""}, {"photos": []}, {"photos": [b"no photo"]}, {"photos": [picture(), b"<svg/>"]}):
        with pytest.raises(Refused):
            report(shop, row, **given)
    assert files(media) == 0
    many = [picture(size=(640, 480 + number)) for number in range(10)]
    with pytest.raises(Refused):
        report(shop, row, photos=many)
    with pytest.raises(Refused):
        rectification.verify(rectification=row, by=shop.supervisor, at=AT)
    done = report(shop, row, by=shop.manager)
    for step in (rectification.verify, rectification.send_back):
        more = {"text": "x", "due_on": DUE} if step is rectification.send_back else {}
        with pytest.raises(Forbidden):
            step(rectification=done, by=shop.manager, at=AT, **more)
        with pytest.raises(Forbidden):
            step(rectification=done, by=shop.owner, at=AT, **more)
    with pytest.raises(Forbidden):
        rectification.cancel(rectification=done, text="x", by=shop.manager, at=AT)
    assert list(queries.to_verify(shop.supervisor)) == [done]
    assert list(queries.to_verify(shop.manager)) == []


def test_what_is_overdue_is_escalated_once(shop: Shop) -> None:
    row = order(shop)
    assert rectification.escalate(today=DUE, at=AT) == 0
    assert rectification.escalate(today=DUE + timedelta(days=1), at=AT) == 1
    assert rectification.escalate(today=DUE + timedelta(days=2), at=AT) == 0
    assert row.number in told(shop.supervisor)[-1]
    late = queries.overdue(shop.supervisor, day=DUE + timedelta(days=1))
    assert list(late) == [row]
    done = report(shop, row)
    rectification.send_back(rectification=done, text="未完成", due_on=DUE, by=shop.supervisor, at=AT)
    Notice.objects.all().delete()
    assert rectification.escalate(today=DUE + timedelta(days=1), at=AT) == 1


@pytest.mark.parametrize(
    "damage", [{"state": "done"}, {"state": "verified"}, {"done_by": "owner", "verified_by": "owner"}]
)
def test_the_database_refuses(shop: Shop, damage: dict[str, str]) -> None:
    row = order(shop)
    fields = {name: getattr(shop, value) if value == "owner" else value for name, value in damage.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Rectification.objects.filter(pk=row.pk).update(**fields)


def test_the_pages(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TODAY", "2026-09-10")
    finding = shop.find(category="display", text="门头灯箱破损")
    manager, owner, supervisor = Client(), Client(), Client()
    for client, user in ((manager, shop.manager), (owner, shop.owner), (supervisor, shop.supervisor)):
        client.force_login(user)
    rectify = reverse("audits:finding-rectify", args=[finding.pk])
    page = manager.get(reverse("audits:finding", args=[finding.pk])).content.decode()
    assert rectify in page
    assert "2026-09-17" in manager.get(rectify).content.decode()
    assert manager.post(rectify, {"demand": "更换灯箱", "due_on": "2026-09-09"}).status_code == 422
    manager.post(rectify, {"demand": "更换灯箱", "due_on": "2026-09-17"})
    row = Rectification.objects.get()
    assert "待整改事项" in owner.get("/").content.decode()
    address = reverse("audits:rectification", args=[row.number])
    assert "更换灯箱" in owner.get(reverse("audits:rectifications")).content.decode()
    assert owner.post(f"{address}report/", {"text": "已换"}).status_code == 422
    photo = SimpleUploadedFile("after.jpg", picture(), "image/jpeg")
    assert owner.post(f"{address}report/", {"text": "已换", "photos": [photo]}).status_code == 302
    shown = supervisor.get(address).content.decode()
    assert f"{address}verify/" in shown
    after = row.photos.get()
    assert supervisor.get(f"{address}photos/{after.pk}/?size=small")["Content-Type"] == "image/jpeg"
    visit = visits.start(dealer=shop.dealer, manager=shop.manager, kind="routine", at=AT)
    assert address in manager.get(reverse("audits:visit-findings", args=[visit.pk])).content.decode()
    assert "待核验的整改" in supervisor.get("/").content.decode()
    supervisor.post(f"{address}verify/", {"text": ""})
    row.refresh_from_db()
    assert row.state == "verified"
    again = supervisor.get(f"{address}verify/", follow=True).content.decode()
    assert "已核验" in again


def test_the_api(shop: Shop) -> None:
    finding = shop.find()
    client, owner = Client(), Client()
    client.force_login(shop.supervisor)
    owner.force_login(shop.owner)
    due = (date.today() + timedelta(days=5)).isoformat()
    answer = client.post(
        f"/api/v1/findings/{finding.pk}/rectify/", {"demand": "整改", "due_on": due}, content_type="application/json"
    )
    assert answer.status_code == 201, answer.content
    place = f"/api/v1/rectifications/{answer.json()['number']}/"
    photo = SimpleUploadedFile("after.jpg", picture(), "image/jpeg")
    assert owner.post(f"{place}report/", {"text": "已换", "photos": [photo]}).json()["state"] == "done"
    back = {"text": "仍未完成", "due_on": due}
    assert client.post(f"{place}send-back/", back, content_type="application/json").json()["state"] == "open"
    photo = SimpleUploadedFile("after.jpg", picture(colour=(9, 9, 9)), "image/jpeg")
    assert owner.post(f"{place}report/", {"text": "已换", "photos": [photo]}).json()["state"] == "done"
    assert client.post(f"{place}verify/", {}, content_type="application/json").json()["state"] == "verified"
    refused = client.post(f"{place}cancel/", {"text": "x"}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "move_refused")
