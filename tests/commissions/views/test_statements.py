"""Statements: the dealer's and the staff's, line by line, with their reasons and files."""

from collections.abc import Callable
from io import BytesIO

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from accounts.roles import Role
from commissions.models import CommissionLine, Statement, StatementConfirmation
from tests import factories as f
from tests.commissions.scene import Scene, make_batch

SignIn = Callable[..., Client]
PARTS = ("", "lines/", "file/", "print/")


def path_of(statement: Statement, part: str = "") -> str:
    return f"/commissions/statements/{statement.number}/{part}"


def one(scene: Scene, period: str = "2026-09", state: str = "approved", **options: object) -> Statement:
    """The first dealer's statement of a batch in that state."""
    batch = make_batch(scene, period, state=state, **options)  # type: ignore[arg-type]
    return Statement.objects.select_related("dealer", "batch").get(batch=batch, dealer=scene.dealers[0])


def test_a_dealer_reads_how_the_amount_came_about(scene: Scene, as_user: SignIn) -> None:
    statement = one(scene)
    page = as_user(f.make_dealer_user(statement.dealer)).get(path_of(statement)).content.decode()
    for text in ("¥138.36", "48.80", "−10.44", "门店补贴", "4G 畅享 58 元", "月末欠费", "激励酬金"):
        assert text in page, text
    assert page.index("¥138.36") < page.index("金额怎么来的") < page.index("激励酬金")


def test_only_approved_statements_of_his_own_are_there_for_a_dealer(scene: Scene, as_user: SignIn) -> None:
    scene.dealers = [f.make_dealer(scene.county), f.make_dealer(scene.county)]
    approved = one(scene, "2026-08", "approved")
    open_ = one(scene, "2026-09", "reviewed")
    client = as_user(f.make_dealer_user(scene.dealers[0]))
    others = as_user(f.make_dealer_user(scene.dealers[1]))
    for part in PARTS:
        assert client.get(path_of(approved, part)).status_code == 200, part
        assert client.get(path_of(open_, part)).status_code == 404, part
        assert others.get(path_of(approved, part)).status_code == 404, part
    listed = client.get("/commissions/statements/").content.decode()
    assert approved.number in listed
    assert open_.number not in listed


def test_staff_see_the_statements_of_their_units(scene: Scene, as_user: SignIn) -> None:
    grid = f.make_grid(scene.county)
    scene.dealers = [f.make_dealer(grid), f.make_dealer(scene.county)]
    statement = one(scene, state="calculated")
    elsewhere = Statement.objects.get(batch=statement.batch, dealer=scene.dealers[1])
    manager = as_user(f.make_user("grid", Role.CHANNEL_MANAGER, grid))
    assert manager.get(path_of(statement)).status_code == 200
    assert manager.get(path_of(elsewhere)).status_code == 404
    assert as_user(scene.supervisor).get(path_of(elsewhere)).status_code == 200
    stranger = f.make_user("stranger", Role.COUNTY_SUPERVISOR, f.make_city(2)[2])
    assert as_user(stranger).get(path_of(statement)).status_code == 404
    assert as_user(f.make_user("keeper", Role.KEEPER, scene.city)).get(path_of(statement)).status_code == 403
    assert Client().get(path_of(statement)).status_code == 302


def test_lines_of_a_group_as_part_and_as_page(scene: Scene, as_user: SignIn) -> None:
    statement = one(scene, sales=60)
    client = as_user(f.make_dealer_user(statement.dealer))
    query = {"line_type": "record", "kind": "base", "product": scene.product.pk}
    page = client.get(path_of(statement, "lines/"), query).content.decode()
    part = client.get(path_of(statement, "lines/"), query, headers={"HX-Request": "true"}).content.decode()
    assert "<html" in page
    assert "<html" not in part
    assert part.count('class="line"') == 50
    rest = client.get(path_of(statement, "lines/"), {**query, "page": 2}, headers={"HX-Request": "true"})
    assert rest.content.decode().count('class="line"') == 10
    assert client.get(path_of(statement, "lines/"), {**query, "page": 99}).status_code == 200
    assert client.get(path_of(statement, "lines/"), {**query, "page": "x"}).status_code == 404


