"""The import pages: upload, check, apply, rejected rows, templates."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import User
from core import jobs
from core.imports import registry
from core.models import ImportRun
from inventory.models import Product, SalesRecord

pytestmark = pytest.mark.django_db

HEAD = "业务流水号,业务类型,业务时间,产品编码,渠道编码,金额（元）\n"
GOOD = "E1,放号,2026-09-01 10:00:00,P4G,D1,58\n"
BAD = "E2,放号,2026-09-31 10:00:00,P4G,D1,-5.001\n"


@pytest.fixture
def supervisor(user_of, client):
    user = user_of("county_supervisor", "532601")
    client.force_login(user)
    return user


def upload(client, text, kind="sales", name="九月.csv", encoding="gb18030"):
    file = SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode(encoding))
    response = client.post(reverse("imports:new"), {"kind": kind, "file": file})
    assert response.status_code == 302, response.content.decode()
    run = ImportRun.objects.latest("pk")
    assert response.url == reverse("imports:detail", args=[run.pk])
    assert run.state == "checking"
    work(run)
    return run


def work(run):
    """What a worker does with the run's job, without its threads."""
    run.refresh_from_db()
    from core.imports import tasks

    handler = {"checking": tasks.check, "applying": tasks.apply}[run.state]
    handler(run.job, lambda done, total, note="": None)
    type(run.job).objects.filter(pk=run.job_id).update(state="done")
    run.refresh_from_db()


def test_check_then_load(supervisor, client):
    run = upload(client, HEAD + GOOD)
    assert (run.state, run.rows, run.accepted, run.rejected) == ("checked", 1, 1, 0)
    assert not SalesRecord.objects.exists()
    page = client.get(reverse("imports:detail", args=[run.pk])).content.decode()
    assert reverse("imports:apply", args=[run.pk]) in page
    client.post(reverse("imports:apply", args=[run.pk]))
    work(run)
    assert run.state == "applied" and SalesRecord.objects.get().event_no == "E1"
    again = upload(client, HEAD + GOOD)
    assert (again.state, again.accepted, again.unchanged) == ("checked", 0, 1)
    assert "九月.csv" in client.get(reverse("imports:detail", args=[again.pk])).content.decode()


def test_rejected_rows_come_back_and_are_loaded_corrected(supervisor, client):
    run = upload(client, HEAD + GOOD + BAD)
    assert (run.accepted, run.rejected) == (1, 1)
    page = client.get(reverse("imports:detail", args=[run.pk])).content.decode()
    assert "2026-09-31 10:00:00" in page and "业务时间" in page
    text = b"".join(client.get(reverse("imports:rejected", args=[run.pk, "csv"])).streaming_content).decode("utf-8-sig")
    assert text.splitlines()[0].startswith("row 行号,reason 拒绝原因,业务流水号")
    assert text.splitlines()[1].startswith("3,")
    book = openpyxl.load_workbook(io.BytesIO(client.get(reverse("imports:rejected", args=[run.pk, "xlsx"])).content))
    assert book.active["C2"].value == "E2"
    book.active["E2"], book.active["H2"] = "2026-09-30 10:00:00", "5.00"
    fixed = io.BytesIO()
    book.save(fixed)
    client.post(reverse("imports:apply", args=[run.pk]))
    work(run)
    assert run.state == "applied" and run.partial
    second = upload(client, fixed.getvalue(), name="更正.xlsx")
    assert (second.accepted, second.rejected) == (1, 0)


def test_refused_file_says_why(supervisor, client):
    run = upload(client, "业务流水号,业务类型,奇怪的列\nE1,放号,1\n")
    assert run.state == "rejected" and "奇怪的列" in run.message
    assert run.message in client.get(reverse("imports:detail", args=[run.pk])).content.decode()


def test_only_the_uploader_applies_and_only_once(supervisor, client, user_of):
    run = upload(client, HEAD + GOOD)
    client.force_login(user_of("county_supervisor", "532601", "other"))
    client.post(reverse("imports:apply", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == "checked"
    client.force_login(supervisor)
    client.post(reverse("imports:apply", args=[run.pk]))
    work(run)
    client.post(reverse("imports:apply", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == "applied"


def test_other_units_do_not_see_it(supervisor, client, user_of):
    run = upload(client, HEAD + GOOD + BAD)
    client.force_login(user_of("county_supervisor", "532622", "neighbour"))
    for name, args in (("detail", [run.pk]), ("apply", [run.pk]), ("rejected", [run.pk, "csv"])):
        assert client.get(reverse(f"imports:{name}", args=args)).status_code == 404
    assert run.file_name not in client.get(reverse("imports:list")).content.decode()


def test_kind_must_be_allowed(supervisor, client):
    file = SimpleUploadedFile("p.csv", b"code,name\n")
    response = client.post(reverse("imports:new"), {"kind": "products", "file": file})
    assert response.status_code == 422 and not ImportRun.objects.filter(kind="products", by=supervisor).exists()


def test_a_job_that_died_is_done_again_and_never_twice(supervisor, client):
    run = upload(client, HEAD + GOOD)
    client.post(reverse("imports:apply", args=[run.pk]))
    work(run)
    job = run.job
    from core.imports import tasks

    assert tasks.apply(job, lambda done, total, note="": None)["url"]
    assert SalesRecord.objects.count() == 1


@pytest.mark.parametrize("name", registry.names())
def test_templates_load_as_they_are(name, world, client):
    kind = registry.get(name)
    client.force_login(User.objects.create_user("root", role="administrator", name="root"))
    page = client.get(reverse("imports:kind", args=[name]))
    assert page.status_code == 200
    response = client.get(reverse("imports:template", args=[name]))
    if kind.json:
        assert response.status_code == 404
        return
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).worksheets[0]
    header = [cell.value for cell in sheet[1]]
    assert header == [column.zh for column in kind.columns]
    from core.imports import headers

    assert [column.name for column in headers.match(kind, header)] == [column.name for column in kind.columns]


def test_empty_template_is_refused_as_empty(world, client, load):
    client.force_login(User.objects.create_user("root", role="administrator", name="root"))
    content = client.get(reverse("imports:template", args=["products"])).content
    refusal = load("products", content, name="t.xlsx", expect_refusal=True)
    assert refusal.code == "no_rows"


def test_list_and_new_pages(supervisor, client, django_assert_max_num_queries):
    for _number in range(3):
        upload(client, HEAD + GOOD)
    with django_assert_max_num_queries(20):
        page = client.get(reverse("imports:list")).content.decode()
    assert page.count("九月.csv") >= 3
    assert client.get(reverse("imports:list") + "?export=csv").status_code == 200
    new = client.get(reverse("imports:new")).content.decode()
    assert "sales" in new and reverse("imports:template", args=["sales"]) in new
    assert reverse("imports:template", args=["products"]) not in new


def test_an_administrator_without_a_unit_sees_his_own(world, client):
    client.force_login(User.objects.create_user("first", role="administrator", name="first"))
    run = upload(client, "code,name,level,parent_code\n", kind="org_units")
    assert client.get(reverse("imports:detail", args=[run.pk])).status_code == 200
    assert run.file_name in client.get(reverse("imports:list")).content.decode()


def test_jobs_are_registered():
    assert {"import_check", "import_apply"} <= set(jobs._handlers)
    assert Product._meta.db_table
