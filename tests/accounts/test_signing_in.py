"""The door: signing in and out, lock-out, forced change of password, language, sessions, unit switch."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import Session, User
from accounts.roles import Role
from accounts.services import sessions
from tests.factories import PASSWORD, make_city, make_grid, make_user

pytestmark = pytest.mark.django_db
SIGN_IN = "/accounts/sign-in/"


@pytest.fixture
def city() -> Any:
    return make_city(counties=2)


@pytest.fixture
def user(city: Any) -> User:
    return make_user("clerk", Role.CITY_MANAGER, city[0], name="李主管")


def sign_in(client: Client, name: str = "clerk", password: str = PASSWORD, **extra: Any) -> Any:
    return client.post(SIGN_IN, {"username": name, "password": password, **extra})


def signed_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_sign_in_leads_to_where_one_was_going_and_nowhere_else(client: Client, user: User) -> None:
    assert client.get("/system/users/")["Location"] == f"{SIGN_IN}?next=/system/users/"
    assert sign_in(client, next="/system/users/")["Location"] == "/system/users/"
    client.logout()
    assert sign_in(client, next="https://evil.example/")["Location"] == "/"


def test_a_wrong_password_says_the_same_as_a_wrong_name(client: Client, user: User) -> None:
    wrong = [sign_in(client, password="wrong"), sign_in(client, name="nobody")]
    assert [answer.status_code for answer in wrong] == [200, 200]
    assert all("用户名或密码不正确" in answer.content.decode() for answer in wrong)
    assert 'value="clerk"' in wrong[0].content.decode()


def test_who_is_not_active_stays_outside(client: Client, user: User) -> None:
    User.objects.update(is_active=False)
    assert sign_in(client).status_code == 200
    assert not signed_in(client)


def test_five_failures_lock_the_door_for_the_right_password_too(client: Client, user: User) -> None:
    answers = [sign_in(client, password="wrong").status_code for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert answers[-1] == 429
    locked = sign_in(client)
    assert locked.status_code == 429
    assert "15 分钟" in locked.content.decode()
    assert not signed_in(client)


def test_sign_out_takes_a_post(client: Client, user: User) -> None:
    sign_in(client)
    assert client.get("/accounts/sign-out/").status_code == 405
    client.post("/accounts/sign-out/")
    assert not signed_in(client)


def test_whoever_must_change_the_password_gets_nowhere_before(client: Client, user: User) -> None:
    User.objects.update(must_change_password=True)
    sign_in(client)
    assert client.get("/system/users/")["Location"] == "/accounts/password/"
    assert client.get("/api/v1/dealers/").status_code == 403
    new = "another-Pass-2026"
    answer = client.post("/accounts/password/", {"current": PASSWORD, "new": new, "again": new})
    assert answer["Location"] == "/"
    assert signed_in(client)
    client.logout()
    sign_in(client, password=new)
    assert signed_in(client)


@pytest.mark.parametrize(
    ("current", "new", "again", "message"),
    [
        ("wrong", "another-Pass-2026", "another-Pass-2026", "当前密码不正确"),
        (PASSWORD, PASSWORD, PASSWORD, "不能与当前密码相同"),
        (PASSWORD, "another-Pass-2026", "other", "两次输入的新密码不一致"),
        (PASSWORD, "1234567890123", "1234567890123", "数字"),
        (PASSWORD, "short", "short", "10"),
    ],
)
def test_a_bad_new_password_is_refused_at_its_field(
    client: Client, user: User, current: str, new: str, again: str, message: str
) -> None:
    sign_in(client)
    answer = client.post("/accounts/password/", {"current": current, "new": new, "again": again})
    assert answer.status_code == 422
    assert message in answer.content.decode()
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_changed_password_ends_the_other_sessions(client: Client, user: User) -> None:
    other = Client()
    sign_in(client)
    sign_in(other)
    new = "another-Pass-2026"
    client.post("/accounts/password/", {"current": PASSWORD, "new": new, "again": new})
    assert signed_in(client)
    assert not signed_in(other)


def test_the_language_is_chinese_until_somebody_chooses(client: Client, user: User) -> None:
    assert "登录" in client.get(SIGN_IN, headers={"Accept-Language": "en"}).content.decode()
    client.post("/accounts/language/", {"language": "en", "next": SIGN_IN})
    assert "Sign in" in client.get(SIGN_IN).content.decode()


def test_the_language_belongs_to_the_user(client: Client, user: User) -> None:
    sign_in(client)
    client.post("/accounts/language/", {"language": "en", "next": "https://evil.example/"})
    user.refresh_from_db()
    assert user.language == "en"
    other = Client()
    sign_in(other)
    assert "Dashboard" in other.get("/").content.decode()
    client.post("/accounts/language/", {"language": "xx"})
    user.refresh_from_db()
    assert user.language == "en"


def test_sessions_are_listed_with_where_they_come_from_and_ended_one_by_one(client: Client, user: User) -> None:
    phone = Client(headers={"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/120 MicroMessenger/8"})
    sign_in(client)
    sign_in(phone)
    page = client.get("/accounts/sessions/").content.decode()
    assert "WeChat, Android" in page
    assert "127.0.0.1" in page
    key = phone.session.session_key
    assert key not in page
    assert client.post(f"/accounts/sessions/{key[:8]}/end/").status_code == 302
    assert not signed_in(phone)
    assert signed_in(client)
    assert client.post("/accounts/sessions/00000000/end/").status_code == 404


def test_nobody_ends_the_session_of_somebody_else(client: Client, user: User, city: Any) -> None:
    make_user("stranger", Role.CITY_MANAGER, city[0])
    stranger = Client()
    sign_in(client)
    sign_in(stranger, name="stranger")
    mark = client.session.session_key[:8]
    assert stranger.post(f"/accounts/sessions/{mark}/end/").status_code == 404
    assert signed_in(client)


def test_sign_out_everywhere(client: Client, user: User) -> None:
    other = Client()
    sign_in(client)
    sign_in(other)
    client.post("/accounts/sessions/end/")
    assert not signed_in(client)
    assert not signed_in(other)
    assert not Session.objects.filter(user=user).exists()


def test_a_session_ends_twelve_hours_after_signing_in_however_busy(client: Client, user: User) -> None:
    sign_in(client)
    session = client.session
    session["signed_in_at"] = (timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE + 1)).isoformat()
    session.save()
    assert client.get("/")["Location"].startswith(SIGN_IN)


def test_a_session_ends_after_two_idle_hours_and_moves_on_while_in_use(client: Client, user: User) -> None:
    sign_in(client)
    row = Session.objects.get(user=user)
    assert row.expire_date <= timezone.now() + timedelta(seconds=sessions.IDLE_SECONDS + 5)
    session = client.session
    session["touched_at"] = (timezone.now() - timedelta(minutes=10)).isoformat()
    session.save()
    Session.objects.filter(user=user).update(expire_date=timezone.now() + timedelta(minutes=1))
    client.get("/")
    assert Session.objects.get(user=user).expire_date > timezone.now() + timedelta(hours=1)


def test_the_unit_switch_keeps_within_the_scope(client: Client, user: User, city: Any) -> None:
    _, first, second = city
    make_user("inside", Role.CHANNEL_MANAGER, first, name="甲县经理")
    make_user("outside", Role.CHANNEL_MANAGER, second, name="乙县经理")
    sign_in(client)
    client.post("/accounts/unit/", {"unit": first.code, "next": "/system/users/"})
    page = client.get("/system/users/").content.decode()
    assert "甲县经理" in page
    assert "乙县经理" not in page
    by_address = client.get(f"/system/users/?unit={second.code}").content.decode()
    assert "乙县经理" in by_address
    client.post("/accounts/unit/", {"unit": ""})
    assert "乙县经理" in client.get("/system/users/").content.decode()
    assert client.post("/accounts/unit/", {"unit": "53"}).status_code == 404


def test_the_switch_leads_down_level_by_level(client: Client, user: User, city: Any) -> None:
    _, first, second = city
    grid = make_grid(first)
    sign_in(client)
    page = client.get("/").content.decode()
    assert first.name in page
    assert second.name in page
    assert grid.name not in page
    assert "云南省公司" not in page
    page = client.get(f"/?unit={first.code}").content.decode()
    assert grid.name in page
    assert second.name in page
    assert second.name in client.get(f"/?unit={grid.code}").content.decode()


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120 Edg/120", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604", "Safari, iPhone"),
        ("curl/8", "curl/8"),
        ("", ""),
    ],
)
def test_browsers_have_names(agent: str, name: str) -> None:
    assert sessions.browser(agent) == name