def test_a_line_says_why_in_place_and_as_a_page(scene: Scene, as_user: SignIn) -> None:
    statement = one(scene)
    client = as_user(f.make_dealer_user(statement.dealer))
    for line in CommissionLine.objects.filter(batch=statement.batch, dealer=statement.dealer):
        page = client.get(f"/commissions/lines/{line.pk}/")
        part = client.get(f"/commissions/lines/{line.pk}/", headers={"HX-Request": "true"})
        assert page.status_code == part.status_code == 200
        assert "explain-text" in part.content.decode()
        assert "<html" not in part.content.decode()


def test_nobody_reads_lines_of_statements_that_he_does_not_see(scene: Scene, as_user: SignIn) -> None:
    scene.dealers = [f.make_dealer(scene.county), f.make_dealer(scene.county)]
    statement = one(scene)
    line = CommissionLine.objects.filter(batch=statement.batch, dealer=statement.dealer).first()
    assert line
    path = f"/commissions/lines/{line.pk}/"
    assert as_user(f.make_dealer_user(scene.dealers[1])).get(path).status_code == 404
    stranger = f.make_user("stranger", Role.COUNTY_SUPERVISOR, f.make_city(2)[2])
    assert as_user(stranger).get(path).status_code == 404
    assert as_user(scene.clerk).get("/commissions/lines/1/").status_code == 404
    assert as_user(scene.clerk).get(f"/commissions/lines/{2**64}/").status_code == 404


def test_a_dealer_confirms_once(scene: Scene, as_user: SignIn) -> None:
    statement = one(scene)
    user = f.make_dealer_user(statement.dealer, name="张老板")
    client = as_user(user)
    assert path_of(statement, "confirm/") in client.get(path_of(statement)).content.decode()
    assert "138.36" in client.get(path_of(statement, "confirm/")).content.decode()
    page = client.post(path_of(statement, "confirm/"), follow=True).content.decode()
    assert "已确认" in page
    assert path_of(statement, "confirm/") not in page
    assert StatementConfirmation.objects.get().by == user
    client.post(path_of(statement, "confirm/"))
    assert StatementConfirmation.objects.count() == 1


def test_others_do_not_confirm(scene: Scene, as_user: SignIn) -> None:
    scene.dealers = [f.make_dealer(scene.county), f.make_dealer(scene.county)]
    statement = one(scene)
    assert as_user(scene.supervisor).post(path_of(statement, "confirm/")).status_code == 403
    other = as_user(f.make_dealer_user(scene.dealers[1]))
    assert other.post(path_of(statement, "confirm/")).status_code == 404
    assert not StatementConfirmation.objects.exists()


def test_the_workbook_has_the_way_and_every_line(scene: Scene, as_user: SignIn) -> None:
    statement = one(scene, sales=3)
    client = as_user(f.make_dealer_user(statement.dealer))
    book = load_workbook(BytesIO(b"".join(client.get(path_of(statement, "file/")).streaming_content)))
    summary, groups, lines = (list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets)
    assert ("对账单编号", statement.number, None) in summary
    assert float(statement.paid) in [row[2] for row in summary]
    assert {row[0] for row in groups[1:]} == {"基本酬金", "激励酬金", "门店补贴"}
    assert len(lines) - 1 == statement.lines
    assert sum(row[10] for row in lines[1:]) == float(statement.net)


def test_numbers_of_subscribers_and_accounts_are_masked(scene: Scene, as_user: SignIn) -> None:
    statement = one(scene)
    account = f.make_account(statement.dealer, entered_by=scene.supervisor, verified_by=scene.clerk)
    line = CommissionLine.objects.filter(batch=statement.batch, record__isnull=False).first()
    assert line
    assert line.record
    client = as_user(f.make_dealer_user(statement.dealer))
    for part in ("", "lines/", "print/"):
        page = client.get(path_of(statement, part)).content.decode()
        assert account.number not in page, part
        assert line.record.msisdn not in page, part
    assert account.number[-4:] in client.get(path_of(statement)).content.decode()


