"""The check of the books finds each kind of damage, and names it.

The damage is planted with plain SQL in a database whose triggers are off and whose
constraints and indexes stand aside: what a wrong hand in the database could do.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from accounts.models import OrgUnit
from accounts.roles import Role
from channels_portal import upkeep
from commissions.models import SettlementBatch
from commissions.queries import ledger_checks
from commissions.services import ledgers
from core import sql
from core.models import Job, LedgerCheck, Notice
from tests import factories
from tests.commissions.books import A, B, Books

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def _books(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        Books()
        sql.execute("SET CONSTRAINTS ALL IMMEDIATE")
        yield
        transaction.set_rollback(True)


@pytest.fixture
def unguarded(_books: None) -> None:
    """The books with every guard of the database gone, until the test ends."""
    sql.execute("SET LOCAL session_replication_role = replica")
    tables = sql.fetch_all(
        """SELECT oid::regclass::text AS name, oid FROM pg_class
            WHERE relname LIKE 'commissions\\_%%' AND relkind IN ('r', 'p') AND NOT relispartition"""
    )
    for table in tables:
        for row in sql.fetch_all(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s AND contype IN ('c', 'u', 'x') AND conislocal",
            [table["oid"]],
        ):
            sql.execute(f'ALTER TABLE {table["name"]} DROP CONSTRAINT "{row["conname"]}" CASCADE')
    for row in sql.fetch_all(
        """SELECT indexrelid::regclass::text AS name FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
            WHERE indisunique AND relname ~ '^(commissions_line_b\\d+_(once|id)|batch_one_live|payment_never_twice)$'"""
    ):
        sql.execute(f"DROP INDEX {row['name']}")


def numbers() -> dict[str, int]:
    return dict(SettlementBatch.objects.values_list("number", "pk"))


def damage(script: str) -> None:
    """Run SQL in which {2026-08-532601} stands for the batch's id."""
    known = numbers()
    script = re.sub(r"\{(2026[^}]*)\}", lambda found: str(known[found[1]]), script)
    with connection.cursor() as cursor:
        cursor.execute(script)


@pytest.mark.usefixtures("_books")
def test_the_books_hold() -> None:
    found = ledgers.verify()
    assert found["broken"] == []
    looked_at_nothing = {code for code in ledgers.CHECKS if not found["checked"][code]}
    assert looked_at_nothing == set()


LINE = "commissions_commissionline"
OF = "FROM inventory_salesrecord sale WHERE sale.id = record_id AND event_no ="
COPY = """INSERT INTO commissions_commissionline
          SELECT {id}, {batch}, dealer_id, record_id, rule_id, line_type, kind, instalment, due_month, total, amount,
                 withheld, pool_amount, payable, reason, origin
            FROM commissions_commissionline WHERE batch_id = {source} AND {which}"""


def copied(*, into: str, source: str, which: str) -> str:
    into = f"{{{into}}}"
    return COPY.format(id=f"({into}::bigint << 32) + 900 + (id & 255)", batch=into, source=f"{{{source}}}", which=which)


RECORD = "(SELECT id FROM inventory_salesrecord WHERE event_no = '{}')"

