"""A settlement that is killed leaves nothing behind, and done again gives what an undisturbed one gives."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import OrgUnit
from accounts.roles import Role
from commissions import tasks
from commissions.models import SettlementBatch
from commissions.services import batch as batches
from commissions.services import ledgers, settlement
from core import jobs, sql
from core.models import Job
from core.periods import Month
from inventory.models import SubscriberMonth
from tests.commissions.books import SEPTEMBER, SINCE, WORLD, A, B, Books
from tests.commissions.portal_world import TODAY, Portal
from tests.support.workers import Worker, quiet, trap

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

# Each is touched first at another step of the settlement.
STEPS = [
    "commissions_countyturn",
    "commissions_settlementbatch",
    "commissions_settlementbatchevent",
    "commissions_entitlement",
    "commissions_unpricedrecord",
    "commissions_commissionrule",
    "commissions_statement",
    "commissions_batchkind",
    "commissions_carry",
    "commissions_subsidy",
    "commissions_adjustment",
    "commissions_poolaccount",
    "commissions_commissionline",
    "dealers_dealerunit",
    "dealers_dealertier",
    "dealers_dealerending",
    "dealers_agreement",
    "dealers_assessmentscore",
    "dealers_dealer",
    "dealers_dealeraccount",
    "inventory_salesrecord",
    "inventory_product",
    "inventory_falsesale",
    "inventory_subscribermonth",
    "inventory_salesflag",
    "audits_violation",
    "audits_violationtype",
    "accounts_orgunit",
    "core_transition",
]
CONTENT = """
SELECT md5(string_agg(row::text, E'\\n' ORDER BY row::text)) FROM (
    SELECT dealer_id::text, record_id::text, kind, instalment::text, line_type, due_month::text, total::text, amount::text,
           withheld::text, pool_amount::text, payable::text, reason
      FROM commissions_commissionline WHERE batch_id = %(batch)s
    UNION ALL
    SELECT dealer_id::text, gross::text, withheld::text, pool::text, subsidy::text, deduction::text, penalty::text,
           clawback::text, adjustments::text, carried_in::text, net::text, paid::text
      FROM commissions_statement WHERE batch_id = %(batch)s
    UNION ALL
    SELECT record_id::text, kind, dealer_id::text, rule_id::text, total::text, '', '', '', '', '', '', ''
      FROM commissions_entitlement WHERE batch_id = %(batch)s
    UNION ALL
    SELECT record_id::text, reason, '', '', '', '', '', '', '', '', '', ''
      FROM commissions_unpricedrecord WHERE batch_id = %(batch)s) row
"""


def settle() -> str:
    batch = settlement.settle_county(
        county=OrgUnit.objects.get(code=A), period=SEPTEMBER, by=None, at=timezone.now(), today=TODAY
    )
    return batch.number


def live() -> SettlementBatch | None:
    return SettlementBatch.objects.filter(county__code=A, period=str(SEPTEMBER)).exclude(state="void").first()


def content() -> str:
    batch = live()
    assert batch is not None
    return sql.fetch_value(CONTENT, {"batch": batch.pk})


def give_up(books: Books) -> None:
    batch = live()
    if batch is not None:
        batches.void(batch=batch, by=books.person(Role.CITY_MANAGER), at=timezone.now(), reason="again")


def test_killed_at_any_step_it_is_as_if_it_had_not_been(tmp_path: Path) -> None:
    books = Books(paid_only=True)
    settle()
    undisturbed = content()
    reached: list[str] = []
    for place, table in enumerate(STEPS):
        again = place % 2 == 0  # over a calculated batch, or for the first time
        if not again:
            give_up(books)
        before = content() if again else None
        with trap(table) as caught:
            worker = Worker(settle, tmp_path / f"{table}.json")
            waiting = caught.caught(worker)
            if waiting:
                reached.append(table)
                if place % 3:
                    worker.kill()
                else:  # the server goes away under it
                    caught.end(waiting)
                    assert "refused" in worker.result()
            else:
                assert "did" in worker.result(), table
        quiet()
        assert ledgers.verify()["broken"] == [], table
        batch = live()
        if waiting:
            assert batch is None or batch.state == ("calculated" if again else "calculating"), table
            assert not again or content() == before, table
        settle()
        assert content() == undisturbed, table
        assert ledgers.verify()["broken"] == [], table
    assert len(reached) >= 20, reached


def test_killed_while_lines_are_judged_again(tmp_path: Path) -> None:
    Books(paid_only=True)
    settle()
    before = content()
    SubscriberMonth.objects.update(in_network=False)
    for table in ("inventory_subscribermonth", "commissions_statement", "core_transition"):
        with trap(table) as caught:
            worker = Worker(settle, tmp_path / f"{table}.json")
            assert caught.caught(worker)
            worker.kill()
        quiet()
        assert content() == before, table
    settle()
    judged = content()
    assert judged != before
    SettlementBatch.objects.filter(county__code=A, period=str(SEPTEMBER)).update(inputs={})  # priced and written anew
    settle()
    assert content() == judged


def test_a_job_whose_worker_is_killed_is_done_by_the_next(nobody_works: None, tmp_path: Path) -> None:
    books = Books(paid_only=True)
    settle()
    undisturbed = content()
    give_up(books)
    county = OrgUnit.objects.get(code=A)
    owner = books.portal.supervisor(county)
    (job,) = tasks.start_settlement(period=Month.parse("2026-09"), counties=[county], by=owner)
    with trap("inventory_subscribermonth") as caught:
        worker = Worker(lambda: jobs.run(job.pk), tmp_path / "first.json")
        assert caught.caught(worker)
        worker.kill()
    quiet()
    job.refresh_from_db()
    assert job.state == "running"  # what its owner sees until the sweeper comes by
    long_ago = timezone.now() - timedelta(minutes=5)
    Job.objects.filter(pk=job.pk).update(created_at=long_ago, heartbeat=long_ago)
    assert jobs.sweep() == {"sent": 1, "given_up": 0}
    assert Worker(lambda: jobs.run(job.pk), tmp_path / "second.json").result() == {"did": None}
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)
    assert content() == undisturbed
    assert ledgers.verify()["broken"] == []


def test_killed_before_the_other_countys_totals_are_done_again(tmp_path: Path) -> None:
    """A dealer of county A has sales of county B: totals that do not know of them are not submitted."""
    moved = replace(WORLD.dealers[0], units=((SINCE, B), (date(2026, 9, 15), A)))
    portal = Portal(replace(WORLD, dealers=(moved, *WORLD.dealers[1:])))
    batch = portal.settle(county=A, period=SEPTEMBER)
    turn = f"county_id = {batch.county_id}"
    with trap("commissions_countyturn", turn) as caught:
        worker = Worker(lambda: portal.settle(county=B, period=SEPTEMBER).number, tmp_path / "b.json")
        assert caught.caught(worker)
        worker.kill()
    quiet()
    assert SettlementBatch.objects.get(county__code=B, period=str(SEPTEMBER)).state == "calculated"
    with pytest.raises(batches.BatchRefused) as refusal:
        portal.move_on(batch, "submitted")
    assert refusal.value.params["news"] == ["other_batches"]
    batch = portal.settle(county=A, period=SEPTEMBER)
    assert batch.statements.get(dealer__code="D1").deduction > 0  # of what was sold in county B
    portal.move_on(batch, "submitted")
    assert ledgers.verify()["broken"] == []
