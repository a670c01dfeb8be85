"""The same facts give the same lines: whatever the order of the files, and by week and month as by month alone."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from accounts.roles import Role
from commissions.models import CommissionLine, SettlementBatch
from commissions.rules.world import World
from commissions.services import ledgers, policy
from commissions.services.settlement import SettlementRefused
from core.imports import registry, runs
from core.periods import Month, Week
from inventory.models import SalesRecord
from tests import factories
from tests.commissions.portal_world import TODAY, Portal, lines_of, statements_of, unpriced_of
from tests.depth import times
from tests.examples.commissions import stories

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 1, 1, 0, tzinfo=UTC)
AUGUST, SEPTEMBER = Month(2026, 8), Month(2026, 9)
BEFORE = {
    "org_units": """code,name,level,parent_code
53,云南省,province,
5326,文山州,city,53
532601,文山市,county,5326
532622,砚山县,county,5326
""",
    "products": """code,name,family,item_kind,monthly_fee
P58,飞享,4G,sim,58
P99,畅享,5G,sim,99.5
""",
    "dealers": """code,name,org_unit_code,tier,cooperation_start
D1,一店,532601,partner,2025-01-01
D2,二店,532601,exclusive,2025-01-01
D3,三店,532622,mall,2025-01-01
""",
}
RULES = [
    {"code": "FEE", "kind": "incentive", "business_type": "activation", "product_family": "4G",
     "effective_from": "2026-01-01", "basis": "percent_of_fee", "value": "0.55", "pool_share": "0.30",
     "instalments": [{"offset": 0, "share": "0.60"},
                     {"offset": 1, "share": "0.40", "conditions": [{"test": "in_network"}, {"test": "no_arrears"}]}]},
    {"code": "COUNT", "kind": "base", "business_type": "activation", "effective_from": "2026-01-01",
     "basis": "fixed", "bracket_mode": "marginal", "brackets": [{"from": 1, "value": "10"}, {"from": 3, "value": "15"}],
     "instalments": [{"offset": 0, "share": "0.70"}, {"offset": 1, "share": "0.30", "conditions": [{"test": "exclusive"}]}]},
]  # fmt: skip
# Files that may come in any order, and what each needs before it.
FILES = {
    "cards": "serial,product_code,node_code\nX1,P58,D1\nX2,P99,D2\nX3,P58,D3\n",
    "sales": """event_no,business_type,occurred_at,product_code,dealer_code,subscriber_no,serial
A1,activation,2026-08-03 10:00:00,P58,D1,S1,
A2,activation,2026-08-04 10:00:00,P58,,S2,X1
A3,activation,2026-08-05 10:00:00,P99,D2,S3,X1
A4,activation,2026-08-05 10:00:00,P58,,S4,X3
A5,recharge,2026-08-06 10:00:00,P58,D2,S5,
""",
    "sales of September": """event_no,business_type,occurred_at,product_code,dealer_code,subscriber_no,serial
B1,activation,2026-09-03 10:00:00,P58,D1,S6,
B2,activation,2026-09-03 10:00:00,P99,,S7,X2
B3,activation,2026-09-05 10:00:00,P58,D3,S8,
B4,activation,2026-09-06 10:00:00,P58,D1,S9,
B5,activation,2026-08-31 23:00:00,P58,D1,S10,
""",
    "subscribers": """subscriber_no,month,county_code,in_network,arrears
