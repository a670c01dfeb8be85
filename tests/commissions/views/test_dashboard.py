"""What waits for whom: counts, deadlines, and nothing for those who may not do it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from commissions import dashboard
from commissions.models import Statement
from core.dashboard import Waiting
from tests import factories as f
from tests.commissions.scene import Scene, make_batch, make_policy

SignIn = Callable[..., Client]


class Request:
    """As much of a request as a provider asks for."""

    def __init__(self, user: User) -> None:
        self.user = user


def counts(provider: Callable[..., object], user: User) -> list[Waiting]:
    return [item for item in provider(Request(user)) if item.count]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("state", "provider", "who"),
    [
        ("calculated", dashboard.to_submit, "supervisor"),
        ("submitted", dashboard.to_review, "manager"),
        ("reviewed", dashboard.to_approve, "approver"),
        ("approved", dashboard.to_pay, "clerk"),
        ("paying", dashboard.to_pay, "clerk"),
    ],
)
def test_each_state_waits_for_somebody(
    scene: Scene, as_user: SignIn, state: str, provider: Callable[..., object], who: str
) -> None:
    batch = make_batch(scene, state=state)
    user = getattr(scene, who)
    (item,) = counts(provider, user)
    assert item.count == 1
    assert batch.number in as_user(user).get(item.url).content.decode()
    assert str(item.label) in as_user(user).get("/").content.decode()


def test_what_is_barred_does_not_wait(scene: Scene) -> None:
    make_batch(scene, state="submitted")
    assert not counts(dashboard.to_review, scene.supervisor)


def test_accounts_policies_and_statements(scene: Scene) -> None:
    f.make_account(f.make_dealer(scene.county), entered_by=scene.supervisor)
    f.make_account(f.make_dealer(scene.county), entered_by=scene.clerk)
    assert [item.count for item in counts(dashboard.accounts, scene.clerk)] == [1]
    policy = make_policy(scene.city, scene.manager, "2027-A", state="draft")[0].policy
    policy.proposed_by, policy.proposed_at = scene.manager, timezone.now()
    policy.save()
    assert [item.count for item in counts(dashboard.policies, scene.second_manager)] == [1]
    assert not counts(dashboard.policies, scene.manager)


def test_a_dealer_is_told_by_when_to_confirm(scene: Scene) -> None:
    batch = make_batch(scene, state="approved")
    assert batch.approved_at
    (item,) = counts(dashboard.statements, f.make_dealer_user(scene.dealers[0]))
    assert item.count == 1
    assert item.due == timezone.localtime(batch.approved_at).date() + timedelta(days=5)


def test_the_search_finds_batches_and_statements_in_the_scope(scene: Scene, as_user: SignIn) -> None:
    batch = make_batch(scene, state="approved")
    statement = Statement.objects.get(batch=batch)
    for text, path in (
        (batch.number, f"/commissions/batches/{batch.number}/"),
        ("2026-09", f"/commissions/batches/{batch.number}/"),
        ("文山市", f"/commissions/batches/{batch.number}/"),
        (statement.number, f"/commissions/statements/{statement.number}/"),
    ):
        assert path in as_user(scene.clerk).get("/search/", {"q": text}).content.decode(), text
        stranger = f.make_user(f"stranger {text}", Role.COUNTY_SUPERVISOR, f.make_city(2)[2])
        assert path not in as_user(stranger).get("/search/", {"q": text}).content.decode(), text
