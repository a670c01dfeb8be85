"""Dealers with something in their pools, and the people who work with payout rounds."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from accounts.models import OrgUnit, User
from accounts.roles import Role
from audits.models import Violation, ViolationType
from commissions.models import PoolAccount, PoolChange, PoolEntry, PoolRound, PoolRoundRow
from commissions.rules.pool import RoundPeriod
from commissions.services import pool_change, pool_round
from core.periods import Month
from dealers.models import Dealer
from tests import factories as f

D = Decimal
AT = f.moment("2026-07-05")
TODAY = date(2026, 7, 5)


@dataclass
class PoolWorld:
    """A city with two counties and one person of each kind."""

    city: OrgUnit
    county: OrgUnit
    other: OrgUnit
    supervisor: User
    manager: User
    second_manager: User
    clerk: User
    approver: User
    dealers: list[Dealer] = field(default_factory=list)


def make_pool_world() -> PoolWorld:
    city, county, other = f.make_city(2)
    return PoolWorld(
        city=city,
        county=county,
        other=other,
        supervisor=f.make_user("supervisor", Role.COUNTY_SUPERVISOR, county, name="王主管"),
        manager=f.make_user("manager", Role.CITY_MANAGER, city, name="李复核"),
        second_manager=f.make_user("manager2", Role.CITY_MANAGER, city, name="赵政策"),
        clerk=f.make_user("clerk", Role.FINANCE_CLERK, city, name="陈经办"),
        approver=f.make_user("approver", Role.FINANCE_APPROVER, city, name="周审批"),
    )


def put(dealer: Dealer, month: str, amount: str, *, source: str = "", entry: str = "") -> PoolEntry:
    """An entry of the ledger; an accrual if positive, else a clawback."""
    value = D(amount)
    return PoolEntry.objects.create(
        dealer=dealer,
        month=Month.parse(month).first,
        entry=entry or ("accrual" if value > 0 else "clawback"),
        amount=value,
        source=source or f"T{f.number()}",
        posted_at=f.moment(Month.parse(month).last),
    )


def dealer_with(
    unit: OrgUnit, amount: str = "100.00", *, sells: str = "123456", year: int = 2026, **fields: Any
) -> Dealer:
    """A dealer with that much accrued in January, selling in the months that `sells` names (a–c: 10–12)."""
    dealer = f.make_dealer(unit, **fields)
    if D(amount):
        put(dealer, f"{year}-01", amount)
    product = f.make_product("P58")
    for sign in sells:
        f.make_sale(dealer, date(year, int(sign, 16), 10), product)
    return dealer


def violation(dealer: Dealer, confirmed: str, *, type_: str = "service", suspends: bool = True) -> Violation:
    kind, _ = ViolationType.objects.update_or_create(code=type_, defaults={"suspends_pool": suspends})
    day = date.fromisoformat(confirmed)
    return Violation.objects.create(
        reference=f"V{f.number()}", dealer=dealer, type=kind, occurred_on=day, confirmed_on=day
    )


def calculate(
    world: PoolWorld, period: str = "2026H1", *, county: OrgUnit | None = None, today: date = TODAY
) -> PoolRound:
    return pool_round.calculate(
        county=county or world.county, period=RoundPeriod.parse(period), by=world.supervisor, at=AT, today=today
    )


def approve(world: PoolWorld, round_: PoolRound, *, today: date = TODAY) -> PoolRound:
    """Submitted by the supervisor, approved by finance."""
    round_ = pool_round.submit(round_=round_, by=world.supervisor, at=AT, today=today)
    return pool_round.approve(round_=round_, by=world.approver, at=AT, today=today)


def row(round_: PoolRound, dealer: Dealer) -> PoolRoundRow:
    return PoolRoundRow.objects.get(round=round_, dealer=dealer)


def figures(round_: PoolRound, dealer: Dealer) -> tuple[str, int, str, str, str, str, str]:
    """basis, idle months, factor, ratio, payout, forfeit, reason."""
    one = row(round_, dealer)
    return (
        str(one.basis),
        one.idle_months,
        f"{one.factor.normalize():f}",
        f"{one.ratio.normalize():f}",
        str(one.payout),
        str(one.forfeit),
        one.reason,
    )


def balance(dealer: Dealer) -> str:
    account = PoolAccount.objects.filter(dealer=dealer).first()
    return str(account.balance) if account else "none"


def entries(dealer: Dealer) -> list[tuple[str, str, str, str]]:
    """month, entry, amount, source, as posted."""
    return [
        (str(Month.of(one.month)), one.entry, str(one.amount), one.source)
        for one in PoolEntry.objects.filter(dealer=dealer).order_by("pk")
    ]


def change(world: PoolWorld, dealer: Dealer, amount: str, **more: Any) -> PoolChange:
    return pool_change.file(
        dealer=dealer, amount=D(amount), reason=more.pop("reason", "录入差错"), by=world.supervisor, at=AT, **more
    )
