"""What every test gets: cheap passwords, unhashed static files, queues and media of its own."""

import os
import tempfile
from pathlib import Path

import pytest

pytest_plugins = ["tests.support.database", "tests.support.live", "tests.support.browser"]

# Playwright's own loop runs in the thread of the tests; the ORM is not called from inside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    from channels_portal import messages

    messages.compile_all()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    folder = tempfile.TemporaryDirectory(prefix=f"portal-{worker}-", ignore_cleanup_errors=True)
    config.add_cleanup(folder.cleanup)
    if template := os.environ.get("PORTAL_TEST_TEMPLATE"):
        settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = template
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.MEDIA_ROOT = Path(folder.name) / "media"
    settings.REDIS_PREFIX = f"test-{worker}-{os.getpid()}-"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"] = settings.REDIS_PREFIX
    settings.CACHES["default"]["KEY_PREFIX"] = f"{settings.REDIS_PREFIX}cache"


@pytest.fixture(autouse=True)
def _fresh_cache(request: pytest.FixtureRequest) -> None:
    """Tests that reach the database start with an empty cache.

    Only this process's keys go: `cache.clear()` would empty the broker, too, and what the other process of the
    tests has there.
    """
    if request.node.get_closest_marker("django_db"):
        from django.core.cache import cache

        client = cache._cache.get_client()
        if keys := list(client.scan_iter(match=f"{cache.key_prefix}:*", count=1000)):
            client.delete(*keys)
