"""Runs every executed table of docs/commissions.md against the rules."""

import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from commissions.rules import brackets, conditions, disputes, policy, pricing, totals
from commissions.rules.admission import LiveBatch, refusal
from commissions.rules.entering import enters
from commissions.rules.policy_copy import copied
from commissions.rules.resolution import Facts, Place, resolve
from commissions.rules.simulation import month_deduction, months_back, moved_back
from commissions.rules.values import (
    Basis,
    BracketMode,
    BusinessType,
    Instalment,
    Kind,
    Rule,
    Tier,
)
from commissions.rules.world import Dealer
from core.money import yuan
from core.periods import Month, parse_period
from tests.commissions.rules import pool_tables
from tests.examples.commissions.cases import brackets as bracket_table
from tests.examples.commissions.cases import condition, day, figures, number
from tests.examples.tables import DOCS, executed

PAGE = "commissions.md"
TABLES = executed(PAGE)
Row = dict[str, str]
RUNNERS: dict[str, Callable[[Row], None]] = {}
# Read by other cases: the first by "rule choice", the second by test_simulation.py.
REFERENCE = {"rules on offer", "simulated month"}


def runs(name: str) -> Callable[[Callable[[Row], None]], Callable[[Row], None]]:
    def keep(function: Callable[[Row], None]) -> Callable[[Row], None]:
        RUNNERS[name] = function
        return function

    return keep


RUNNERS.update(pool_tables.RUNNERS)


def cases() -> list[Any]:
    return [
        pytest.param(name, row, id=f"{name}-{number}")
        for name, rows in TABLES.items()
        if name not in REFERENCE
        for number, row in enumerate(rows, start=1)
    ]


@pytest.mark.parametrize(("name", "row"), cases())
def test_documented_case(name: str, row: Row) -> None:
    RUNNERS[name](row)


def test_every_table_is_executed_and_filled() -> None:
    assert set(TABLES) == set(RUNNERS) | REFERENCE
    assert all(TABLES.values())
    assert len(cases()) > 150


def rule(**changes: Any) -> Rule:
    plain: dict[str, Any] = {
        "code": "R",
        "kind": Kind.BASE,
        "business_type": BusinessType.ACTIVATION,
        "effective_from": date(2026, 1, 1),
        "basis": Basis.FIXED,
        "instalments": (Instalment(0, Decimal(1)),),
        "owner": "5326",
        "value": None if "brackets" in changes else Decimal(1),
    }
    return Rule(**(plain | changes))


@runs("rounding")
def _(row: Row) -> None:
    assert str(yuan(Decimal(row["Exact"]))) == row["Rounded"]


def policy_file() -> dict[str, Any]:
    text = (DOCS / PAGE).read_text(encoding="utf-8")
    block = re.search(r"```json\n(.*?)```", text, re.S)
    assert block
    return policy.read_json(block[1])


def test_policy_file_of_the_page() -> None:
    data = policy_file()
    parsed = policy.parse_policy(data)
    assert [item.code for item in parsed.rules] == ["R1", "R2"]
    assert policy.parse_policy(policy.dump_policy(parsed)) == parsed


@runs("policy")
def _(row: Row) -> None:
    data = policy_file()
    data["rules"][0].update(json.loads(row["Change"]))
    found = [
        ": ".join(filter(None, (problem.path.removeprefix("rules[0]").lstrip("."), problem.code)))
        for problem in policy.validate_policy(data)
    ]
    assert (", ".join(found) or "accepted") == row["Result"]


def rules_on_offer() -> list[Rule]:
    return [
        rule(
            code=row["Rule"],
            owner=row["Owner"],
            product=row["Product"] or None,
            product_family=row["Family"] or None,
            tier=Tier(row["Tier"]) if row["Tier"] else None,
            org_unit=row["Unit"] or None,
            effective_from=day(row["From"]),
            effective_to=day(row["To"]),
        )
        for row in TABLES["rules on offer"]
    ]


@runs("rule choice")
def _(row: Row) -> None:
    on = day(row["Date"])
    assert on
    place = Place((row["County"], "5326", "53"), row["County"], "5326")
    facts = Facts("activation", row["Product"], row["Family"], row["Tier"], place, on)
    found = resolve(rules_on_offer(), facts, kind=Kind.BASE)
    assert (found.winner.code if found.winner else "") == row["Wins"]
    if found.winner:
        assert found.ranking[0].specificity == int(row["Specificity"])
        assert found.ranking[0].rule == found.winner
    else:
        assert found.ranking == ()


