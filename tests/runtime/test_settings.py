"""Settings come from the environment, and production refuses what is not safe."""

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from channels_portal.runtime.home import CHECKOUT

GOOD_SECRET = "k3Jd9-xPq27_bVtY5mWzR8nLcHf4GsAe6uQ"
SAFE = {
    "PORTAL_ENV": "production",
    "PORTAL_SECRET_KEY": GOOD_SECRET,
    "PORTAL_ALLOWED_HOSTS": "portal.example.com",
    "DATABASE_URL": "postgres://me:p%40ss@db.example.com:5433/portal?sslmode=require",
    "REDIS_URL": "redis://broker.example.com:6379/2",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    for name in ("PORTAL_DEBUG", "PORTAL_SECRET_KEY", "PORTAL_ALLOWED_HOSTS", "PORTAL_HTTPS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PORTAL_HOME", str(tmp_path))
    return monkeypatch


def settings_with(environment: pytest.MonkeyPatch, **values: str) -> dict[str, Any]:
    for name, value in values.items():
        environment.setenv(name, value)
    return runpy.run_path(str(CHECKOUT / "channels_portal" / "settings.py"))


def test_production_with_safe_values(environment: pytest.MonkeyPatch) -> None:
    settings = settings_with(environment, **SAFE)
    assert (
        settings["DATABASES"]["default"]
        | {
            "HOST": "db.example.com",
            "PORT": 5433,
            "USER": "me",
            "PASSWORD": "p@ss",
            "NAME": "portal",
            "OPTIONS": {"sslmode": "require"},
        }
        == settings["DATABASES"]["default"]
    )
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["CSRF_COOKIE_SECURE"]
    assert settings["SECURE_SSL_REDIRECT"]
    assert not settings["DEBUG"]


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"PORTAL_SECRET_KEY": ""}, "PORTAL_SECRET_KEY"),
        ({"PORTAL_SECRET_KEY": "short"}, "PORTAL_SECRET_KEY"),
        ({"PORTAL_SECRET_KEY": "x" * 50}, "PORTAL_SECRET_KEY"),
        ({"PORTAL_SECRET_KEY": "django-insecure-" + GOOD_SECRET}, "PORTAL_SECRET_KEY"),
        ({"PORTAL_DEBUG": "1"}, "PORTAL_DEBUG"),
        ({"PORTAL_ALLOWED_HOSTS": ""}, "PORTAL_ALLOWED_HOSTS"),
        ({"PORTAL_ALLOWED_HOSTS": "portal.example.com,*"}, "PORTAL_ALLOWED_HOSTS"),
        ({"PORTAL_ALLOWED_HOSTS": ".example.com"}, "PORTAL_ALLOWED_HOSTS"),
    ],
)
def test_production_refuses(environment: pytest.MonkeyPatch, values: dict[str, str], named: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=named):
        settings_with(environment, **{**SAFE, **values})


def test_development_makes_a_secret_and_keeps_it(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = settings_with(environment, PORTAL_ENV="development")["SECRET_KEY"]
    assert len(first) > 40
    assert settings_with(environment)["SECRET_KEY"] == first
    assert (tmp_path / "secrets" / "django").stat().st_mode & 0o077 == 0


def test_policy_of_the_portal_has_nothing_unsafe(environment: pytest.MonkeyPatch) -> None:
    directives = settings_with(environment)["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert "unsafe" not in str(directives)
    assert "*" not in str(directives)


def test_every_variable_is_documented() -> None:
    code = "".join(
        path.read_text()
        for app in ("channels_portal", "core", "accounts", "dealers", "inventory", "audits", "commissions", "reports")
        for path in (CHECKOUT / app).rglob("*.py")
    )
    used = set(re.findall(r"\bPORTAL_[A-Z_]+\b", code)) - {"PORTAL_SUPERVISED_HOME"}
    documented = set(re.findall(r"`(PORTAL_[A-Z_]+)`", (CHECKOUT / "docs" / "operations.md").read_text()))
    assert used - documented == set()
    assert documented - used == set()
