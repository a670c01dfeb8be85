"""A recalculation writes record lines anew only if something that they are made from has changed, and is never wrong."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from constance.test import override_config
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import OrgUnit
from audits.models import Violation
from commissions.models import (
    Adjustment,
    BatchKind,
    CommissionLine,
    CommissionPolicy,
    CommissionRule,
    SettlementBatch,
    Statement,
)
from commissions.queries import batch_facts, versions
from commissions.rules.values import Condition, Instalment, Kind, Test
from commissions.services.settlement import Stale
from core import sql
from core.models import LedgerCheck
from core.periods import Week
from dealers.models import Agreement, AssessmentScore, Dealer, DealerEnding, DealerTier, DealerUnit
from inventory.models import FactChange, FalseSale, Product, ReentrySuspect, SalesRecord, SubscriberMonth
from tests.commissions.books import AUGUST, SEPTEMBER, WORLD, A, B
from tests.commissions.portal_world import SHANGHAI, Portal

pytestmark = pytest.mark.django_db

DAY = date(2026, 9, 15)
NOTHING, REASONS, LINES = Stale.NOTHING, Stale.REASONS, Stale.LINES
# The tables with triggers that note every change.
NOTED = """
SELECT relname AS table_name FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE tgname = 'note_change'
"""


@pytest.fixture
def portal() -> Portal:
    """August of both counties approved, September of the first calculated, with records of every kind."""
    strict = (
        Instalment(0, Decimal("0.60"), (Condition(Test.PURE_NEW),)),
        Instalment(1, Decimal("0.40"), (Condition(Test.EXCLUSIVE),)),
    )
    rule = replace(WORLD.rules[1], code="STRICT", kind=Kind.SERVICE, instalments=strict, pool_share=Decimal(0))
    portal = Portal(replace(WORLD, rules=(*WORLD.rules, rule)))
    SalesRecord.objects.create(event_no="LOST", **sold())
    ReentrySuspect.objects.create(record=sale("E6"))
    for county in (A, B):
        portal.move_on(portal.settle(county=county, period=AUGUST), "approved")
    portal.settle(county=A, period=SEPTEMBER)
    return portal


def sale(event_no: str) -> SalesRecord:
    return SalesRecord.objects.get(event_no=event_no)


def sold(**fields: Any) -> dict[str, Any]:
    at = datetime(2026, 9, 15, 9, tzinfo=SHANGHAI)
    product = Product.objects.get(code="P58")
    return {"business_type": "activation", "occurred_at": at, "product": product, "subscriber_no": "S-E1"} | fields


def dealer(code: str = "D1") -> Dealer:
    return Dealer.objects.get(code=code)


def adjust(portal: Portal) -> None:
    Adjustment.objects.create(
        reference="A9", dealer=dealer(), month=SEPTEMBER.first, amount=Decimal("5.00"), type="other_back_pay",
        document_no="文 1", document_name="文", reason="…", state="approved",
        approved_at=timezone.now(), entered_at=timezone.now(),
    )  # fmt: skip


def violate(portal: Portal) -> None:
    Violation.objects.create(
        reference="V9", dealer=dealer("D4"), type_id="exclusivity", occurred_on=DAY, confirmed_on=DAY
    )


def settle_a_week(portal: Portal) -> None:
    portal.settle(county=A, period=Week.of(date(2026, 10, 1)))


def draft(portal: Portal) -> CommissionPolicy:
    """A draft with a rule of its own, like one that is in force but for another tier."""
    rule = CommissionRule.objects.get(code="ONCE")
    policy = CommissionPolicy.objects.create(code="NEXT", name="…", org_unit=rule.policy.org_unit)
    rule.pk, rule.policy, rule.code, rule.tier, rule.published = None, policy, "NEXT", "mall", False
    rule.save()
    return policy


CHANGES: dict[str, tuple[Callable[[Portal], object], Stale]] = {
    "nothing": (lambda portal: None, NOTHING),
    "a violation": (violate, NOTHING),
    "an adjustment": (adjust, NOTHING),
    "a score": (lambda portal: AssessmentScore.objects.filter(month=SEPTEMBER.first).update(score=55), NOTHING),
    "records of another county and another month": (
        lambda portal: [
            SalesRecord.objects.create(event_no="ELSEWHERE", seller=dealer("D3"), **sold()),
            SalesRecord.objects.create(
                event_no="OCTOBER", **sold(seller=dealer(), occurred_at=datetime(2026, 10, 2, 9, tzinfo=SHANGHAI))
            ),
        ],
        NOTHING,
    ),
    "sellers looked for in vain": (
        lambda portal: SalesRecord.objects.filter(event_no="?").update(seller=None),
        NOTHING,
    ),
    "a record of the month": (
        lambda portal: SalesRecord.objects.create(event_no="NEW", **sold(seller=dealer())),
        LINES,
    ),
    "a late record": (
        lambda portal: SalesRecord.objects.create(
            event_no="LATE", **sold(seller=dealer(), occurred_at=datetime(2026, 8, 2, 9, tzinfo=SHANGHAI))
        ),
        LINES,
    ),
    "a seller that was found": (
        lambda portal: SalesRecord.objects.filter(event_no="LOST").update(seller=dealer()),
        LINES,
    ),
    "a record that is gone": (lambda portal: sale("E7").delete(), LINES),
    "a false sale": (
        lambda portal: FalseSale.objects.create(record=sale("E8"), cause="cancelled", confirmed_on=DAY),
        LINES,
    ),
    "a suspect that was cleared": (lambda portal: ReentrySuspect.objects.update(is_open=False), REASONS),
    "corrected figures of a subscriber": (
        lambda portal: SubscriberMonth.objects.filter(subscriber_no="S-E1").update(in_network=False),
        REASONS,
    ),
    "figures written straight into their month's table": (
        lambda portal: sql.execute("UPDATE inventory_subscribermonth_202609 SET arrears = 5"),
        LINES,
    ),
    "a suspect that was found": (lambda portal: ReentrySuspect.objects.create(record=sale("E7")), REASONS),
    "figures of a month that are gone in part": (
        lambda portal: SubscriberMonth.objects.filter(subscriber_no__in=["S-E1", "S-E2"]).delete(),
        REASONS,
    ),
    "figures and a score": (
        lambda portal: [
            SubscriberMonth.objects.update(in_network=False),
            AssessmentScore.objects.filter(month=SEPTEMBER.first).update(score=55),
        ],
        REASONS,
    ),
    "figures and a late record": (
        lambda portal: [
            SubscriberMonth.objects.update(in_network=False),
            SalesRecord.objects.create(
                event_no="LATE", **sold(seller=dealer(), occurred_at=datetime(2026, 8, 2, 9, tzinfo=SHANGHAI))
            ),
        ],
        LINES,
    ),
    "another tier": (
        lambda portal: DealerTier.objects.create(dealer=dealer(), valid_from=date(2026, 9, 5), tier="exclusive"),
        LINES,
    ),
    "a tier that is taken back": (lambda portal: DealerTier.objects.filter(dealer=dealer()).delete(), LINES),
    "another county": (
        lambda portal: DealerUnit.objects.create(
            dealer=dealer(), valid_from=date(2026, 9, 11), org_unit=OrgUnit.objects.get(code=B)
        ),
        LINES,
    ),
    "an ending": (
        lambda portal: DealerEnding.objects.create(dealer=dealer(), ended_on=date(2026, 9, 2), cause="closed"),
        LINES,
    ),
    "an agreement": (
        lambda portal: Agreement.objects.create(
            number="N", dealer=dealer(), starts_on=date(2026, 1, 1), ends_on=date(2026, 9, 1)
        ),
        LINES,
    ),
    "a rule that ends": (
        lambda portal: CommissionRule.objects.filter(code="ONCE").update(effective_to=date(2026, 9, 10)),
        LINES,
    ),
    "a draft": (draft, NOTHING),
    "a draft that was given up": (lambda portal: draft(portal).delete(), NOTHING),
    "a draft that was published": (lambda portal: draft(portal).rules.update(published=True), LINES),
    "a product's fee": (lambda portal: Product.objects.update(monthly_fee=Decimal("60.00")), LINES),
    "a week that takes a part": (settle_a_week, LINES),
    "books that do not hold": (
        lambda portal: LedgerCheck.objects.create(
            cause="nightly", started_at=timezone.now(), finished_at=timezone.now(), held=False, broken=1
        ),
        LINES,
    ),
    "another program": (
        lambda portal: SettlementBatch.objects.filter(month=SEPTEMBER.first).update(inputs={"program": "before"}),
        LINES,
    ),
}


def recalculated(portal: Portal) -> tuple[SettlementBatch, dict[str, Any]]:
    """September of the first county, and all that it holds."""
    batch = portal.settle(county=A, period=SEPTEMBER)
    lines = CommissionLine.objects.filter(batch_id=batch.pk).order_by("id")
    statements = Statement.objects.filter(batch=batch).order_by("number")
    found = {
        "hash": batch_facts.content_hash(batch),
        "lines": list(lines.values_list()),
        "statements": [row[1:] for row in statements.values_list()],
        "figures": (batch.lines, batch.unpriced, batch.gross, batch.withheld, batch.pool, batch.net, batch.carried_out),
        "kinds": list(BatchKind.objects.filter(batch=batch).order_by("kind").values_list("kind", "gross")),
        "checks": batch.checks,
    }
    return batch, found


@pytest.mark.parametrize("change", CHANGES)
def test_after_a_change(change: str, portal: Portal) -> None:
    work, stale = CHANGES[change]
    before, _was = recalculated(portal)
    file = file_of_lines(before)
    work(portal)
    batch, found = recalculated(portal)
    assert (batch.lines_at != before.lines_at) is (stale is not NOTHING)
    assert (file_of_lines(batch) != file) is (stale is LINES)
    SettlementBatch.objects.filter(pk=batch.pk).update(inputs={})  # as if nobody knew what it was made from
    again, forced = recalculated(portal)
    assert again.lines_at != batch.lines_at
    assert found == forced


def test_other_thresholds(portal: Portal) -> None:
    before, _found = recalculated(portal)
    with override_config(ACTIVE_CALL_MINUTES=Decimal(31)):
        batch, _found = recalculated(portal)
    assert batch.lines_at > before.lines_at


def file_of_lines(batch: SettlementBatch) -> int:
    """The file of the batch's lines: another one after they were written anew."""
    return sql.fetch_value("SELECT pg_relation_filenode(%s)", [f"commissions_line_b{batch.pk}"])


