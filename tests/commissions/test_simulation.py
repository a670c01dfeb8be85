"""A simulation says to the fen what a settlement by the simulated rules gives, and touches nothing."""

import hashlib
import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from accounts.models import OrgUnit
from accounts.roles import Role
from audits.models import Violation, ViolationType
from commissions.models import CommissionPolicy, CommissionRule, SettlementBatch, SimulatedDealer, Simulation
from commissions.queries import simulations
from commissions.queries.policies import rule_value
from commissions.rules.policy import dump_rule, rivals
from commissions.rules.values import Basis, Bracket, BracketMode, BusinessType, Instalment, Kind, Rule
from commissions.rules.world import Dealer, Product, Sale, World
from commissions.services import batch as batches
from commissions.services import policy as policies
from commissions.services import simulation as service
from commissions.services.settlement import SettlementRefused
from core import sql
from core.errors import Forbidden
from core.periods import Month, parse_period
from dealers.models import Dealer as SalesDealer
from inventory.models import Product as SalesProduct
from tests import factories
from tests.commissions.portal_world import FIGURES, Portal, statements_of
from tests.commissions.test_settlement_equals_oracle import undone
from tests.depth import times
from tests.examples.commissions import stories
from tests.examples.tables import executed

__all__ = ["undone"]
pytestmark = pytest.mark.django_db
MONTH = Month(2026, 9)


def settle_story(seed: int) -> tuple[Portal | None, list[SettlementBatch]]:
    """A random story up to September, which stays calculated; None if a settlement was refused."""
    steps = stories.story(Random(seed))
    portal = Portal(replace(steps[0].world, sales=(), scores={}, violations=(), false_sales={}, adjustments=()))
    last: dict[str, SettlementBatch] = {}
    for (period, then), group in groupby(steps, key=lambda step: (step.period, step.then)):
        found = []
        for step in group:
            portal.know(step.world)
            try:
                found.append(portal.settle(county=step.county, period=period))
            except SettlementRefused:
                return None, []
        if period == MONTH:
            last.update({batch.county.code: batch for batch in found})
            continue
        for batch in found:
            try:
                portal.move_on(batch, then)
            except batches.BatchRefused:
                return None, []
    month = SettlementBatch.objects.filter(month=MONTH.first).exclude(state="void").select_related("county")
    return portal, list(month)


def draft(rules: list[Rule], owner: str = "5326") -> CommissionPolicy:
    """A draft with these rules, as importing writes it."""
    data = {"code": "DRAFT", "name": "draft", "org_unit": owner, "rules": [dump_rule(rule) for rule in rules]}
    policy, _outcome = policies.import_draft(data=json.loads(json.dumps(data, default=str)), by=None)
    return policy


def new_rules(rng: Random) -> list[Rule]:
    """Valid rules of the city that begin with September."""
    rules: list[Rule] = []
    for number in range(rng.randint(1, 6)):
        rule = replace(
            stories._rule(rng, f"N{number}"),
            owner="5326",
            effective_from=MONTH.first,
            effective_to=rng.choice((None, None, date(2026, 9, 20))),
        )
        if number == 0:
            rule = replace(rule, product=None, product_family=None, tier=None, org_unit=None)
        if not any(rivals(rule, other) and rule.overlaps(other) for other in rules):
            rules.append(rule)
    return rules


def of_dealers(found: list[SettlementBatch]) -> dict[str, dict[str, Any]]:
    """The settled month by dealer: its statements of all batches summed."""
    sums: dict[str, dict[str, Any]] = {}
    for batch in found:
        for dealer, figures in statements_of(batch).items():
            mine = sums.setdefault(dealer, dict.fromkeys(FIGURES, 0))
            for name in FIGURES:
                mine[name] += figures[name]
    return sums


def side(simulation: Simulation, when: str) -> dict[str, dict[str, Any]]:
    """One side of a simulation by dealer."""
    names = ("gross", "withheld", "pool", "deduction", "penalty", "net", "paid")
    rows = SimulatedDealer.objects.filter(simulation=simulation).select_related("dealer")
    return {row.dealer.code: {name: getattr(row, f"{name}_{when}") for name in names} for row in rows}


