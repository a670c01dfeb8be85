"""Reads docs/commissions-cases.md: whole settlements as plain worlds and expected rows.

`load()` gives the cases; each is a world and steps. A step adds facts, settles one
period in some counties, says what comes out, and moves the batches on. The same
cases can be run against anything that settles: see `tests/commissions/rules/test_cases.py`
for how the oracle is held against them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from commissions.rules.conditions import SubscriberMonth
from commissions.rules.totals import Totals
from commissions.rules.values import (
    ONE,
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
from commissions.rules.world import (
    Adjustment,
    Dealer,
    Line,
    Product,
    Sale,
    Subsidy,
    Unit,
    Violation,
    World,
)
from core.money import yuan
from core.periods import Month, Period, parse_period
from tests.examples.tables import DOCS, rows_of

PAGE = "commissions-cases.md"
STEP = re.compile(r"\*\*Settle (\S+) in ([\d, ]+?)(?:, then (\w+))?\.\*\*")
LABEL = re.compile(r"([A-Z][a-z ]+):(?: (.*))?")
CAP = Decimal("0.70")
Row = Mapping[str, str]


@dataclass
class Step:
    """One settlement: the facts that are known by then, and what must come out."""

    period: Period
    counties: tuple[str, ...]
    then: str
    world: World
    today: date
    lines: list[Line] | None = None
    statements: dict[str, Totals] = field(default_factory=dict)
    unpriced: dict[str, str] = field(default_factory=dict)
    refused: str = ""


@dataclass
class Case:
    """A heading of the page with its steps; `step.world` has no batches yet."""

    title: str
    steps: list[Step]


def load() -> list[Case]:
    """Every case of the page, in its order."""
    text = (DOCS / PAGE).read_text(encoding="utf-8")
    common, *sections = re.split(r"^## ", text, flags=re.M)
    shared = World()
    offered: dict[str, Rule] = {}
    for label, value, rows in _blocks(common):
        if label == "Rules on offer":
            offered = {row["Rule"]: _rule(row) for row in rows}
        else:
            shared = _add(shared, label, value, rows, offered)
    return [_case(section, shared, offered) for section in sections]


def _case(section: str, shared: World, offered: dict[str, Rule]) -> Case:
    title, _, body = section.partition("\n")
    world = shared
    steps: list[Step] = []
    today = date.min
    for label, value, rows in _blocks(body):
        if label == "Settle":
            period, counties, then = value.split("|")
            asked = parse_period(period)
            today = max(today, asked.last + timedelta(days=2))
            steps.append(Step(asked, tuple(counties.split(", ")), then or "calculated", world, today))
        elif label == "Lines":
            steps[-1].lines = [_line(row) for row in rows]
        elif label == "Statements":
            steps[-1].statements = {row["Dealer"]: _totals(row) for row in rows}
        elif label == "Unpriced":
            steps[-1].unpriced = dict(item.split(" ") for item in value.split(", "))
        elif label == "Refused":
            steps[-1].refused = value
        else:
            world = _add(world, label, value, rows, offered)
    assert steps, title
    return Case(title.strip(), steps)


def _blocks(text: str) -> list[tuple[str, str, list[Row]]]:
    """(label, value on its line, rows of the table below) in the order of the text."""
    found: list[tuple[str, str, list[str]]] = []
    for line in text.splitlines():
        step, label = STEP.fullmatch(line.strip()), LABEL.fullmatch(line.strip())
        if step:
            found.append(("Settle", f"{step[1]}|{step[2]}|{step[3] or ''}", []))
        elif label:
            found.append((label[1], label[2] or "", []))
        elif line.startswith("|"):
            found[-1][2].append(line)
    return [(label, value, rows_of(lines)) for label, value, lines in found]


def _add(world: World, label: str, value: str, rows: list[Row], offered: dict[str, Rule]) -> World:
    """`world` with the facts of one block; a dealer given again replaces itself."""
    if label == "Rules":
        return replace(world, rules=tuple(offered[code] for code in value.split(", ")))
    if label == "Units":
        units = tuple(Unit(row["Code"], row["Level"], row["Parent"] or None) for row in rows)
        return replace(world, units=units)
    if label == "Products":
        products = tuple(Product(row["Code"], row["Family"], number(row["Fee"])) for row in rows)
        return replace(world, products=products)
    if label == "Dealers":
        new = {row["Code"]: _dealer(row) for row in rows}
        kept = tuple(dealer for dealer in world.dealers if dealer.code not in new)
        return replace(world, dealers=kept + tuple(new.values()))
    if label == "Sales":
        sales = tuple(sale for row in rows for sale in _sales(row))
        return replace(world, sales=world.sales + sales)
    if label == "Subscribers":
        months = {(row["Number"], Month.parse(row["Month"])): (row["County"], figures(row["State"])) for row in rows}
        return replace(world, subscriber_months={**world.subscriber_months, **months})
    if label == "Scores":
        scores = {(row["Dealer"], Month.parse(row["Month"])): Decimal(row["Score"]) for row in rows}
        return replace(world, scores={**world.scores, **scores})
    if label == "Subsidies":
        return replace(world, subsidies=tuple(_subsidy(row) for row in rows))
    if label == "Violations":
        return replace(world, violations=world.violations + tuple(map(_violation, rows)))
    if label == "False sales":
        false = {row["Event"]: row["Cause"] for row in rows}
        return replace(world, false_sales={**world.false_sales, **false})
    if label == "Suspects":
        return replace(world, suspects=frozenset(value.split(", ")))
    if label == "Adjustments":
        return replace(world, adjustments=world.adjustments + tuple(map(_adjustment, rows)))
    assert label == "Pool entries", label
    return replace(world, pool_entries={row["Dealer"]: Decimal(row["Amount"]) for row in rows})


def number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _history(text: str) -> tuple[tuple[date, str], ...]:
    """`partner, mall from 2026-09-16`; the first since 2025-01-01 unless it says otherwise."""
    found = []
    for item in text.split(", "):
        value, _, since = item.partition(" from ")
        found.append((day(since) or date(2025, 1, 1), value))
    return tuple(found)


def _dealer(row: Row) -> Dealer:
    agreements = (item.split(" to ") for item in row.get("Agreements", "").split(", ") if item)
    return Dealer(
        code=row["Code"],
        tiers=_history(row["Tier"]),
        units=_history(row["Unit"]),
        endings=tuple(filter(None, [day(row.get("Ended on", ""))])),
        agreements=tuple((date.fromisoformat(starts), date.fromisoformat(ends)) for starts, ends in agreements),
    )


def _sales(row: Row) -> list[Sale]:
    """One sale, or `E01..E51`: one each minute, with subscribers numbered likewise if named."""
    first, _, last = row["Event"].partition("..")
    at = datetime.fromisoformat(row["Time"])
    digits = len(re.search(r"\d*$", first)[0])  # type: ignore[index]
    prefix, low = first[: len(first) - digits], int(first[len(first) - digits :] or 0)
    high = int(last[len(prefix) :]) if last else low
    return [
        Sale(
            event_no=f"{prefix}{place:0{digits}d}" if last else first,
            business_type=row.get("Type") or "activation",
            occurred_at=at + timedelta(minutes=place - low),
            product=row.get("Product") or "P58",
            dealer=row["Dealer"] or None,
            subscriber=row.get("Subscriber") or None,
            amount=number(row.get("Amount", "")),
        )
        for place in range(low, high + 1)
    ]


PART = re.compile(r"(?:(billed|arrears) )?(\S+)(?: (min|MB))?")
FIELDS = {"billed": "billed_amount", "arrears": "arrears", "min": "call_minutes", "MB": "data_mb"}


def figures(text: str) -> SubscriberMonth:
    """A subscriber's month as the pages write it: `in, 12 min, 0 MB, billed 58.00, arrears 3.20`."""
    state, *parts = text.split(", ")
    assert state in ("in", "out"), text
    found: dict[str, Decimal] = {}
    for part in parts:
        match = PART.fullmatch(part)
        assert match, text
        if match[2] != "blank":
            found[FIELDS[match[1] or match[3]]] = Decimal(match[2])
    return SubscriberMonth(state == "in", **found)


