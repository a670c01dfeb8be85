"""Payments: what is on hold and why, files out, results in, nothing twice; accounts by two people."""

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from accounts.roles import Role
from commissions.models import Payment, SettlementBatch, Statement
from dealers.models import DealerAccount, DealerSuspension
from tests import factories as f
from tests.commissions.scene import Scene, make_batch

SignIn = Callable[..., Client]
RESULTS = "/commissions/payments/results/"


@pytest.fixture
def batch(scene: Scene) -> SettlementBatch:
    """An approved batch of three dealers: one can be paid, one has no account, one is suspended."""
    scene.dealers = [f.make_dealer(scene.county) for _ in range(3)]
    for dealer in (scene.dealers[0], scene.dealers[2]):
        f.make_account(dealer, entered_by=scene.supervisor, verified_by=scene.clerk)
    DealerSuspension.objects.create(dealer=scene.dealers[2], from_date="2026-10-01", reason="整改")
    return make_batch(scene, state="approved")


def issue(client: Client, batch: SettlementBatch) -> str:
    return client.post(f"/commissions/batches/{batch.number}/payments/issue/", follow=True).content.decode()


def upload(client: Client, text: str | bytes, name: str = "results.csv") -> str:
    data = text if isinstance(text, bytes) else text.encode()
    return client.post(RESULTS, {"file": SimpleUploadedFile(name, data)}).content.decode()


def record(client: Client, page: str) -> str:
    """Press the button below the checked file."""
    token = page.split('name="checked" value="')[1].split('"')[0]
    return client.post(RESULTS, {"checked": token}, follow=True).content.decode()


def number(scene: Scene, batch: SettlementBatch, place: int = 0) -> str:
    return Statement.objects.get(batch=batch, dealer=scene.dealers[place]).number


def test_what_is_on_hold_is_shown_with_its_reason(scene: Scene, batch: SettlementBatch, as_user: SignIn) -> None:
    page = as_user(scene.clerk).get(f"/commissions/batches/{batch.number}/payments/").content.decode()
    held = page[page.index("暂缓付款及原因") : page.index("下一份付款文件的内容")]
    assert scene.dealers[1].name in held
    assert scene.dealers[2].name in held
    assert scene.dealers[0].name not in held
    assert not Payment.objects.exists()


def test_issuing_makes_a_file_with_full_accounts(scene: Scene, batch: SettlementBatch, as_user: SignIn) -> None:
    client = as_user(scene.clerk)
    page = issue(client, batch)
    payment = Payment.objects.get()
    assert SettlementBatch.objects.get(pk=batch.pk).state == "paying"
    assert payment.account not in page
    query = {"at": payment.issued_at.isoformat()}
    path = f"/commissions/batches/{batch.number}/payments/file/"
    sheet = load_workbook(BytesIO(b"".join(client.get(path, query).streaming_content))).active
    assert sheet
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("statement", "dealer_code", "dealer_name", "amount", "bank", "account", "holder", "hold_reason")
    assert rows[1][5] == payment.account
    assert Decimal(str(rows[1][3])) == payment.amount
    assert {row[1]: row[7] for row in rows[2:]} == {
        scene.dealers[1].code: "无收款账户",
        scene.dealers[2].code: "渠道已暂停",
    }
    csv = b"".join(client.get(path, {**query, "as": "csv"}).streaming_content).decode("utf-8-sig")
    assert payment.account in csv


@pytest.mark.parametrize("query", [{}, {"at": "x"}, {"at": "2026-10-08T10:00:00"}, {"at": "2026-10-08T10:00:00+08:00"}])
def test_a_file_that_never_went_out_is_not_there(
    scene: Scene, batch: SettlementBatch, as_user: SignIn, query: dict[str, str]
) -> None:
    assert as_user(scene.clerk).get(f"/commissions/batches/{batch.number}/payments/file/", query).status_code == 404


def test_only_finance_clerks_issue_and_take_files(scene: Scene, batch: SettlementBatch, as_user: SignIn) -> None:
    for user in (scene.approver, scene.manager, scene.supervisor):
        client = as_user(user)
        base = f"/commissions/batches/{batch.number}/payments/"
        assert client.post(f"{base}issue/").status_code == 403
        assert client.get(f"{base}file/").status_code == 403
        assert client.get(RESULTS).status_code == 403
        assert f"{base}issue/" not in client.get(base).content.decode()
    stranger = as_user(f.make_user("stranger", Role.FINANCE_CLERK, f.make_city(2)[2]))
    assert stranger.post(f"/commissions/batches/{batch.number}/payments/issue/").status_code == 404


def test_results_are_shown_before_they_are_recorded(scene: Scene, batch: SettlementBatch, as_user: SignIn) -> None:
    client = as_user(scene.clerk)
    issue(client, batch)
    page = upload(client, f"statement,result,reason\n{number(scene, batch)},failed,账号不存在\n")
    assert "账号不存在" in page
    assert Payment.objects.get().state == "issued"
    assert "失败 1 笔" in record(client, page)
    payment = Payment.objects.get()
    assert (payment.state, payment.reason, payment.recorded_by) == ("failed", "账号不存在", scene.clerk)


def test_a_failed_payment_is_issued_again(scene: Scene, batch: SettlementBatch, as_user: SignIn) -> None:
    client = as_user(scene.clerk)
    issue(client, batch)
    record(client, upload(client, f"statement,result,reason\n{number(scene, batch)},failed,户名不符\n"))
    issue(client, batch)
    assert list(Payment.objects.order_by("attempt").values_list("attempt", "state")) == [(1, "failed"), (2, "issued")]
    record(client, upload(client, f"statement,result\n{number(scene, batch)},ok\n"))
    issue(client, batch)
    assert Payment.objects.count() == 2


