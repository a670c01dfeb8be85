"""A `World` of plain values as rows of the database, settled by the portal.

`Portal(world)` writes the standing facts; `know(world)` adds what is new in a later
world; `settle(...)` gives the portal's batch in the oracle's own terms.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import OrgUnit, User
from accounts.roles import Role
from audits.models import Violation, ViolationType
from commissions.models import (
    Adjustment,
    CommissionLine,
    CommissionPolicy,
    CommissionRule,
    PoolEntry,
    SettlementBatch,
    Statement,
    Subsidy,
    UnpricedRecord,
)
from commissions.rules.oracle import order
from commissions.rules.policy import dump_rule
from commissions.rules.totals import Totals
from commissions.rules.world import Line, World
from commissions.services import batch as batches
from commissions.services import settlement
from core import sql
from core.periods import Month, Period
from dealers.models import Agreement, AssessmentScore, Dealer, DealerEnding, DealerTier, DealerUnit
from inventory.models import FalseSale, Product, ReentrySuspect, SalesRecord, SubscriberMonth
from tests import factories

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = date(2027, 12, 31)


class Portal:
    """The rows of a world. Batches are moved on by people of the right roles."""

    def __init__(self, world: World) -> None:
        for unit in world.units:
            factories.make_unit(
                unit.code, unit.code, unit.level, OrgUnit.objects.get(code=unit.parent) if unit.parent else None
            )
        city = OrgUnit.objects.get(level="city")
        self.people = {
            role: factories.make_user(f"{role}-{factories.number()}", role, city)
            for role in (Role.CITY_MANAGER, Role.FINANCE_CLERK, Role.FINANCE_APPROVER)
        }
        self.supervisors: dict[str, User] = {}
        for multiplier in world.multipliers.items():
            ViolationType.objects.update_or_create(code=multiplier[0], defaults={"multiplier": multiplier[1]})
        self.seen: set[tuple[object, ...]] = set()
        self.know(world)

    def new(self, *key: object) -> bool:
        """Whether the fact is seen for the first time."""
        if key in self.seen:
            return False
        self.seen.add(key)
        return True

    def know(self, world: World) -> None:
        """Write every fact of `world` that is not there yet."""
        self._catalogue(world)
        self._dealers(world)
        self._rules(world)
        self._facts(world)

    def _catalogue(self, world: World) -> None:
        for product in world.products:
            if self.new("product", product.code, product.fee):
                Product.objects.update_or_create(
                    code=product.code,
                    defaults={
                        "name": product.code,
                        "family": product.family,
                        "item_kind": "plan",
                        "monthly_fee": product.fee,
                    },
                )

    def _dealers(self, world: World) -> None:
        for dealer in world.dealers:
            if self.new("dealer", dealer.code):
                Dealer.objects.create(
                    code=dealer.code,
                    name=dealer.code,
                    org_unit=OrgUnit.objects.get(code=dealer.units[-1][1]),
                    tier=dealer.tiers[-1][1],
                    cooperation_start=dealer.units[0][0],
                )
            row = Dealer.objects.get(code=dealer.code)
            for since, tier in dealer.tiers:
                if self.new("tier", dealer.code, since):
                    DealerTier.objects.create(dealer=row, valid_from=since, tier=tier)
            for since, unit in dealer.units:
                if self.new("unit", dealer.code, since):
                    DealerUnit.objects.create(dealer=row, valid_from=since, org_unit=OrgUnit.objects.get(code=unit))
            for ended_on in dealer.endings:
                if self.new("ending", dealer.code, ended_on):
                    DealerEnding.objects.create(dealer=row, ended_on=ended_on, cause="closed")
            for number, (starts, ends) in enumerate(dealer.agreements):
                if self.new("agreement", dealer.code, starts, ends):
                    Agreement.objects.create(
                        number=f"{dealer.code}-{number}-{starts}-{ends}", dealer=row, starts_on=starts, ends_on=ends
                    )

    def _rules(self, world: World) -> None:
        units = {unit.code: unit for unit in OrgUnit.objects.all()}
        for rule in world.rules:
            if not self.new("rule", rule.code):
                continue
            policy, _ = CommissionPolicy.objects.get_or_create(
                code=f"P-{rule.owner}",
                defaults={
                    "name": rule.owner,
                    "org_unit": units[rule.owner],
                    "state": "published",
                    "published_at": timezone.now(),
                },
            )
            written = dump_rule(rule)
            CommissionRule.objects.create(
                policy=policy,
                owner=units[rule.owner],
                published=True,
                code=rule.code,
                kind=rule.kind,
                business_type=rule.business_type,
                product=Product.objects.get(code=rule.product) if rule.product else None,
                product_family=rule.product_family or "",
                tier=rule.tier or "",
                org_unit=units[rule.org_unit] if rule.org_unit else None,
                effective_from=rule.effective_from,
                effective_to=rule.effective_to,
                basis=rule.basis,
                value=rule.value,
                bracket_mode=rule.bracket_mode or "",
                brackets=written.get("brackets"),
                instalments=written["instalments"],
                pool_share=rule.pool_share,
            )

    def _facts(self, world: World) -> None:
        dealers = dict(Dealer.objects.values_list("code", "pk"))
        products = dict(Product.objects.values_list("code", "pk"))
        counties = dict(OrgUnit.objects.values_list("code", "pk"))
        for sale in world.sales:
            if self.new("sale", sale.event_no):
                SalesRecord.objects.create(
                    event_no=sale.event_no,
                    business_type=sale.business_type,
                    occurred_at=sale.occurred_at.replace(tzinfo=SHANGHAI),
                    product_id=products[sale.product],
                    dealer_id=dealers.get(sale.dealer),
                    seller_id=dealers.get(sale.dealer),
                    subscriber_no=sale.subscriber or "",
                    amount=sale.amount,
                )
                self.new("seller", sale.event_no, sale.dealer)
            elif self.new("seller", sale.event_no, sale.dealer):
                seller = dealers.get(sale.dealer)
                SalesRecord.objects.filter(event_no=sale.event_no).update(dealer_id=seller, seller_id=seller)
        events = dict(SalesRecord.objects.values_list("event_no", "pk"))
        for (subscriber, month), (county, row) in world.subscriber_months.items():
            if self.new("subscriber", subscriber, month):
                sql.execute("SELECT inventory_ensure_month(%s)", [month.first])
                SubscriberMonth.objects.create(
                    subscriber_no=subscriber,
                    month=month.first,
                    county_id=counties[county],
                    in_network=row.in_network,
                    call_minutes=row.call_minutes,
                    data_mb=row.data_mb,
                    billed_amount=row.billed_amount,
                    arrears=row.arrears,
                )
        for (dealer, month), score in world.scores.items():
            if self.new("score", dealer, month):
                AssessmentScore.objects.create(dealer_id=dealers[dealer], month=month.first, score=score)
        for subsidy in world.subsidies:
            if self.new("subsidy", subsidy.dealer, subsidy.valid_from):
                Subsidy.objects.create(
                    dealer_id=dealers[subsidy.dealer],
                    valid_from=subsidy.valid_from,
                    valid_to=subsidy.valid_to,
                    monthly_amount=subsidy.monthly_amount,
                    min_score=subsidy.min_score,
                )
        for violation in world.violations:
            if self.new("violation", violation.reference):
                ViolationType.objects.get_or_create(code=violation.type)
                Violation.objects.create(
                    reference=violation.reference,
                    dealer_id=dealers[violation.dealer],
                    type_id=violation.type,
                    occurred_on=violation.occurred_on,
                    confirmed_on=violation.occurred_on,
                )
        for event_no, cause in world.false_sales.items():
            if event_no in events and self.new("false", event_no):
                FalseSale.objects.create(record_id=events[event_no], cause=cause, confirmed_on=TODAY)
        for event_no in world.suspects:
            if event_no in events and self.new("suspect", event_no):
                ReentrySuspect.objects.create(record_id=events[event_no])
        for dealer, amount in world.pool_entries.items():
            if self.new("pool", dealer, amount):
                change = amount - sum(
                    PoolEntry.objects.filter(dealer_id=dealers[dealer], batch=None).values_list("amount", flat=True)
                )
                PoolEntry.objects.create(
                    dealer_id=dealers[dealer],
                    month=date(2026, 1, 1),
                    entry="adjustment" if change > 0 else "penalty",
                    amount=change,
                    source=f"change {len(self.seen)}",
                    posted_at=timezone.now(),
                )
        for item in world.adjustments:
            if self.new("adjustment", item.reference):
                Adjustment.objects.create(
                    reference=item.reference,
                    dealer_id=dealers[item.dealer],
                    month=item.month.first,
                    amount=item.amount,
                    type="other_back_pay" if item.amount > 0 else "audit_deduction",
                    document_no="文 1",
                    document_name="文",
                    reason="…",
                    state="approved",
                    approved_at=datetime(2026, 1, 1, tzinfo=UTC),
                    entered_at=datetime(2026, 1, 1, tzinfo=UTC),
                )

    def settle(self, *, county: str, period: Period, today: date | None = None) -> SettlementBatch:
        """The calculated batch. Raises SettlementRefused."""
        return settlement.settle_county(
            county=OrgUnit.objects.get(code=county), period=period, by=None, at=timezone.now(), today=today or TODAY
        )

    def move_on(self, batch: SettlementBatch, state: str) -> None:
        """Take the calculated batch to `state` by the right people."""
        at = timezone.now()
        if state == "calculated":
            return
        batches.submit(batch=batch, by=self.supervisor(batch.county), at=at)
        if state == "submitted":
            return
        batches.review(batch=batch, by=self.people[Role.CITY_MANAGER], at=at)
        if state == "reviewed":
            return
        batches.approve(batch=batch, by=self.people[Role.FINANCE_APPROVER], at=at)

    def supervisor(self, county: OrgUnit) -> User:
        if county.code not in self.supervisors:
            self.supervisors[county.code] = factories.make_user(
                f"supervisor-{factories.number()}", Role.COUNTY_SUPERVISOR, county
            )
        return self.supervisors[county.code]


def lines_of(batch: SettlementBatch) -> list[Line]:
    """The batch's lines as the oracle has them, in its order."""
    found = CommissionLine.objects.filter(batch_id=batch.pk)
    dealers = dict(Dealer.objects.values_list("pk", "code"))
    rules = dict(CommissionRule.objects.values_list("pk", "code"))
    events = dict(SalesRecord.objects.values_list("pk", "event_no"))
    return sorted(
        (
            Line(
                dealer=dealers[line.dealer_id],
                line_type=line.line_type,
                due_month=Month.of(line.due_month),
                amount=line.amount,
                payable=line.payable,
                reason=line.reason,
                event_no=events.get(line.record_id),
                kind=line.kind or None,
                instalment=line.instalment,
                rule=rules.get(line.rule_id),
                total=line.total,
                withheld=line.withheld,
                pool_amount=line.pool_amount,
            )
            for line in found
        ),
        key=order,
    )


FIGURES = [
    "gross",
    "withheld",
    "pool",
    "subsidy",
    "deduction",
    "penalty",
    "clawback",
    "adjustments",
    "carried_in",
    "net",
    "paid",
    "carried_out",
]


def statements_of(batch: SettlementBatch) -> dict[str, dict[str, Decimal]]:
    """dealer code → the statement's figures."""
    rows = Statement.objects.filter(batch=batch).select_related("dealer")
    return {row.dealer.code: {name: getattr(row, name) for name in FIGURES} for row in rows}


def figures_of(totals: Totals) -> dict[str, Decimal]:
    """An oracle's statement as `statements_of` has it."""
    return {name: getattr(totals, name) for name in FIGURES}


def unpriced_of(batch: SettlementBatch) -> dict[str, str]:
    """event_no → reason."""
    events = dict(SalesRecord.objects.values_list("pk", "event_no"))
    return {events[row.record_id]: row.reason for row in UnpricedRecord.objects.filter(batch=batch)}
