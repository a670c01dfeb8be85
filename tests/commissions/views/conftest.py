from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.commissions.scene import Scene, make_scene


@pytest.fixture
def scene(db: None, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A city with one county and its people, on 8 October 2026."""
    monkeypatch.setenv("PORTAL_TODAY", "2026-10-08")
    return make_scene()


@pytest.fixture
def as_user() -> Callable[[User], Client]:
    """A browser in which that user is signed in."""

    def signed_in(user: User, **options: Any) -> Client:
        client = Client(**options)
        client.force_login(user)
        return client

    return signed_in
