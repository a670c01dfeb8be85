"""A county's batch with statements and lines, written as rows: for tests of what pages show."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import OrgUnit, User
from accounts.roles import Role
from commissions.models import (
    CommissionLine,
    CommissionPolicy,
    CommissionRule,
    Entitlement,
    PoolEntry,
    SettlementBatch,
    Statement,
    UnpricedRecord,
)
from core.periods import Month
from core.transitions import record as trace
from dealers.models import Dealer
from inventory.models import Product, SalesRecord
from tests import factories as f

D = Decimal
ORDER = ("calculated", "submitted", "reviewed", "approved", "paying", "paid")


@dataclass
class Scene:
    """A city with one county, its people and two rules."""

    city: OrgUnit
    county: OrgUnit
    supervisor: User
    manager: User
    second_manager: User
    clerk: User
    approver: User
    product: Product
    base: CommissionRule
    incentive: CommissionRule
    dealers: list[Dealer] = field(default_factory=list)


def make_scene() -> Scene:
    city, county = f.make_city(1)
    manager = f.make_user("manager", Role.CITY_MANAGER, city, name="李复核")
    product = f.make_product("P58", name="4G 畅享 58 元")
    base, incentive = make_policy(city, manager)
    return Scene(
        city=city,
        county=county,
        supervisor=f.make_user("supervisor", Role.COUNTY_SUPERVISOR, county, name="王主管"),
        manager=manager,
        second_manager=f.make_user("manager2", Role.CITY_MANAGER, city, name="赵政策"),
        clerk=f.make_user("clerk", Role.FINANCE_CLERK, city, name="陈经办"),
        approver=f.make_user("approver", Role.FINANCE_APPROVER, city, name="周审批"),
        product=product,
        base=base,
        incentive=incentive,
    )


def make_policy(city: OrgUnit, manager: User, code: str = "2026-A", *, state: str = "published") -> tuple:
    """A policy with a base rule in brackets and an incentive rule with a pool share."""
    published = state != "draft"
    policy = CommissionPolicy.objects.create(
        code=code,
        name="2026 年社会渠道酬金政策",
        org_unit=city,
        state=state,
        created_by=manager,
        published_at=f.moment("2026-01-01") if published else None,
    )
    common: dict[str, Any] = {
        "policy": policy,
        "owner": city,
        "published": published,
        "business_type": "activation",
        "effective_from": date(2026, 1, 1),
    }
    base = CommissionRule.objects.create(
        code=f"{code}-R2",
        kind="base",
        basis="fixed",
        bracket_mode="whole",
        brackets=[{"from": 1, "value": "10"}, {"from": 51, "value": "15"}],
        instalments=[
            {"offset": 0, "share": "0.70"},
            {"offset": 3, "share": "0.30", "conditions": [{"test": "active_months", "k": 3}]},
        ],
        **common,
    )
    incentive = CommissionRule.objects.create(
        code=f"{code}-R1",
        kind="incentive",
        product_family="4G",
        basis="percent_of_fee",
        value=D("0.5"),
        instalments=[
            {"offset": 0, "share": "0.60"},
            {"offset": 1, "share": "0.25", "conditions": [{"test": "in_network"}]},
            {"offset": 2, "share": "0.15", "conditions": [{"test": "in_network"}, {"test": "no_arrears"}]},
        ],
        pool_share=D("0.3"),
        **common,
    )
    return base, incentive


def make_batch(
    scene: Scene,
    period: str = "2026-09",
    *,
    state: str = "calculated",
    dealers: list[Dealer] | None = None,
    sales: int = 2,
    checks: list[dict[str, Any]] | None = None,
    unpriced: int = 0,
    county: OrgUnit | None = None,
) -> SettlementBatch:
    """A monthly batch in `state`: per dealer `sales` activations with a base line of 7.00, an
    incentive line of 17.40 (pool 5.22), one withheld line of 4.35 and a subsidy of 100.00."""
    county = county or scene.county
    month = Month.parse(period)
    batch = SettlementBatch.objects.create(
        number=f"{period}-{county.code}",
        county=county,
        kind="monthly",
        period=period,
        first_day=month.first,
        last_day=month.last,
        month=month.first,
        state="calculating",
        checks=checks or [],
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT commissions_open_lines(%s)", [batch.pk])
        cursor.execute("SELECT commissions_attach_lines(%s)", [batch.pk])
    chosen = dealers if dealers is not None else scene.dealers or [f.make_dealer(county)]
    if dealers is None and not scene.dealers:
        scene.dealers.extend(chosen)
    number = 0
    for dealer in chosen:
        number = _dealer(scene, batch, dealer, month, sales, number)
    records = [f.make_sale(chosen[0], month.first, f.make_product("X1", family="X")) for _ in range(unpriced)]
    for one in records:
        UnpricedRecord.objects.create(batch=batch, record=one, reason="no_rule")
    _sum_up(batch, number, unpriced, month)
    _move_to(scene, batch, state)
    return SettlementBatch.objects.select_related("county").get(pk=batch.pk)


def _dealer(scene: Scene, batch: SettlementBatch, dealer: Dealer, month: Month, sales: int, number: int) -> int:
    lines: list[CommissionLine] = []

    def line(record: SalesRecord | None, rule: CommissionRule | None, **values: Any) -> None:
        values = {"withheld": D("0.00"), "pool_amount": D("0.00"), "kind": "", "reason": "", **values}
        values["payable"] = values["amount"] - values["pool_amount"]
        if record is not None and rule is not None:
            _entitle(batch, dealer, record, rule, values["total"])
        place = (batch.pk << 32) | (number + len(lines) + 1)
        row = {"id": place, "batch": batch, "dealer": dealer, "record": record, "rule": rule, "due_month": month.first}
        lines.append(CommissionLine(**row, **values))

    for _ in range(sales):
        sale = f.make_sale(dealer, month.first + timedelta(days=3), scene.product)
        line(sale, scene.base, line_type="record", kind="base", instalment=1, total=D("10.00"), amount=D("7.00"))
        line(sale, scene.incentive, line_type="record", kind="incentive", instalment=1, total=D("29.00"),
             amount=D("17.40"), pool_amount=D("5.22"))  # fmt: skip
    old = f.make_sale(dealer, (month + -2).first, scene.product)
    line(old, scene.incentive, line_type="record", kind="incentive", instalment=3, total=D("29.00"),
         amount=D("0.00"), withheld=D("4.35"), reason="no_arrears")  # fmt: skip
    line(None, None, line_type="subsidy", amount=D("100.00"), reason="2026-01-01")
    CommissionLine.objects.bulk_create(lines)
    gross, pool = D("24.40") * sales, D("5.22") * sales
    net = gross - pool + D("100.00")
    Statement.objects.create(
        number=f"{batch.number}-{dealer.code}",
        batch=batch,
        dealer=dealer,
        lines=len(lines),
        gross=gross,
        withheld=D("4.35"),
        pool=pool,
        subsidy=D("100.00"),
        net=net,
        paid=net,
    )
    return number + len(lines)


def _entitle(batch: SettlementBatch, dealer: Dealer, record: SalesRecord, rule: CommissionRule, total: Decimal) -> None:
    """What the record earns in all under the rule's kind."""
    Entitlement.objects.get_or_create(
        record_id=record.pk,
        kind=rule.kind,
        defaults={
            "batch": batch,
            "county": batch.county,
            "dealer": dealer,
            "rule": rule,
            "event_month": timezone.localtime(record.occurred_at).date().replace(day=1),
            "subscriber_no": record.subscriber_no,
            "value": D("0.5") if rule.kind == "incentive" else D("10"),
            "count": 2 if rule.brackets else None,
            "fee": D("58.00"),
            "total": total,
        },
    )


