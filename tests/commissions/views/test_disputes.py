"""Disputes in the browser, as dealer, county and city."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commissions.models import Adjustment, Dispute
from tests import factories as f
from tests.commissions.test_adjustments import PDF
from tests.commissions.test_disputes import World

SignIn = Callable[..., Client]
PATH = "/commissions/disputes/"


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """An approved statement, two days after its approval."""
    world = World()
    monkeypatch.setenv("PORTAL_TODAY", world.at.date().isoformat())
    return world


def test_from_the_line_to_the_adjustment(world: World, as_user: SignIn) -> None:
    shop, county = as_user(world.owner), as_user(world.scene.supervisor)
    city, approver = as_user(world.scene.manager), as_user(world.scene.approver)
    statement = f"/commissions/statements/{world.statement.number}/"
    lines = shop.get(f"{statement}lines/", {"line_type": "record"}, headers={"HX-Request": "true"}).content.decode()
    link = f"{statement}dispute/?line={world.line.pk}"
    assert link in lines
    assert "4G 畅享 58 元" in shop.get(link).content.decode()
    sent = {"text": "少算一笔", "papers": SimpleUploadedFile("受理单.pdf", PDF)}
    assert "已提交县市分公司" in shop.post(link, sent, follow=True).content.decode()
    row = Dispute.objects.get()
    url = f"{PATH}{row.number}/"
    page = shop.get(statement).content.decode()
    assert row.number in page
    assert f"{statement}confirm/" not in page
    assert link not in shop.get(f"{statement}lines/").content.decode()
    assert "待答复的异议" in county.get("/").content.decode()
    page = county.get(url).content.decode()
    for text in ("少算一笔", "受理单.pdf", f"{url}answer/", "explain-text"):
        assert text in page, text
    paper = row.papers.get()
    assert county.get(f"{url}papers/{paper.pk}/").status_code == 200
    assert county.post(f"{url}answer/", {"text": ""}).status_code == 422
    county.post(f"{url}answer/", {"text": "按规则计算无误"})
    page = shop.get(url).content.decode()
    assert "按规则计算无误" in page
    assert f"{url}escalate/" in page
    assert "按规则计算无误" in shop.get(f"{url}escalate/").content.decode()
    shop.post(f"{url}escalate/", {"text": "仍有误"})
    assert "待裁定的异议" in city.get("/").content.decode()
    grant = {
        "reason": "应补发一笔",
        "type": "other_back_pay",
        "amount": "7.00",
        "document_no": row.number,
        "document_name": "异议裁定",
    }
    assert county.post(f"{url}grant/", grant).status_code == 422
    assert "等待他人审批" in city.post(f"{url}grant/", grant, follow=True).content.decode()
    adjustment = Adjustment.objects.get()
    assert adjustment.dispute == row
    page = shop.get(url).content.decode()
    assert "应补发一笔" in page
    assert f"/commissions/adjustments/{adjustment.reference}/" not in page  # not his before it is approved
    approver.post(f"/commissions/adjustments/{adjustment.reference}/approve/")
    assert f"/commissions/adjustments/{adjustment.reference}/" in shop.get(url).content.decode()


def test_nobody_reaches_what_is_not_his(world: World, as_user: SignIn) -> None:
    row = world.open()
    other = as_user(f.make_dealer_user(f.make_dealer(world.scene.county)))
    for part in ("", "accept/", "escalate/"):
        assert other.get(f"{PATH}{row.number}/{part}").status_code == 404, part
    for line in (world.line.pk, 1, "x", 2**80):
        assert (
            other.get(f"/commissions/statements/{world.statement.number}/dispute/", {"line": line}).status_code == 404
        )
    shop = as_user(world.owner)
    for line in (1, "x", 2**80):
        assert shop.get(f"/commissions/statements/{world.statement.number}/dispute/", {"line": line}).status_code == 404
    assert shop.get(f"{PATH}{row.number}/answer/").status_code == 403
    assert as_user(world.scene.manager).post(f"{PATH}{row.number}/refuse/", {"text": "x"}).status_code == 422
    assert Dispute.objects.get().state == "open"


def test_after_the_deadline_nothing_is_offered(world: World, as_user: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    statement = f"/commissions/statements/{world.statement.number}/"
    shop = as_user(world.owner)
    assert f"{statement}dispute/" in shop.get(statement).content.decode()
    monkeypatch.setenv("PORTAL_TODAY", (world.at + timedelta(days=9)).date().isoformat())
    page = shop.get(statement).content.decode()
    assert f"{statement}dispute/" not in page
    assert "视为无异议" in page
    answer = shop.post(f"{statement}dispute/?line={world.line.pk}", {"text": "少算"})
    assert answer.status_code == 422
    assert "已过" in answer.content.decode()


def test_overdue_ones_are_found(world: World, as_user: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    row = world.open()
    county = as_user(world.scene.supervisor)
    assert row.number not in county.get(PATH, {"overdue": "1"}).content.decode()
    monkeypatch.setenv("PORTAL_TODAY", (world.at + timedelta(days=6)).date().isoformat())
    assert row.number in county.get(PATH, {"overdue": "1", "state": "open"}).content.decode()
    assert "已超过办理期限" in county.get(f"{PATH}{row.number}/").content.decode()


def test_the_pages_ask_no_more_for_more(world: World, as_user: SignIn) -> None:
    shop = as_user(world.owner)
    lines = list(range(1, 5))
    statement = f"/commissions/statements/{world.statement.number}/"

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert shop.get(path).status_code == 200
        return len(captured)

    world.open(line=None)
    paths = (statement, f"{statement}lines/", PATH)
    for path in paths:
        queries(path)
    before = {path: queries(path) for path in paths}
    for place in lines:
        world.open(line=(world.batch.pk << 32) + place)
    for path in paths:
        assert queries(path) == before[path] <= 20, path