# What record lines are made from besides the tables with versions: batches by their last steps, records by their number
# (and by what changes them), the view of closed spans by endings and agreements, and what the batch itself writes.
OTHERWISE_KNOWN = {
    "commissions_countyturn",
    "commissions_settlementbatch",
    "commissions_entitlement",
    "commissions_unpricedrecord",
    "core_transition",
    "core_ledgercheck",
    "inventory_salesrecord",
    "dealers_closed_span",
    "constance_constance",
}


def test_every_table_that_lines_are_made_from_is_noted(portal: Portal) -> None:
    SettlementBatch.objects.filter(month=SEPTEMBER.first).update(inputs={})
    with CaptureQueriesContext(connection) as asked:
        portal.settle(county=A, period=SEPTEMBER)
    texts = [query["sql"] for query in asked]
    until = next(place for place, text in enumerate(texts) if "commissions_close_lines" in text)
    named = re.compile(r'\b(?:FROM|JOIN)\s+"?((?:accounts|audits|commissions|constance|core|dealers|inventory)_\w+)')
    read = {name for text in texts[:until] for name in named.findall(text)}
    versioned = {history.removesuffix("event") for history in versions.HISTORIES}
    noted = {row["table_name"] for row in sql.fetch_all(NOTED)}
    found = {name for name in read if not name.endswith("event") and name != "inventory_factchange"}
    assert found - versioned - noted <= OTHERWISE_KNOWN
    assert {
        "inventory_falsesale",
        "inventory_subscribermonth",
        "inventory_reentrysuspect",
        "dealers_dealertier",
    } <= found


