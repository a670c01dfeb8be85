"""Simulations in the browser and through the API, and publishing with them in sight."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook
from rest_framework.test import APIClient

from commissions.models import Budget, CommissionPolicy, Simulation
from core import jobs
from core.models import Job
from tests import factories as f
from tests.commissions.scene import Scene, make_policy
from tests.commissions.test_simulation import flat, simulate, worked

SignIn = Callable[..., Client]
PAGE = "/commissions/policies/2027-A/"


@pytest.fixture
def month(db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The worked month with its draft, and its two city managers."""
    monkeypatch.setenv("PORTAL_TODAY", "2026-10-08")
    portal, _rows = worked()
    flat()
    manager = next(user for role, user in portal.people.items() if role == "city_manager")
    return manager, f.make_user("manager2", "city_manager", manager.org_unit)


def test_a_job_simulates_and_the_page_shows_it(month: Any, as_user: SignIn) -> None:
    manager, _second = month
    client = as_user(manager)
    assert "还没有测算" in client.get(PAGE).content.decode()
    assert "2026-09" in client.get(f"{PAGE}simulate/").content.decode()
    answer = client.post(f"{PAGE}simulate/", {"month": "2026-09"})
    job = Job.objects.get(kind="simulate")
    assert answer["Location"] == f"/system/jobs/{job.pk}/"
    jobs._handlers["simulate"](job, lambda done, total, note="": None)
    page = client.get(f"{PAGE}simulations/2026-09/").content.decode()
    for text in ("¥512.40", "¥605.50", "D1", "D2", "4 个月", "107.10", "14.00"):
        assert text in page, text
    assert "2026-09" in client.get(PAGE).content.decode()
    dealers = client.get(f"{PAGE}simulations/2026-09/dealers/").content.decode()
    assert dealers.index("D2") < dealers.index("D1")
    book = load_workbook(BytesIO(b"".join(client.get(f"{PAGE}simulations/2026-09/file/").streaming_content)))
    assert len(book.worksheets) == 5


def test_months_that_are_none_are_not_found(month: Any, as_user: SignIn) -> None:
    client = as_user(month[0])
    simulate(CommissionPolicy.objects.get(code="2027-A"))
    for period in ("2026-08", "2026-W37", "x"):
        assert client.get(f"{PAGE}simulations/{period}/").status_code == 404


def test_budgets_show_the_effect(month: Any, as_user: SignIn) -> None:
    manager, _second = month
    Budget.objects.create(org_unit=manager.org_unit, period="2026-09", amount=500)
    Budget.objects.create(org_unit=manager.org_unit, period="2026", kind="base", amount=900)
    Budget.objects.create(org_unit=manager.org_unit, period="2026", kind="service", amount=1)
    simulate(CommissionPolicy.objects.get(code="2027-A"))
    page = as_user(manager).get(f"{PAGE}simulations/2026-09/").content.decode()
    assert "605.50" in page
    assert "512.40" in page
    assert page.count("超预算") == 1


def test_publishing_shows_the_simulation(month: Any, as_user: SignIn) -> None:
    manager, second = month
    as_user(manager).post(f"{PAGE}propose/")
    page = as_user(second).get(f"{PAGE}publish/").content.decode()
    assert "还没有在任何已结算月份上测算过" in page
    simulate(CommissionPolicy.objects.get(code="2027-A"))
    page = as_user(second).get(f"{PAGE}publish/").content.decode()
    assert "512.40" in page
    assert "93.10" in page
    as_user(second).post(f"{PAGE}publish/")
    assert CommissionPolicy.objects.get(code="2027-A").state == "published"


def test_a_changed_draft_says_so(month: Any, as_user: SignIn) -> None:
    simulate(CommissionPolicy.objects.get(code="2027-A"))
    flat(value="9")
    assert "规则已有改动" in as_user(month[0]).get(f"{PAGE}simulations/2026-09/").content.decode()


def test_the_api_starts_and_lists(month: Any) -> None:
    client = APIClient()
    client.force_login(month[0])
    url = "/api/v1/policies/2027-A/"
    answer = client.post(f"{url}simulate/", {"period": "2026-09"}, format="json")
    assert answer.status_code == 202
    assert Job.objects.get(pk=answer.json()["id"]).args == {"policy": "2027-A", "month": "2026-09"}
    assert client.post(f"{url}simulate/", {"period": "2026-W37"}, format="json").status_code == 400
    assert client.get(f"{url}simulations/").json() == []
    simulate(CommissionPolicy.objects.get(code="2027-A"))
    found = client.get(f"{url}simulations/").json()
    assert [(one["period"], one["change"], one["outdated"]) for one in found] == [("2026-09", "-93.10", False)]


def test_the_curve_marks_what_is_odd(scene: Scene, as_user: SignIn) -> None:
    base, _incentive = make_policy(scene.city, scene.manager, "ODD", state="draft")
    base.brackets = [{"from": 1, "value": "20"}, {"from": 11, "value": "15"}]
    base.save()
    page = as_user(scene.manager).get("/commissions/policies/ODD/").content.decode()
    assert "<polyline" in page
    assert page.count('class="odd"') == 1
    assert "¥165.00" in page
    assert not Simulation.objects.exists()
