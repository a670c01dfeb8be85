"""Budget pages: use against time, history, and the way beyond a budget."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commissions.models import Budget, OverBudgetApproval, SettlementBatch
from tests import factories as f
from tests.commissions.scene import Scene, make_batch

SignIn = Callable[..., Client]


def budget(scene: Scene, period: str = "2026-09", amount: str = "100", **fields: object) -> Budget:
    values = {"org_unit": scene.county, "period": period, "amount": Decimal(amount), **fields}
    return Budget.objects.create(**values)


def page(client: Client, name: str, *args: object) -> str:
    response = client.get(reverse(f"commissions:{name}", args=args))
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_shows_use_against_time(scene: Scene, as_user: SignIn) -> None:
    make_batch(scene)
    budget(scene)
    budget(scene, "2026", "2000", org_unit=scene.city)
    shown = page(as_user(scene.clerk), "budgets")
    for words in ("148.80", "148.8%", "超预算", "预测", "已执行"):
        assert words in shown
    assert "use-bar" in shown
    assert "2,000.00" in shown
    assert "2,000.00" not in page(as_user(scene.supervisor), "budgets")


def test_the_list_asks_as_often_for_one_as_for_many(scene: Scene, as_user: SignIn) -> None:
    client = as_user(scene.clerk)
    counts = []
    for years in (1, 20):
        for year in range(years):
            values = {"org_unit": scene.county, "period": str(2030 + year), "kind": ""}
            Budget.objects.get_or_create(**values, defaults={"amount": 1})
            Budget.objects.get_or_create(**{**values, "kind": "base"}, defaults={"amount": 1})
        with CaptureQueriesContext(connection) as asked:
            page(client, "budgets")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 20


def test_files_of_the_list_hold_the_figures(scene: Scene, as_user: SignIn) -> None:
    make_batch(scene)
    budget(scene)
    answer = as_user(scene.clerk).get(reverse("commissions:budgets") + "?export=csv")
    assert b"148.80" in b"".join(answer.streaming_content if answer.streaming else [answer.content])


def test_entering_and_changing_keeps_the_history(scene: Scene, as_user: SignIn) -> None:
    client = as_user(scene.manager)
    data = {"org_unit": scene.county.pk, "period": "2026-09", "kind": "", "amount": "500"}
    wrong = client.post(reverse("commissions:budget_new"), {**data, "period": "2026-9"})
    assert wrong.status_code == 422
    client.post(reverse("commissions:budget_new"), data)
    one = Budget.objects.get()
    client.post(reverse("commissions:budget_edit", args=[one.pk]), {"amount": "600.50"})
    shown = page(as_user(scene.clerk), "budget", one.pk)
    assert "500.00" in shown
    assert "600.50" in shown
    assert scene.manager.name in shown
    assert as_user(scene.supervisor).get(reverse("commissions:budget_edit", args=[one.pk])).status_code == 403


def test_a_year_is_drawn_month_by_month(scene: Scene, as_user: SignIn) -> None:
    make_batch(scene)
    one = budget(scene, "2026", "2000")
    shown = page(as_user(scene.supervisor), "budget", one.pk)
    assert "2026-09" in shown
    assert "逐月累计" in shown


def test_from_refusal_to_approval(scene: Scene, as_user: SignIn) -> None:
    batch = make_batch(scene)
    budget(scene)
    supervisor, approver = as_user(scene.supervisor), as_user(scene.approver)
    url = reverse("commissions:batch_over_budget", args=[batch.number])
    assert "不能提交" in page(supervisor, "batch", batch.number)
    assert url not in page(supervisor, "batch", batch.number)
    refused = supervisor.post(reverse("commissions:batch_submit", args=[batch.number]), follow=True)
    assert "48.80" in refused.content.decode()
    assert SettlementBatch.objects.get().state == "calculated"
    assert "超预算待您批准的批次" in page_of_home(approver)
    assert url in page(approver, "batch", batch.number)
    assert "48.80" in page(approver, "batch_over_budget", batch.number)
    assert approver.post(url, {"reason": ""}).status_code == 422
    approver.post(url, {"reason": "国庆促销增量"})
    assert OverBudgetApproval.objects.get().granted_by == scene.approver
    assert "国庆促销增量" in page(supervisor, "batch", batch.number)
    supervisor.post(reverse("commissions:batch_submit", args=[batch.number]))
    assert SettlementBatch.objects.get().state == "submitted"
    assert approver.get(url).status_code == 302


def page_of_home(client: Client) -> str:
    return client.get("/").content.decode()


@pytest.mark.parametrize("who", ["supervisor", "manager", "clerk"])
def test_others_do_not_grant(scene: Scene, as_user: SignIn, who: str) -> None:
    batch = make_batch(scene)
    budget(scene)
    url = reverse("commissions:batch_over_budget", args=[batch.number])
    assert as_user(getattr(scene, who)).post(url, {"reason": "x"}).status_code == 403


def test_a_grid_has_no_use(scene: Scene, as_user: SignIn) -> None:
    one = budget(scene, org_unit=f.make_grid(scene.county))
    assert "未计算" in page(as_user(scene.clerk), "budget", one.pk)
