"""Writes: each does what its page does, through the same service."""

import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from audits.models import Visit
from commissions.models import CommissionPolicy, Paper
from core.models import ImportRun, Transition
from core.papers import LARGEST_BYTES
from tests.sweep import world as worlds

pytestmark = pytest.mark.django_db


def test_a_batch_goes_from_hand_to_hand(as_: Any, world: worlds.World) -> None:
    url = f"/api/v1/batches/{world.a.calculated.number}"
    back = as_("county_supervisor").post(f"{url}/submit/", {}, format="json")
    assert (back.status_code, back.json().get("state")) == (200, "submitted"), back.content
    returned = as_("city_manager").post(f"{url}/return/", {"reason": "金额不对"}, format="json")
    assert returned.json()["state"] == "calculated"
    told = as_("county_supervisor").get(f"{url}/history/").json()
    assert [(one["action"], one["by"], one["reason"]) for one in told] == [
        ("submit", "county_supervisor", ""),
        ("return", "city_manager", "金额不对"),
    ]


def test_a_policy_is_imported_proposed_and_published_by_two(as_: Any, world: worlds.World) -> None:
    file = {
        "code": "2026-Z",
        "name": "政策",
        "org_unit": "5326",
        "rules": [
            {
                "code": "Z1",
                "kind": "base",
                "business_type": "port_in",
                "effective_from": "2026-01-01",
                "basis": "percent_of_fee",
                "value": 0.1,
                "instalments": [{"offset": 0, "share": "0.70"}, {"offset": 1, "share": 0.30}],
            }
        ],
    }
    api = as_("city_manager")
    made = api.post("/api/v1/policies/", file, format="json")
    assert made.status_code == 201, made.content
    assert api.post("/api/v1/policies/", file, format="json").status_code == 200
    assert api.post("/api/v1/policies/2026-Z/propose/").status_code == 200
    assert api.post("/api/v1/policies/2026-Z/publish/").status_code == 403
    assert as_("reviewer").post("/api/v1/policies/2026-Z/publish/").json()["state"] == "published"
    assert api.get("/api/v1/policies/2026-Z/file/").json()["rules"][0]["value"] == "0.10"
    ended = as_("reviewer").post("/api/v1/policies/2026-Z/retire/", {"on": "2026-12-31"}, format="json")
    assert ended.json()["state"] == "retired"


def test_a_wrong_policy_says_everything_that_is_wrong(as_: Any) -> None:
    file = {"code": "2026-Z", "name": "政策", "org_unit": "5326", "rules": [{"code": "Z1", "kind": "nonsense"}]}
    found = as_("city_manager").post("/api/v1/policies/", file, format="json")
    assert found.status_code == 400
    assert {"#/rules[0].kind", "#/rules[0].instalments"} <= {one["pointer"] for one in found.json()["errors"]}
    assert not CommissionPolicy.objects.filter(code="2026-Z").exists()


def test_a_key_twice_in_a_policy_is_refused(as_: Any) -> None:
    twice = '{"code": "A", "code": "B"}'
    assert as_("city_manager").post("/api/v1/policies/", twice, content_type="application/json").status_code == 400


def test_an_archive_is_changed_where_it_may_be(as_: Any) -> None:
    api = as_("channel_manager")
    found = api.patch("/api/v1/dealers/XA001/", {"address": "开化路 1 号", "tier": "mall"}, format="json")
    assert (found.status_code, found.json()["address"], found.json()["tier"]) == (200, "开化路 1 号", "partner")
    assert Transition.objects.filter(action="edit").exists()
    assert api.patch("/api/v1/dealers/XA001/", {"credit_code": "123"}, format="json").status_code == 409


def test_an_account_needs_a_second_person(as_: Any) -> None:
    given = {"bank": "中国银行", "number": "6222000099998888", "holder": "张三"}
    made = as_("city_manager").post("/api/v1/dealers/XA001/accounts/", given, format="json").json()
    url = f"/api/v1/dealers/XA001/accounts/{made['id']}"
    assert as_("city_manager").post(f"{url}/verify/").status_code == 403
    assert as_("finance_clerk").post(f"{url}/verify/").json()["state"] == "verified"
    assert as_("finance_clerk").post(f"{url}/reject/").status_code == 409
    assert as_("finance_clerk").post(f"/api/v1/dealers/YA001/accounts/{made['id']}/verify/").status_code == 404


