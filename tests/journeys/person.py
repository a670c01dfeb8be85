"""Somebody at his browser: what he clicks, types and reads."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.support.live import LivePortal

FIRST_PASSWORD = "erste-Nacht-2026"
PASSWORD = "Berg-und-Tal-2026"
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


class Person:
    """A browser of his own. `page` is what he sees."""

    def __init__(self, portal: LivePortal, page: Page, username: str) -> None:
        self.portal, self.page, self.username = portal, page, username
        page.context.set_default_timeout(PATIENCE)
        page.context.set_default_navigation_timeout(PATIENCE)

    def open(self, path: str) -> "Person":
        self.page.goto(f"{self.portal.url}{path}")
        return self

    def sign_in(self, password: str = PASSWORD) -> "Person":
        self.open("/accounts/sign-in/")
        self.fill("用户名", self.username)
        self.fill("密码", password)
        self.press("登录")
        return self

    def sign_in_first_time(self) -> "Person":
        """With the password from the administrator, which has to be changed at once."""
        self.sign_in(FIRST_PASSWORD).title("修改密码")
        self.fill("当前密码", FIRST_PASSWORD)
        self.fill("新密码", PASSWORD)
        self.fill("再次输入新密码", PASSWORD)
        self.press("修改密码")
        self.reads("密码已修改")
        return self

    def menu(self, area: str, item: str) -> "Person":
        """By the menu, as it is at the left on a desktop."""
        self.page.get_by_role("navigation").get_by_role("link", name=area, exact=True).first.click()
        self.page.get_by_role("link", name=item, exact=True).first.click()
        return self

    def fill(self, label: str, value: str) -> None:
        self.page.get_by_label(label, exact=True).fill(value)

    def choose(self, label: str, value: str) -> None:
        self.page.get_by_label(label, exact=True).select_option(label=value)

    def attach(self, label: str, file: Path) -> None:
        self.page.get_by_label(label, exact=True).set_input_files(file)

    def press(self, name: str) -> None:
        self.main.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.main.get_by_role("link", name=name, exact=True).first.click()

    @property
    def main(self) -> Locator:
        """The page without its frame; all of it where there is none."""
        content = self.page.locator("main")
        return content if content.count() else self.page.locator("body")

    def title(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(
            text if isinstance(text, re.Pattern) else re.compile(re.escape(text))
        )

    def reads(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("body")).to_contain_text(text)

    def is_not_offered(self, *names: str) -> None:
        """Neither a link nor a button of that name is on the page."""
        for name in names:
            for role in ("link", "button"):
                expect(self.main.get_by_role(role, name=name, exact=True)).to_have_count(0)

    def is_refused(self, path: str, *, status: int) -> None:
        """The address itself is closed to him as well."""
        answer = self.page.request.get(f"{self.portal.url}{path}", max_redirects=0)
        assert answer.status == status, f"{self.username}: {path} answers {answer.status}"

    def post(self, path: str) -> str:
        """Send the form of `path` without having been shown it; what is answered in the end."""
        token = self.page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
        answer = self.page.request.post(
            f"{self.portal.url}{path}",
            form={"csrfmiddlewaretoken": token},
            headers={"Referer": self.page.url},
        )
        return answer.text()

    def download(self, act: Callable[[], Any]) -> bytes:
        with self.page.expect_download() as waiting:
            act()
        return Path(waiting.value.path()).read_bytes()
