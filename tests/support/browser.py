"""A real browser, in the two widths that every page is made for, cut off from the world."""

import os
import shutil
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

WIDTHS: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
    "desktop": {"viewport": {"width": 1440, "height": 900}},
}
LOCAL = ("http://127.0.0.1", "http://localhost", "data:", "blob:", "about:")
ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]

OpenPage = Callable[..., Page]


def chromium_path() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def no_loop() -> None:
    raise RuntimeError("no running event loop")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = chromium_path()
    if path is None:
        reason = "No Chromium: install it (Debian: apt-get install chromium fonts-noto-cjk) or set CHROMIUM"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    # Playwright's loop counts as running for all later tests of this process, too. Settings are read as without one, and
    # connections stay where they were: else a forked process, which has no loop, would go on with those from before.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        for module in ("constance.base", "asgiref.local"):
            patch.setattr(f"{module}.asyncio", SimpleNamespace(get_running_loop=no_loop))
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *root])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """``open_page("phone" | "desktop", **context_options)``: a page of a browser of its own.

    Fails the test when any page asked for something outside this machine, raised an error in a
    script or broke the content security policy.
    """
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def note_request(request: Request) -> None:
        if not request.url.startswith(LOCAL):
            problems.append(f"asked for {request.url}")

    def note_console(message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            problems.append(message.text)

    def open_one(width: str = "desktop", **options: Any) -> Page:
        context = chromium.new_context(
            **{"locale": "zh-CN", "timezone_id": "Asia/Shanghai", **WIDTHS[width], **options}
        )
        context.set_default_timeout(15_000)
        context.on("request", note_request)
        context.on("console", note_console)
        context.on("weberror", lambda error: problems.append(f"script: {error.error}"))
        contexts.append(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()
    assert not problems, "\n".join(problems)


@pytest.fixture
def desktop(open_page: OpenPage) -> Page:
    return open_page("desktop")


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    return open_page("phone")
