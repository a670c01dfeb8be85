"""The facts from SQL against the same from pandas, over the demo's data."""

import csv
import json
from decimal import Decimal
from io import StringIO

import pandas as pd
import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import OrgUnit, User
from commissions.models import SettlementBatch
from core import sql
from reports.periods import parse_span
from reports.queries import effectiveness
from reports.queries.effectiveness import Dimension
from reports.queries.effectiveness_rows import FILE_COLUMNS
from tests.support.demo import loaded

SALES = """
SELECT sale.id AS record, sale.event_date, sale.segment, sale.subscriber_no, sale.business_type, dealer.code AS dealer,
       dealer.chain_type, dealer.cooperation_start,
       (SELECT county.code FROM dealers_dealerunit span
          JOIN accounts_orgunit unit ON unit.id = span.org_unit_id JOIN accounts_orgunit county ON county.id = unit.county_id
         WHERE span.dealer_id = dealer.id AND span.valid_from <= sale.event_date ORDER BY valid_from DESC LIMIT 1) AS county
  FROM inventory_salesrecord sale JOIN dealers_dealer dealer ON dealer.id = sale.seller_id
"""
LINES = """
SELECT line.record_id AS record, line.amount, batch.period
  FROM commissions_commissionline line JOIN commissions_settlementbatch batch ON batch.id = line.batch_id
 WHERE line.line_type = 'record'
"""


@pytest.fixture(scope="module", autouse=True)
def demo(django_db_setup, django_db_blocker):
    with loaded(django_db_blocker) as facts:
        yield facts


@pytest.fixture(scope="module")
def tables(demo):
    return (
        pd.DataFrame(sql.fetch_all(SALES)),
        pd.DataFrame(sql.fetch_all("SELECT * FROM inventory_subscribermonth")),
        pd.DataFrame(sql.fetch_all(LINES)),
    )


def expected(tables, span, column):
    """group → the same facts, worked out row by row in pandas."""
    sales, figures, lines = tables
    months = [month.first for month in span.months]
    developed = sales[
        sales.business_type.isin(["activation", "port_in"])
        & (sales.event_date >= span.first_day)
        & (sales.event_date <= span.last_day)
    ]
    last = figures[figures.month == months[-1]].set_index("subscriber_no")
    ever = figures[figures.month.isin(months)]
    lines = lines[lines.period.isin([str(month) for month in span.months])].merge(sales, on="record")
    after = (span.end + 1).first
    found = {}
    for group in {*developed[column], *lines[lines.amount != 0][column]}:
        rows = developed[developed[column] == group]
        state = last.reindex(rows.subscriber_no)
        users = set(rows.subscriber_no) - {""}
        mine = last[last.index.isin(users)]
        starts = rows.drop_duplicates("dealer").cooperation_start
        months_of = [(after.year - d.year) * 12 + after.month - d.month - (d.day > 1) for d in starts]
        found[group] = {
            "developed": len(rows),
            "churned": int((state.in_network != True).sum()),  # noqa: E712 - also for absent rows
            "active": int(((state.call_minutes >= 10) | (state.data_mb >= 30)).sum()),
            "in_network": int(mine.in_network.sum()),
            "revenue": sum(ever[ever.subscriber_no.isin(users)].billed_amount, Decimal(0)),
            "arrears": sum(mine.arrears, Decimal(0)),
            "commission": sum(lines[lines[column] == group].amount, Decimal(0)),
            "cooperation_months": round(sum(max(0, m) for m in months_of) / len(months_of), 6) if months_of else 0,
        }
    return found


@pytest.mark.parametrize("period", ["2026-10", "2026-09", "2026Q3"])
@pytest.mark.parametrize("dimension", list(Dimension))
def test_facts_equal_those_of_pandas(tables, period, dimension):
    span = parse_span(period)
    facts, as_of = effectiveness.gather(span=span, dimension=dimension, unit=None)
    got = {
        one.group: {
            **{key: value for key, value in vars(one).items() if key != "group"},
            "cooperation_months": float(round(one.cooperation_months, 6)),
        }
        for one in facts
    }
    assert got == expected(tables, span, str(dimension))
    assert len(got) > 1
    assert as_of