def brackets(text: str) -> tuple[Bracket, ...]:
    """`1 → 10.00, 51 → 15.00`."""
    pairs = (item.split(" → ") for item in text.split(", "))
    return tuple(Bracket(int(start), Decimal(value)) for start, value in pairs)


def condition(text: str) -> Condition:
    """`in_network`, `active_months 3` or `min_billed 19.00`."""
    name, _, figure = text.partition(" ")
    test = Test(name)
    if test == Test.ACTIVE_MONTHS:
        return Condition(test, k=int(figure))
    return Condition(test, value=number(figure))


def _instalment(text: str) -> Instalment:
    """`1: 0.25 in_network + no_arrears`."""
    offset, _, rest = text.partition(": ")
    share, _, tests = rest.partition(" ")
    conditions = tuple(condition(item) for item in tests.split(" + ") if item)
    return Instalment(int(offset), Decimal(share), conditions)


def _rule(row: Row) -> Rule:
    mode, _, table = row["Value"].partition(" ")
    instalments = tuple(_instalment(item) for item in row["Instalments"].split("; "))
    scope = dict(item.split(" ") for item in row["Scope"].split(", ") if item)
    waived = instalments[0].share > CAP
    return Rule(
        code=row["Rule"],
        kind=Kind(row["Kind"]),
        business_type=BusinessType(row["Type"]),
        effective_from=day(row["From"]) or date(2026, 1, 1),
        effective_to=day(row["To"]),
        basis=Basis(row["Basis"]),
        value=None if table else Decimal(mode),
        brackets=brackets(table) if table else (),
        bracket_mode=BracketMode(mode) if table else None,
        instalments=instalments,
        pool_share=number(row["Pool share"]) or ONE - ONE,
        owner=row["Owner"],
        product=scope.get("product"),
        product_family=scope.get("family"),
        tier=Tier(scope["tier"]) if "tier" in scope else None,
        org_unit=scope.get("unit"),
        initial_cap_waiver=Waiver("city", "worked case") if waived else None,
    )


