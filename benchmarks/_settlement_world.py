"""The world that the settlement benchmark settles: N records over twelve months, six instalments each.

Every record has two kinds of commission in three instalments, so that a month writes about
N/2 lines. Made set-based, within seconds for a million records.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

from benchmarks import _common as common
from core.periods import Month

COUNTIES = 8
FIRST, LAST = Month(2025, 10), Month(2026, 9)
TODAY = date(2026, 10, 5)
AT = datetime(2026, 10, 5, 3, 0, tzinfo=timezone(timedelta(hours=8)))
PRODUCTS = (
    ("P1", "4G", 38),
    ("P2", "4G", 58),
    ("P3", "4G", 88),
    ("P4", "5G", 99),
    ("P5", "5G", 128),
    ("P6", "5G", 198),
)

LATER = [
    {"offset": 1, "share": "0.25", "conditions": [{"test": "in_network"}]},
    {"offset": 2, "share": "0.15", "conditions": [{"test": "in_network"}, {"test": "no_arrears"}]},
]
INSTALMENTS = [{"offset": 0, "share": "0.60"}, *LATER]


def policy() -> dict[str, Any]:
    """Base by tier with whole and marginal brackets, incentive by family, one county and one product of their own."""

    def rule(code: str, kind: str, **more: Any) -> dict[str, Any]:
        return {
            "code": code,
            "kind": kind,
            "business_type": "activation",
            "effective_from": "2025-01-01",
            "effective_to": None,
            "instalments": INSTALMENTS,
            **more,
        }

    def brackets(mode: str, *rows: tuple[int, str]) -> dict[str, Any]:
        found = [{"from": start, "value": value} for start, value in rows]
        return {"basis": "fixed", "bracket_mode": mode, "brackets": found}

    fee = {"basis": "percent_of_fee", "pool_share": "0.30"}
    return {
        "code": "BENCH",
        "name": "benchmark",
        "org_unit": "5326",
        "rules": [
            rule("B1", "base", **brackets("whole", (1, "10"), (21, "12"), (41, "15"))),
            rule("B2", "base", tier="exclusive", **brackets("marginal", (1, "12"), (16, "15"))),
            rule("B3", "base", tier="mall", basis="fixed", value="18"),
            rule("I1", "incentive", product_family="4G", value="0.5", **fee),
            rule("I2", "incentive", product_family="5G", value="0.6", **fee),
            rule("I3", "incentive", product="P6", value="0.65", **fee),
            rule("I4", "incentive", product_family="5G", org_unit="53260801", value="0.7", **fee),
        ],
    }


def build(records: int) -> None:
    """Units, people, dealers, the policy, sales and subscriber months."""
    from accounts.models import OrgUnit, User
    from accounts.services import org_unit
    from commissions.services import policy as policies
    from core import sql

    common.say(f"making {records} records")
    province = org_unit.save(OrgUnit(code="53", name="province", level="province"))
    city = org_unit.save(OrgUnit(code="5326", name="city", level="city", parent=province))
    for number in range(1, COUNTIES + 1):
        county = org_unit.save(
            OrgUnit(code=f"5326{number:02d}01", name=f"county {number}", level="county", parent=city)
        )
        User.objects.create(username=f"sup{number}", role="county_supervisor", org_unit=county)
    people = {
        name: User.objects.create(username=name, role=role, org_unit=city)
        for name, role in (("city", "city_manager"), ("city2", "city_manager"), ("approver", "finance_approver"))
    }
    dealers = max(COUNTIES * 5, records // 333)
    sql.execute(
        "INSERT INTO inventory_product (code, name, family, item_kind, monthly_fee) SELECT * FROM unnest"
        "(%s::text[], %s::text[], %s::text[], %s::text[], %s::numeric[])",
        [
            [p[0] for p in PRODUCTS],
            [p[0] for p in PRODUCTS],
            [p[1] for p in PRODUCTS],
            ["plan"] * 6,
            [p[2] for p in PRODUCTS],
        ],
    )
    sql.execute(DEALERS, {"dealers": dealers, "counties": COUNTIES})
    draft, _state = policies.import_draft(data=policy(), by=people["city"])
    policies.publish(policy=draft, by=people["city2"], at=AT - timedelta(days=400), proposed=False)
    sql.execute("SET session_replication_role = replica")  # no foreign key is looked at while the world is made
    sql.execute(SALES, {"records": records, "dealers": dealers, "first": FIRST.first})
    for month in FIRST.until(LAST):
        sql.execute("SELECT inventory_ensure_month(%s)", [month.first])
    sql.execute(SUBSCRIBERS, {"first": FIRST.first, "last": LAST.first})
    sql.execute("SET session_replication_role = DEFAULT")
    sql.execute("VACUUM ANALYZE")


DEALERS = """
INSERT INTO dealers_dealer (code, name, legal_name, credit_code, org_unit_id, tier, stage, cooperation_start,
    agent_level, visit_regime, chain_type, payout_rhythm, location_kind, address, main_business, boss_connected,
    accepts_assessment, exclusive_agreement, special_evaluation, contact_name, contact_phone, pinyin)
