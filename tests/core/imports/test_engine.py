"""What holds for every kind: all or nothing, chunks, counts, scope, crashes, two at once."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from core.imports import engine, registry
from core.models import ImportRun
from dealers.models import AssessmentScore, Dealer
from inventory.models import SalesRecord, SubscriberMonth

from .conftest import counts, problems

SALES = "event_no,business_type,occurred_at,product_code,dealer_code,amount\n"


def sale(number, amount="1", dealer="D1"):
    return f"E{number:06d},activation,2026-09-01 10:00:00,P4G,{dealer},{amount}\n"


@pytest.fixture
def small_blocks(settings):
    settings.IMPORT_BLOCK_BYTES = 2_000


@pytest.mark.django_db
class TestCounts:
    def test_all_or_nothing(self, world, small_blocks):
        text = SALES + "".join(sale(n) for n in range(300)) + sale(300, "x") + sale(301)
        assert counts(world("sales", text)) == (302, 0, 0, 1)
        assert not SalesRecord.objects.exists()
        assert counts(world("sales", text, partial=True)) == (302, 301, 0, 1)
        assert counts(world("sales", text, partial=True)) == (302, 0, 301, 1)

    def test_dry_run_changes_nothing_and_says_what_will_happen(self, world):
        text = SALES + sale(1) + sale(2, "x")
        outcome = world("sales", text, dry_run=True)
        assert (outcome.applied, outcome.inserted, outcome.rejected) == (False, 1, 1)
        assert not SalesRecord.objects.exists()

    def test_repeats_within_and_across_chunks(self, world, small_blocks):
        text = SALES + "".join(sale(n) for n in range(200)) + sale(3) + sale(4, "2") + sale(199) + sale(199, "3")
        outcome = world("sales", text, partial=True)
        assert counts(outcome) == (204, 200, 2, 2)
        assert problems(outcome) == [(203, "amount", "conflict"), (205, "amount", "conflict")]
        assert [error["value"] for error in outcome.errors] == ["2", "3"]

    def test_new_known_and_changed_rows_mixed(self, world, small_blocks):
        world("sales", SALES + "".join(sale(n) for n in range(0, 300, 3)))
        text = SALES + "".join(sale(n, "7" if n % 30 == 0 else "1") for n in range(300))
        assert counts(world("sales", text, partial=True)) == (300, 200, 90, 10)

    def test_cards_twice_across_chunks(self, world, small_blocks):
        world("stock_nodes", "code,name,kind,org_unit_code\nW1,仓,county,532601\n")
        rows = [f"C{n:05d},C100,W1\n" for n in range(400)]
        outcome = world("cards", "serial,product_code,node_code\n" + "".join([*rows, rows[5], rows[399]]))
        assert problems(outcome) == [(402, "serial", "duplicate"), (403, "serial", "duplicate")]

    def test_updates_across_chunks(self, world, small_blocks):
        head = "subscriber_no,month,county_code,in_network,arrears\n"
        text = head + "".join(f"S{n},2026-09,532601,1,0\n" for n in range(300)) + "S5,2026-09,532601,0,\n"
        assert counts(world("subscribers", text)) == (301, 301, 0, 0)
        row = SubscriberMonth.objects.get(subscriber_no="S5", month="2026-09-01")
        assert (row.in_network, row.arrears) == (False, 0)
        assert counts(world("subscribers", head + "".join(f"S{n},2026-09,532601,1,0\n" for n in range(300)))) == (
            300,
            1,
            299,
            0,
        )

    def test_first_hundred_errors_and_all_in_the_file(self, world, last_run, small_blocks):
        from core.imports import errorfile, runs

        outcome = world("sales", SALES + "".join(sale(n, "x") for n in range(250)))
        assert (outcome.rejected, len(outcome.errors)) == (250, 100)
        assert [error["row"] for error in outcome.errors] == list(range(2, 102))
        run = last_run()
        rows = list(errorfile.rows(registry.get("sales"), runs.folder() / run.error_file))
        assert len(rows) == 251 and rows[250][0] == "251" and rows[1][2] == "E000000"

    def test_formulas_in_rejected_rows_are_harmless(self, world, last_run):
        from core.imports import errorfile, runs

        world("sales", SALES + "=cmd|x,activation,2026-09-01 10:00:00,P4G,D1,-5x\n")
        rows = list(errorfile.rows(registry.get("sales"), runs.folder() / last_run().error_file))
        assert rows[1][2] == "'=cmd|x" and rows[1][7] == "-5x"

    def test_history_of_imports(self, world, last_run):
        world("sales", SALES + sale(1))
        run = last_run()
        run.refresh_from_db()
        assert (run.state, run.rows, run.accepted, run.file_name, run.by) == ("applied", 1, 1, "file.csv", None)
        assert run.org_unit.code == "5326"
        world("sales", SALES + sale(1, "x"))
        assert ImportRun.objects.latest("pk").state == "rejected"
        world("sales", "nonsense\n1\n", expect_refusal=True)
        assert ImportRun.objects.latest("pk").message


@pytest.mark.django_db
class TestScope:
    def test_only_the_own_county(self, world, user_of):
        user = user_of("county_supervisor", "532601")
        text = "dealer_code,month,score\nD1,2026-09,90\nD2,2026-09,90\n"
        assert problems(world("assessment_scores", text, user=user)) == [(3, "dealer_code", "unknown")]
        sales = SALES + sale(1) + sale(2, dealer="D2") + sale(3, dealer="")
        assert problems(world("sales", sales, user=user)) == [(3, "dealer_code", "unknown")]
        _card_of("D2", "89860099")
        held = (
            "event_no,business_type,occurred_at,product_code,serial\nE9,activation,2026-09-01 10:00:00,P4G,89860099\n"
        )
        assert problems(world("sales", held, user=user)) == [(2, "serial", "no_seller_here")]

    def test_rows_outside_are_not_updated(self, world, user_of):
        user = user_of("county_supervisor", "532601")
        head = "code,name,org_unit_code,tier,cooperation_start\n"
        outcome = world("dealers", head + "D2,抢来的,532601,partner,2024-06-01\n", user=user)
        assert problems(outcome) == [(2, "code", "out_of_scope")]
        world("subscribers", "subscriber_no,month,county_code,in_network\nS1,2026-09,532622,1\n")
        stolen = "subscriber_no,month,county_code,in_network\nS1,2026-09,532601,1\n"
        assert problems(world("subscribers", stolen, user=user)) == [(2, "subscriber_no", "out_of_scope")]
        world("agreements", "number,dealer_code,starts_on,ends_on\nA1,D2,2026-01-01,2026-12-31\n")
        taken = "number,dealer_code,starts_on,ends_on\nA1,D1,2026-01-01,2026-12-31\n"
        assert problems(world("agreements", taken, user=user)) == [(2, "number", "out_of_scope")]

    @pytest.mark.parametrize("kind", registry.names())
    def test_roles_without_the_permission_are_refused(self, world, user_of, kind):
        user = user_of("inspector", "5326")
        if registry.get(kind).json:
            return
        assert world(kind, "x\n1\n", user=user, expect_refusal=True).code == "permission"


@pytest.mark.production
@pytest.mark.django_db(transaction=True)
class TestProcesses:
    """With real processes against the database."""

    def test_killed_while_loading(self, world, tmp_path, settings):
        path = tmp_path / "many.csv"
        path.write_text(SALES + "".join(sale(n) for n in range(120_000)))
        child = _command("sales", path, tmp_path)
        _wait_for(_BUSY)
        child.kill()
        child.wait()
        _wait_for(_UNLOCKED)
        assert not SalesRecord.objects.exists()
        assert not ImportRun.objects.filter(kind="sales").exists()
        path.write_text(SALES + "".join(sale(n) for n in range(500)))
        assert counts(world("sales", path)) == (500, 500, 0, 0)

    def test_two_at_once(self, world, tmp_path):
        path = tmp_path / "scores.csv"
        path.write_text("dealer_code,month,score\nD1,2026-09,90\nD2,2026-09,80\n")
        children = [_command("assessment_scores", path, tmp_path) for _child in range(2)]
        said = [json.loads(child.communicate(timeout=120)[0]) for child in children]
        assert sorted((one["accepted"], one["unchanged"], one["rejected"]) for one in said) == [(0, 2, 0), (2, 0, 0)]
        assert AssessmentScore.objects.count() == 2 == Dealer.objects.count()


_BUSY = (
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND query LIKE 'COPY%%')"
)
_UNLOCKED = (
    "SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = %s"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
)


def _wait_for(query):
    for _attempt in range(6_000):
        with connection.cursor() as cursor:
            cursor.execute(query, [engine.LOCK_CLASS] if "%s" in query else [])
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError(query)


def _command(kind, path, tmp_path):
    """`import_data` in a process of its own, on the database of the tests."""
    place = connection.settings_dict
    url = f"postgres://{place['USER']}:{quote(place['PASSWORD'])}@{quote(place['HOST'], safe='')}:{place['PORT']}/{place['NAME']}"
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_data", kind, str(path)],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "DATABASE_URL": url.replace(":@", "@"), "PORTAL_MEDIA": str(tmp_path / "media")},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _card_of(dealer_code, serial):
    from inventory.models import Card, Product, StockNode

    node = StockNode.objects.get(code=dealer_code)
    return Card.objects.create(serial=serial, node=node, product=Product.objects.get(code="P4G"))
