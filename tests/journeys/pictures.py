"""The guides' pictures come from these tests: PORTAL_SCREENSHOTS=1 writes them to docs/images."""

import os
from pathlib import Path

from playwright.sync_api import Page

FOLDER = Path(__file__).parents[2] / "docs" / "images"


def wanted() -> bool:
    return bool(os.environ.get("PORTAL_SCREENSHOTS"))


def picture(page: Page, name: str, *, height: int | None = None) -> None:
    """Write docs/images/<name>.png of what the window shows, made `height` pixels high for it."""
    if not wanted():
        return
    before = page.viewport_size
    if before and height:
        page.set_viewport_size({"width": before["width"], "height": height})
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(800)  # charts draw themselves
    FOLDER.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=FOLDER / f"{name}.png", animations="disabled", scale="css")
    if before and height:
        page.set_viewport_size(before)
