"""One batch: its pages, lists, filters, files, and who may look."""

from collections.abc import Callable
from io import BytesIO

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from accounts.roles import Role
from commissions.models import CommissionLine
from core.models import Job
from tests import factories as f
from tests.commissions.scene import Scene, make_batch

SignIn = Callable[..., Client]
PARTS = ("", "statements/", "lines/", "unpriced/", "charts/", "payments/")
GROWTH = {"code": "growth", "severity": "warning", "count": 1, "dealers": ["D-ONE"], "params": {}}


def content(client: Client, path: str, **query: str) -> str:
    response = client.get(f"/commissions/{path}", query)
    assert response.status_code == 200, path
    return response.content.decode()


def test_every_part_keeps_strangers_and_other_roles_out(scene: Scene, as_user: SignIn) -> None:
    batch = make_batch(scene, state="approved")
    stranger = f.make_user("stranger", Role.COUNTY_SUPERVISOR, f.make_city(2)[2])
    visitors = (
        (as_user(scene.clerk), 200),
        (as_user(stranger), 404),
        (as_user(f.make_user("keeper", Role.KEEPER, scene.city)), 403),
        (as_user(f.make_dealer_user(scene.dealers[0])), 403),
        (Client(), 302),
    )
    for part in PARTS:
        for client, status in visitors:
            assert client.get(f"/commissions/batches/{batch.number}/{part}").status_code == status, (part, status)


def test_figures_checks_and_what_is_next(scene: Scene, as_user: SignIn) -> None:
    scene.dealers = [f.make_dealer(scene.county, "D-ONE"), f.make_dealer(scene.county, "D-TWO")]
    before = make_batch(scene, "2026-08", state="paid", sales=1)
    batch = make_batch(scene, "2026-09", checks=[GROWTH], sales=4)
    page = content(as_user(scene.supervisor), f"batches/{batch.number}/")
    assert f"¥{batch.paid:,.2f}" in page
    assert f"{before.paid:,.2f}" in page
    assert "明显高于近三个月平均" in page
    assert f"/commissions/batches/{batch.number}/statements/?check=growth" in page
    assert f"/commissions/batches/{batch.number}/submit/" in page
    shown = content(as_user(scene.supervisor), f"batches/{batch.number}/statements/", check="growth")
    assert "D-ONE" in shown
    assert "D-TWO" not in shown


def test_a_void_batch_can_still_be_looked_at(scene: Scene, as_user: SignIn) -> None:
    batch = make_batch(scene)
    type(batch).objects.filter(pk=batch.pk).update(state="void")
    client = as_user(scene.manager)
    assert "已作废，不再计入" in content(client, f"batches/{batch.number}/")
    statement = batch.statements.get()
    assert statement.number in content(client, f"batches/{batch.number}/statements/")
    assert statement.dealer.name in content(client, f"statements/{statement.number}/")
    assert statement.number not in content(client, "statements/")
    line = CommissionLine.objects.filter(batch=batch).first()
    assert line
    assert client.get(f"/commissions/lines/{line.pk}/").status_code == 404


def test_a_calculation_under_way_is_shown(scene: Scene, as_user: SignIn) -> None:
    batch = make_batch(scene)
    key = f"2026-09:{scene.county.code}"
    Job.objects.create(kind="settle", key=key, label="结算", state="running")
    assert "正在计算" in content(as_user(scene.supervisor), f"batches/{batch.number}/")


def test_an_auditor_gets_no_links_that_he_cannot_open(scene: Scene, as_user: SignIn) -> None:
    odd = {"code": "brackets_odd", "severity": "info", "count": 1, "dealers": [], "params": {}}
    batch = make_batch(scene, checks=[odd])
    client = as_user(f.make_user("auditor", Role.AUDITOR, scene.city))
    assert 'href="/commissions/policies/"' not in content(client, f"batches/{batch.number}/")
    page = content(client, f"statements/{batch.statements.get().number}/")
    assert "/commissions/pool/" not in page


def test_statements_against_last_month(scene: Scene, as_user: SignIn) -> None:
    stays, comes = f.make_dealer(scene.county), f.make_dealer(scene.county)
    make_batch(scene, "2026-08", dealers=[stays], sales=1)
    batch = make_batch(scene, "2026-09", dealers=[stays, comes], sales=3)
    client = as_user(scene.clerk)
    more = content(client, f"batches/{batch.number}/statements/", compared="more")
    new = content(client, f"batches/{batch.number}/statements/", compared="new")
    assert stays.code in more
    assert comes.code not in more
    assert comes.code in new
    assert stays.code not in new


FILTERS: list[tuple[dict[str, str], int]] = [
    ({}, 6),
    ({"line_type": "subsidy"}, 1),
    ({"kind": "base"}, 2),
    ({"kind": "incentive", "withheld": "0"}, 2),
    ({"withheld": "1"}, 1),
    ({"reason": "no_arrears"}, 1),
    ({"reason": "active"}, 0),
    ({"business_type": "activation"}, 5),
    ({"business_type": "broadband"}, 0),
    ({"rule": "2026-A-R1"}, 3),
    ({"rule": "R9"}, 0),
    ({"product": "P58"}, 5),
    ({"product": "畅享"}, 5),
    ({"product": "飞享"}, 0),
    ({"dealer": "D-ONE"}, 6),
    ({"dealer": "D-TWO"}, 0),
    ({"event": "E404"}, 0),
    ({"event": "not a text\x00"}, 6),
    ({"kind": "no such kind"}, 6),
]


