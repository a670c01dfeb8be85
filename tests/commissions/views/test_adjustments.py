"""Adjustments in the browser: entered with papers, decided by another, read by the dealer."""

from collections.abc import Callable

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from commissions.models import Adjustment
from commissions.services import adjustment as service
from core.models import Notice
from tests import factories as f
from tests.commissions.scene import Scene, make_batch
from tests.commissions.test_adjustments import AT, PDF, enter, picture

SignIn = Callable[..., Client]
PATH = "/commissions/adjustments/"


def filled(scene: Scene, **changes: object) -> dict[str, object]:
    return {
        "dealer": scene.dealers[0].code,
        "month": "2026-09",
        "type": "farming",
        "amount": "20.00",
        "document_no": "WS9",
        "document_name": "九月通报",
        "reason": "养卡 2 张",
        **changes,
    }


def with_dealer(scene: Scene) -> Scene:
    scene.dealers = [f.make_dealer(scene.county, name="城关店")]
    return scene


def test_entered_by_the_county_approved_by_the_city(scene: Scene, as_user: SignIn) -> None:
    with_dealer(scene)
    county, city = as_user(scene.supervisor), as_user(scene.manager)
    assert "录入调整" in county.get(PATH).content.decode()
    papers = [SimpleUploadedFile("通报.pdf", PDF), SimpleUploadedFile("照片.png", picture())]
    page = county.post(f"{PATH}new/", filled(scene, papers=papers), follow=True).content.decode()
    assert "等待他人审批" in page
    assert "须由他人审批" in page
    row = Adjustment.objects.get()
    assert str(row.amount) == "-20.00"
    url = f"{PATH}{row.reference}/"
    assert "approve/" not in county.get(url).content.decode()
    assert county.post(f"{url}approve/").status_code == 403
    page = city.get(url).content.decode()
    for text in ("−¥20.00", "WS9", "九月通报", "养卡 2 张", "通报.pdf", "照片.jpg", "将进入 2026-09"):
        assert text in page, text
    for paper in row.papers.all():
        answer = city.get(f"{url}papers/{paper.pk}/")
        assert (answer.status_code, answer["X-Content-Type-Options"]) == (200, "nosniff")
        assert ("attachment" in answer["Content-Disposition"]) is (paper.content_type == "application/pdf")
    assert "2026-09" in city.get(f"{url}approve/").content.decode()
    assert "已审批通过" in city.post(f"{url}approve/", follow=True).content.decode()
    dealer = as_user(f.make_dealer_user(scene.dealers[0]))
    page = dealer.get(url).content.decode()
    assert "九月通报" in page
    assert "处理记录" not in page or "王主管" not in page
    assert "九月通报" in dealer.get(PATH).content.decode()


def test_whoever_entered_it_is_sent_back(scene: Scene, as_user: SignIn) -> None:
    row = enter(with_dealer(scene), by=scene.manager)
    client = as_user(scene.manager)
    answer = client.get(f"{PATH}{row.reference}/approve/", follow=True)
    assert "须由他人审批" in answer.content.decode()
    client.post(f"{PATH}{row.reference}/approve/")
    row.refresh_from_db()
    assert row.state == "entered"


def test_a_rejection_needs_its_reason(scene: Scene, as_user: SignIn) -> None:
    row = enter(with_dealer(scene))
    client = as_user(scene.approver)
    assert client.post(f"{PATH}{row.reference}/reject/", {"reason": ""}).status_code == 422
    page = client.post(f"{PATH}{row.reference}/reject/", {"reason": "依据不足"}, follow=True).content.decode()
    assert "依据不足" in page
    assert Adjustment.objects.get().state == "rejected"
    notices = as_user(scene.supervisor).get("/notices/").content.decode()
    assert "依据不足" in notices
    assert row.reference in notices


def test_nothing_typed_is_lost(scene: Scene, as_user: SignIn) -> None:
    with_dealer(scene)
    client = as_user(scene.supervisor)
    wrong = {
        "dealer": "D404",
        "month": "2026-13",
        "amount": "-5",
        "document_no": "",
        "papers": SimpleUploadedFile("a.exe", b"MZ"),
    }
    for name, value in wrong.items():
        answer = client.post(f"{PATH}new/", filled(scene, **{name: value}))
        assert answer.status_code == 422, name
        assert "养卡 2 张" in answer.content.decode()
    assert not Adjustment.objects.exists()
    assert client.post(f"{PATH}new/", filled(scene, dealer="城关店")).status_code == 302
    stranger = as_user(f.make_user("stranger", Role.COUNTY_SUPERVISOR, f.make_city(2)[2]))
    assert stranger.post(f"{PATH}new/", filled(scene)).status_code == 422


def test_the_list_filters_exports_and_asks_no_more_for_more(scene: Scene, as_user: SignIn) -> None:
    with_dealer(scene)
    make_batch(scene, "2026-09", state="approved")
    client = as_user(scene.manager)
    first = enter(scene)
    client.get(PATH)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PATH).status_code == 200
        return len(captured)

    before = queries()
    others = [enter(scene, document_name=f"通知 {n}") for n in range(8)]
    for row in others[:4]:
        service.approve(adjustment=row, by=scene.manager, at=AT)
    assert queries() <= before + 2 <= 20  # what is approved is looked for in the batches
    page = client.get(PATH, {"state": "approved", "document": "通知 3"}).content.decode()
    assert others[3].reference in page
    assert others[2].reference not in page
    assert first.reference not in page
    text = client.get(PATH, {"export": "csv", "month": "2026-09"}).getvalue().decode("utf-8-sig")
    assert "将进入 2026-10" in text


def test_what_waits_is_on_the_first_page(scene: Scene, as_user: SignIn) -> None:
    enter(with_dealer(scene), by=scene.manager)
    assert "待审批的酬金调整" not in as_user(scene.manager).get("/").content.decode()
    assert "待审批的酬金调整" in as_user(scene.second_manager).get("/").content.decode()
    assert Notice.objects.filter(user=scene.second_manager).exists()
