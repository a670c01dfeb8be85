"""The oracle's first half: record lines of one county's batch.

See docs/commissions.md#which-record-whose to #conditions.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from commissions.rules import conditions, pricing, totals
from commissions.rules.brackets import Counted
from commissions.rules.resolution import Facts, resolve_kinds
from commissions.rules.values import Kind, Rule
from commissions.rules.world import Batch, Entitlement, Line, Sale, World
from core.money import yuan
from core.periods import Month, Period, Week

ZERO = yuan(0)


@dataclass
class Records:
    """What settling a county's records gives."""

    lines: list[Line] = field(default_factory=list)
    entitlements: list[Entitlement] = field(default_factory=list)
    unpriced: dict[str, str] = field(default_factory=dict)
    missing: set[Month] = field(default_factory=set)


@dataclass(frozen=True)
class Claim:
    """A record that falls under a rule; `fixed` is what an earlier settlement decided."""

    sale: Sale
    rule: Rule
    dealer: str
    county: str
    fixed: Entitlement | None


def settle_records(world: World, others: Iterable[Batch], *, county: str, period: Period) -> Records:
    """Every record line that a batch of `county` and `period` has, `others` being live."""
    others = tuple(others)
    settled = {
        (line.event_no, line.kind, line.instalment)
        for batch in others
        for line in batch.lines
        if line.line_type == "record"
    }
    claims = _claims(world, others)
    groups: dict[tuple[str, Month, str], list[Counted]] = defaultdict(list)
    for claim in claims:
        groups[_group(claim)].append(
            Counted(
                claim.sale.event_no,
                claim.sale.occurred_at,
                claim.sale.event_no in world.false_sales,
            )
        )
    found = Records()
    priced: set[str] = set()
    for claim in claims:
        entitlement = claim.fixed or _price(world, claim, groups[_group(claim)])
        if entitlement is None:
            continue
        priced.add(claim.sale.event_no)
        if claim.county != county:
            continue
        lines = [
            _line(world, claim, entitlement, due, found.missing)
            for due in pricing.schedule(claim.rule, total=entitlement.total, event_month=Month.of(claim.sale.day))
            if _is_due(claim, due, period) and (entitlement.event_no, entitlement.kind, due.number) not in settled
        ]
        if lines and claim.fixed is None:
            found.entitlements.append(entitlement)
        found.lines += lines
    found.unpriced = _unpriced(world, claims, priced, county=county, period=period)
    return found


def _claims(world: World, others: Iterable[Batch]) -> list[Claim]:
    """Every record of the world with each rule that it falls under, one per kind at most."""
    fixed = {(item.event_no, item.kind): item for batch in others for item in batch.entitlements}
    found = []
    for sale in world.sales:
        county, rules = _applying(world, sale)
        for kind in Kind:
            known = fixed.get((sale.event_no, kind.value))
            if known:
                found.append(Claim(sale, world.rule_by_code[known.rule], known.dealer, known.county, known))
            elif kind in rules:
                found.append(Claim(sale, rules[kind], sale.dealer or "", county, None))
    return found


def _applying(world: World, sale: Sale) -> tuple[str, Mapping[Kind, Rule]]:
    """The county of a record not yet settled and the rule of each kind that it falls under.

    No rules without a seller that stands in a county, and none after the seller's ending.
    """
    dealer = world.dealer_by_code[sale.dealer] if sale.dealer else None
    unit = dealer.unit_on(sale.day) if dealer else None
    place = world.place(unit) if unit else None
    if dealer is None or place is None or place.county is None or dealer.terminated_on(sale.day):
        return "", {}
    product = world.product_by_code[sale.product]
    facts = Facts(
        business_type=sale.business_type,
        product=product.code,
        family=product.family,
        tier=dealer.tier_on(sale.day),
        place=place,
        on=sale.day,
    )
    return place.county, resolve_kinds(world.rules, facts)


def _group(claim: Claim) -> tuple[str, Month, str]:
    """Records that count towards the same brackets: dealer, event month, rule."""
    return claim.dealer, Month.of(claim.sale.day), claim.rule.code


def _price(world: World, claim: Claim, records: list[Counted]) -> Entitlement | None:
    fee = world.product_by_code[claim.sale.product].fee
    price = pricing.price(
        claim.rule,
        fee=fee,
        amount=claim.sale.amount,
        event_no=claim.sale.event_no,
        records=records,
    )
    if price is None:
        return None
    return Entitlement(
        event_no=claim.sale.event_no,
        kind=claim.rule.kind.value,
        dealer=claim.dealer,
        county=claim.county,
        rule=claim.rule.code,
        fee=fee,
        total=price.total,
    )


def _is_due(claim: Claim, due: pricing.Due, period: Period) -> bool:
    """Monthly: due by the period. Weekly: an event of the week whose instalment may be taken."""
    if isinstance(period, Week):
        in_week = period.first <= claim.sale.day <= period.last
        return in_week and pricing.paid_weekly(claim.rule, due.number)
    return due.month <= period


def _line(world: World, claim: Claim, entitlement: Entitlement, due: pricing.Due, missing: set[Month]) -> Line:
    dealer = world.dealer_by_code[entitlement.dealer]
    subscriber = claim.sale.subscriber

    def find(month: Month) -> conditions.SubscriberMonth | None:
        row = world.subscriber_months.get((subscriber or "", month))
        return row[1] if row else None

    verdict = conditions.judge(
        due.instalment,
        conditions.Situation(
            due=due.month,
            has_subscriber=subscriber is not None,
            find=find,
            imported=lambda month: (claim.county, month) in world.imported,
            fee=entitlement.fee,
            tier=dealer.tier_on(due.month.last),
            terminated=dealer.terminated_on(due.month.last),
            confirmed_false=entitlement.event_no in world.false_sales,
            suspect=entitlement.event_no in world.suspects,
            thresholds=world.thresholds,
        ),
    )
    missing.update(verdict.missing)
    amount = ZERO if verdict.reason else due.amount
    pool = totals.pool_amount(amount, claim.rule.pool_share)
    return Line(
        dealer=entitlement.dealer,
        line_type="record",
        due_month=due.month,
        amount=amount,
        payable=totals.payable(amount, pool),
        reason=verdict.reason or "",
        event_no=entitlement.event_no,
        kind=entitlement.kind,
        instalment=due.number,
        rule=entitlement.rule,
        total=entitlement.total,
        withheld=due.amount if verdict.reason else ZERO,
        pool_amount=pool,
    )


def _unpriced(world: World, claims: list[Claim], priced: set[str], *, county: str, period: Period) -> dict[str, str]:
    """event_no → reason, for every record of the county that the batch answers for and nothing prices."""
    claimed = {claim.sale.event_no for claim in claims}
    found = {}
    for sale in world.sales:
        if (
            sale.dealer is None
            or sale.event_no in priced
            or not world.in_week_or_up_to(period, sale.day)
            or world.county_on(sale.dealer, sale.day) != county
        ):
            continue
        if world.dealer_by_code[sale.dealer].terminated_on(sale.day):
            found[sale.event_no] = "after_ending"
        else:
            found[sale.event_no] = "no_fee" if sale.event_no in claimed else "no_rule"
    return found
