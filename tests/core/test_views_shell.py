"""The frame: menu, first page, search, notices, jobs, error pages."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission, Role
from channels_portal import navigation
from core import dashboard, search
from core.models import Job, Notice
from core.views import may
from tests.factories import make_city, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Any:
    return make_city()


@pytest.fixture
def user(client: Client, city: Any) -> User:
    user = make_user("clerk", Role.FINANCE_CLERK, city[0], name="李会计")
    client.force_login(user)
    return user


def page(client: Client, url: str, **headers: str) -> str:
    return client.get(url, headers=headers).content.decode()


def test_the_menu_holds_what_the_role_may(city: Any) -> None:
    admin = make_user("root", Role.ADMINISTRATOR, city[0])
    inspector = make_user("spy", Role.INSPECTOR, city[0])
    names = {area["name"] for area in navigation.for_user(admin)}
    assert {"dashboard", "system"} <= names
    items = [item["url"] for area in navigation.for_user(inspector) for item in area["menu"]]
    assert "/system/users/" not in items
    assert "/admin/" not in items


@pytest.mark.parametrize("role", list(Role))
def test_a_phone_shows_at_most_five_areas(rf: Any, city: Any, role: Role) -> None:
    request = rf.get("/")
    request.user = make_user(f"one-{role}", role, None if role == Role.DEALER else city[0])
    menu = navigation.menu(request)["menu"]
    assert len(menu["phone"]) + bool(menu["more"]) <= 5
    assert menu["phone"] + menu["more"] == menu["areas"]


def test_every_item_of_the_menu_leads_somewhere() -> None:
    missing = [
        item.url_name for area in navigation.AREAS for item in area.items if not navigation.address(item.url_name)
    ]
    assert missing == []


def test_what_waits_comes_first_and_most_urgent_on_top(monkeypatch: Any, city: Any) -> None:
    items = [
        dashboard.Waiting("later", 1, "/b/"),
        dashboard.Waiting("none", 0, "/c/"),
        dashboard.Waiting("soon", 2, "/a/", due=date(2026, 9, 3)),
    ]
    monkeypatch.setattr(dashboard, "_providers", [])
    dashboard.waits(Permission.PAY_BATCHES, lambda request: items)
    clerk = make_user("clerk2", Role.FINANCE_CLERK, city[0])
    keeper = make_user("keeper", Role.KEEPER, city[0])
    assert [item.label for item in dashboard.waiting_for(SimpleNamespace(user=clerk), may)] == ["soon", "later"]
    assert dashboard.waiting_for(SimpleNamespace(user=keeper), may) == []


def test_search_asks_only_what_the_user_may_and_not_for_one_letter(
    client: Client, user: User, monkeypatch: Any
) -> None:
    asked = []

    def find(who: Any, text: str, limit: int) -> list[search.Hit]:
        asked.append(text)
        return [search.Hit(f"{text}!", "/x/", "sub")]

    monkeypatch.setattr(search, "_sources", {})
    search.register("a", "Batches", find, permission=Permission.VIEW_BATCHES)
    search.register("b", "Secrets", find, permission=Permission.ADMIN_SITE)
    assert "砚山!" in page(client, "/search/?q=砚山")
    assert "<html" not in page(client, "/search/?q=砚山", **{"HX-Request": "true"})
    page(client, "/search/?q=砚")
    page(client, "/search/?q=a%00b")
    assert asked == ["砚山", "砚山", "ab"]


def test_notices_are_ones_own_and_marked_when_opened(client: Client, user: User, city: Any) -> None:
    other = make_user("other", Role.FINANCE_CLERK, city[0])
    mine = Notice.objects.create(user=user, text="%(batch)s waits", params={"batch": "B1"}, url="/system/jobs/")
    broken = Notice.objects.create(user=user, text="%(a)s", params={"b": 1}, url="https://evil.example/")
    theirs = Notice.objects.create(user=other, text="secret")
    shown = page(client, "/notices/")
    assert "B1 waits" in shown
    assert "%(a)s" in shown
    assert "secret" not in shown
    assert client.post(f"/notices/{mine.pk}/open/")["Location"] == "/system/jobs/"
    assert client.post(f"/notices/{broken.pk}/open/")["Location"] == "/notices/"
    assert client.post(f"/notices/{theirs.pk}/open/").status_code == 404
    mine.refresh_from_db()
    assert mine.read_at is not None
    Notice.objects.create(user=user, text="another")
    client.post("/notices/read/")
    assert not Notice.objects.filter(user=user, read_at=None).exists()
    theirs.refresh_from_db()
    assert theirs.read_at is None


def make_job(owner: User, **fields: Any) -> Job:
    return Job.objects.create(
        **{"kind": "test", "key": str(Job.objects.count()), "label": "Settle", "owner": owner, **fields}
    )


def test_an_active_job_refreshes_and_a_finished_one_rests(client: Client, user: User) -> None:
    active = make_job(user, state="running", done=3, total=4, note="county 3")
    done = make_job(user, state="done", result={"url": "/system/users/"}, finished_at=timezone.now())
    shown = page(client, f"/system/jobs/{active.pk}/")
    assert f'hx-get="/system/jobs/{active.pk}/progress/"' in shown
    assert 'value="75"' in shown
    assert "county 3" in shown
    finished = page(client, f"/system/jobs/{done.pk}/")
    assert "/progress/" not in finished
    assert 'href="/system/users/"' in finished
    fragment = page(client, f"/system/jobs/{active.pk}/progress/")
    assert "<html" not in fragment
    end = client.get(
        f"/system/jobs/{done.pk}/progress/",
        headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver/system/jobs/{done.pk}/"},
    )
    assert end["HX-Refresh"] == "true"


def test_the_tray_asks_again_only_while_something_is_active(client: Client, user: User) -> None:
    make_job(user, state="done")
    assert 'hx-get="/system/jobs/tray/"' not in page(client, "/")
    make_job(user, state="queued")
    assert 'hx-get="/system/jobs/tray/"' in page(client, "/")
    assert "Settle" in page(client, "/system/jobs/tray/")


def test_a_jobs_result_leads_nowhere_outside(client: Client, user: User) -> None:
    job = make_job(user, state="done", result={"url": "//evil.example/"})
    assert "evil" not in page(client, f"/system/jobs/{job.pk}/")


def test_jobs_of_others_are_not_found(client: Client, user: User, city: Any) -> None:
    job = make_job(make_user("other", Role.FINANCE_CLERK, city[0]), state="running")
    for url in (f"/system/jobs/{job.pk}/", f"/system/jobs/{job.pk}/progress/"):
        assert client.get(url).status_code == 404
    assert "Settle" not in page(client, "/system/jobs/")


def test_error_pages_are_sentences_and_problems_for_the_api(client: Client, user: User) -> None:
    missing = client.get("/nothing/here/")
    assert missing.status_code == 404
    assert "找不到该页面" in missing.content.decode()
    assert client.get("/api/nothing/")["Content-Type"].startswith("application/problem+json")
    forbidden = client.get("/system/users/")
    assert forbidden.status_code == 403
    assert "您的角色没有此项权限" in forbidden.content.decode()


def test_a_crash_says_so_without_details(client: Client, user: User, monkeypatch: Any) -> None:
    client.raise_request_exception = False
    monkeypatch.setattr(search, "find", lambda *args, **kwargs: 1 / 0)
    answer = client.get("/search/?q=ab")
    assert answer.status_code == 500
    assert "系统出错了" in answer.content.decode()
    assert "division" not in answer.content.decode()


def test_an_old_form_says_so(city: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/accounts/sign-in/", {"username": "a", "password": "b"})
    assert answer.status_code == 403
    assert "页面已过期" in answer.content.decode()


def test_pages_carry_the_strict_policy(client: Client, user: User) -> None:
    answer = client.get("/")
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "style=" not in answer.content.decode()
    assert "onclick" not in answer.content.decode()