def _subsidy(row: Row) -> Subsidy:
    starts = day(row["From"])
    assert starts
    return Subsidy(
        dealer=row["Dealer"],
        valid_from=starts,
        monthly_amount=Decimal(row["Monthly amount"]),
        valid_to=day(row.get("To", "")),
        min_score=number(row.get("Minimum", "")),
    )


def _violation(row: Row) -> Violation:
    occurred = day(row["Occurred on"])
    assert occurred
    return Violation(row["Reference"], row["Dealer"], row["Type"], occurred)


def _adjustment(row: Row) -> Adjustment:
    month, amount = Month.parse(row["Month"]), Decimal(row["Amount"])
    return Adjustment(row["Reference"], row["Dealer"], month, amount, row["Type"])


def _line(row: Row) -> Line:
    """An expected line; a column that the table leaves out is blank or 0.00."""
    amount = Decimal(row["Amount"])
    pool = Decimal(row.get("Pool") or "0.00")
    return Line(
        dealer=row["Dealer"],
        line_type=row.get("Line") or "record",
        due_month=Month.parse(row["Due"]),
        amount=amount,
        payable=amount - pool,
        reason=row.get("Reason", ""),
        event_no=row.get("Event") or None,
        kind=row.get("Kind") or None,
        instalment=int(row["No."]) if row.get("No.") else None,
        rule=row.get("Rule") or None,
        total=number(row.get("T", "")),
        withheld=Decimal(row.get("Withheld") or "0.00"),
        pool_amount=pool,
    )


def _totals(row: Row) -> Totals:
    """An expected statement; a column that the table leaves out is 0.00."""
    amounts = {name: yuan(row.get(name.replace("_", " ").capitalize()) or "0") for name in Totals.__dataclass_fields__}
    return Totals(**amounts)