def counted(text: str) -> list[brackets.Counted]:
    found = []
    for minute, group in enumerate(text.split()):
        at = datetime(2026, 9, 1, 9, minute)
        for name in group.split("="):
            found.append(brackets.Counted(name.rstrip("!"), at, name.endswith("!")))
    return found


@runs("bracket counts")
def _(row: Row) -> None:
    records = counted(row["Records"])
    asked = row["Asked for"]
    assert brackets.bracket_count(records, event_no=asked) == int(row["Count"])
    assert brackets.bracket_rank(records, event_no=asked) == int(row["Rank"])


@runs("bracket totals")
def _(row: Row) -> None:
    priced_by = rule(brackets=bracket_table(row["Brackets"]), bracket_mode=BracketMode(row["Mode"]))
    start = datetime(2026, 9, 1, 9)
    records = [brackets.Counted(f"E{n}", start + timedelta(minutes=n)) for n in range(int(row["Records"]))]
    prices = [
        pricing.price(priced_by, fee=None, amount=None, event_no=item.event_no, records=records) for item in records
    ]
    assert str(sum(item.total for item in prices if item)) == row["Together"]


@runs("bracket warnings")
def _(row: Row) -> None:
    found = brackets.bracket_warnings(bracket_table(row["Brackets"]), mode=BracketMode(row["Mode"]))
    shown = [f"{item.code} at {item.start}: {item.before} → {item.after}" for item in found]
    assert ", ".join(shown) == row["Shown"]


@runs("total")
def _(row: Row) -> None:
    found = pricing.price(
        rule(basis=Basis(row["Basis"]), value=Decimal(row["Value"])),
        fee=number(row["Fee"]),
        amount=number(row["Amount"]),
    )
    assert (str(found.total) if found else "unpriced") == row["T"]


@runs("instalments")
def _(row: Row) -> None:
    total = Decimal(row["T"])
    found = pricing.split(total, [Decimal(share) for share in row["Shares"].split()])
    assert " ".join(map(str, found)) == row["Instalments"]
    assert sum(found) == total


def subscriber_month(text: str) -> conditions.SubscriberMonth | None:
    return None if text in ("no row", "no data") else figures(text)


@runs("conditions")
def _(row: Row) -> None:
    due = Month(2026, 12)
    parts = row["Subscriber"].split(" / ")
    texts = {due + (-back): text for back, text in enumerate(reversed(parts))}
    also = dict(item.partition(" ")[::2] for item in row["Also"].split(", "))
    tests = tuple(condition(text) for text in row["Conditions"].split(", ") if text)
    verdict = conditions.judge(
        Instalment(int(row["Offset"]), Decimal(1), tests),
        conditions.Situation(
            due=due,
            has_subscriber=row["Subscriber"] != "no subscriber",
            find=lambda month: subscriber_month(texts.get(month, "no row")),
            imported=lambda month: texts.get(month) != "no data",
            fee=number(also.get("fee", "")),
            tier=also.get("tier"),
            terminated="terminated" in also,
            confirmed_false="false" in also,
            suspect="suspect" in also,
        ),
    )
    assert ("missing" if verdict.missing else verdict.reason or "paid") == row["Result"]


@runs("terminated")
def _(row: Row) -> None:
    agreements = [item.split(" to ") for item in row["Agreements"].split(", ") if item]
    dealer = Dealer(
        "D",
        tiers=(),
        units=(),
        endings=tuple(filter(None, [day(row["Endings"])])),
        agreements=tuple((date.fromisoformat(starts), date.fromisoformat(ends)) for starts, ends in agreements),
    )
    asked = day(row["Day"])
    assert asked
    assert dealer.terminated_on(asked) == (row["Terminated"] == "yes")


@runs("admission")
def _(row: Row) -> None:
    live = []
    if row["Live batches of the county"]:
        period, state = row["Live batches of the county"].split()
        live.append(LiveBatch(parse_period(period), state))
    today = day(row["Today"])
    assert today
    found = refusal(parse_period(row["Asked for"]), live, today=today)
    assert (found.code if found else "settled") == row["Answer"]
    if found and live:
        assert found.other == str(live[0].period)


@runs("pool")
def _(row: Row) -> None:
    amount = Decimal(row["Amount"])
    pool = totals.pool_amount(amount, Decimal(row["Share"]))
    assert (str(pool), str(totals.payable(amount, pool))) == (row["Pool"], row["Payable"])