def test_a_file_is_handed_in_and_checked(as_: Any) -> None:
    file = io.BytesIO(b"unit_code,name\n")
    file.name = "units.csv"
    api = as_("administrator")
    made = api.post("/api/v1/imports/", {"kind": "org_units", "file": file}, format="multipart")
    assert (made.status_code, made.json()["state"]) == (202, "checking"), made.content
    assert api.post(f"/api/v1/imports/{made.json()['id']}/apply/").status_code == 409
    file.seek(0)
    other = as_("finance_clerk").post("/api/v1/imports/", {"kind": "org_units", "file": file}, format="multipart")
    assert (other.status_code, other.json()["errors"][0]["pointer"]) == (400, "#/kind")


def test_rejected_rows_are_told(as_: Any, world: worlds.World) -> None:
    found = as_("county_supervisor").get(f"/api/v1/imports/{world.a.run.pk}/rejected/").json()
    assert (found[0]["row"], found[0]["column"]) == (2, "event_no")
    assert ImportRun.objects.count() == 2


def test_a_visit_is_logged(as_: Any, world: worlds.World) -> None:
    Visit.objects.filter(pk=world.x.visit.pk).update(state="done", checked_out_at=worlds.AT)
    api = as_("channel_manager")
    given = {"dealer": "XA001", "kind": "routine", "latitude": 23.37, "longitude": 104.24, "accuracy_m": 12}
    made = api.post("/api/v1/visits/", {**given, "client_id": "8c5ef3a6-0c0f-4f0a-9c36-1a3f6f6f0001"}, format="json")
    assert made.status_code == 201, made.content
    again = api.post("/api/v1/visits/", {**given, "client_id": "8c5ef3a6-0c0f-4f0a-9c36-1a3f6f6f0001"}, format="json")
    assert again.json()["id"] == made.json()["id"]
    url = f"/api/v1/visits/{made.json()['id']}"
    found = api.post(f"{url}/findings/", {"category": "display", "text": "海报破损"}, format="json")
    assert found.status_code == 201
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(picture, "JPEG")
    picture.seek(0)
    picture.name = "store.jpg"
    photo = api.post(f"{url}/photos/", {"photo": picture, "finding": found.json()["id"]}, format="multipart")
    assert (photo.status_code, photo.json().get("width")) == (201, 60), photo.content
    assert api.post(f"{url}/notes/", {"text": "下次带海报"}, format="json").json()["notes"][0]["text"] == "下次带海报"
    gone = api.post(f"/api/v1/findings/{found.json()['id']}/withdraw/", {"reason": "已换"}, format="json")
    assert gone.json()["state"] == "withdrawn"
    assert api.post(f"{url}/check-out/", {}, format="json").status_code == 409


def test_a_strangers_store_cannot_be_named_in_a_body(as_: Any, world: worlds.World) -> None:
    found = as_("channel_manager").post("/api/v1/visits/", {"dealer": world.z.dealer.code}, format="json")
    assert (found.status_code, found.json()["errors"][0]["code"]) == (400, "does_not_exist")


def test_bodies_that_are_no_objects_are_refused(as_: Any, world: worlds.World) -> None:
    api = as_("city_manager")
    for body in ("[]", "1", '"x"', "{", "null"):
        for url in ("/api/v1/policies/", f"/api/v1/batches/{world.a.calculated.number}/void/"):
            found = api.post(url, body, content_type="application/json")
            assert found.status_code == 400, (url, body, found.content)
            assert json.loads(found.content)["status"] == 400


def test_a_line_says_why(as_: Any, world: worlds.World) -> None:
    found = as_("dealer").get(f"/api/v1/lines/{world.x.line.pk}/explain/")
    assert found.status_code == 200, found.content
    assert found.json()["text"]
    assert found.json()["line"]["event_no"] == world.x.sale.event_no


def test_a_dealer_confirms_his_statement(as_: Any, world: worlds.World) -> None:
    refused = as_("dealer").post(f"/api/v1/statements/{world.x.statement.number}/confirm/")
    assert (refused.status_code, refused.json()["code"]) == (409, "disputed")
    url = f"/api/v1/disputes/{world.x.dispute.number}"
    assert as_("county_supervisor").post(f"{url}/answer/", {"text": "无误"}, format="json").status_code == 200
    assert as_("dealer").post(f"{url}/accept/").json()["state"] == "accepted"
    found = as_("dealer").post(f"/api/v1/statements/{world.x.statement.number}/confirm/")
    assert (found.status_code, bool(found.json()["confirmed_at"])) == (200, True), found.content
    assert as_("dealer").post(f"/api/v1/statements/{world.y.statement.number}/confirm/").status_code == 404


