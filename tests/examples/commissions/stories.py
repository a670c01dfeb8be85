"""Random settlements: `story(Random(seed))` is a small world that grows, and what is settled when.

Everything is plain values. Whatever settles the steps one after the other must give the
oracle's lines, statements, unpriced records and refusals; the steps' worlds hold no batches.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from commissions.rules.conditions import SubscriberMonth
from commissions.rules.policy import rivals
from commissions.rules.totals import ADJUSTMENT_SIGNS
from commissions.rules.values import (
    ZERO,
    Basis,
    Bracket,
    BracketMode,
    BusinessType,
    Condition,
    Instalment,
    Kind,
    Rule,
    Test,
    Tier,
    Waiver,
)
from commissions.rules.world import Adjustment, Dealer, Product, Sale, Subsidy, Unit, Violation, World
from core.periods import Month, Period, Week

COUNTIES = ("532601", "532622")
UNITS = (
    Unit("53", "province"),
    Unit("5326", "city", "53"),
    Unit("532601", "county", "5326"),
    Unit("532601-G1", "grid", "532601"),
    Unit("532622", "county", "5326"),
)
FIRST = Month(2026, 6)
MONTHS = tuple(FIRST.until(Month(2026, 9)))
SHARES = (
    ("1",),
    ("0.70", "0.30"),
    ("0.60", "0.25", "0.15"),
    ("0.3333", "0.3333", "0.3334"),
    ("0.0001", "0.9999"),
)
CAP = Decimal("0.70")


@dataclass(frozen=True)
class Step:
    """Settle `county` for `period` with the facts of `world`; a calculated batch becomes `then`."""

    county: str
    period: Period
    world: World
    then: str


def story(rng: Random, *, sales: int = 40) -> list[Step]:
    """Months (and some weeks) of both counties in turn, with facts that come in between, some of them late."""
    full = world(rng, sales=sales)
    late = _late(rng, full)

    def part(known: float) -> World:
        return _told(_part(full, known), known, late)

    steps: list[Step] = []
    known = 0.6
    for month in MONTHS:
        for week in _weeks(month, rng):
            steps += [Step(county, week, part(known), "approved") for county in COUNTIES]
        if rng.random() < 0.3:
            steps += [Step(county, month, part(known), "calculated") for county in COUNTIES]
            known = min(1.0, known + 0.1)
        steps += [Step(county, month, part(known), "approved") for county in rng.sample(COUNTIES, k=len(COUNTIES))]
        known = min(1.0, known + 0.15)
    return steps


def _weeks(month: Month, rng: Random) -> list[Week]:
    weeks = {Week.of(month.first + timedelta(days=day)) for day in range(month.days)}
    own = sorted(week for week in weeks if week.settlement_month == month)
    return sorted(rng.sample(own, k=rng.choice([0, 0, 0, 1, 2])))


def _part(full: World, known: float) -> World:
    """The facts that are known at a time: the first part of each list that grows."""

    def cut(items: tuple, share: float = known) -> tuple:
        return items[: round(len(items) * share)]

    return replace(
        full,
        sales=cut(full.sales),
        violations=cut(full.violations),
        adjustments=cut(full.adjustments),
        false_sales=dict(cut(tuple(full.false_sales.items()), (known - 0.6) / 0.4)),
        scores=dict(cut(tuple(full.scores.items()))),
    )


def _late(rng: Random, full: World) -> dict[tuple[object, ...], float]:
    """Facts about dealers and sellers of which the portal is told late, and when: see `known`."""
    facts = [(dealer.code, fact) for dealer in full.dealers for fact in _changes(dealer)]
    facts += [("seller", sale.event_no) for sale in full.sales if rng.random() < 0.1]
    return {fact: rng.choice((0.7, 0.75, 0.85, 0.9, 1.0)) for fact in facts if rng.random() < 0.6}


def _changes(dealer: Dealer) -> list[object]:
    """All but the dealer's first tier and unit."""
    return [*dealer.tiers[1:], *dealer.units[1:], *dealer.endings, *dealer.agreements]


def _told(full: World, known: float, late: dict[tuple[object, ...], float]) -> World:
    """Without what the portal is told only later."""

    def told(*fact: object) -> bool:
        return late.get(fact, 0) <= known

    return replace(
        full,
        dealers=tuple(
            replace(
                dealer,
                tiers=(dealer.tiers[0], *(item for item in dealer.tiers[1:] if told(dealer.code, item))),
                units=(dealer.units[0], *(item for item in dealer.units[1:] if told(dealer.code, item))),
                endings=tuple(item for item in dealer.endings if told(dealer.code, item)),
                agreements=tuple(item for item in dealer.agreements if told(dealer.code, item)),
            )
            for dealer in full.dealers
        ),
        sales=tuple(sale if told("seller", sale.event_no) else replace(sale, dealer=None) for sale in full.sales),
    )


