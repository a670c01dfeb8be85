"""Invariants of random settlements: what must hold whatever the rules, records and months."""

from collections import Counter
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from commissions.rules.oracle import settle, statement_of
from commissions.rules.pricing import schedule
from commissions.rules.world import Batch, World
from core.money import yuan
from core.periods import Month, Week
from tests.depth import times
from tests.examples.commissions.stories import Step, story


def play(steps: list[Step]) -> tuple[World, list[Batch]]:
    """Settle the steps; the last world with its live batches."""
    world, batches = steps[-1].world, ()
    for step in steps:
        world = replace(step.world, batches=batches)
        result = settle(world, county=step.county, period=step.period)
        if result.batch:
            batches = world.with_batch(result.batch, state=step.then).batches
        else:
            assert result.refused
            assert result.refused.code == "no_data"
    return replace(world, batches=batches), list(batches)


@settings(max_examples=times(25))
@given(st.integers(0, 10**9))
def test_invariants(seed: int) -> None:
    world, batches = play(story(Random(seed)))
    lines = [(batch, line) for batch in batches for line in batch.lines]
    records = [(batch, line) for batch, line in lines if line.line_type == "record"]

    settled = Counter((line.event_no, line.kind, line.instalment) for _, line in records)
    assert all(count == 1 for count in settled.values())
    for line_type in ("penalty", "adjustment"):
        references = Counter(line.reason for _, line in lines if line.line_type == line_type)
        assert all(count == 1 for count in references.values())

    for batch, line in lines:
        assert line.amount == line.pool_amount + line.payable
        assert line.amount == yuan(line.amount)
        assert line.line_type == "record" or line.amount != 0
        if line.line_type == "record":
            assert bool(line.reason) == (line.amount == 0 and bool(line.reason))
            assert not (line.amount and line.withheld)
            assert 0 <= line.pool_amount <= max(line.amount, 0)
            assert line.due_month <= batch.settlement_month or not batch.monthly

    fixed = {(item.event_no, item.kind): item for batch in batches for item in batch.entitlements}
    assert len(fixed) == sum(len(batch.entitlements) for batch in batches)
    sales = {sale.event_no: sale for sale in world.sales}
    for key, item in fixed.items():
        rule = world.rule_by_code[item.rule]
        found = {line.instalment: line for _, line in records if (line.event_no, line.kind) == key}
        due = schedule(rule, total=item.total, event_month=Month.of(sales[item.event_no].day))
        assert sum(one.amount for one in due) == item.total
        assert 1 in found or rule.instalments[0].conditions or rule.brackets
        for one in due:
            if one.number in found:
                assert found[one.number].amount + found[one.number].withheld == one.amount

    carried = [key for batch in batches for key in batch.carried]
    assert len(carried) == len(set(carried))
    for batch in batches:
        for dealer, figures in batch.statements.items():
            assert figures == statement_of(dealer, batch.lines, figures.carried_in)
            assert figures.paid + figures.carried_out == figures.net
            if isinstance(batch.period, Week):
                assert figures.net == figures.gross - figures.pool


@settings(max_examples=times(8))
@given(st.integers(0, 10**9))
def test_the_order_of_facts_does_not_matter(seed: int) -> None:
    steps = story(Random(seed))
    mixed = []
    for step in steps:
        rng = Random(seed)
        facts = {
            name: tuple(rng.sample(getattr(step.world, name), k=len(getattr(step.world, name))))
            for name in ("sales", "rules", "dealers", "violations", "adjustments", "subsidies", "products")
        }
        mixed.append(replace(step, world=replace(step.world, **facts)))
    assert play(mixed)[1] == play(steps)[1]
