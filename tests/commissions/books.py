"""Some months of two counties with at least one of everything that the ledgers hold."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from accounts.roles import Role
from audits.models import Violation as Violated
from audits.models import ViolationType
from commissions.models import SettlementBatch
from commissions.rules.conditions import SubscriberMonth
from commissions.rules.pool import RoundPeriod
from commissions.rules.values import ONE, Basis, BusinessType, Condition, Instalment, Kind, Rule, Test, Waiver
from commissions.rules.world import Adjustment, Dealer, Product, Sale, Subsidy, Unit, Violation, World
from commissions.services import batch as batches
from commissions.services import payments, pool_change, pool_round
from core.periods import Month, Period, parse_period
from dealers import models as dealers
from tests import factories
from tests.commissions.portal_world import Portal

A, B = "532601", "532622"
D = Decimal
SINCE = date(2025, 1, 1)
AUGUST, SEPTEMBER, OCTOBER = (Month(2026, number) for number in (8, 9, 10))


def _dealer(code: str, unit: str) -> Dealer:
    return Dealer(code, ((SINCE, "partner"),), ((SINCE, unit),))


def _rule(code: str, kind: Kind, value: str, instalments: tuple[Instalment, ...], pool_share: str = "0") -> Rule:
    return Rule(
        code=code,
        kind=kind,
        business_type=BusinessType.ACTIVATION,
        effective_from=date(2026, 1, 1),
        basis=Basis.FIXED,
        value=D(value),
        instalments=instalments,
        pool_share=D(pool_share),
        owner="5326",
        initial_cap_waiver=Waiver("city", "all at once") if instalments[0].share == ONE else None,
    )


def _sale(event_no: str, day: str, dealer: str, business_type: str = "activation") -> Sale:
    return Sale(event_no, business_type, datetime.fromisoformat(f"{day} 09:00"), "P58", dealer, f"S-{event_no}")


WORLD = World(
    units=(
        Unit("53", "province"),
        Unit("5326", "city", "53"),
        Unit(A, "county", "5326"),
        Unit(B, "county", "5326"),
    ),
    dealers=(_dealer("D1", A), _dealer("D2", A), _dealer("D3", B), _dealer("D4", A)),
    products=(Product("P58", "4G", D("58.00")),),
    rules=(
        _rule("ONCE", Kind.BASE, "20", (Instalment(0, ONE, ()),)),
        _rule(
            "POOLED",
            Kind.INCENTIVE,
            "30",
            (Instalment(0, D("0.60"), ()), Instalment(1, D("0.40"), (Condition(Test.IN_NETWORK),))),
            "0.30",
        ),
    ),
    sales=(
        _sale("E1", "2026-08-04", "D1"),
        _sale("E2", "2026-08-05", "D1"),
        _sale("E3", "2026-08-20", "D2"),
        _sale("E4", "2026-08-21", "D4"),
        _sale("E5", "2026-08-12", "D3"),
        _sale("E6", "2026-09-10", "D1"),
        _sale("E7", "2026-09-11", "D1", "recharge"),
        _sale("E8", "2026-09-12", "D4"),
    ),
    subscriber_months={
        (f"S-E{number}", month): (B if number == 5 else A, SubscriberMonth(in_network=number != 2))
        for number in range(1, 9)
        for month in (SEPTEMBER, OCTOBER)
    },
    scores={("D1", SEPTEMBER): D(85)},
    subsidies=(Subsidy("D3", date(2026, 1, 1), D("100.00")),),
    violations=(Violation("V1", "D2", "exclusivity", date(2026, 8, 10)),),
    adjustments=(Adjustment("A1", "D1", AUGUST, D("50.00")),),
)


class Books:
    """The months, settled: August paid, September approved, October calculated; one batch was voided.

    D2 is penalised and carries a debt on, E1 is taken back in September, D4's first
    payment failed and was issued again. With `paid_only` they end with August.
    """

    def __init__(self, *, paid_only: bool = False) -> None:
        self.portal = Portal(WORLD)
        for code in ("D1", "D3", "D4"):
            clerk = factories.make_user(f"verifier-{factories.number()}", Role.FINANCE_CLERK)
            factories.make_account(dealers.Dealer.objects.get(code=code), verified_by=clerk)
        self._settle("2026-W32", A)
        given_up = self._settle("2026-08", B, then="submitted")
        batches.void(batch=given_up, by=self.person(Role.CITY_MANAGER), at=timezone.now(), reason="又算一次")
        august = [self._settle("2026-08", county) for county in (A, B)]
        self._pay(august)
        self.portal.know(replace(WORLD, false_sales={"E1": "cancelled"}))
        if paid_only:
            return
        for county in (A, B):
            self._settle("2026-09", county)
        self._settle("2026-10", A, then="calculated")
        self._pool()

    def person(self, role: Role):
        return self.portal.people[role]

    def _settle(self, period: str, county: str, then: str = "approved") -> SettlementBatch:
        found: Period = parse_period(period)
        batch = self.portal.settle(county=county, period=found)
        self.portal.move_on(batch, then)
        return batch

    def _pay(self, august: list[SettlementBatch]) -> None:
        clerk = self.person(Role.FINANCE_CLERK)
        for batch in august:
            payments.export(batch=batch, by=clerk, at=timezone.now())
        self._record(f"2026-08-{A}-D4", "failed")
        for batch in august:
            payments.export(batch=batch, by=clerk, at=timezone.now())
        for number in (f"2026-08-{A}-D1", f"2026-08-{A}-D4", f"2026-08-{B}-2-D3"):
            self._record(number, "ok")

    def _record(self, statement: str, result: str) -> None:
        row = {"statement": statement, "result": result, "reason": "账号错误" if result == "failed" else ""}
        payments.record(rows=[row], by=self.person(Role.FINANCE_CLERK), at=timezone.now())

    def _pool(self) -> None:
        """A round that leaves D3's pool alone, for a violation, and a request that waits."""
        dealer = dealers.Dealer.objects.get(code="D3")
        type_, _ = ViolationType.objects.get_or_create(code="service")
        day = date(2026, 12, 1)
        Violated.objects.create(reference="V9", dealer=dealer, type=type_, occurred_on=day, confirmed_on=day)
        facts = {"by": self.portal.supervisors[B], "at": timezone.now(), "today": date(2027, 1, 5)}
        round_ = pool_round.calculate(county=dealer.org_unit.county, period=RoundPeriod(2026, 2), **facts)
        pool_round.submit(round_=round_, **facts)
        pool_round.approve(round_=round_, **{**facts, "by": self.person(Role.FINANCE_APPROVER)})
        pool_change.file(dealer=dealer, amount=D("1.00"), reason="补录", by=facts["by"], at=timezone.now())