def test_payments_are_looked_at_and_recorded(as_: Any, world: worlds.World) -> None:
    rows = as_("auditor").get(f"/api/v1/batches/{world.a.approved.number}/payments/").json()
    assert {row["dealer_code"] for row in rows} == {"XA001", "YA001"}
    given = {"rows": [{"statement": world.x.statement.number, "result": "ok"}]}
    api = as_("finance_clerk")
    assert api.post("/api/v1/batches/payments/record/", given, format="json").json() == {
        "ok": 1,
        "failed": 0,
        "unchanged": 0,
    }
    bad = {"rows": [{"statement": world.y.statement.number, "result": "failed"}]}
    refused = api.post("/api/v1/batches/payments/record/", bad, format="json")
    assert (refused.status_code, refused.json()["params"]["rows"][0]["row"]) == (409, 2)


def test_a_settlement_is_asked_for_county_by_county(as_: Any) -> None:
    api = as_("county_supervisor")
    jobs = api.post("/api/v1/batches/", {"period": "2026-09"}, format="json")
    assert (jobs.status_code, len(jobs.json())) == (202, 1), jobs.content
    assert api.post("/api/v1/batches/", {"period": "2026-13"}, format="json").status_code == 400
    other = {"period": "2026-09", "counties": ["532602"]}
    assert api.post("/api/v1/batches/", other, format="json").json()["errors"][0]["code"] == "does_not_exist"


def test_a_batch_above_budget_needs_an_approval(as_: Any, world: worlds.World) -> None:
    batch = world.a.calculated
    type(batch).objects.filter(pk=batch.pk).update(gross=1200)
    url = f"/api/v1/batches/{batch.number}"
    refused = as_("county_supervisor").post(f"{url}/submit/", {}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "over_budget")
    assert refused.json()["params"]["budgets"][0]["excess"] == "200.00"
    assert as_("finance_approver").post(f"{url}/over-budget/", {}, format="json").status_code == 400
    made = as_("finance_approver").post(f"{url}/over-budget/", {"reason": "促销"}, format="json")
    assert [(one["covers"], one["granted_by"]) for one in made.json()] == [("1200.00", "finance_approver")]
    assert as_("county_supervisor").post(f"{url}/submit/", {}, format="json").json()["state"] == "submitted"


def test_a_budget_is_set_and_read_with_its_use(as_: Any, world: worlds.World) -> None:
    data = {"org_unit": world.a.unit.code, "period": "2026", "kind": "base", "amount": "5000.00"}
    made = as_("finance_clerk").post("/api/v1/budgets/", data, format="json")
    assert made.status_code == 201, made.content
    found = as_("county_supervisor").get(f"/api/v1/budgets/{made.json()['id']}/").json()
    assert (found["amount"], found["use"]["committed"], found["use"]["paid"]) == ("5000.00", "0.00", None)
    outside = {**data, "org_unit": world.other_city.code}
    assert as_("finance_clerk").post("/api/v1/budgets/", outside, format="json").status_code == 400
    assert as_("finance_clerk").post("/api/v1/budgets/", {**data, "period": "2026-1"}, format="json").status_code == 409


def test_an_adjustment_needs_a_second_person(as_: Any, world: worlds.World) -> None:
    given = {
        "dealer": "XA001",
        "month": "2026-09",
        "type": "farming",
        "amount": "-20.00",
        "document_no": "WS9",
        "document_name": "通报",
        "reason": "养卡",
    }
    api = as_("city_manager")
    made = api.post("/api/v1/adjustments/", given, format="json")
    assert (made.status_code, made.json()["state"]) == (201, "entered"), made.content
    assert made.json()["place"]["period"] == "2026-09"
    url = f"/api/v1/adjustments/{made.json()['reference']}"
    assert api.post(f"{url}/approve/").status_code == 403
    assert as_("dealer").get(f"{url}/").status_code == 404
    assert as_("approver").post(f"{url}/approve/").json()["approved_by"] == "approver"
    assert as_("dealer").get(f"{url}/").status_code == 200
    assert as_("approver").post(f"{url}/reject/", {"reason": "晚了"}, format="json").status_code == 409
    wrong = api.post("/api/v1/adjustments/", {**given, "amount": "20.00"}, format="json")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "sign")
    outside = as_("county_supervisor").post("/api/v1/adjustments/", {**given, "dealer": "ZB001"}, format="json")
    assert outside.json()["errors"][0]["code"] == "does_not_exist"