def _sum_up(batch: SettlementBatch, lines: int, unpriced: int, month: Month) -> None:
    statements = list(Statement.objects.filter(batch=batch))
    for name in ("gross", "withheld", "pool", "subsidy", "net", "paid"):
        setattr(batch, name, sum((getattr(one, name) for one in statements), D("0.00")))
    batch.lines, batch.dealers, batch.unpriced = lines, len(statements), unpriced
    batch.state = "calculated"
    batch.calculated_at = batch.lines_at = f.moment(month.last + timedelta(days=2))
    batch.save()


def _move_to(scene: Scene, batch: SettlementBatch, state: str) -> None:
    """Through the states with the right people, and with a trace."""
    steps = (
        ("submitted", "submit", {"submitted_by": scene.supervisor}, "submitted_at"),
        ("reviewed", "review", {"reviewed_by": scene.manager}, "reviewed_at"),
        ("approved", "approve", {"approved_by": scene.approver, "content_hash": "0" * 64}, "approved_at"),
        ("paying", "pay", {"paying_by": scene.clerk}, ""),
        ("paid", "settle", {}, ""),
    )
    at = batch.calculated_at
    for target, action, values, when in steps[: ORDER.index(state)]:
        at = at + timedelta(hours=3)
        before, batch.state = batch.state, target
        for name, value in values.items():
            setattr(batch, name, value)
        if when:
            setattr(batch, when, at)
        batch.save()
        person = next((value for value in values.values() if isinstance(value, User)), scene.clerk)
        trace(batch, action=action, before=before, after=target, by=person, at=at)
        if target == "approved":
            for one in Statement.objects.filter(batch=batch, pool__gt=0):
                PoolEntry.objects.create(
                    dealer_id=one.dealer_id,
                    month=batch.month,
                    entry="accrual",
                    amount=one.pool,
                    source=batch.number,
                    batch=batch,
                    posted_by=scene.approver,
                    posted_at=at,
                )
