"""Staff and competitors: docs/dealers.md, "Staff and competitors"."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from core.errors import Forbidden, Refused
from dealers.models import CompetitorSeen, Dealer, StaffMember
from dealers.services import people
from tests import factories as make

pytestmark = pytest.mark.django_db
DAY, AT = date(2026, 9, 10), make.moment("2026-09-10")


@pytest.fixture
def dealer() -> Dealer:
    _city, county = make.make_city(1)
    return make.make_dealer(county)


@pytest.fixture
def manager(dealer: Dealer) -> User:
    return make.make_user("mgr", Role.CHANNEL_MANAGER, dealer.org_unit)


def join(dealer: Dealer, by: Any, **changes: Any) -> StaffMember:
    return people.join(
        **{"dealer": dealer, "name": "王芳", "duty": "clerk", "joined_on": DAY, "by": by, "at": AT, **changes}
    )


def test_who_works_in_a_store(dealer: Dealer, manager: User) -> None:
    first = join(dealer, manager, joined_on=date(2026, 3, 1), phone=" 13800001111 ")
    assert (first.phone, first.left_on) == ("13800001111", None)
    with pytest.raises(Refused):
        join(dealer, manager)
    for day in (date(2026, 3, 1), date(2026, 9, 11)):
        with pytest.raises(Refused):
            people.leave(member=first, left_on=day, by=manager, at=AT)
    people.leave(member=first, left_on=DAY, by=manager, at=AT)
    with pytest.raises(Refused):
        people.leave(member=first, left_on=DAY, by=manager, at=AT)
    assert join(dealer, manager).pk != first.pk
    with pytest.raises(IntegrityError), transaction.atomic():
        StaffMember.objects.filter(pk=first.pk).update(left_on=None)


@pytest.mark.parametrize("changes", [{"name": " "}, {"joined_on": date(2026, 9, 11)}])
def test_people_that_cannot_be(dealer: Dealer, manager: User, changes: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        join(dealer, manager, **changes)


def test_who_may(dealer: Dealer, manager: User) -> None:
    clerk = make.make_user("clerk", Role.FINANCE_CLERK, dealer.org_unit)
    stranger = make.make_user(
        "far", Role.CHANNEL_MANAGER, make.make_unit("5325", "红河州", "city", dealer.org_unit.parent.parent)
    )
    for by in (None, clerk, stranger):
        with pytest.raises(Forbidden):
            join(dealer, by)
        with pytest.raises(Forbidden):
            people.see_competitor(dealer=dealer, operator="unicom", text="x", seen_on=DAY, by=by, at=AT)
    with pytest.raises(Refused):
        people.see_competitor(dealer=dealer, operator="unicom", text=" ", seen_on=DAY, by=manager, at=AT)
    with pytest.raises(Refused):
        people.see_competitor(dealer=dealer, operator="unicom", text="x", seen_on=date(2026, 9, 11), by=manager, at=AT)


def test_the_pages_and_the_api(dealer: Dealer, manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TODAY", "2026-09-10")
    client, clerk = Client(), Client()
    client.force_login(manager)
    clerk.force_login(make.make_user("clerk", Role.FINANCE_CLERK, dealer.org_unit))
    given = {"name": "欧阳小红", "duty": "manager", "phone": "13800001111", "joined_on": "2026-09-01"}
    assert client.post(reverse("dealers:staff-join", args=[dealer.pk]), given).status_code == 302
    seen = {"operator": "telecom", "seen_on": "2026-09-09", "text": "对面新开门店，办卡送百元话费"}
    assert client.post(reverse("dealers:competitor", args=[dealer.pk]), seen).status_code == 302
    page = reverse("dealers:detail", args=[dealer.pk])
    shown = client.get(page).content.decode()
    assert "欧阳小红" in shown and "13800001111" in shown and "办卡送百元话费" in shown
    assert "欧阳小红" not in clerk.get(page).content.decode()
    member = StaffMember.objects.get()
    assert (
        client.post(reverse("dealers:staff-leave", args=[dealer.pk, member.pk]), {"left_on": "2026-09-10"}).status_code
        == 302
    )
    place = f"/api/v1/dealers/{dealer.code}/"
    sent = {"content_type": "application/json"}
    assert client.post(f"{place}staff/", given, **sent).status_code == 201  # type: ignore[arg-type]
    assert client.post(f"{place}staff/", given, **sent).status_code == 409  # type: ignore[arg-type]
    names = [row["name"] for row in client.get(f"{place}staff/").json()]
    assert sorted(names) == ["欧阳小红", "欧阳小红"]
    assert "欧阳小红" not in clerk.get(f"{place}staff/").content.decode()
    last = StaffMember.objects.get(left_on=None)
    assert client.post(f"{place}staff/{last.pk}/leave/", {"left_on": "2026-09-10"}, **sent).status_code == 200  # type: ignore[arg-type]
    assert client.post(f"{place}competitors/", seen, **sent).status_code == 201  # type: ignore[arg-type]
    assert len(client.get(f"{place}competitors/").json()) == CompetitorSeen.objects.count() == 2