def counted_since(portal: Portal) -> tuple[str, dict[str, int]]:
    """Calculate September again: the day from which on records were counted, and the numbers noted by month."""
    with CaptureQueriesContext(connection) as asked:
        batch = portal.settle(county=A, period=SEPTEMBER)
    [counting] = [query["sql"] for query in asked if "sale.event_date AS day" in query["sql"]]
    found = re.search(r"BETWEEN '(\S+?)'::date", counting)
    assert found
    return found[1], batch.inputs["months"]


def test_months_are_counted_only_if_something_came_in_for_them(portal: Portal) -> None:
    since, months = counted_since(portal)
    assert since == "2026-10-01"
    late = {"seller": dealer(), "occurred_at": datetime(2026, 8, 2, 9, tzinfo=SHANGHAI)}
    SalesRecord.objects.create(event_no="LATE", **sold(**late))
    since, more = counted_since(portal)
    assert since == "2026-08-01"
    assert more == months | {"2026-08": months["2026-08"] + 1}
    DealerUnit.objects.create(dealer=dealer(), valid_from=date(2026, 9, 11), org_unit=OrgUnit.objects.get(code=B))
    assert counted_since(portal) == ("0001-01-01", more)


def test_the_next_month_starts_from_the_numbers_of_the_batch_before(portal: Portal) -> None:
    portal.settle(county=B, period=SEPTEMBER)
    with CaptureQueriesContext(connection) as asked:
        portal.move_on(portal.settle(county=A, period=SEPTEMBER), "approved")
        october = portal.settle(county=A, period=SEPTEMBER + 1)
    counting = [query["sql"] for query in asked if "sale.event_date AS day" in query["sql"]]
    assert ["BETWEEN '2026-10-01'" in text for text in counting] == [True, True]
    before = october.inputs["months"]
    SettlementBatch.objects.filter(pk=october.pk).update(inputs={})
    assert portal.settle(county=A, period=SEPTEMBER + 1).inputs["months"] == before


