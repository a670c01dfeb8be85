"""The counties of a period: who sees what, what is offered, and that it stays quick."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from commissions.models import SettlementBatch
from commissions.queries import batches
from core.models import Job
from core.periods import Month
from tests import factories as f
from tests.commissions.scene import Scene, make_batch

SignIn = Callable[..., Client]


def test_a_city_sees_its_counties_with_state_and_sums(scene: Scene, as_user: SignIn) -> None:
    f.make_city(3)
    make_batch(scene, "2026-08", state="paid")
    batch = make_batch(scene, "2026-09", state="submitted", sales=3)
    page = as_user(scene.manager).get("/commissions/?period=2026-09").content.decode()
    assert "文山市" in page
    assert "砚山县" in page
    assert "已提交" in page
    assert f"{batch.paid:,.2f}" in page
    assert "尚未计算" in page


def test_the_last_month_that_is_over_is_shown_first(scene: Scene, as_user: SignIn) -> None:
    assert "2026-09 结算批次" in as_user(scene.clerk).get("/commissions/").content.decode()


@pytest.mark.parametrize("period", ["2026-13", "abc", "2026-W99", "", "2026-9"])
def test_a_period_that_makes_no_sense_falls_back(scene: Scene, as_user: SignIn, period: str) -> None:
    response = as_user(scene.clerk).get("/commissions/", {"period": period})
    assert "2026-09" in response.content.decode()


def test_a_supervisor_sees_his_county_and_what_is_next(scene: Scene, as_user: SignIn) -> None:
    f.make_city(2)
    batch = make_batch(scene, "2026-09")
    page = as_user(scene.supervisor).get("/commissions/").content.decode()
    assert "砚山县" not in page
    assert f"/commissions/batches/{batch.number}/submit/" in page


def test_change_compares_only_counties_that_have_both_months(scene: Scene) -> None:
    make_batch(scene, "2026-08", sales=2)
    make_batch(scene, "2026-09", sales=3)
    county = f.make_city(2)[2]
    make_batch(scene, "2026-08", sales=2, county=county, dealers=[f.make_dealer(county)])
    found = batches.overview(scene.clerk, Month(2026, 9))
    before, now = found.rows[0].before, found.rows[0].batch
    assert before
    assert now
    assert found.change == (now.paid - before.paid) / before.paid


def test_the_number_of_queries_does_not_grow_with_the_counties(scene: Scene, as_user: SignIn) -> None:
    client = as_user(scene.clerk)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/commissions/?period=2026-09").status_code == 200
        return len(captured)

    f.make_city(2)
    make_batch(scene, "2026-09")
    few = queries()
    for county in f.make_city(8)[1:]:
        if county.pk != scene.county.pk:
            make_batch(scene, "2026-08", county=county, dealers=[f.make_dealer(county)])
            make_batch(scene, "2026-09", county=county, dealers=[f.make_dealer(county)])
    assert queries() == few <= 20


def test_settling_enqueues_a_job_for_each_chosen_county(scene: Scene, as_user: SignIn) -> None:
    f.make_city(2)
    data = {"period": "2026-09", "county": [scene.county.code]}
    response = as_user(scene.manager).post("/commissions/settle/", data)
    assert response.status_code == 302
    assert response.url == "/commissions/?period=2026-09"
    assert list(Job.objects.values_list("key", flat=True)) == [f"2026-09:{scene.county.code}"]


def test_settling_without_a_choice_takes_all_counties_of_the_scope(scene: Scene, as_user: SignIn) -> None:
    f.make_city(3)
    as_user(scene.manager).post("/commissions/settle/", {"period": "2026-09"})
    assert Job.objects.count() == 3


def test_nobody_settles_counties_outside_his_scope(scene: Scene, as_user: SignIn) -> None:
    other = f.make_city(2)[2]
    as_user(scene.supervisor).post("/commissions/settle/", {"period": "2026-09", "county": [other.code]})
    assert not Job.objects.exists()


@pytest.mark.parametrize("period", ["2026-10", "2027-01", "nonsense"])
def test_a_period_that_is_not_over_is_not_settled(scene: Scene, as_user: SignIn, period: str) -> None:
    response = as_user(scene.manager).post("/commissions/settle/", {"period": period}, follow=True)
    assert not Job.objects.exists()
    assert "alert-danger" in response.content.decode()


def test_running_jobs_show_their_progress_until_they_are_done(scene: Scene, as_user: SignIn) -> None:
    client = as_user(scene.supervisor)
    job = Job.objects.create(
        kind="settle", key=f"2026-09:{scene.county.code}", label="结算 2026-09", state="running", done=3, total=10
    )
    progress = client.get("/commissions/progress/?period=2026-09&since=1")
    assert 'value="30"' in progress.content.decode()
    assert "every 2s" in progress.content.decode()
    Job.objects.filter(pk=job.pk).update(state="done")
    assert client.get("/commissions/progress/?period=2026-09&since=1")["HX-Refresh"] == "true"


def test_a_refused_county_says_why_until_it_is_settled(scene: Scene, as_user: SignIn) -> None:
    failed = Job.objects.create(
        kind="settle",
        key=f"2026-09:{scene.county.code}",
        label="x",
        state="failed",
        error="缺少 2026-09 的用户月快照",
        finished_at=timezone.now(),
    )
    client = as_user(scene.supervisor)
    assert "缺少 2026-09 的用户月快照" in client.get("/commissions/").content.decode()
    Job.objects.filter(pk=failed.pk).update(error="Traceback (most recent call last):\n  ...\nKeyError: 'x'")
    page = client.get("/commissions/").content.decode()
    assert "KeyError" not in page
    assert "意外错误" in page
    make_batch(scene, "2026-09")
    SettlementBatch.objects.update(calculated_at=timezone.now() + timedelta(minutes=1))
    assert "未能结算" not in client.get("/commissions/").content.decode()


@pytest.mark.parametrize("role", [Role.KEEPER, Role.INSPECTOR, Role.CHANNEL_MANAGER])
def test_other_roles_are_kept_out(scene: Scene, as_user: SignIn, role: Role) -> None:
    client = as_user(f.make_user(f"u-{role}", role, scene.county))
    for path in ("", "batches/", "files/", "progress/"):
        assert client.get(f"/commissions/{path}").status_code == 403, path
    assert client.post("/commissions/settle/", {"period": "2026-09"}).status_code == 403


def test_finance_looks_but_does_not_settle(scene: Scene, as_user: SignIn) -> None:
    f.make_city(2)
    client = as_user(scene.clerk)
    assert 'name="county"' not in client.get("/commissions/").content.decode()
    assert client.post("/commissions/settle/", {"period": "2026-09"}).status_code == 403


def test_the_panel_of_the_first_page(scene: Scene, as_user: SignIn) -> None:
    batch = make_batch(scene, "2026-09", state="approved")
    page = as_user(scene.approver).get("/commissions/panels/counties/").content.decode()
    assert batch.number in page
    assert "已审批" in page


def test_weeks_are_looked_at_like_months(scene: Scene, as_user: SignIn) -> None:
    SettlementBatch.objects.create(
        number="2026-W37-532601",
        county=scene.county,
        kind="weekly",
        period="2026-W37",
        first_day="2026-09-07",
        last_day="2026-09-13",
        month="2026-09-01",
        state="calculated",
        gross="123.40",
    )
    client = as_user(scene.clerk)
    month = client.get("/commissions/?period=2026-09").content.decode()
    assert '<a href="?period=2026-W37">2026-W37</a> <span class="money">¥123.40</span> (1 个批次中 0 个已审批)' in month
    week = client.get("/commissions/?period=2026-W37").content.decode()
    assert "2026-09-07 至 2026-09-13，计入 2026-09。" in week
    assert "123.40" in week
    assert [f'href="?period={one}"' in week for one in ("2026-W36", "2026-W38", "2026-09")] == [True] * 3
    assert "09-07 – 09-13" in week
