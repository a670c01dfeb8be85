"""What a phone takes along, and visits that arrive late: docs/visits.md, "Without connection"."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from audits.models import ChecklistTemplate, Visit
from audits.queries import due, offline
from audits.rules.visit_length import begun_at
from audits.services import visit as visits
from tests import factories as make
from tests.audits.test_notices import AT, Shop

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    type(shop.dealer).objects.filter(pk=shop.dealer.pk).update(manager=shop.manager)
    return shop


@pytest.mark.parametrize(
    ("phone", "expected"),
    [
        (None, AT),
        (AT - 5 * HOUR, AT - 5 * HOUR),
        (AT - 72 * HOUR, AT - 72 * HOUR),
        (AT - 73 * HOUR, AT),
        (AT + HOUR, AT),
    ],
)
def test_when_it_began(phone: datetime | None, expected: datetime) -> None:
    assert begun_at(phone=phone, received=AT, late_hours=72) == expected


def test_a_visit_that_arrives_late_has_the_phones_times(shop: Shop) -> None:
    began, ended = AT - 30 * HOUR, AT - 28.5 * HOUR
    given: dict[str, Any] = {
        "dealer": shop.dealer, "manager": shop.manager, "kind": "routine", "at": AT, "client_id": uuid4(),
        "phone_at": began, "late": True,
    }  # fmt: skip
    visit = visits.start(**given)
    assert (visit.checked_in_at, visit.received_at, visit.sent_late) == (began, AT, True)
    assert visits.start(**given).pk == visit.pk
    for section in visit.sections:
        for question in section.questions:
            good = {"yes_no": question.good_answer, "score": "5", "number": "1", "text": "好"}
            value = good.get(question.kind) or (question.choices[0] if question.choices else "")
            if value:
                visits.answer(visit=visit, question_id=question.id, value=value, by=shop.manager, at=AT)
    visit.checklist = {"name": "", "sections": []}
    visit.save(update_fields=["checklist"])
    done = visits.check_out(visit=visit, by=shop.manager, at=AT, phone_at=ended)
    assert (done.checked_out_at, done.too_short, done.too_long) == (ended, False, False)
    assert list(due.visits_between(began.date(), began.date())) == [visit]


@pytest.mark.parametrize("late", [True, False])
def test_a_phone_whose_clock_cannot_be_right_is_not_believed(shop: Shop, late: bool) -> None:
    began = AT - 100 * HOUR if late else AT - HOUR
    given = {"dealer": shop.dealer, "manager": shop.manager, "kind": "patrol", "at": AT, "phone_at": began}
    visit = visits.start(**given, late=late)
    assert visit.checked_in_at == AT
    assert visit.checked_in_phone == began
    assert visit.sent_late == late


def test_the_checklist_that_was_taken_along_is_used_if_it_fits(shop: Shop) -> None:
    old = ChecklistTemplate.objects.get(visit_regime="authorised", visit_kind="routine")
    newer = ChecklistTemplate.objects.create(
        name="新检查表", valid_from="2026-09-01", visit_regime=old.visit_regime, visit_kind=old.visit_kind
    )
    other = ChecklistTemplate.objects.create(name="直销点", valid_from="2026-09-01", visit_regime="direct")
    for asked, expected in ((None, newer), (old.pk, old), (other.pk, newer), (10**6, newer)):
        visit = visits.start(
            dealer=make.make_dealer(shop.dealer.org_unit), manager=shop.manager, kind="routine", at=AT, late=True,
            phone_at=AT - HOUR, template_id=asked,
        )  # fmt: skip
        assert visit.template == expected


def test_only_the_own_stores_are_taken_along(shop: Shop) -> None:
    make.make_dealer(shop.dealer.org_unit, manager=make.make_user("other", Role.CHANNEL_MANAGER, shop.dealer.org_unit))
    make.make_dealer(shop.dealer.org_unit, manager=shop.manager, stage="terminated")
    taken = offline.luggage(shop.manager, day=AT.date())
    assert [one["code"] for one in taken["dealers"]] == [shop.dealer.code]
    assert taken["lengths"]["authorised:routine"] == [60, 120]
    assert taken["lengths"]["authorised:patrol"] == [None, None]
    chosen = taken["fitting"]["authorised:routine"]
    assert taken["checklists"][chosen]["sections"]
    assert not taken["dealers"][0].keys() & {"contact_phone", "contact_name"}


def test_the_page_is_the_same_for_everybody_and_what_it_needs_is_there(shop: Shop) -> None:
    manager, dealer = Client(), Client()
    manager.force_login(shop.manager)
    dealer.force_login(shop.owner)
    page = manager.get(reverse("audits:offline")).content.decode()
    assert shop.dealer.name not in page
    assert shop.manager.name not in page
    worker = manager.get(reverse("audits:offline-worker"))
    assert worker["Content-Type"].startswith("text/javascript")
    assert reverse("audits:offline") in worker.content.decode()
    manifest = manager.get(reverse("audits:offline-manifest")).json()
    assert manifest["start_url"] == reverse("audits:offline")
    luggage = manager.get(reverse("audits:offline-luggage"))
    assert luggage["Cache-Control"] == "no-store"
    assert luggage.json()["token"]
    for name in ("offline", "offline-worker", "offline-manifest", "offline-luggage"):
        assert dealer.get(reverse(f"audits:{name}")).status_code == 403


def test_by_the_api(shop: Shop) -> None:
    client = Client()
    client.force_login(shop.manager)
    now = datetime.now(AT.tzinfo)
    given = {
        "dealer": shop.dealer.code, "kind": "patrol", "client_id": str(uuid4()), "late": True,
        "phone_at": (now - 2 * HOUR).isoformat(), "template": 10**6,
    }  # fmt: skip
    answer = client.post("/api/v1/visits/", given, content_type="application/json")
    assert (answer.status_code, answer.json()["sent_late"]) == (201, True)
    visit = Visit.objects.get()
    assert now - visit.checked_in_at > HOUR