def world(rng: Random, *, sales: int) -> World:
    """All facts of four months; every rule is valid and no two rivals overlap."""
    products = (
        Product("P58", "4G", Decimal("58.00")),
        Product("P99", "5G", Decimal("99.90")),
        Product("PX", "4G", None),
    )
    dealers = tuple(_dealer(rng, f"D{number}") for number in range(1, 6))
    rules: list[Rule] = []
    for number in range(rng.randint(4, 14)):
        rule = _rule(rng, f"R{number:02d}")
        if number < 3:
            rule = _everywhere(rule)
        if not any(rivals(rule, other) and rule.overlaps(other) for other in rules):
            rules.append(rule)
    sold = [_sale(rng, f"E{number:03d}") for number in range(sales)]
    subscribers = sorted({sale.subscriber for sale in sold if sale.subscriber})
    absent = {(rng.choice(COUNTIES), rng.choice(MONTHS)) for _ in range(rng.random() < 0.15)}
    months = {}
    for month in MONTHS:
        for county in COUNTIES:
            if (county, month) not in absent:
                months[(f"U-{county}", month)] = (county, _figures(rng))
        for subscriber in subscribers:
            county = rng.choice(COUNTIES)
            if rng.random() < 0.9 and (county, month) not in absent:
                months[(subscriber, month)] = (county, _figures(rng))
    events = [sale.event_no for sale in sold]
    codes = [dealer.code for dealer in dealers]
    return World(
        units=UNITS,
        dealers=dealers,
        products=products,
        rules=tuple(rules),
        sales=tuple(sold),
        subscriber_months=months,
        scores={
            (rng.choice(codes), rng.choice(MONTHS)): Decimal(rng.choice(("59.5", "60", "79", "85", "90", "100")))
            for _ in range(12)
        },
        subsidies=tuple({(item.dealer, item.valid_from): item for item in map(_subsidy, [rng] * 4)}.values()),
        violations=tuple(
            Violation(f"V{number}", rng.choice(codes), rng.choice(("exclusivity", "exclusivity", "service")), _day(rng))
            for number in range(rng.randint(0, 5))
        ),
        false_sales={
            event: rng.choice(("re_entry", "cross_region", "cancelled"))
            for event in rng.sample(events, k=min(len(events), rng.randint(0, 12)))
        },
        suspects=frozenset(rng.sample(events, k=min(len(events), 3))),
        adjustments=tuple(_adjustment(rng, number, codes) for number in range(rng.randint(0, 4))),
    )


def _day(rng: Random) -> date:
    return MONTHS[0].first + timedelta(days=rng.randrange((MONTHS[-1].last - MONTHS[0].first).days + 1))


def _dealer(rng: Random, code: str) -> Dealer:
    since = date(2025, 1, 1)
    tiers = [(since, rng.choice(list(Tier)).value)]
    if rng.random() < 0.3:
        tiers.append((_day(rng), rng.choice(list(Tier)).value))
    units = [(since, rng.choice(("532601", "532601-G1", "532622")))]
    if rng.random() < 0.3:
        units.append((_day(rng), rng.choice(("532601", "532622"))))
    endings: tuple[date, ...] = ()
    agreements: list[tuple[date, date]] = []
    if rng.random() < 0.2:
        ended = _day(rng)
        endings = (ended,)
        if rng.random() < 0.5:
            again = ended + timedelta(days=rng.randint(1, 30))
            agreements.append((again, again + timedelta(days=365)))
    elif rng.random() < 0.3:
        runs_out = _day(rng)
        agreements.append((since, runs_out))
        if rng.random() < 0.6:
            again = runs_out + timedelta(days=rng.choice((1, 1, 10)))
            agreements.append((again, again + timedelta(days=365)))
    return Dealer(code, tuple(tiers), tuple(units), endings, tuple(agreements))


