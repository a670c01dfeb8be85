"""Submit, review, approve, return, void: by whom, with which words, and what is not offered."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from commissions.models import SettlementBatch
from commissions.queries import offers
from core.models import Job
from tests import factories as f
from tests.commissions.scene import Scene, make_batch

SignIn = Callable[..., Client]


def state_of(batch: SettlementBatch) -> str:
    return SettlementBatch.objects.get(pk=batch.pk).state


def press(client: Client, batch: SettlementBatch, action: str, **data: str) -> str:
    """POST the action; the page that it leads to."""
    return client.post(f"/commissions/batches/{batch.number}/{action}/", data, follow=True).content.decode()


def test_four_people_take_a_batch_to_approval(scene: Scene, as_user: SignIn) -> None:
    batch = make_batch(scene)
    steps = (
        (scene.supervisor, "submit", "submitted", "等待市公司复核"),
        (scene.manager, "review", "reviewed", "等待财务审批"),
        (scene.approver, "approve", "approved", "已审批并冻结"),
    )
    for person, action, state, words in steps:
        client = as_user(person)
        asked = client.get(f"/commissions/batches/{batch.number}/{action}/")
        assert asked.status_code == 200
        assert f"{batch.paid:,.2f}" in asked.content.decode()
        assert words in press(client, batch, action)
        assert state_of(batch) == state
    page = as_user(scene.clerk).get(f"/commissions/batches/{batch.number}/").content.decode()
    for person in (scene.supervisor, scene.manager, scene.approver):
        assert person.name in page


WRONG_ROLES = {
    "calculated": (("submit", "manager"), ("recalculate", "clerk")),
    "submitted": (("review", "supervisor"), ("review", "clerk"), ("return", "supervisor"), ("void", "approver")),
    "reviewed": (("approve", "manager"), ("approve", "clerk"), ("return", "supervisor")),
}


@pytest.mark.parametrize("state", WRONG_ROLES)
def test_wrong_roles_are_refused(scene: Scene, as_user: SignIn, state: str) -> None:
    batch = make_batch(scene, state=state)
    for action, who in WRONG_ROLES[state]:
        client = as_user(getattr(scene, who))
        path = f"/commissions/batches/{batch.number}/{action}/"
        assert client.get(path).status_code == 403, (action, who)
        assert client.post(path, {"reason": "x"}).status_code == 403, (action, who)
        assert path not in client.get(f"/commissions/batches/{batch.number}/").content.decode()
    assert state_of(batch) == state


def test_whoever_did_a_step_is_not_offered_the_next(scene: Scene, as_user: SignIn) -> None:
    batch = make_batch(scene, state="submitted")
    User.objects.filter(pk=scene.supervisor.pk).update(role=Role.CITY_MANAGER, org_unit=scene.city)
    client = as_user(User.objects.get(pk=scene.supervisor.pk))
    path = f"/commissions/batches/{batch.number}/review/"
    page = client.get(f"/commissions/batches/{batch.number}/").content.decode()
    assert path not in page
    assert "本批次由您提交" in page
    asked = client.get(path, follow=True)
    assert "本批次由您提交" in asked.content.decode()
    assert "由您提交" in press(client, batch, "review")
    assert state_of(batch) == "submitted"


@pytest.mark.parametrize(
    ("state", "done", "possible"),
    [
        ("submitted", (), {"review", "return", "void"}),
        ("submitted", ("submitted_by",), {"return", "void"}),
        ("calculated", (), {"recalculate", "void"}),
        ("reviewed", (), {"return"}),
        ("approved", (), set()),
        ("paid", (), set()),
    ],
)
def test_offers_of_a_city_manager(scene: Scene, state: str, done: tuple[str, ...], possible: set[str]) -> None:
    batch = SettlementBatch(number="2026-09-532601", county=scene.county, period="2026-09", state=state)
    for name in done:
        setattr(batch, name, scene.manager)
    assert {one.action for one in offers.offers(batch, scene.manager) if one.possible} == possible


def test_returning_needs_a_reason_and_shows_it(scene: Scene, as_user: SignIn) -> None:
    batch = make_batch(scene, state="reviewed")
    client = as_user(scene.approver)
    refused = client.post(f"/commissions/batches/{batch.number}/return/", {"reason": "  "})
    assert refused.status_code == 422
    assert state_of(batch) == "reviewed"
    press(client, batch, "return", reason="两家门店的补贴缺附件")
    assert state_of(batch) == "calculated"
    page = as_user(scene.supervisor).get(f"/commissions/batches/{batch.number}/").content.decode()
    assert "两家门店的补贴缺附件" in page


def test_voiding_says_what_happens_and_needs_a_reason(scene: Scene, as_user: SignIn) -> None:
    batch = make_batch(scene, state="submitted")
    client = as_user(scene.manager)
    assert "不再计入" in client.get(f"/commissions/batches/{batch.number}/void/").content.decode()
    assert client.post(f"/commissions/batches/{batch.number}/void/").status_code == 422
    press(client, batch, "void", reason="县市数据导错")
    assert state_of(batch) == "void"


def test_a_step_that_is_over_sends_back_with_words(scene: Scene, as_user: SignIn) -> None:
    batch = make_batch(scene, state="approved")
    client = as_user(scene.manager)
    page = client.get(f"/commissions/batches/{batch.number}/review/", follow=True).content.decode()
    assert "不能进行此步骤" in page
    assert "alert-danger" in press(client, batch, "review")
    assert state_of(batch) == "approved"


def test_recalculating_starts_a_job(scene: Scene, as_user: SignIn) -> None:
    batch = make_batch(scene)
    page = press(as_user(scene.supervisor), batch, "recalculate")
    assert "开始计算" in page
    assert Job.objects.get().key == f"2026-09:{scene.county.code}"


def test_a_submitted_batch_is_not_recalculated(scene: Scene, as_user: SignIn) -> None:
    batch = make_batch(scene, state="submitted")
    assert "不能进行此步骤" in press(as_user(scene.supervisor), batch, "recalculate")
    assert not Job.objects.exists()


def test_news_since_the_calculation_is_shown_before_submitting(scene: Scene, as_user: SignIn) -> None:
    batch = make_batch(scene)
    f.make_sale(scene.dealers[0], "2026-09-20", scene.product)
    client = as_user(scene.supervisor)
    asked = client.get(f"/commissions/batches/{batch.number}/submit/").content.decode()
    assert "迟到的业务记录" in asked
    assert "请重新计算后再提交" in press(client, batch, "submit")
    assert state_of(batch) == "calculated"


def test_strangers_do_not_find_the_batch(scene: Scene, as_user: SignIn) -> None:
    batch = make_batch(scene, state="submitted")
    county = f.make_city(2)[2]
    roles = {
        "submit": Role.COUNTY_SUPERVISOR,
        "recalculate": Role.COUNTY_SUPERVISOR,
        "review": Role.CITY_MANAGER,
        "void": Role.CITY_MANAGER,
        "return": Role.FINANCE_CLERK,
        "approve": Role.FINANCE_APPROVER,
    }
    for action, role in roles.items():
        client = as_user(f.make_user(f"stranger-{action}", role, county))
        path = f"/commissions/batches/{batch.number}/{action}/"
        assert client.get(path).status_code == 404, action
        assert client.post(path, {"reason": "x"}).status_code == 404, action
