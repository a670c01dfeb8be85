"""Policies written in the browser: rules in grids, copies, comparisons."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from commissions.models import CommissionPolicy, CommissionRule
from tests.commissions.scene import Scene, make_policy

SignIn = Callable[..., Client]
DRAFT = "/commissions/policies/2027-A/"


@pytest.fixture
def draft(scene: Scene) -> CommissionPolicy:
    base, _incentive = make_policy(scene.city, scene.manager, "2027-A", state="draft")
    return base.policy


def typed(**changes: str) -> dict[str, str]:
    """A rule as the form sends it."""
    return {
        "code": "NEW-1",
        "business_type": "broadband",
        "kind": "base",
        "effective_from": "2027-01-01",
        "basis": "fixed",
        "bracket_mode": "whole",
        "bracket-0-from": "1",
        "bracket-0-value": "30",
        "bracket-4-from": "11",
        "bracket-4-value": "40",
        "instalment-0-offset": "0",
        "instalment-0-share": "0.70",
        "instalment-2-offset": "3",
        "instalment-2-share": "0.30",
        "instalment-2-in_network": "1",
        "instalment-2-k": "3",
        "instalment-2-billed": "20",
        **changes,
    }


def test_a_new_rule_is_stored_as_its_file_would(scene: Scene, draft: CommissionPolicy, as_user: SignIn) -> None:
    client = as_user(scene.manager)
    assert client.get(f"{DRAFT}rules/new/").status_code == 200
    answer = client.post(f"{DRAFT}rules/new/", typed())
    assert answer.status_code == 302, answer.content.decode()
    rule = CommissionRule.objects.get(code="NEW-1")
    assert rule.brackets == [{"from": 1, "value": "30"}, {"from": 11, "value": "40"}]
    assert rule.instalments[1] == {
        "offset": 3,
        "share": "0.30",
        "conditions": [
            {"test": "in_network"},
            {"test": "active_months", "k": 3},
            {"test": "min_billed", "value": "20"},
        ],
    }
    assert draft.rules.count() == 3


def test_a_rule_is_shown_and_changed_in_place(scene: Scene, draft: CommissionPolicy, as_user: SignIn) -> None:
    client = as_user(scene.manager)
    page = client.get(f"{DRAFT}rules/2027-A-R2/").content.decode()
    assert 'name="bracket-1-from" value="51"' in page
    assert 'name="instalment-1-k" value="3"' in page
    changed = typed(code="2027-A-R2", business_type="activation", **{"bracket-4-value": "41.50"})
    assert client.post(f"{DRAFT}rules/2027-A-R2/", changed).status_code == 302
    assert draft.rules.count() == 2
    assert draft.rules.get(code="2027-A-R2").brackets[1] == {"from": 11, "value": "41.50"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": ""}, "必填"),
        ({"bracket-4-from": "1"}, "严格递增"),
        ({"bracket-4-value": "1.234"}, "小数"),
        ({"instalment-2-share": "0.20"}, "0.9"),
        ({"instalment-0-share": "0.80", "instalment-2-share": "0.20"}, "上限"),
        ({"effective_from": "soon"}, "soon"),
        ({"pool_share": "0.3"}, "激励"),
        ({"code": "2027-A-R1"}, "2027-A-R1"),
        ({"value": "5"}, "只能填其一"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(
    scene: Scene, draft: CommissionPolicy, as_user: SignIn, changes: dict[str, str], words: str
) -> None:
    answer = as_user(scene.manager).post(f"{DRAFT}rules/new/", typed(**changes))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert 'name="instalment-2-billed" value="20"' in page
    assert draft.rules.count() == 2


def test_rows_come_and_go_without_storing(scene: Scene, draft: CommissionPolicy, as_user: SignIn) -> None:
    client = as_user(scene.manager)
    more = client.post(f"{DRAFT}rules/new/", typed(add_bracket="1")).content.decode()
    assert 'name="bracket-5-from" value=""' in more
    assert 'name="code" value="NEW-1"' in more
    fewer = client.post(f"{DRAFT}rules/new/", typed(remove_instalment="2")).content.decode()
    assert "instalment-2-share" not in fewer
    assert "instalment-0-share" in fewer
    assert draft.rules.count() == 2


def test_a_rule_is_removed(scene: Scene, draft: CommissionPolicy, as_user: SignIn) -> None:
    client = as_user(scene.manager)
    client.post(f"{DRAFT}propose/")
    client.post(f"{DRAFT}rules/2027-A-R1/remove/")
    draft.refresh_from_db()
    assert list(draft.rules.values_list("code", flat=True)) == ["2027-A-R2"]
    assert draft.proposed_by is None


def test_only_drafts_and_only_the_city(scene: Scene, draft: CommissionPolicy, as_user: SignIn) -> None:
    published = "/commissions/policies/2026-A/rules/new/"
    assert "已发布" in as_user(scene.manager).post(published, typed()).content.decode()
    assert as_user(scene.clerk).get(f"{DRAFT}rules/new/").status_code == 403
    assert as_user(scene.clerk).get("/commissions/policies/2026-A/compare/?with=2027-A").status_code == 200
    assert not CommissionRule.objects.filter(code="NEW-1").exists()


def test_a_policy_begins_empty(scene: Scene, as_user: SignIn) -> None:
    client = as_user(scene.manager)
    form: dict[str, Any] = {"code": "2028-A", "name": "2028 年政策", "org_unit": scene.city.pk}
    assert client.post("/commissions/policies/new/", form).status_code == 302
    assert client.post("/commissions/policies/2028-A/rules/new/", typed()).status_code == 302
    assert CommissionPolicy.objects.get(code="2028-A").rules.get().code == "NEW-1"
    assert client.post("/commissions/policies/new/", form).status_code == 422


def test_a_copy_for_the_next_year(scene: Scene, as_user: SignIn) -> None:
    client = as_user(scene.manager)
    form = {"code": "2027-C", "name": "2027 年政策", "months": "12"}
    assert client.post("/commissions/policies/2026-A/copy/", form).status_code == 302
    copy = CommissionPolicy.objects.get(code="2027-C")
    assert copy.state == "draft"
    rule = copy.rules.get(code="2027-C-R1")
    assert (rule.effective_from, rule.value) == (date(2027, 1, 1), Decimal("0.5"))
    assert client.post("/commissions/policies/2026-A/copy/", form).status_code == 422


def test_two_policies_side_by_side(scene: Scene, draft: CommissionPolicy, as_user: SignIn) -> None:
    rule = draft.rules.get(code="2027-A-R1")
    rule.value = Decimal("0.4")
    rule.save()
    client = as_user(scene.manager)
    client.post(f"{DRAFT}rules/new/", typed())
    page = client.get("/commissions/policies/2026-A/compare/?with=2027-A").content.decode()
    for words in ("相同", "新增", "套餐月费的 50%", "套餐月费的 40%"):
        assert words in page, words