@runs("subsidy")
def _(row: Row) -> None:
    month = Month.parse(row["Month"])
    starts, ended = day(row["From"]), day(row["Ended on"])
    assert starts
    days = totals.days_in_force(
        month,
        valid_from=starts,
        valid_to=day(row["To"]),
        terminated=lambda asked: ended is not None and asked >= ended,
    )
    amount = totals.subsidy(
        Decimal(row["Monthly amount"]),
        days=days,
        month=month,
        min_score=number(row["Minimum"]),
        score=number(row["Score"]),
    )
    assert (str(days), str(amount)) == (row["Days"], row["Amount"])


@runs("deduction")
def _(row: Row) -> None:
    assert str(totals.deduction(Decimal(row["Gross"]), number(row["Score"]))) == (row["Deduction line"])


@runs("penalty")
def _(row: Row) -> None:
    gross, multiplier = Decimal(row["Gross of the month"]), Decimal(row["Multiplier"])
    assert str(totals.penalty(gross, multiplier)) == row["Penalty line"]


@runs("disputes")
def _disputes(row: Row) -> None:
    terms = disputes.Terms(answer=5, escalate=5, decide=10)
    due = disputes.due_on(row["State"], date(2026, 10, 1), terms)
    assert due == date(2026, 10, 1) + timedelta(days=int(row["Due after"]))
    night = date(2026, 10, 1) + timedelta(days=int(row["Night"]))
    assert disputes.lapses(row["State"], due, night) == row["Happens"]


@runs("entering")
def _entering(row: Row) -> None:
    states = {"c": "calculated", "s": "submitted"}
    given = [item.split() for item in row["Batches"].split(", ") if item]
    batches = {Month.parse(month): states[state] for month, state in given}
    assert str(enters(Month.parse(row["Month"]), batches)) == row["Enters"]


@runs("adjustment signs")
def _(row: Row) -> None:
    fits = totals.adjustment_sign_fits(row["Type"], Decimal(row["Amount"]))
    assert fits == (row["Accepted"] == "yes")


@runs("clawback")
def _(row: Row) -> None:
    left = Decimal(row["In the pool"])
    lines = []
    for original in row["Originals"].split(", "):
        amount, pool = totals.clawback(*map(Decimal, original.split("/")), pool_left=left)
        left += pool
        lines.append(f"{amount}/{pool}/{totals.payable(amount, pool)}")
    assert ", ".join(lines) == row["Lines, as amount/pool/payable"]


@runs("statement")
def _(row: Row) -> None:
    figures = {name: Decimal(text) for name, text in row.items()}
    found = totals.statement(
        [totals.RecordFigures(figures["Gross"], Decimal(0), figures["Pool"])],
        subsidies=[figures["Subsidy"]],
        deductions=[-figures["Deduction"]],
        penalties=[-figures["Penalty"]],
        clawbacks=[-figures["Clawback"]],
        adjustments=[figures["Adjustments"]],
        carried_in=figures["Carried in"],
    )
    assert {
        name.replace("_", " ").capitalize(): getattr(found, name)
        for name in totals.Totals.__dataclass_fields__
        if name != "withheld"
    } == figures


@runs("simulated dates")
def simulated_dates(row: Row) -> None:
    one = rule(effective_from=day(row["From"]), effective_to=day(row["To"]))
    back = months_back([one], Month.parse(row["Month"]))
    moved = moved_back(one, back)
    assert str(back) == row["Moved by"]
    assert (moved.effective_from, moved.effective_to) == (day(row["Then from"]), day(row["Then to"]))


@runs("simulated deduction")
def simulated_deduction(row: Row) -> None:
    found = month_deduction(
        Decimal(row["Gross, settled"]),
        Decimal(row["Gross, simulated"]),
        settled=Decimal(row["Deducted"]),
        score=number(row["Score today"]),
    )
    assert found == Decimal(row["Deduction"])


@runs("copied")
def copied_rule(row: Row) -> None:
    one = {"code": row["Code"], "effective_from": row["From"], "effective_to": row["To"] or None}
    file = {"code": "2026-A", "name": "", "org_unit": "5326", "rules": [one]}
    made = copied(file, code="2027-A", name="", months=int(row["Months"]))["rules"][0]
    assert made == {"code": row["New code"], "effective_from": row["New from"], "effective_to": row["New to"] or None}