SELECT 'D' || lpad(n::text, 6, '0'), 'store ' || n, '', '', unit.id,
       (ARRAY['partner', 'partner', 'partner', 'exclusive', 'mall'])[1 + n %% 5], 'mature', '2024-01-01', 1,
       'authorised', 'independent', 'half_year', '', '', '', false, false, false, false, '', '', ''
  FROM generate_series(1, %(dealers)s) n
  JOIN accounts_orgunit unit ON unit.code = '5326' || lpad((1 + n %% %(counties)s)::text, 2, '0') || '01';
INSERT INTO dealers_dealertier (dealer_id, valid_from, tier) SELECT id, cooperation_start, tier FROM dealers_dealer;
INSERT INTO dealers_dealerunit (dealer_id, valid_from, org_unit_id)
SELECT id, cooperation_start, org_unit_id FROM dealers_dealer;
INSERT INTO dealers_assessmentscore (dealer_id, month, score)
SELECT id, '2026-09-01', 70 + id %% 30 FROM dealers_dealer;
INSERT INTO commissions_subsidy (dealer_id, valid_from, monthly_amount)
SELECT id, '2025-01-01', 300 FROM dealers_dealer WHERE id %% 10 = 0;
INSERT INTO audits_violation (reference, dealer_id, type_id, occurred_on, confirmed_on, entered_at)
SELECT 'V' || id, id, 'exclusivity', '2026-09-10', '2026-09-12', '2026-09-12' FROM dealers_dealer WHERE id %% 200 = 0
"""

SALES = """
INSERT INTO inventory_salesrecord (event_no, business_type, occurred_at, product_id, dealer_id, seller_id,
                                   subscriber_no, msisdn, serial, amount, cell_id, segment)
SELECT 'E' || lpad(n::text, 9, '0'), 'activation',
       ((%(first)s::date + make_interval(months => (n * 12 / (%(records)s + 1))::int)
         + make_interval(days => abs(hashint4(n)) %% 28, secs => abs(hashint4(n + 7)) %% 43200 + 28800))
        AT TIME ZONE 'Asia/Shanghai'),
       (SELECT min(id) FROM inventory_product) + abs(hashint4(n + 1)) %% 6,
       base.id + abs(hashint4(n + 2)) %% %(dealers)s, base.id + abs(hashint4(n + 2)) %% %(dealers)s,
       'S' || lpad(n::text, 9, '0'), '', '', NULL, '', ''
  FROM generate_series(1::bigint, %(records)s) series (long) CROSS JOIN LATERAL (SELECT long::int AS n) number
 CROSS JOIN (SELECT min(id) AS id FROM dealers_dealer) base
"""

# Only where a condition reads them: one and two months after the event.
SUBSCRIBERS = """
INSERT INTO inventory_subscribermonth
    (month, subscriber_no, county_id, in_network, call_minutes, data_mb, billed_amount, arrears)
SELECT (date_trunc('month', sale.event_date) + make_interval(months => later))::date, sale.subscriber_no,
       unit.county_id, abs(hashint8(sale.id * 3 + later)) %% 100 < 94, 120, 500, 58,
       CASE WHEN abs(hashint8(sale.id * 5 + later)) %% 100 < 4 THEN 3.20 ELSE 0 END
  FROM inventory_salesrecord sale
  JOIN dealers_dealer dealer ON dealer.id = sale.seller_id
  JOIN accounts_orgunit unit ON unit.id = dealer.org_unit_id
 CROSS JOIN generate_series(1, 2) later
 WHERE date_trunc('month', sale.event_date) + make_interval(months => later) BETWEEN %(first)s AND %(last)s
"""


def settle(month: Month, *, counties: list[Any] | None = None) -> list[Any]:
    """Settle the month for all (or some) counties; the batches. Fails if any is refused."""
    from accounts.models import OrgUnit
    from commissions.services import settlement

    chosen = counties or list(OrgUnit.objects.filter(level="county").order_by("code"))
    outcome = settlement.settle_period(period=month, counties=chosen, by=None, at=AT, today=TODAY)
    assert not outcome.refused, [(one.county.code, one.reason) for one in outcome.refused]
    return outcome.batches


def draft_of_the_same() -> Any:
    """A draft with the rules of the published policy under other codes."""
    from accounts.models import User
    from commissions.rules.policy_copy import copied
    from commissions.services import policy as policies

    same = copied(policy(), code="BENCH2", name="the same", months=0)
    return policies.import_draft(data=same, by=User.objects.get(username="city"))[0]


def county_codes() -> list[str]:
    from accounts.models import OrgUnit

    return list(OrgUnit.objects.filter(level="county").order_by("code").values_list("code", flat=True))


def settle_history(codes: list[str]) -> None:
    """Every month but the last is settled and approved in these counties."""
    from accounts.models import OrgUnit, User
    from commissions.models import SettlementBatch
    from commissions.services import batch as steps

    done = set(SettlementBatch.objects.filter(state="approved").values_list("county__code", "period"))
    city, approver = User.objects.get(username="city"), User.objects.get(username="approver")
    for county in OrgUnit.objects.filter(code__in=codes).order_by("code"):
        supervisor = User.objects.get(role="county_supervisor", org_unit=county)
        for month in FIRST.until(LAST + -1):
            if (county.code, str(month)) in done:
                continue
            for batch in settle(month, counties=[county]):
                steps.submit(batch=batch, by=supervisor, at=AT)
                steps.review(batch=batch, by=city, at=AT)
                steps.approve(batch=batch, by=approver, at=AT)
        common.say(f"{county.code}: eleven months are settled and approved")
