"""The set-based settlement gives what the plain Python rules give, to the fen."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from commissions.models import SettlementBatch
from commissions.queries.batch_facts import content_hash, news_since
from commissions.rules.oracle import Result, order, settle
from commissions.services import ledgers
from commissions.services.batch import BatchRefused
from commissions.services.settlement import SettlementRefused
from core.periods import parse_period
from inventory.models import SubscriberMonth
from tests.commissions.portal_world import TODAY, Portal, figures_of, lines_of, statements_of, unpriced_of
from tests.depth import times
from tests.examples.commissions.cases import Case, load
from tests.examples.commissions.stories import story

pytestmark = pytest.mark.django_db


@pytest.mark.production
@pytest.mark.parametrize("case", [pytest.param(case, id=case.title) for case in load()])
def test_case_of_the_docs(case: Case) -> None:
    portal = Portal(case.steps[0].world)
    for step in case.steps:
        portal.know(step.world)
        settled, refused = [], []
        for county in step.counties:
            try:
                batch = portal.settle(county=county, period=step.period, today=step.today)
            except SettlementRefused as refusal:
                refused.append(" ".join((refusal.code, *refusal.params.get("months", []))))
                continue
            settled.append(batch)
        for batch in settled:
            portal.move_on(batch, step.then)
        assert ", ".join(refused) == step.refused
        if step.lines is not None:
            assert sorted((line for batch in settled for line in lines_of(batch)), key=order) == sorted(
                step.lines, key=order
            )
        statements: dict[str, Any] = {}
        unpriced: dict[str, str] = {}
        for batch in settled:
            statements.update(statements_of(batch))
            unpriced.update(unpriced_of(batch))
        assert statements == {dealer: figures_of(totals) for dealer, totals in step.statements.items()}
        assert unpriced == step.unpriced


@settings(
    max_examples=times(4),
    deadline=None,
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10**9))
def test_random_stories(seed: int, undone: Any) -> None:
    steps = story(Random(seed))
    with undone():
        portal = Portal(replace(steps[0].world, sales=(), scores={}, violations=(), false_sales={}, adjustments=()))
        batches: tuple[Any, ...] = ()
        for (period, then), group in groupby(steps, key=lambda step: (step.period, step.then)):
            settled = {}
            for step in group:
                portal.know(step.world)
                world = replace(step.world, batches=batches, today=TODAY)
                expected = settle(world, county=step.county, period=period)
                try:
                    settled[step.county] = portal.settle(county=step.county, period=period)
                except SettlementRefused as refusal:
                    assert expected.refused is not None, refusal
                    assert refusal.code == expected.refused.code
                    assert refusal.params.get("months", []) == [str(month) for month in expected.refused.months]
                    continue
                assert expected.refused is None
                same(settled[step.county], expected)
                assert expected.batch is not None
                batches = world.with_batch(expected.batch, state="calculated").batches
            # What one county's lines change in the other's totals is there without another calculation.
            # What another county has given up meanwhile asks for one.
            for county, found in settled.items():
                world = replace(world, batches=batches)
                if any(news.code == "late_records" for news in news_since(found)):
                    found = portal.settle(county=county, period=period)
                expected = settle(world, county=county, period=period)
                same(found, expected)
                assert expected.batch is not None
                batches = world.with_batch(expected.batch, state="calculated").batches
            again_the_same(portal, settled)
            with undone():
                judged_as_if_anew(portal, settled)
            assert ledgers.verify()["broken"] == []
            for county, found in settled.items():
                try:
                    portal.move_on(found, then)
                except BatchRefused as refusal:
                    assert refusal.params["news"] == ["other_county"]
                    assert len(settled) < 2
                    continue
                batches = tuple(
                    replace(batch, state=then) if (batch.county, batch.period) == (county, period) else batch
                    for batch in batches
                )
        assert ledgers.verify()["broken"] == []


def again_the_same(portal: Portal, settled: dict[str, SettlementBatch]) -> None:
    """A recalculation gives the same bytes."""
    for county, found in list(settled.items())[:1]:
        before = content_hash(found)
        again = portal.settle(county=county, period=parse_period(found.period))
        assert (again.pk, content_hash(again)) == (found.pk, before)


def judged_as_if_anew(portal: Portal, settled: dict[str, SettlementBatch]) -> None:
    """After a correction of figures the lines are judged again, and are those that would be written anew."""
    SubscriberMonth.objects.filter(subscriber_no__regex="[02468]$").update(in_network=False, arrears=Decimal(1))
    SubscriberMonth.objects.filter(subscriber_no__regex="[159]$").update(in_network=True, call_minutes=Decimal(500))
    for county, found in settled.items():
        judged = content_hash(portal.settle(county=county, period=parse_period(found.period)))
        SettlementBatch.objects.filter(pk=found.pk).update(inputs={})  # as if nobody knew what it was made from
        assert content_hash(portal.settle(county=county, period=parse_period(found.period))) == judged


def same(found: SettlementBatch, expected: Result) -> None:
    assert expected.batch is not None
    assert lines_of(found) == list(expected.lines)
    there, right = statements_of(found), {code: figures_of(one) for code, one in expected.batch.statements.items()}
    assert sorted(there) == sorted(right)
    for dealer, figures in right.items():
        differing = {name for name in figures if figures[name] != there[dealer][name]}
        assert not differing, (str(found), dealer, {name: (there[dealer][name], figures[name]) for name in differing})
    assert unpriced_of(found) == expected.unpriced


class Undo(Exception):
    """Leaves a block so that its rows are gone."""


@pytest.fixture
def undone(db: None) -> Any:
    """A block whose rows are gone when it ends."""

    @contextmanager
    def block() -> Iterator[None]:
        with suppress(Undo), transaction.atomic():
            yield
            raise Undo

    return block