def test_a_unit_sees_its_own_part():
    span = parse_span("2026-10")
    whole = {one.group: one for one in effectiveness.gather(span=span, dimension=Dimension.DEALER, unit=None)[0]}
    county = OrgUnit.objects.get(code="532601")
    part = effectiveness.gather(span=span, dimension=Dimension.DEALER, unit=county)[0]
    by_county = effectiveness.gather(span=span, dimension=Dimension.COUNTY, unit=county)[0]
    assert [one.group for one in by_county] == ["532601"]
    assert by_county[0].developed == sum(one.developed for one in part)
    assert by_county[0].commission == sum(one.commission for one in part)
    assert all(one.developed <= whole[one.group].developed for one in part)
    grids = [
        effectiveness.gather(span=span, dimension=Dimension.DEALER, unit=grid)[0]
        for grid in OrgUnit.objects.filter(parent=county)
    ]
    assert sum(one.commission for rows in grids for one in rows) == by_county[0].commission
    assert sum(one.developed for rows in grids for one in rows) == by_county[0].developed


def test_void_batches_cost_nothing():
    batch = SettlementBatch.objects.filter(period="2026-10", state="calculated").first()
    span = parse_span("2026-10")
    SettlementBatch.objects.filter(pk=batch.pk).update(state="void")
    facts = {one.group: one for one in effectiveness.gather(span=span, dimension=Dimension.COUNTY, unit=None)[0]}
    result = effectiveness.report(span=span, dimension=Dimension.COUNTY, unit=None).result
    SettlementBatch.objects.filter(pk=batch.pk).update(state="calculated")
    assert facts[batch.county.code].commission == 0
    assert [one.group for one in result.left_out] == [batch.county.code]


def test_the_command_writes_the_file_of_the_contract(tmp_path):
    out, answer = tmp_path / "effectiveness.csv", StringIO()
    call_command("effectiveness", "2026Q3", "--by", "chain_type", "--out", str(out), stdout=answer)
    found = json.loads(answer.getvalue())
    assert set(found) == {"groups", "left_out"}
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == FILE_COLUMNS
    assert [row["group"] for row in rows] == sorted(row["group"] for row in rows)
    assert rows == [{key: str(value) for key, value in group.items()} for group in found["groups"]]
    assert all(len(row["arpu"].split(".")[1]) == 4 and len(row["score"].split(".")[1]) == 6 for row in rows)


def test_the_command_shows_a_user_his_part_only():
    answer = StringIO()
    call_command("effectiveness", "2026-10", "--as", "sup.yanshan", stdout=answer)
    assert [group["group"] for group in json.loads(answer.getvalue())["groups"]] == ["532622"]


@pytest.fixture
def page(client):
    def get(username, **query):
        client.force_login(User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
        return client.get("/reports/effectiveness/", query)

    return get


@pytest.mark.parametrize("by", [one.value for one in Dimension])
def test_the_page_says_what_the_figures_say(page, by):
    response = page("city", period="2026-10", by=by)
    assert response.status_code == 200
    assert response.context["sentence"].count("%") == 0
    assert response.context["rows"]
    assert "data-chart" in response.content.decode()


def test_the_page_of_a_county_compares_its_dealers(page):
    moved = "SELECT code FROM dealers_dealer WHERE (SELECT count(*) FROM dealers_dealerunit WHERE dealer_id = dealers_dealer.id) > 1"
    guests = {row["code"] for row in sql.fetch_all(moved)}
    rows = page("sup.yanshan", period="2026-10").context["list"].rows
    assert {row.group[2:8] for row in rows if row.group not in guests} == {"532622"}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_page_as_a_file(page, kind):
    response = page("city", period="2026-10", by="county", export=kind)
    content = b"".join(response.streaming_content)
    assert response.status_code == 200
    assert content.startswith(b"PK" if kind == "xlsx" else b"\xef\xbb\xbf")


def test_nonsense_in_the_address_gives_the_usual_report(page):
    assert page("city", period="x", by="y", branch="z", sort="-nothing").status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_rows(page, client):
    def counted(by):
        page("city", period="2026-10", by=by)  # signs in
        with CaptureQueriesContext(connection) as queries:
            client.get("/reports/effectiveness/", {"period": "2026-10", "by": by})
        return len([one for one in queries.captured_queries if "SAVEPOINT" not in one["sql"]])

    assert counted("dealer") <= counted("chain_type") + 3  # names of dealers, their addresses, names of those left out
    assert counted("county") <= 20
