"""The live portal and the browser that other tests stand on."""

import pytest
from playwright.sync_api import Page

from tests.support.live import LivePortal

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_pages_are_served_with_static_files(live_portal: LivePortal, desktop: Page) -> None:
    failed: list[str] = []
    desktop.on("response", lambda r: failed.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    desktop.goto(f"{live_portal.url}/admin/login/")
    assert desktop.locator("input[name=username]").is_visible()
    assert failed == []
