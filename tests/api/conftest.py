from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.sweep import world as worlds


@pytest.fixture
def world() -> worlds.World:
    return worlds.build()


@pytest.fixture
def as_(world: worlds.World) -> Callable[[str], APIClient]:
    """A client of the API signed in as that person of the world, speaking English."""

    def sign_in(name: str) -> Any:
        api = APIClient(headers={"accept-language": "en"})
        api.force_authenticate(world.users[name])
        return api

    return sign_in
