"""The live portal and the browser that other tests stand on."""

import os
import signal

import psutil
import pytest
from playwright.sync_api import Page

from channels_portal import upkeep
from channels_portal.runtime import processes
from core.models import Job
from tests.runtime.running import eventually
from tests.support.live import LivePortal

pytestmark = [pytest.mark.processes, pytest.mark.production]


@pytest.mark.browser
@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_pages_come_with_their_static_files(live_portal: LivePortal, open_page, width: str) -> None:
    page: Page = open_page(width)
    failed: list[str] = []
    page.on("response", lambda r: failed.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.goto(live_portal.url)
    assert page.locator("input[name=username]").is_visible()
    assert page.viewport_size == {
        "width": 390 if width == "phone" else 1440,
        "height": 844 if width == "phone" else 900,
    }
    assert failed == []


def test_a_job_is_done_by_the_worker(live_portal: LivePortal) -> None:
    upkeep.nightly()
    eventually(lambda: Job.objects.get().state == "done", seconds=120, why=live_portal.worker.log.read_text)


def test_a_job_whose_worker_is_killed_is_done_in_the_end(live_portal: LivePortal) -> None:
    main = psutil.Process(live_portal.worker.pid())
    eventually(main.children, seconds=90, why=live_portal.worker.log.read_text)
    for child in main.children():
        os.kill(child.pid, signal.SIGSTOP)  # so that the job is taken but not finished
    upkeep.nightly()
    processes.kill([child.pid for child in main.children()])
    eventually(lambda: Job.objects.get().state == "done", seconds=120, why=live_portal.worker.log.read_text)
