"""Policies: whose files are taken, and how one rule makes room for another."""

from datetime import date
from typing import Any

import pytest

from accounts.roles import Role
from commissions.models import CommissionPolicy, CommissionRule, Entitlement
from commissions.queries.policies import export_policy
from commissions.services import policy as policies
from commissions.services import policy_draft
from commissions.services.policy import PolicyInvalid, PolicyRefused
from core.errors import Forbidden
from tests import factories as f
from tests.commissions.scene import Scene, make_batch, make_scene

pytestmark = pytest.mark.django_db
AT = f.moment("2026-10-08")


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def imported(code: str, since: str = "2027-01-01", until: str | None = None) -> CommissionPolicy:
    """A draft with one rule for broadband, in force on these days."""
    rule = {
        "code": f"{code}-R",
        "kind": "base",
        "business_type": "broadband",
        "effective_from": since,
        **({"effective_to": until} if until else {}),
        "basis": "fixed",
        "value": "30",
        "instalments": [{"offset": 0, "share": "0.70"}, {"offset": 1, "share": "0.30"}],
    }
    return policies.import_draft(data={"code": code, "name": code, "org_unit": "5326", "rules": [rule]}, by=None)[0]


def publish(scene: Scene, policy: CommissionPolicy) -> CommissionPolicy:
    policies.propose(policy=policy, by=scene.manager, at=AT)
    return policies.publish(policy=policy, by=scene.second_manager, at=AT)


def ends(policy: CommissionPolicy) -> date | None:
    return CommissionRule.objects.get(policy=policy).effective_to


def test_a_file_of_another_unit_is_not_taken(scene: Scene) -> None:
    data = export_policy(imported("2027-B"))
    elsewhere = f.make_unit("5325", "红河州分公司", "city", scene.city.parent)
    with pytest.raises(PolicyInvalid) as invalid:
        policies.import_draft(data={**data, "name": "改名"}, by=f.make_user("far", Role.CITY_MANAGER, elsewhere))
    assert "org_unit" in {problem.path for problem in invalid.value.problems}
    assert CommissionPolicy.objects.get(code="2027-B").name == "2027-B"


def test_a_published_policy_takes_its_own_file_and_no_other(scene: Scene) -> None:
    policy = publish(scene, imported("2027-B"))
    data = export_policy(policy)
    assert policies.import_draft(data=data, by=scene.manager) == (policy, "unchanged")
    with pytest.raises(PolicyRefused) as refusal:
        policies.import_draft(data={**data, "name": "改名"}, by=scene.manager)
    assert refusal.value.code == "conflict"


def test_a_draft_without_rules_goes_nowhere(scene: Scene) -> None:
    empty = policy_draft.begin(code="2027-C", name="空", org_unit=scene.city, by=scene.manager)
    with pytest.raises(PolicyRefused):
        policies.propose(policy=empty, by=scene.manager, at=AT)
    with pytest.raises(PolicyRefused):
        policies.publish(policy=empty, by=scene.manager, at=AT, proposed=False)
    assert CommissionPolicy.objects.get(code="2027-C").state == "draft"


def test_two_managers_and_nobody_else_publish(scene: Scene) -> None:
    draft = imported("2027-B")
    for by in (scene.supervisor, scene.approver, None):
        with pytest.raises(Forbidden):
            policies.propose(policy=draft, by=by, at=AT)
    with pytest.raises(PolicyRefused) as refusal:
        policies.publish(policy=draft, by=scene.second_manager, at=AT)
    assert refusal.value.code == "not_proposed"
    policies.propose(policy=draft, by=scene.manager, at=AT)
    with pytest.raises(Forbidden) as forbidden:
        policies.publish(policy=draft, by=scene.manager, at=AT)
    assert forbidden.value.code == "separation_of_duties"
    policies.publish(policy=draft, by=scene.second_manager, at=AT)
    with pytest.raises(PolicyRefused):
        policies.propose(policy=draft, by=scene.manager, at=AT)


def test_only_the_city_writes_drafts(scene: Scene) -> None:
    draft = imported("2027-B")
    rule = export_policy(draft)["rules"][0]
    steps: list[Any] = [
        lambda by: policy_draft.begin(code="2027-C", name="新", org_unit=scene.city, by=by),
        lambda by: policy_draft.save_rule(policy=draft, former=rule["code"], rule={**rule, "value": "31"}, by=by),
        lambda by: policy_draft.remove_rule(policy=draft, code=rule["code"], by=by),
        lambda by: policy_draft.copy(policy=draft, code="2028-B", name="副本", months=12, on=None, by=by),
    ]
    for step in steps:
        with pytest.raises(Forbidden):
            step(scene.clerk)
    assert CommissionPolicy.objects.filter(state="draft").count() == 1
    assert export_policy(draft)["rules"] == [rule]


@pytest.mark.parametrize(
    ("former", "new", "outcome"),
    [
        (("2026-01-01", None), ("2027-01-01", None), date(2026, 12, 31)),
        (("2026-01-01", "2026-06-30"), ("2026-07-01", None), date(2026, 6, 30)),
        (("2027-01-01", None), ("2026-01-01", "2026-12-31"), None),
        (("2026-01-01", "2026-12-31"), ("2026-12-31", None), "rules_overlap"),
        (("2026-07-01", None), ("2026-07-01", None), "rules_overlap"),
        (("2026-07-01", None), ("2026-01-01", "2026-07-01"), "rules_overlap"),
    ],
)
def test_a_rule_makes_room_for_the_one_that_follows(scene: Scene, former: Any, new: Any, outcome: Any) -> None:
    old = publish(scene, imported("OLD", *former))
    draft = imported("NEW", *new)
    if outcome == "rules_overlap":
        with pytest.raises(PolicyRefused, match="OLD-R") as refusal:
            publish(scene, draft)
        assert refusal.value.code == outcome
        assert not CommissionRule.objects.get(policy=draft).published
    else:
        publish(scene, draft)
        assert ends(old) == outcome


def settled(scene: Scene) -> CommissionPolicy:
    """The published policy whose rules settled sales of 4 September 2026."""
    make_batch(scene, "2026-09")
    assert set(Entitlement.objects.values_list("event_month", flat=True)) >= {date(2026, 9, 1)}
    return scene.base.policy


def follower(scene: Scene, since: str) -> CommissionPolicy:
    """A draft with a rule of the scope of the base rule that settled."""
    data = policy_draft.copied(export_policy(scene.base.policy), code="NEW", name="新", months=0)
    rules = [{**rule, "effective_from": since} for rule in data["rules"] if rule["kind"] == "base"]
    return policies.import_draft(data={**data, "rules": rules}, by=None)[0]


def test_a_rule_does_not_end_before_what_was_settled_by_it(scene: Scene) -> None:
    settled(scene)
    with pytest.raises(PolicyRefused, match=scene.base.code) as refusal:
        publish(scene, follower(scene, "2026-09-04"))
    assert refusal.value.code == "already_settled"
    publish(scene, follower(scene, "2026-09-05"))
    scene.base.refresh_from_db()
    assert scene.base.effective_to == date(2026, 9, 4)


def test_a_policy_does_not_retire_before_what_was_settled_by_it(scene: Scene) -> None:
    policy = settled(scene)
    with pytest.raises(PolicyRefused) as refusal:
        policies.retire(policy=policy, by=scene.manager, at=AT, on=date(2026, 9, 3))
    assert refusal.value.code == "already_settled"
    policies.retire(policy=policy, by=scene.manager, at=AT, on=date(2026, 9, 4))
    assert set(policy.rules.values_list("effective_to", flat=True)) == {date(2026, 9, 4)}