def test_the_exported_file_with_results_added_is_accepted(
    scene: Scene, batch: SettlementBatch, as_user: SignIn
) -> None:
    client = as_user(scene.clerk)
    issue(client, batch)
    at = Payment.objects.get().issued_at.isoformat()
    response = client.get(f"/commissions/batches/{batch.number}/payments/file/", {"at": at})
    book = load_workbook(BytesIO(b"".join(response.streaming_content)))
    sheet = book.active
    assert sheet
    sheet.cell(1, 9).value = "结果"
    sheet.cell(2, 9).value = "成功"
    out = BytesIO()
    book.save(out)
    assert "成功 1 笔" in record(client, upload(client, out.getvalue(), "付款.xlsx"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("statement,result,reason\nS-404,ok,\n", "该对账单没有付款"),
        ("statement,result,reason\n{n},paid,\n", "既不是 ok 也不是 failed"),
        ("statement,result,reason\n{n},failed,\n", "付款失败须填写原因"),
        ("statement,result,reason\n{n},ok,\n{n},ok,\n", "该对账单出现两次"),
    ],
)
def test_rows_that_cannot_be_recorded_stop_the_whole_file(
    scene: Scene, batch: SettlementBatch, as_user: SignIn, text: str, words: str
) -> None:
    client = as_user(scene.clerk)
    issue(client, batch)
    page = upload(client, text.format(n=number(scene, batch)))
    assert words in page
    assert "登记这些结果" not in page


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00\x01\x02", b"a,b\n1,2\n", b"statement,result\n", b"statement\nx\n", b"\xff\xfes\x00", b"%PDF-1.7\n..."],
)
def test_files_that_are_no_results_are_refused_with_words(scene: Scene, as_user: SignIn, data: bytes) -> None:
    client = as_user(scene.clerk)
    response = client.post(RESULTS, {"file": SimpleUploadedFile("x.csv", data)})
    assert response.status_code == 422
    assert "field-errors" in response.content.decode()


def test_a_forged_check_is_refused(scene: Scene, as_user: SignIn) -> None:
    page = as_user(scene.clerk).post(RESULTS, {"checked": "forged"}, follow=True).content.decode()
    assert "请重新上传" in page


def test_an_excel_file_of_results(scene: Scene, batch: SettlementBatch, as_user: SignIn) -> None:
    client = as_user(scene.clerk)
    issue(client, batch)
    book = Workbook()
    sheet = book.active
    assert sheet
    sheet.append(["对账单编号", "结果", "原因"])
    sheet.append([number(scene, batch), "失败", "账户冻结"])
    sheet.append([number(scene, batch, 1), "", ""])
    out = BytesIO()
    book.save(out)
    record(client, upload(client, out.getvalue(), "结果.xlsx"))
    assert Payment.objects.get().reason == "账户冻结"


def test_an_account_is_verified_by_a_second_person(scene: Scene, as_user: SignIn) -> None:
    dealer = f.make_dealer(scene.county)
    account = f.make_account(dealer, entered_by=scene.supervisor)
    client = as_user(scene.clerk)
    listed = client.get("/commissions/accounts/?state=entered").content.decode()
    assert dealer.name in listed
    assert account.number not in listed
    assert account.number in client.get(f"/commissions/accounts/{account.pk}/").content.decode()
    page = client.post(f"/commissions/accounts/{account.pk}/verify/", follow=True).content.decode()
    assert "已核实" in page
    assert DealerAccount.objects.get().state == "verified"


def test_whoever_entered_an_account_does_not_verify_it(scene: Scene, as_user: SignIn) -> None:
    account = f.make_account(f.make_dealer(scene.county), entered_by=scene.clerk)
    client = as_user(scene.clerk)
    page = client.get(f"/commissions/accounts/{account.pk}/").content.decode()
    assert f"/commissions/accounts/{account.pk}/verify/" not in page
    assert "须由他人核实" in page
    assert "须由他人核实" in client.get(f"/commissions/accounts/{account.pk}/verify/", follow=True).content.decode()
    client.post(f"/commissions/accounts/{account.pk}/verify/")
    assert DealerAccount.objects.get().state == "entered"


def test_rejecting_an_account_needs_a_reason(scene: Scene, as_user: SignIn) -> None:
    account = f.make_account(f.make_dealer(scene.county), entered_by=scene.supervisor)
    client = as_user(scene.clerk)
    path = f"/commissions/accounts/{account.pk}/reject/"
    assert client.post(path).status_code == 422
    client.post(path, {"reason": "户名与营业执照不符"})
    assert DealerAccount.objects.get().state == "rejected"


def test_accounts_are_for_verifiers_in_their_scope(scene: Scene, as_user: SignIn) -> None:
    account = f.make_account(f.make_dealer(scene.county), entered_by=scene.supervisor)
    stranger = as_user(f.make_user("stranger", Role.FINANCE_CLERK, f.make_city(2)[2]))
    assert stranger.get(f"/commissions/accounts/{account.pk}/").status_code == 404
    assert stranger.post(f"/commissions/accounts/{account.pk}/verify/").status_code == 404
    for user in (scene.supervisor, scene.manager, scene.approver):
        assert as_user(user).get("/commissions/accounts/").status_code == 403
        assert as_user(user).get(f"/commissions/accounts/{account.pk}/").status_code == 403