def test_a_late_record_that_came_before_arrivals_were_noted_is_seen(portal: Portal) -> None:
    batch = portal.settle(county=A, period=SEPTEMBER)
    known = {name: value for name, value in batch.inputs.items() if name != "arrivals"}
    SettlementBatch.objects.filter(pk=batch.pk).update(inputs=known)
    SalesRecord.objects.create(
        event_no="LATE", **sold(seller=dealer(), occurred_at=datetime(2026, 8, 2, 9, tzinfo=SHANGHAI))
    )
    FactChange.objects.filter(month__isnull=False).delete()
    batch.refresh_from_db()
    assert [news.code for news in batch_facts.news_since(batch)] == ["late_records"]


def test_sales_records_note_their_months() -> None:
    assert versions.of_arrivals() == {}
    for event_no, month in (("1", 8), ("2", 9), ("3", 9)):
        SalesRecord.objects.create(
            event_no=event_no,
            business_type="activation",
            product=Product.objects.create(code=event_no, name=event_no),
            occurred_at=datetime(2026, month, 2, 9, tzinfo=SHANGHAI),
        )
    found = versions.of_arrivals()
    assert {month: version.split("/")[0] for month, version in found.items()} == {"2026-08": "1", "2026-09": "2"}
    assert versions.of_facts() == {}


def test_what_the_tables_of_facts_note() -> None:
    """A version tells of every statement that changed something, also of one that commits after a later one."""
    assert versions.of_facts() == {}
    FactChange.objects.bulk_create([FactChange(pk=7, table_name="t"), FactChange(pk=9, table_name="t")])
    seen = versions.of_facts()
    FactChange.objects.create(pk=8, table_name="t")
    assert versions.of_facts() != seen