def _rule(rng: Random, code: str) -> Rule:
    kind = rng.choice(list(Kind))
    basis = rng.choice(list(Basis))
    starts = rng.choice((date(2026, 1, 1), date(2026, 7, 16), date(2026, 8, 1)))
    shares = [Decimal(share) for share in rng.choice(SHARES)]
    owner = rng.choice(("53", "5326", "5326", *COUNTIES))
    below = {"53": ("5326", *COUNTIES), "5326": ("5326", *COUNTIES)}.get(owner, (owner,))
    narrowed = rng.choice(("", "", "product", "product_family"))
    bracketed = rng.random() < 0.4
    return Rule(
        code=code,
        kind=kind,
        business_type=rng.choice((BusinessType.ACTIVATION, BusinessType.ACTIVATION, BusinessType.RECHARGE)),
        effective_from=starts,
        effective_to=rng.choice((None, None, date(2026, 7, 15), date(2026, 8, 31))) if starts.month == 1 else None,
        basis=basis,
        value=None if bracketed else _value(rng, basis),
        brackets=tuple(Bracket(start, _value(rng, basis)) for start in (1, 3, 6)) if bracketed else (),
        bracket_mode=rng.choice(list(BracketMode)) if bracketed else None,
        instalments=_instalments(rng, shares),
        pool_share=Decimal(rng.choice(("0", "0.30", "0.3333", "1"))) if kind == Kind.INCENTIVE else ZERO,
        owner=owner,
        product=rng.choice(("P58", "P99", "PX")) if narrowed == "product" else None,
        product_family=rng.choice(("4G", "5G")) if narrowed == "product_family" else None,
        tier=rng.choice((None, None, *Tier)),
        org_unit=rng.choice((None, None, *below)),
        initial_cap_waiver=Waiver("city", "random") if shares[0] > CAP else None,
    )


def _everywhere(rule: Rule) -> Rule:
    """The same rule for all dealers of the city at all times, so that most records are priced."""
    return replace(
        rule,
        owner="5326",
        business_type=BusinessType.ACTIVATION,
        effective_from=date(2026, 1, 1),
        effective_to=None,
        product=None,
        product_family=None,
        tier=None,
        org_unit=None,
    )


def _value(rng: Random, basis: Basis) -> Decimal:
    if basis == Basis.FIXED:
        return Decimal(rng.randint(0, 3000)).scaleb(-2)
    return Decimal(rng.randint(0, 15000)).scaleb(-4)


def _instalments(rng: Random, shares: list[Decimal]) -> tuple[Instalment, ...]:
    found: list[Instalment] = []
    offset = 0
    for share in shares:
        tests = rng.sample(list(Test), k=rng.choice((0, 1, 1, 2)) if found else rng.choice((0, 0, 0, 1)))
        conditions = tuple(
            Condition(
                test,
                k=rng.randint(1, offset + 1) if test == Test.ACTIVE_MONTHS else None,
                value=Decimal("30.00") if test == Test.MIN_BILLED else None,
            )
            for test in tests
        )
        found.append(Instalment(offset, share, conditions))
        offset += rng.choice((1, 1, 2))
    return tuple(found)


def _sale(rng: Random, event_no: str) -> Sale:
    day = _day(rng)
    business_type = rng.choice(("activation", "activation", "activation", "recharge"))
    amount = Decimal(rng.randint(-20000, 50000)).scaleb(-2)
    return Sale(
        event_no=event_no,
        business_type=business_type,
        occurred_at=datetime(day.year, day.month, day.day, rng.choice((0, 9, 9, 23)), rng.choice((0, 59))),
        product=rng.choice(("P58", "P58", "P99", "PX")),
        dealer=f"D{rng.randint(1, 5)}" if rng.random() < 0.95 else None,
        subscriber=f"S{rng.randint(1, 25)}" if rng.random() < 0.9 else None,
        amount=amount if business_type == "recharge" and rng.random() < 0.9 else None,
    )


def _figures(rng: Random) -> SubscriberMonth:
    def figure(*values: str) -> Decimal | None:
        return Decimal(rng.choice(values)) if rng.random() < 0.9 else None

    return SubscriberMonth(
        in_network=rng.random() < 0.85,
        call_minutes=figure("0", "9.99", "10", "120"),
        data_mb=figure("0", "29.99", "30", "5000"),
        billed_amount=figure("0.00", "29.99", "30.00", "58.00", "99.90"),
        arrears=figure("0.00", "0.00", "0.00", "3.20"),
    )


def _subsidy(rng: Random) -> Subsidy:
    return Subsidy(
        dealer=f"D{rng.randint(1, 5)}",
        valid_from=rng.choice((date(2026, 1, 1), date(2026, 7, 11))),
        monthly_amount=Decimal(rng.randint(1, 50000)).scaleb(-2),
        valid_to=rng.choice((None, date(2026, 8, 10))),
        min_score=rng.choice((None, Decimal(80))),
    )


def _adjustment(rng: Random, number: int, codes: list[str]) -> Adjustment:
    type_ = rng.choice(list(ADJUSTMENT_SIGNS))
    amount = Decimal(rng.randint(1, 9999)).scaleb(-2) * ADJUSTMENT_SIGNS[type_]
    return Adjustment(f"A{number}", rng.choice(codes), rng.choice(MONTHS), amount, type_)