def stored(settled: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    names = ("gross", "withheld", "pool", "deduction", "penalty", "net", "paid")
    return {dealer: {name: figures[name] for name in names} for dealer, figures in settled.items()}


def sums_of(settled: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: f"{sum(figures[name] for figures in settled.values()):.2f}" for name in FIGURES}


def simulate(policy: CommissionPolicy, month: Month = MONTH) -> Simulation:
    return service.simulate(policy=policy, month=month, by=None, at=timezone.now())


LIVE = (
    "commissions_entitlement",
    "commissions_commissionline",
    "commissions_unpricedrecord",
    "commissions_statement",
    "commissions_carry",
    "commissions_settlementbatch",
    "commissions_commissionrule",
    "commissions_commissionpolicy",
    "commissions_poolentry",
    "inventory_salesrecord",
    "inventory_falsesale",
)


def live_tables() -> dict[str, str]:
    """What a simulation must not change: every row, and which transaction wrote it."""
    return {
        table: hashlib.sha256(
            str(
                sql.fetch_value(f"SELECT string_agg(xmin || one::text, '|' ORDER BY one::text) FROM {table} one")
            ).encode()
        ).hexdigest()
        for table in LIVE
    }


def clear(settled: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Without dealers of whom nothing is left."""
    return {dealer: figures for dealer, figures in settled.items() if any(figures.values())}


RANDOM = settings(
    max_examples=times(4),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@RANDOM
@given(seed=st.integers(0, 10**9))
def test_the_policy_in_force_gives_what_was_settled(seed: int, undone: Any) -> None:
    with undone():
        portal, month = settle_story(seed)
        if portal is None:
            return
        settled = of_dealers(month)
        before = live_tables()
        for policy in CommissionPolicy.objects.filter(state="published", org_unit__code__in=["53", "5326"]):
            simulation = simulate(policy)
            assert simulation.moved_months == 0
            assert clear(side(simulation, "before")) == clear(stored(settled))
            assert clear(side(simulation, "after")) == clear(stored(settled))
            totals = simulation.result["totals"]
            assert totals["before"] == totals["after"]
            assert {name: totals["after"][name] for name in FIGURES} == sums_of(settled)
            assert simulation.result["unpriced"]["before"] == simulation.result["unpriced"]["after"]
            assert {item["change"] for item in simulation.result["kinds"]} <= {"0.00"}
        assert live_tables() == before


@RANDOM
@example(seed=2502870)  # an old record without a fee counts towards the bracket of late ones
@example(seed=154)  # a week prices a part of a late record whose month is settled; the month takes the rest
@given(seed=st.integers(0, 10**9))
def test_a_draft_gives_what_settling_by_it_gives(seed: int, undone: Any) -> None:
    with undone():
        portal, month = settle_story(seed)
        if portal is None:
            return
        settled = of_dealers(month)
        policy = draft(new_rules(Random(seed)))
        before = live_tables()
        simulation = simulate(policy)
        assert live_tables() == before
        assert clear(side(simulation, "before")) == clear(stored(settled))
        again = settle_again(portal, policy, month)
        assert clear(side(simulation, "after")) == clear(stored(again))
        assert {name: simulation.result["totals"]["after"][name] for name in FIGURES} == sums_of(again)
        unpriced = sum(SettlementBatch.objects.get(pk=pk).unpriced for pk in live_monthly())
        assert simulation.result["unpriced"]["after"] == unpriced


def live_monthly() -> list[int]:
    month = SettlementBatch.objects.filter(month=MONTH.first, kind="monthly").exclude(state="void")
    return list(month.values_list("pk", flat=True))


def settle_again(portal: Portal, policy: CommissionPolicy, month: list[SettlementBatch]) -> dict[str, dict[str, Any]]:
    """Publish the draft in truth and settle September anew; weekly batches of it, too."""
    order = [(batch.county.code, batch.period) for batch in sorted(month, key=lambda batch: batch.lines_at)]
    for batch in sorted(month, key=lambda batch: batch.kind):
        force_void(batch)
    CommissionPolicy.objects.filter(pk=policy.pk).update(
        state="published", published_at=timezone.now(), approved_by=None
    )
    for rule in CommissionRule.objects.filter(policy=policy):
        policies._make_room(rule)
    CommissionRule.objects.filter(policy=policy).update(published=True)
    found = []
    for county, period in order:
        found.append(portal.settle(county=county, period=parse_period(period)))
        if found[-1].kind == "weekly":
            portal.move_on(found[-1], "approved")
    found = [SettlementBatch.objects.get(pk=batch.pk) for batch in found]
    return of_dealers(found)


def force_void(batch: SettlementBatch) -> None:
    """Void a batch, approved or not, as if it had never been: only a test may."""
    sql.execute("SET LOCAL session_replication_role = replica")
    for table in ("commissions_entitlement", "commissions_unpricedrecord", "commissions_commissionline"):
        sql.execute(f"DELETE FROM {table} WHERE batch_id = %s", [batch.pk])
    sql.execute(
        """DELETE FROM commissions_carry WHERE target_id IN (SELECT id FROM commissions_statement WHERE batch_id = %s)
              OR source_id IN (SELECT id FROM commissions_statement WHERE batch_id = %s)""",
        [batch.pk, batch.pk],
    )
    sql.execute("DELETE FROM commissions_poolentry WHERE batch_id = %s", [batch.pk])
    sql.execute("DELETE FROM commissions_statement WHERE batch_id = %s", [batch.pk])
    sql.execute("UPDATE commissions_settlementbatch SET state = 'void' WHERE id = %s", [batch.pk])
    sql.execute("SET LOCAL session_replication_role = DEFAULT")


def test_counties_of_the_owner_only(undone: Any) -> None:
    portal, _month = settle_story(4)
    assert portal is not None
    rule = replace(new_rules(Random(4))[0], owner="532601")
    simulation = simulate(draft([rule], owner="532601"))
    assert simulation.result["counties"] == ["532601"]
    assert OrgUnit.objects.get(code="532601").pk in {row.county_id for row in simulation.dealers.all()}


def worked(sales: dict[str, int] | None = None) -> tuple[Portal, list[dict[str, str]]]:
    """The worked month of docs/commissions.md, settled; `sales` has other numbers of sales by dealer."""
    rows = executed("commissions.md")["simulated month"]
    since = date(2025, 1, 1)
    base = Rule(
        code="R2",
        kind=Kind.BASE,
        business_type=BusinessType.ACTIVATION,
        effective_from=date(2026, 1, 1),
        basis=Basis.FIXED,
        owner="5326",
        brackets=(Bracket(1, Decimal(10)), Bracket(51, Decimal(15))),
        bracket_mode=BracketMode.WHOLE,
        instalments=(Instalment(0, Decimal("0.70")), Instalment(3, Decimal("0.30"))),
    )
    world = World(
        units=stories.UNITS,
        dealers=tuple(Dealer(row["Dealer"], ((since, "partner"),), ((since, "532601"),)) for row in rows),
        products=(Product("P58", "4G", Decimal(58)),),
        rules=(base,),
        sales=tuple(
            Sale(
                f"{row['Dealer']}-{number}", "activation", datetime(2026, 9, 10, 9), "P58", row["Dealer"], f"S{number}"
            )
            for row in rows
            for number in range(int((sales or {}).get(row["Dealer"], row["Sales"])))
        ),
        scores={(row["Dealer"], MONTH): Decimal(row["Score"]) for row in rows if row["Score"]},
    )
    portal = Portal(world)
    portal.settle(county="532601", period=MONTH)
    return portal, rows


def flat(**changes: Any) -> CommissionPolicy:
    """Policy 2027-A of the example: 12.00 for each sale."""
    rule = {
        "code": "N1",
        "kind": "base",
        "business_type": "activation",
        "effective_from": "2027-01-01",
        "basis": "fixed",
        "value": "12",
        "instalments": [{"offset": 0, "share": "0.70"}, {"offset": 3, "share": "0.30"}],
        **changes,
    }
    data = {"code": "2027-A", "name": "2027", "org_unit": "5326", "rules": [rule]}
    return policies.import_draft(data=data, by=None)[0]


def test_the_worked_month(db: None) -> None:
    _portal, rows = worked()
    simulation = simulate(flat())
    assert simulation.moved_months == 4
    found = {row.dealer.code: row for row in simulation.dealers.select_related("dealer")}
    for row in rows:
        one = found[row["Dealer"]]
        for head, name in (("In all", "total"), ("Gross", "gross"), ("Deduction", "deduction"), ("Paid", "paid")):
            assert f"{getattr(one, f'{name}_before'):.2f}" == row[f"{head}, settled"], (row["Dealer"], head)
            assert f"{getattr(one, f'{name}_after'):.2f}" == row[f"{head}, simulated"], (row["Dealer"], head)


def test_a_late_sale_counts_those_that_earlier_batches_priced(db: None) -> None:
    """50 sales of September are settled; the 51st comes in October and is the first at 15.00."""
    portal, _rows = worked(sales={"D1": 50})
    portal.move_on(SettlementBatch.objects.get(), "approved")
    product, dealer = SalesProduct.objects.get(), SalesDealer.objects.get(code="D1")
    factories.make_sale(dealer, date(2026, 9, 20), product)
    october = portal.settle(county="532601", period=Month(2026, 10))
    assert october.gross == Decimal("10.50")
    rules = [rule_value(rule) for rule in CommissionRule.objects.select_related("owner", "product", "org_unit")]
    unlike = replace(rules[0], code="N1", business_type=BusinessType.BROADBAND, effective_from=date(2026, 10, 1))
    simulation = simulate(draft([unlike]), Month(2026, 10))
    assert simulation.result["totals"]["after"]["gross"] == simulation.result["totals"]["before"]["gross"] == "10.50"


def run(*words: str) -> tuple[int, dict[str, Any]]:
    """The command's exit status and JSON."""
    out, status = StringIO(), 0
    try:
        call_command(*words, stdout=out, stderr=StringIO())
    except SystemExit as ended:
        status = int(ended.code or 0)
    return status, json.loads(out.getvalue())


def test_the_command_prints_totals_and_dealers(db: None, tmp_path: Path) -> None:
    worked()
    flat()
    file = tmp_path / "dealers.csv"
    status, said = run("simulate", "2027-A", "2026-09", "--language", "en", "--out", str(file))
    assert status == 0
    assert said["totals"]["change"]["gross"] == "-93.10"
    assert said["totals"]["before"]["records"] == said["totals"]["after"]["records"] == 61
    assert [row["dealer_code"] for row in said["dealers"]] == ["D1", "D2"]
    assert said["dealers"][0]["before"]["gross"] == "535.50"
    assert said["winners"] == [{"dealer_code": "D2", "before": "70.00", "after": "84.00", "change": "14.00"}]
    assert [row["dealer_code"] for row in said["losers"]] == ["D1"]
    assert said["tiers"][0]["change"] == said["counties"][0]["change"] == "-93.10"
    assert file.read_text().splitlines()[1].startswith("D1,D1,532601,")
    for name in ("all.xlsx", "all.json"):
        assert run("simulate", "2027-A", "2026-09", "--out", str(tmp_path / name))[0] == 0
    assert json.loads((tmp_path / "all.json").read_text())["policy"] == "2027-A"
    assert load_workbook(tmp_path / "all.xlsx").worksheets[-1].max_row == 3
    assert Simulation.objects.count() == 1


def test_what_cannot_be_simulated_is_refused(db: None) -> None:
    worked()
    flat()
    assert run("simulate", "2027-A", "2026-08")[1]["code"] == "not_settled"
    assert run("simulate", "NONE", "2026-09")[1]["code"] == "unknown_policy"
    with pytest.raises(CommandError):
        run("simulate", "2027-A", "2026-W37")


def test_missing_subscriber_months_are_named(db: None) -> None:
    worked()
    flat(instalments=[{"offset": 0, "share": "0.7", "conditions": [{"test": "active"}]}, {"offset": 1, "share": "0.3"}])
    status, said = run("simulate", "2027-A", "2026-09")
    assert (status, said["code"]) == (1, "no_data")
    assert said["counties"] == [{"county": "532601", "months": ["2026-09"]}]
    assert not Simulation.objects.exists()


def test_a_later_run_takes_the_place_and_a_changed_draft_is_noticed(db: None) -> None:
    worked()
    first = simulate(flat())
    assert not simulations.outdated(first)
    policy = flat(value="9")
    assert simulations.outdated(Simulation.objects.get())
    second = simulate(policy)
    assert second.pk == first.pk
    assert not simulations.outdated(second)
    assert simulations.written(second)["totals"]["after"]["total"] == Decimal("549.00")


def test_a_clerk_may_not(db: None) -> None:
    portal, _rows = worked()
    with pytest.raises(Forbidden):
        service.simulate(policy=flat(), month=MONTH, by=portal.people[Role.FINANCE_CLERK], at=timezone.now())


def test_a_draft_without_rules_is_refused(db: None) -> None:
    worked()
    policy = CommissionPolicy.objects.create(code="EMPTY", name="空", org_unit=OrgUnit.objects.get(code="5326"))
    with pytest.raises(service.SimulationRefused):
        simulate(policy)


def test_a_violation_where_nothing_is_settled_costs_nobody(db: None) -> None:
    worked()
    elsewhere = factories.make_dealer(OrgUnit.objects.get(code="532622"))
    before = simulate(flat()).result
    kind, _ = ViolationType.objects.get_or_create(code="exclusivity", defaults={"multiplier": Decimal(2)})
    row = Violation.objects.create(
        reference="V1", dealer=elsewhere, type=kind, occurred_on=date(2026, 9, 5), confirmed_on=date(2026, 9, 5)
    )
    Violation.objects.filter(pk=row.pk).update(entered_at=factories.moment("2026-09-06"))
    assert kind.multiplier > 0
    assert simulate(CommissionPolicy.objects.get(code="2027-A")).result == before


def test_a_dealer_who_comes_to_nothing_before_and_after_is_not_shown(db: None) -> None:
    """A recharge that nothing prices; the draft pays a rate of its amount, which is 0.00."""
    portal, _rows = worked()
    dealer = factories.make_dealer(OrgUnit.objects.get(code="532601"), "NOTHING")
    factories.make_sale(dealer, date(2026, 9, 12), SalesProduct.objects.get(), business_type="recharge")
    portal.settle(county="532601", period=MONTH)
    simulation = simulate(flat(business_type="recharge", basis="percent_of_amount", value="0.01"))
    assert simulation.result["unpriced"] == {"before": 1, "after": 0}
    assert not simulation.dealers.filter(dealer=dealer).exists()
