"""Settles every case of docs/commissions-cases.md with the oracle."""

from dataclasses import replace
from typing import Any

import pytest

from commissions.rules.oracle import order, settle
from commissions.rules.policy import dump_policy, parse_policy
from commissions.rules.values import Policy
from tests.examples.commissions.cases import Case, load

CASES = load()


@pytest.mark.parametrize("case", [pytest.param(case, id=case.title) for case in CASES])
def test_case(case: Case) -> None:
    batches: tuple[Any, ...] = ()
    for step in case.steps:
        lines, statements, unpriced, refused = [], {}, {}, []
        for county in step.counties:
            world = replace(step.world, batches=batches, today=step.today)
            result = settle(world, county=county, period=step.period)
            if result.refused:
                months = map(str, result.refused.months)
                refused.append(" ".join((result.refused.code, *months)))
                continue
            assert result.batch
            assert result == settle(world, county=county, period=step.period)
            batches = world.with_batch(result.batch, state=step.then).batches
            lines += result.lines
            statements.update(result.batch.statements)
            unpriced.update(result.unpriced)
        assert ", ".join(refused) == step.refused
        if step.lines is not None:
            assert sorted(lines, key=order) == sorted(step.lines, key=order)
        assert statements == step.statements
        assert unpriced == step.unpriced


def test_there_are_enough_cases_with_titles_of_their_own() -> None:
    assert len(CASES) >= 30
    assert len({case.title for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.title) for case in CASES])
def test_rules_of_a_case_make_a_valid_policy_of_each_owner(case: Case) -> None:
    for owner in {rule.owner for rule in case.steps[-1].world.rules}:
        rules = tuple(rule for rule in case.steps[-1].world.rules if rule.owner == owner)
        policy = Policy("P", "P", owner, rules)
        assert parse_policy(dump_policy(policy)) == policy