def file(name: str = "证明.pdf", data: bytes = b"%PDF-1.7\n%%EOF\n") -> Any:
    return SimpleUploadedFile(name, data)


def test_papers_come_with_a_write_or_it_is_not_done(
    as_: Any, world: worlds.World, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    given = {"dealer": "XA001", "amount": "-1.00", "reason": "多计"}
    api, before = as_("county_supervisor"), Paper.objects.count()
    for files in (
        [file("图.svg", b"<svg onload='x()'/>")],
        [file("大.pdf", b"%PDF-" + b"0" * LARGEST_BYTES)],
        [file()] * 6,
    ):
        wrong = api.post("/api/v1/pool-changes/", {**given, "files": files}, format="multipart")
        assert (wrong.status_code, wrong.json()["errors"][0]["pointer"].startswith("#/files")) == (400, True)
    assert Paper.objects.count() == before
    for _ in range(2):  # sent twice with one key, it is there once
        made = api.post(
            "/api/v1/pool-changes/", {**given, "files": [file(), file()]}, format="multipart",
            headers={"Idempotency-Key": "papers"},
        )  # fmt: skip
        assert made.status_code == 201, made.content
    papers = Paper.objects.filter(pool_change__reference=made.json()["reference"])
    assert [paper.name for paper in papers] == ["证明.pdf", "证明.pdf"]
    dispute = f"/api/v1/disputes/{world.x.dispute.number}"
    assert as_("county_supervisor").post(
        f"{dispute}/answer/", {"text": "见附件", "files": [file()]}, format="multipart"
    ).status_code == 200  # fmt: skip
    assert Paper.objects.filter(dispute=world.x.dispute).latest("pk").name == "证明.pdf"


def test_a_dispute_goes_from_hand_to_hand(as_: Any, world: worlds.World) -> None:
    url = f"/api/v1/disputes/{world.x.dispute.number}"
    dealer, county, city = as_("dealer"), as_("county_supervisor"), as_("city_manager")
    late = dealer.post("/api/v1/disputes/", {"statement": world.x.statement.number, "text": "少算"}, format="json")
    assert (late.status_code, late.json()["code"]) == (409, "too_late")
    assert county.post(f"{url}/answer/", {"text": "按规则计算"}, format="json").json()["state"] == "answered"
    assert dealer.post(f"{url}/escalate/", {"text": "仍有误"}, format="json").json()["state"] == "escalated"
    grant = {
        "text": "应补发",
        "type": "other_back_pay",
        "amount": "7.00",
        "document_no": "WS9",
        "document_name": "裁定",
    }
    assert county.post(f"{url}/grant/", grant, format="json").status_code == 403
    granted = city.post(f"{url}/grant/", grant, format="json")
    assert (granted.status_code, granted.json()["state"]) == (200, "granted"), granted.content
    assert [one["state"] for one in granted.json()["adjustments"]] == ["entered"]
    assert dealer.get(f"{url}/").json()["adjustments"] == []
    told = dealer.get(f"{url}/history/").json()
    assert [one["action"] for one in told] == ["answer", "escalate", "grant"]


def test_a_dealer_redeems_points_and_the_city_decides(as_: Any, world: worlds.World) -> None:
    reward = world.a.reward.code
    asked = as_("dealer").post("/api/v1/redemptions/", {"item": reward, "quantity": 4}, format="json")
    assert (asked.status_code, asked.json()["points"]) == (201, 4), asked.content
    assert as_("dealer").post("/api/v1/redemptions/", {"item": reward}, format="json").status_code == 409
    hidden = as_("dealer").post("/api/v1/redemptions/", {"item": world.b.reward.code}, format="json")
    assert hidden.status_code == 400
    url = f"/api/v1/redemptions/{asked.json()['reference']}"
    assert as_("dealer").post(f"{url}/approve/").status_code == 403
    assert as_("city_manager").post(f"{url}/approve/").json()["state"] == "approved"
    assert as_("finance_clerk").post(f"{url}/hand-over/").json()["handed_over_by"] == "finance_clerk"
    entries = as_("dealer").get("/api/v1/points-entries/").json()["results"]
    assert [one["points"] for one in entries] == [5, -1, -4]
    assert [one["left"] for one in as_("dealer").get("/api/v1/points-items/").json()["results"]] == [3]