def test_without_an_account_the_dealer_is_told(scene: Scene, as_user: SignIn) -> None:
    statement = one(scene)
    client = as_user(f.make_dealer_user(statement.dealer))
    assert "没有已核实的收款账户" in client.get(path_of(statement)).content.decode()


def test_the_pool_of_the_month(scene: Scene, as_user: SignIn) -> None:
    one(scene, "2026-08", sales=1)
    statement = one(scene, "2026-09", sales=2)
    page = as_user(scene.clerk).get(path_of(statement)).content.decode()
    pool = page[page.index('<h2 class="card-title">酬金池') :]
    for text in ("5.22", "10.44", "15.66"):
        assert text in pool


def test_the_number_of_queries_does_not_grow(scene: Scene, as_user: SignIn) -> None:
    few, many = one(scene, "2026-08", sales=1), one(scene, "2026-09", sales=30)
    client = as_user(f.make_dealer_user(scene.dealers[0]))

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            response = client.get(path)
            assert response.status_code == 200
            if response.streaming:
                b"".join(response.streaming_content)
        return len(captured)

    queries(path_of(few))  # the settings are read once and kept
    for part in PARTS:
        assert queries(path_of(few, part)) == queries(path_of(many, part)) <= 20, part
    first = queries("/commissions/statements/")
    for month in range(1, 8):
        one(scene, f"2026-0{month}", "paid", sales=1)
    assert queries("/commissions/statements/") == first


def test_the_dealers_month_so_far(scene: Scene, as_user: SignIn) -> None:
    statement = one(scene)
    for day in ("2026-10-01", "2026-10-02", "2026-10-09"):
        f.make_sale(statement.dealer, day, scene.product)
    client = as_user(f.make_dealer_user(statement.dealer))
    for path in ("/commissions/month/", "/commissions/panels/month/"):
        page = client.get(path).content.decode()
        assert "¥138.36" in page
        assert "¥10.44" in page
        assert "放号" in page
        assert "等待您确认" in page
        assert "金额在月度结算后给出" in page
    assert as_user(scene.clerk).get("/commissions/month/").status_code == 403


def test_a_dealer_without_anything_is_told_what_comes(scene: Scene, as_user: SignIn) -> None:
    client = as_user(f.make_dealer_user(f.make_dealer(scene.county)))
    assert "还没有对账单" in client.get("/commissions/statements/").content.decode()
    assert "本月业务尚未到达系统" in client.get("/commissions/month/").content.decode()
    unlinked = as_user(f.make_user("unlinked", Role.DEALER))
    assert "尚未关联门店" in unlinked.get("/commissions/month/").content.decode()


def test_statements_of_one_dealer_for_his_page(scene: Scene, as_user: SignIn) -> None:
    scene.dealers = [f.make_dealer(scene.county), f.make_dealer(scene.county)]
    statement = one(scene)
    path = f"/commissions/dealers/{statement.dealer_id}/statements/"
    page = as_user(scene.supervisor).get(path, headers={"HX-Request": "true"}).content.decode()
    assert statement.number in page
    assert scene.dealers[1].code not in page


def test_pool_ledger_of_dealer_and_staff(scene: Scene, as_user: SignIn) -> None:
    scene.dealers = [f.make_dealer(scene.county), f.make_dealer(scene.county)]
    statement = one(scene)
    own = as_user(f.make_dealer_user(scene.dealers[0]))
    assert own.get("/commissions/pool/").url == f"/commissions/pool/{scene.dealers[0].code}/"
    page = own.get(f"/commissions/pool/{scene.dealers[0].code}/").content.decode()
    assert statement.batch.number in page
    assert "10.44" in page
    assert own.get(f"/commissions/pool/{scene.dealers[1].code}/").status_code == 404
    assert scene.dealers[1].name in as_user(scene.clerk).get("/commissions/pool/").content.decode()
    stranger = as_user(f.make_user("stranger", Role.COUNTY_SUPERVISOR, f.make_city(2)[2]))
    assert stranger.get(f"/commissions/pool/{scene.dealers[0].code}/").status_code == 404
    assert scene.dealers[0].name not in stranger.get("/commissions/pool/").content.decode()
