"""Policies in words, from a file to published by two people."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.roles import Role
from commissions.models import CommissionPolicy, CommissionRule
from tests import factories as f
from tests.commissions.scene import Scene, make_policy

SignIn = Callable[..., Client]
UPLOAD = "/commissions/policies/upload/"


def file_of(**changes: Any) -> dict[str, Any]:
    rule = {
        "code": "N1",
        "kind": "base",
        "business_type": "broadband",
        "effective_from": "2027-01-01",
        "basis": "fixed",
        "value": "30",
        "instalments": [{"offset": 0, "share": "0.70"}, {"offset": 1, "share": "0.30", "conditions": [{"test": "in_network"}]}],
    }  # fmt: skip
    return {"code": "2027-B", "name": "2027 年政策", "org_unit": "5326", "rules": [rule], **changes}


def upload(client: Client, data: Any) -> Any:
    text = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()
    return client.post(UPLOAD, {"file": SimpleUploadedFile("policy.json", text)}, follow=True)


def test_a_file_becomes_a_draft_in_words(scene: Scene, as_user: SignIn) -> None:
    page = upload(as_user(scene.manager), file_of()).content.decode()
    assert "草稿" in page
    assert "每笔 ¥30.00" in page
    assert "到期月末在网" in page
    assert CommissionPolicy.objects.get(code="2027-B").state == "draft"
    assert "内容相同" in upload(as_user(scene.manager), file_of()).content.decode()
    assert "已被文件替换" in upload(as_user(scene.manager), file_of(name="改名")).content.decode()


def test_brackets_and_conditions_in_words(scene: Scene, as_user: SignIn) -> None:
    page = as_user(scene.manager).get("/commissions/policies/2026-A/").content.decode()
    for words in ("每笔 ¥10.00", "51 起", "套餐月费的 50%", "最近 3 个月每月活跃", "到期月末不欠费", "3 个月后", "30%"):
        assert words in page, words


@pytest.mark.parametrize(
    "data",
    [b"", b"not json", b"[]", b'{"code": "a", "code": "b"}', b"\xff\xfe", b'{"code": NaN}', file_of(rules=[]), file_of(org_unit="99")],
)  # fmt: skip
def test_bad_files_are_refused_with_words(scene: Scene, as_user: SignIn, data: Any) -> None:
    response = upload(as_user(scene.manager), data)
    assert response.status_code == 422
    assert "field-errors" in response.content.decode()
    assert CommissionPolicy.objects.count() == 1


def test_every_problem_of_a_file_is_named_in_chinese(scene: Scene, as_user: SignIn) -> None:
    rules = [{**file_of()["rules"][0], "value": "-1", "effective_from": "2027-02-30"}]
    page = upload(as_user(scene.manager), file_of(rules=rules)).content.decode()
    assert "rules[0].value" in page
    assert "rules[0].effective_from" in page
    assert "日期" in page


def test_two_city_managers_publish(scene: Scene, as_user: SignIn) -> None:
    upload(as_user(scene.manager), file_of())
    path = "/commissions/policies/2027-B/"
    first, second = as_user(scene.manager), as_user(scene.second_manager)
    assert "须先提请发布" in second.post(f"{path}publish/", follow=True).content.decode()
    first.post(f"{path}propose/")
    assert f"{path}publish/" not in first.get(path).content.decode()
    assert "由您提请" in first.post(f"{path}publish/", follow=True).content.decode()
    assert CommissionPolicy.objects.get(code="2027-B").state == "draft"
    assert f"{path}publish/" in second.get(path).content.decode()
    assert "已发布" in second.post(f"{path}publish/", follow=True).content.decode()
    policy = CommissionPolicy.objects.get(code="2027-B")
    assert (policy.state, policy.proposed_by, policy.approved_by) == ("published", scene.manager, scene.second_manager)


def test_retiring_ends_the_open_rules_today(scene: Scene, as_user: SignIn) -> None:
    as_user(scene.manager).post("/commissions/policies/2026-A/retire/")
    assert CommissionPolicy.objects.get().state == "retired"
    assert {str(rule.effective_to) for rule in CommissionRule.objects.all()} == {"2026-10-08"}


def test_the_file_comes_back_out(scene: Scene, as_user: SignIn) -> None:
    upload(as_user(scene.manager), file_of())
    response = as_user(scene.clerk).get("/commissions/policies/2027-B/file/")
    assert json.loads(response.content) == {**file_of(), "rules": [{**file_of()["rules"][0], "effective_to": None}]}
    assert "attachment" in response["Content-Disposition"]


def test_who_may_do_what_with_policies(scene: Scene, as_user: SignIn) -> None:
    make_policy(scene.city, scene.manager, "2027-A", state="draft")
    for user in (scene.clerk, scene.approver, scene.supervisor):
        client = as_user(user)
        for part in ("propose", "publish", "retire"):
            assert client.post(f"/commissions/policies/2027-A/{part}/").status_code == 403
        assert client.get(UPLOAD).status_code == 403
    assert as_user(scene.clerk).get("/commissions/policies/2027-A/").status_code == 200
    assert as_user(f.make_user("keeper", Role.KEEPER, scene.city)).get("/commissions/policies/").status_code == 403
    other = f.make_unit("5325", "红河州分公司", "city", f.make_unit("53", "云南省公司", "province"))
    stranger = as_user(f.make_user("stranger", Role.CITY_MANAGER, other))
    for part in ("", "file/", "propose/", "publish/", "retire/"):
        assert stranger.get(f"/commissions/policies/2027-A/{part}").status_code == 404, part