def test_lines_are_filtered(scene: Scene, as_user: SignIn) -> None:
    scene.dealers = [f.make_dealer(scene.county, "D-ONE")]
    batch = make_batch(scene)
    client = as_user(scene.clerk)
    for query, lines in FILTERS:
        response = client.get(f"/commissions/batches/{batch.number}/lines/", {**query, "export": "csv"})
        rows = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
        assert len(rows) - 1 == lines, query


def test_lines_of_another_batch_never_show(scene: Scene, as_user: SignIn) -> None:
    make_batch(scene, "2026-08", sales=5)
    batch = make_batch(scene, "2026-09", sales=1)
    response = as_user(scene.clerk).get(f"/commissions/batches/{batch.number}/lines/", {"export": "csv"})
    assert len(b"".join(response.streaming_content).splitlines()) - 1 == 4


def test_the_statements_as_a_workbook(scene: Scene, as_user: SignIn) -> None:
    scene.dealers = [f.make_dealer(scene.county, "D-ONE", name="=1+1 店")]
    batch = make_batch(scene)
    response = as_user(scene.clerk).get(f"/commissions/batches/{batch.number}/statements/", {"export": "xlsx"})
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).active
    assert sheet
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1][0] == "D-ONE"
    assert str(rows[1][1]).startswith("'=")
    assert float(batch.paid) in rows[1]


def test_unpriced_records_and_why(scene: Scene, as_user: SignIn) -> None:
    batch = make_batch(scene, unpriced=2)
    page = content(as_user(scene.clerk), f"batches/{batch.number}/unpriced/", reason="no_rule")
    assert page.count("没有适用的已发布规则") >= 2
    assert (
        "没有适用的已发布规则"
        not in content(as_user(scene.clerk), f"batches/{batch.number}/unpriced/", reason="no_fee").split("</form>")[-1]
    )


def test_charts_have_tables_behind_them(scene: Scene, as_user: SignIn) -> None:
    make_batch(scene, "2026-08", sales=1)
    batch = make_batch(scene, "2026-09", sales=4)
    page = content(as_user(scene.clerk), f"batches/{batch.number}/charts/")
    assert "激励酬金" in page
    assert page.count("<table") == 2
    assert scene.dealers[0].name in page


def test_the_number_of_queries_does_not_grow(scene: Scene, as_user: SignIn) -> None:
    client = as_user(scene.clerk)
    one = make_batch(scene, "2026-08", state="approved", sales=1, dealers=[f.make_dealer(scene.county)], unpriced=1)
    many = [f.make_dealer(scene.county) for _ in range(12)]
    full = make_batch(scene, "2026-09", state="approved", sales=4, dealers=many, unpriced=5)
    make_batch(scene, "2026-07", state="paid", sales=1, dealers=many)

    def queries(number: str, part: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/commissions/batches/{number}/{part}").status_code == 200
        return len(captured)

    for part in PARTS:
        assert queries(one.number, part) == queries(full.number, part) <= 20, part


def test_lists_read_one_partition(scene: Scene, as_user: SignIn) -> None:
    make_batch(scene, "2026-08")
    batch = make_batch(scene, "2026-09")
    with CaptureQueriesContext(connection) as captured:
        as_user(scene.clerk).get(f"/commissions/batches/{batch.number}/lines/")
    asked = [q["sql"] for q in captured if CommissionLine._meta.db_table in q["sql"]]
    assert asked
    assert all(f'"commissions_commissionline"."batch_id" = {batch.pk}' in sql for sql in asked)


def test_batches_of_all_periods(scene: Scene, as_user: SignIn) -> None:
    make_batch(scene, "2026-08", state="paid")
    waits = make_batch(scene, "2026-09", state="submitted")
    page = content(as_user(scene.manager), "batches/", state="submitted")
    assert waits.number in page
    assert "/commissions/batches/2026-08" not in page


def test_files_of_a_period(scene: Scene, as_user: SignIn) -> None:
    batch = make_batch(scene, state="approved")
    client = as_user(scene.clerk)
    assert "lines.csv" in content(client, "files/", period="2026-09")
    for name, rows in (("lines", batch.lines), ("statements", batch.dealers)):
        response = client.get(f"/commissions/files/2026-09/{name}.csv")
        assert len(b"".join(response.streaming_content).splitlines()) - 1 == rows
    pool = client.get("/commissions/files/pool.csv")
    assert len(b"".join(pool.streaming_content).splitlines()) - 1 == 1
    assert client.get("/commissions/files/2026-13/lines.csv").status_code == 404


def test_files_hold_only_what_is_in_the_scope(scene: Scene, as_user: SignIn) -> None:
    make_batch(scene, state="approved")
    stranger = as_user(f.make_user("stranger", Role.COUNTY_SUPERVISOR, f.make_city(2)[2]))
    for name in ("2026-09/lines", "2026-09/statements", "pool"):
        response = stranger.get(f"/commissions/files/{name}.csv")
        assert len(b"".join(response.streaming_content).splitlines()) == 1, name