S1,2026-09,532601,1,0
S2,2026-09,532601,1,3.20
S3,2026-09,532601,0,0
S4,2026-09,532622,1,
S10,2026-09,532601,1,0
""",
    "dealer_tiers": "dealer_code,valid_from,tier\nD1,2025-01-01,partner\nD1,2026-08-05,exclusive\n",
    "dealer_units": "dealer_code,valid_from,org_unit_code\nD2,2025-01-01,532622\nD2,2026-09-02,532601\n",
    "assessment_scores": "dealer_code,month,score\nD1,2026-08,85\nD2,2026-09,55\n",
    "subsidies": "dealer_code,valid_from,monthly_amount\nD3,2026-08-11,310\n",
    "violations": "reference,dealer_code,type,occurred_on,confirmed_on\nV1,D1,exclusivity,2026-08-09,2026-08-20\n",
    "false_sales": "event_no,cause,confirmed_on\nA4,cancelled,2026-09-20\n",
    "dealer_endings": "dealer_code,ended_on,cause\nD3,2026-09-25,closed\n",
    "adjustments": (
        "reference,dealer_code,month,amount,type,document_no,document_name,reason\n"
        "T1,D2,2026-08,20.00,delayed,9号,补发,漏发\n"
    ),
}
NEEDS = {"false_sales": {"sales"}}
ORDERS = 7


@pytest.fixture
def load(tmp_path: Path, settings: Any) -> Callable[[str, str], None]:
    settings.MEDIA_ROOT = tmp_path / "media"

    def run(kind: str, text: str) -> None:
        path = tmp_path / "file.csv"
        path.write_text(text, encoding="utf-8")
        found = runs.create(kind=registry.get(kind), path=path, file_name=path.name, user=None, partial=False)
        outcome = runs.load(run=found, path=path, at=AT, today=TODAY)
        assert (outcome.rejected, outcome.accepted > 0) == (0, True), (kind, outcome.errors)

    return run


def orders() -> Iterator[list[str]]:
    """As they stand, the other way round, and drawn ones."""
    random = Random(3)
    drafts = [list(FILES), list(reversed(FILES)), *(random.sample(list(FILES), len(FILES)) for _ in range(ORDERS - 2))]
    for draft in drafts:
        order: list[str] = []
        while draft:
            ready = next(name for name in draft if NEEDS.get(name, set()) <= set(order))
            draft.remove(ready)
            order.append(ready)
        yield order


def settled() -> dict[str, Any]:
    """August of both counties, approved, then September: everything that came of it."""
    portal = Portal.__new__(Portal)
    portal.supervisors = {}
    city = User.objects.get(username="city").org_unit
    portal.people = {
        role: factories.make_user(f"{role}-{factories.number()}", role, city)
        for role in (Role.CITY_MANAGER, Role.FINANCE_APPROVER)
    }
    found: dict[str, Any] = {}
    for month in (AUGUST, SEPTEMBER):
        batches = [portal.settle(county=county, period=month) for county in ("532601", "532622")]
        for batch in batches:
            batch.refresh_from_db()
            found[batch.number] = (lines_of(batch), statements_of(batch), unpriced_of(batch))
            portal.move_on(batch, "approved")
    assert ledgers.verify()["broken"] == []
    return found


def test_any_order_of_the_files_gives_the_same_lines(load: Callable[[str, str], None]) -> None:
    for kind, text in BEFORE.items():
        load(kind, text)
    unit = SettlementBatch._meta.get_field("county").related_model.objects.get(code="5326")
    by = factories.make_user("city", Role.CITY_MANAGER, unit)
    draft, _ = policy.import_draft(
        data=json.loads(json.dumps({"code": "A", "name": "酬金", "org_unit": "5326", "rules": RULES})), by=by
    )
    policy.publish(policy=draft, by=by, at=AT, proposed=False)
    expected = None
    for order in orders():
        with transaction.atomic():
            for name in order:
                load(name.split(" ")[0], FILES[name])
            found = settled()
            assert dict(SalesRecord.objects.values_list("event_no", "seller__code"))["A4"] == "D3", order
            if expected is None:
                expected = found
                lines = [line for batch, _, _ in found.values() for line in batch]
                # Every file has left its trace.
                assert {"record", "subsidy", "deduction", "penalty", "adjustment"} <= {line.line_type for line in lines}
                assert {"no_arrears", "clawed_back"} <= {line.reason for line in lines}
            assert found == expected, order
            transaction.set_rollback(True)


def record_lines() -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """(event, kind, instalment) → what was settled for it, in whichever batch."""
    rows = CommissionLine.objects.filter(line_type="record").values_list(
        "record__event_no", "kind", "instalment", "dealer", "total", "amount", "withheld", "pool_amount", "reason"
    )
    found = {row[:3]: row[4:] for row in rows}
    assert len(found) == len(rows)
    return found


def settle_months(world: World, *, by_week: bool) -> tuple[dict[tuple[Any, ...], tuple[Any, ...]], int]:
    """The record lines of the months, and how many of them weeks have settled. Counties without data stay out."""
    portal = Portal(world)
    stopped: set[str] = set()
    for month in stories.MONTHS:
        first = Week.of(month.first)
        weeks = [first + place for place in range(6) if (first + place).settlement_month == month]
        for period in [*(weeks if by_week else []), month]:
            batches = []
            for county in sorted(set(stories.COUNTIES) - stopped):
                try:
                    batches.append(portal.settle(county=county, period=period))
                except SettlementRefused as refusal:
                    assert refusal.code == "no_data"
                    stopped.add(county)
            for batch in batches:
                portal.move_on(batch, "approved")
        if stopped:  # what a dealer of two counties gets there is another question
            break
    weekly = CommissionLine.objects.filter(batch__kind="weekly", line_type="record").count()
    return record_lines(), weekly


def test_weeks_and_months_give_what_months_alone_give() -> None:
    by_weeks = different = 0
    for seed in range(times(3)):
        world = stories.world(Random(seed), sales=40)
        with transaction.atomic():
            alone, _ = settle_months(world, by_week=False)
            transaction.set_rollback(True)
        with transaction.atomic():
            both, weekly = settle_months(world, by_week=True)
            assert ledgers.verify()["broken"] == []
            transaction.set_rollback(True)
        common = alone.keys() & both.keys()
        assert {key: alone[key] for key in common} == {key: both[key] for key in common}, seed
        by_weeks += weekly
        different += len(common)
    assert by_weeks > 10
    assert different > 60