# name: (the check that finds it, what it names, the damage)
DAMAGE: dict[str, tuple[str, str, str]] = {
    "an instalment twice in one batch": (
        "settled_once",
        "sale E4 incentive",
        copied(
            into="2026-08-532601",
            source="2026-08-532601",
            which=f"kind = 'incentive' AND record_id = {RECORD.format('E4')}",
        ),
    ),
    "an instalment in two batches": (
        "settled_once",
        "sale E4 base",
        copied(
            into="2026-10-532601", source="2026-08-532601", which=f"kind = 'base' AND record_id = {RECORD.format('E4')}"
        ),
    ),
    "an instalment again in a detached table": (
        "settled_once",
        "sale E4 base",
        copied(
            into="2026-10-532601", source="2026-08-532601", which=f"kind = 'base' AND record_id = {RECORD.format('E4')}"
        )
        + "; DO $$ BEGIN EXECUTE format('ALTER TABLE commissions_commissionline DETACH PARTITION commissions_line_b%s',"
        " {2026-10-532601}); END $$",
    ),
    "an instalment in another county": (
        "line_as_priced",
        "E4",
        copied(
            into="2026-09-532622", source="2026-08-532601", which=f"kind = 'base' AND record_id = {RECORD.format('E4')}"
        ),
    ),
    "a line that does not add up": (
        "line_adds_up",
        "batch 2026-09-532601 dealer D1 line",
        f"UPDATE {LINE} SET payable = payable + 0.01 WHERE batch_id = {{2026-09-532601}}"
        f" AND record_id = {RECORD.format('E6')} AND kind = 'base'",
    ),
    "a line both earned and withheld": (
        "line_earned_or_withheld",
        "E6 base 1",
        f"UPDATE {LINE} SET withheld = 1 WHERE batch_id = {{2026-09-532601}} AND record_id = {RECORD.format('E6')}"
        " AND kind = 'base'",
    ),
    "a withheld line without a reason": (
        "line_earned_or_withheld",
        "E2 incentive 2",
        f"UPDATE {LINE} SET reason = '' WHERE batch_id = {{2026-09-532601}} AND record_id = {RECORD.format('E2')}",
    ),
    "a line of another amount": (
        "line_as_priced",
        "E6 incentive 1",
        f"UPDATE {LINE} SET amount = amount + 1, payable = payable + 1 WHERE batch_id = {{2026-09-532601}}"
        f" AND record_id = {RECORD.format('E6')} AND kind = 'incentive'",
    ),
    "a pool part of another amount": (
        "line_as_priced",
        "E6 incentive 1",
        f"UPDATE {LINE} SET pool_amount = pool_amount - 1, payable = payable + 1 WHERE batch_id = {{2026-09-532601}}"
        f" AND record_id = {RECORD.format('E6')} AND kind = 'incentive'",
    ),
    "a line of another dealer": (
        "line_as_priced",
        "E6 base 1",
        f"UPDATE {LINE} SET dealer_id = (SELECT id FROM dealers_dealer WHERE code = 'D4')"
        f" WHERE batch_id = {{2026-09-532601}} AND record_id = {RECORD.format('E6')} AND kind = 'base'",
    ),
    "a line that nothing prices": (
        "line_as_priced",
        "E6 base 1",
        f"DELETE FROM commissions_entitlement WHERE record_id = {RECORD.format('E6')} AND kind = 'base'",
    ),
    "a total that was changed": (
        "totals_hold",
        "sale E6 incentive",
        f"UPDATE commissions_entitlement SET total = total + 1 WHERE record_id = {RECORD.format('E6')}"
        " AND kind = 'incentive'",
    ),
    "an instalment lost": (
        "due_is_settled",
        "sale E3 incentive",
        f"DELETE FROM {LINE} WHERE batch_id = {{2026-09-532601}} AND record_id = {RECORD.format('E3')}",
    ),
    "an instalment skipped": (
        "due_is_settled",
        "sale E3 incentive",
        f"DELETE FROM {LINE} WHERE batch_id = {{2026-08-532601}} AND record_id = {RECORD.format('E3')}"
        " AND kind = 'incentive'",
    ),
    "an instalment too early": (
        "not_before_due",
        "E6 base 1",
        f"UPDATE {LINE} SET due_month = '2026-12-01' WHERE batch_id = {{2026-09-532601}}"
        f" AND record_id = {RECORD.format('E6')} AND kind = 'base'",
    ),
    "a subsidy in a weekly batch": (
        "not_before_due",
        "batch 2026-W32-532601 dealer D1 line",
        f"UPDATE {LINE} SET line_type = 'subsidy', record_id = NULL WHERE batch_id = {{2026-W32-532601}}"
        f" AND record_id = {RECORD.format('E2')} AND kind = 'base'",
    ),
    "a price of a void batch": (
        "void_let_go",
        "batch 2026-08-532622",
        "UPDATE commissions_entitlement SET batch_id = {2026-08-532622} WHERE batch_id = {2026-08-532622-2}",
    ),
    "a price that no live batch of the county owns": (
        "priced_by_live",
        "sale E5",
        "UPDATE commissions_entitlement SET batch_id = {2026-08-532622} WHERE batch_id = {2026-08-532622-2}",
    ),
    "a penalty in two batches": (
        "entry_once",
        "penalty V1",
        copied(into="2026-09-532601", source="2026-08-532601", which="line_type = 'penalty'"),
    ),
    "an adjustment in two batches": (
        "entry_once",
        "adjustment A1",
        copied(into="2026-10-532601", source="2026-08-532601", which="line_type = 'adjustment'"),
    ),
    "a subsidy twice in a month": (
        "entry_once",
        "subsidy dealer D3 2026-08 2026-01-01",
        copied(into="2026-09-532601", source="2026-08-532622-2", which="line_type = 'subsidy'"),
    ),
    "a deduction twice in a month": (
        "entry_once",
        "deduction dealer D1 2026-09",
        copied(into="2026-10-532601", source="2026-09-532601", which="line_type = 'deduction'"),
    ),
    "a penalty without a violation": (
        "entry_has_source",
        "penalty V1",
        "DELETE FROM audits_violation WHERE reference = 'V1'",
    ),
    "an adjustment of another amount": (
        "entry_has_source",
        "adjustment A1",
        "UPDATE commissions_adjustment SET amount = 51 WHERE reference = 'A1'",
    ),
    "an adjustment that nobody approved": (
        "entry_has_source",
        "adjustment A1",
        "UPDATE commissions_adjustment SET state = 'entered' WHERE reference = 'A1'",
    ),
    "a clawback of nothing": (
        "clawback_reverses",
        "E1",
        f"UPDATE {LINE} SET origin = 1 WHERE batch_id = {{2026-09-532601}} AND line_type = 'clawback'",
    ),
    "a clawback twice": (
        "clawback_reverses",
        "E1",
        copied(into="2026-10-532601", source="2026-09-532601", which="line_type = 'clawback'"),
    ),
    "a clawback of more": (
        "clawback_reverses",
        "E1",
        f"UPDATE {LINE} SET amount = amount - 1, payable = payable - 1 WHERE batch_id = {{2026-09-532601}}"
        " AND line_type = 'clawback' AND kind = 'base'",
    ),
    "a clawback that takes more from the pool": (
        "clawback_reverses",
        "E1",
        f"UPDATE {LINE} SET pool_amount = pool_amount - 1, payable = payable + 1 WHERE batch_id = {{2026-09-532601}}"
        " AND line_type = 'clawback' AND kind = 'incentive'",
    ),
    "a statement of another gross": (
        "statement_equals_lines",
        "statement 2026-09-532601-D1",
        "UPDATE commissions_statement SET gross = gross + 1, net = net + 1, paid = paid + 1"
        " WHERE number = '2026-09-532601-D1'",
    ),
    "a statement gone": (
        "statement_equals_lines",
        "batch 2026-09-532601 dealer D4 without statement",
        "DELETE FROM commissions_statement WHERE number = '2026-09-532601-D4'",
    ),
    "a statement without lines": (
        "statement_equals_lines",
        "statement 2026-09-532601-D4",
        f"DELETE FROM {LINE} WHERE batch_id = {{2026-09-532601}}"
        " AND dealer_id = (SELECT id FROM dealers_dealer WHERE code = 'D4')",
    ),
    "a net that does not follow": (
        "statement_adds_up",
        "statement 2026-09-532601-D4",
        "UPDATE commissions_statement SET net = net + 1, paid = paid + 1 WHERE number = '2026-09-532601-D4'",
    ),
    "more paid than the net": (
        "statement_adds_up",
        "statement 2026-09-532601-D4",
        "UPDATE commissions_statement SET paid = paid + 1, carried_out = -1 WHERE number = '2026-09-532601-D4'",
    ),
    "two statements of a dealer": (
        "one_statement",
        "batch 2026-09-532601 dealer D1",
        "UPDATE commissions_statement SET dealer_id = (SELECT id FROM dealers_dealer WHERE code = 'D1')"
        " WHERE number = '2026-09-532601-D4'",
    ),
    "a debt carried in twice": (
        "carried_in_once",
        "statement 2026-10-532601",
        "INSERT INTO commissions_carry (source_id, target_id) SELECT carry.source_id, target.id"
        " FROM commissions_carry carry, commissions_statement target"
        " WHERE target.number = (SELECT min(number) FROM commissions_statement WHERE batch_id = {2026-10-532601})"
        " AND carry.target_id = (SELECT id FROM commissions_statement WHERE number = '2026-09-532601-D2')",
    ),
    "a debt that nobody carried in": (
        "carried_in_once",
        "statement 2026-09-532601-D2",
        "DELETE FROM commissions_carry",
    ),
    "another dealer's debt": (
        "carried_in_once",
        "statement 2026-09-532601-D2",
        "UPDATE commissions_statement SET dealer_id = (SELECT id FROM dealers_dealer WHERE code = 'D4')"
        " WHERE number = '2026-08-532601-D2'",
    ),
    "a batch of another sum": (
        "batch_equals_statements",
        "batch 2026-09-532601",
        "UPDATE commissions_settlementbatch SET gross = gross + 1 WHERE number = '2026-09-532601'",
    ),
    "an unpriced record hidden": (
        "batch_equals_statements",
        "batch 2026-09-532601",
        "DELETE FROM commissions_unpricedrecord WHERE batch_id = {2026-09-532601}",
    ),
    "a kind of another sum": (
        "kinds_sum_up",
        "batch 2026-09-532601 base",
        "UPDATE commissions_batchkind SET gross = gross + 1 WHERE kind = 'base' AND batch_id = {2026-09-532601}",
    ),
    "two live batches": (
        "one_live_batch",
        "2026-08",
        "UPDATE commissions_settlementbatch SET state = 'calculated' WHERE number = '2026-08-532622'",
    ),
    "a batch reviewed by its submitter": (
        "three_people",
        "batch 2026-09-532601",
        "UPDATE commissions_settlementbatch SET reviewed_by_id = submitted_by_id WHERE number = '2026-09-532601'",
    ),
    "a batch approved by nobody": (
        "three_people",
        "batch 2026-09-532601",
        "UPDATE commissions_settlementbatch SET approved_by_id = NULL WHERE number = '2026-09-532601'",
    ),
    "a batch paid by its approver": (
        "three_people",
        "batch 2026-08-532601",
        "UPDATE commissions_settlementbatch SET paying_by_id = approved_by_id WHERE number = '2026-08-532601'",
    ),
    "a frozen batch without a hash": (
        "frozen_has_hash",
        "batch 2026-09-532601",
        "UPDATE commissions_settlementbatch SET content_hash = '' WHERE number = '2026-09-532601'",
    ),
    "a frozen line changed in harmony with everything": (
        "frozen_has_hash",
        "batch 2026-09-532601",
        f"UPDATE {LINE} SET reason = 'active' WHERE batch_id = {{2026-09-532601}} AND record_id = {RECORD.format('E2')}",
    ),
    "a table of lines detached": (
        "lines_in_place",
        "table commissions_line_b",
        "DO $$ BEGIN EXECUTE format('ALTER TABLE commissions_commissionline DETACH PARTITION commissions_line_b%s',"
        " {2026-09-532601}); END $$",
    ),
    "a table of lines dropped": (
        "lines_in_place",
        "table commissions_line_b",
        "DO $$ BEGIN EXECUTE format('DROP TABLE commissions_line_b%s', {2026-09-532601}); END $$",
    ),
    "lines of no batch": (
        "lines_in_place",
        "table commissions_line_b987654",
        "CREATE TABLE commissions_line_b987654 (LIKE commissions_commissionline)",
    ),
    "a pool filled with more": (
        "accruals_equal_pool",
        "batch 2026-08-532601 dealer D4",
        "UPDATE commissions_poolentry SET amount = amount + 1 WHERE batch_id = {2026-08-532601} AND entry = 'accrual'",
    ),
    "a pool not filled": (
        "accruals_equal_pool",
        "batch 2026-08-532601 dealer D4",
        "DELETE FROM commissions_poolentry WHERE batch_id = {2026-08-532601} AND entry = 'accrual'",
    ),
    "a pool filled by a batch that is not approved": (
        "accruals_equal_pool",
        "batch 2026-10-532601 dealer D4",
        "UPDATE commissions_poolentry SET batch_id = {2026-10-532601} WHERE batch_id = {2026-08-532601}",
    ),
    "a clawback not taken from the pool": (
        "clawbacks_equal_entries",
        "batch 2026-09-532601 dealer D1",
        "DELETE FROM commissions_poolentry WHERE batch_id = {2026-09-532601} AND entry = 'clawback'",
    ),
    "a balance changed": (
        "pool_balance",
        "dealer D3",
        "UPDATE commissions_poolaccount SET balance = balance + 1"
        " WHERE dealer_id = (SELECT id FROM dealers_dealer WHERE code = 'D3')",
    ),
    "a pool below zero": (
        "pool_balance",
        "dealer D3",
        "UPDATE commissions_poolentry SET amount = -1, entry = 'payout', balance = -1"
        " WHERE dealer_id = (SELECT id FROM dealers_dealer WHERE code = 'D3');"
        "UPDATE commissions_poolaccount account SET balance = (SELECT sum(amount) FROM commissions_poolentry entry"
        " WHERE entry.dealer_id = account.dealer_id)",
    ),
    "a pool without account": ("pool_balance", "dealer D3", "DELETE FROM commissions_poolaccount"),
    "a running balance changed": (
        "pool_running_balance",
        "dealer D3 accrual 2026-08-532622-2",
        "UPDATE commissions_poolentry SET balance = balance + 1 WHERE batch_id = {2026-08-532622-2}",
    ),
    "an entry posted twice": (
        "pool_entry_once",
        "dealer D3 accrual 2026-08-532622-2",
        "INSERT INTO commissions_poolentry (dealer_id, month, entry, amount, balance, source, batch_id, posted_at)"
        " SELECT dealer_id, month, entry, amount, balance + amount, source, batch_id, posted_at"
        " FROM commissions_poolentry WHERE batch_id = {2026-08-532622-2}",
    ),
    "an entry with the wrong sign": (
        "pool_entry_once",
        "dealer D1 clawback 2026-09-532601",
        "UPDATE commissions_poolentry SET amount = -amount WHERE batch_id = {2026-09-532601} AND entry = 'clawback'",
    ),
    "more paid than the statement": (
        "paid_not_more",
        "statement 2026-08-532601-D1",
        "UPDATE commissions_payment SET amount = amount + 0.01 WHERE statement_id ="
        " (SELECT id FROM commissions_statement WHERE number = '2026-08-532601-D1')",
    ),
    "a statement paid that is not approved": (
        "paid_not_more",
        "statement 2026-10-532601-D1",
        "UPDATE commissions_payment SET statement_id ="
        " (SELECT id FROM commissions_statement WHERE number = '2026-10-532601-D1') WHERE statement_id ="
        " (SELECT id FROM commissions_statement WHERE number = '2026-08-532601-D1')",
    ),
    "a statement paid twice": (
        "paid_once",
        "statement 2026-08-532601-D4",
        "UPDATE commissions_payment SET state = 'ok'",
    ),
    "a paid batch that is not": (
        "paid_batch_is_paid",
        "statement 2026-08-532601-D1",
        "DELETE FROM commissions_payment WHERE statement_id ="
        " (SELECT id FROM commissions_statement WHERE number = '2026-08-532601-D1')",
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found_and_named(unguarded: None, name: str) -> None:
    check, what, script = DAMAGE[name]
    damage(script)
    broken = ledgers.verify()["broken"]
    assert any(found["check"] == check and what in found["what"] for found in broken), broken


def test_each_check_finds_some_damage() -> None:
    assert {check for check, _, _ in DAMAGE.values()} == set(ledgers.CHECKS)


def test_the_outcome_is_kept_and_told_to_whoever_looks_after_the_books(unguarded: None) -> None:
    damage(f"UPDATE {LINE} SET payable = payable + 1 WHERE batch_id = {{2026-08-532622-2}} AND line_type = 'record'")
    county_a, county_b = (OrgUnit.objects.get(code=code) for code in (A, B))
    auditors = [factories.make_user(f"auditor-{unit.code}", Role.AUDITOR, unit) for unit in (county_a, county_b)]
    check, report = ledgers.check_books(cause="nightly", by=None)
    assert (check.held, check.broken) == (False, report.count)
    assert check.checked == report.checked
    told = set(Notice.objects.filter(text=ledgers.BROKEN).values_list("user__username", flat=True))
    assert auditors[1].username in told
    assert auditors[0].username not in told
    assert [ledger_checks.findings(check, person).count() > 0 for person in auditors] == [False, True]


@pytest.mark.usefixtures("_books")
def test_books_that_hold_are_kept_as_such() -> None:
    check, _ = ledgers.check_books(cause="asked", by=None)
    assert check.held
    assert ledger_checks.last() == ledger_checks.last_held() == check
    assert not Notice.objects.filter(text=ledgers.BROKEN).exists()


def test_the_command_says_what_is_broken(unguarded: None, capsys: pytest.CaptureFixture[str]) -> None:
    damage("UPDATE commissions_poolaccount SET balance = balance + 1")
    with pytest.raises(SystemExit) as ended:
        call_command("verify_ledgers", "--after-restore")
    assert ended.value.code == 1
    said = json.loads(capsys.readouterr().out)
    assert {"check": "pool_balance", "what": "dealer D3", "found": "10.00", "expected": "9.00"} in said["broken"]
    assert LedgerCheck.objects.get().cause == "restore"


@pytest.mark.usefixtures("_books")
def test_every_night_the_books_are_checked() -> None:
    job = Job.objects.create(kind="nightly", key="2026-11-22", label="", args={})
    result = upkeep.run(job, lambda done, total, note="": None)
    assert result["broken"] == []
    assert LedgerCheck.objects.get().cause == "nightly"


def test_the_page_tells_when_they_last_held_and_what_is_broken(unguarded: None, client: Any) -> None:
    city = OrgUnit.objects.get(level="city")
    client.force_login(factories.make_user("ledger-reader", Role.FINANCE_APPROVER, city))
    held, _ = ledgers.check_books(cause="nightly", by=None)
    damage("UPDATE commissions_poolaccount SET balance = balance + 1")
    broken, _ = ledgers.check_books(cause="nightly", by=None)
    page = client.get("/commissions/ledgers/").content.decode()
    assert f"/commissions/ledgers/{held.pk}/" in page
    assert f"/commissions/ledgers/{broken.pk}/" in page
    assert "dealer D3" in client.get(f"/commissions/ledgers/{broken.pk}/").content.decode()
    rows = client.get(f"/api/v1/ledger-checks/{broken.pk}/findings/").json()
    assert {"check": "pool_balance", "what": "dealer D3", "found": "10.00", "expected": "9.00", "org_unit": B} in rows
    started = client.post("/commissions/ledgers/check/")
    assert started.url == f"/system/jobs/{Job.objects.get(kind='ledgers').pk}/"
