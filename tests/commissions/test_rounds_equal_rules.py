"""Rounds calculated in SQL against the pure rules, for drawn dealers."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from commissions.models import ReturnRatio
from commissions.rules import pool
from commissions.rules.pool import RoundPeriod
from commissions.services import ledgers
from core.money import from_fen
from core.periods import Month
from dealers.models import Dealer, DealerEnding
from tests import factories as f
from tests.commissions.pool_world import approve, balance, calculate, figures, make_pool_world, put, violation
from tests.depth import times

TODAY = date(2027, 1, 5)
MONTHS = [Month(2026, 1) + place for place in range(14)]
draws = st.fixed_dictionaries(
    {
        "rhythm": st.sampled_from(["half_year", "year"]),
        "start": st.dates(date(2025, 1, 1), date(2026, 12, 31)),
        "entries": st.lists(st.tuples(st.sampled_from(MONTHS), st.integers(1, 99_999).map(from_fen)), max_size=4),
        "taken": st.integers(0, 99_999).map(from_fen),
        "active": st.sets(st.sampled_from(MONTHS)),
        "ratio": st.none() | st.integers(0, 10_000).map(lambda units: Decimal(units).scaleb(-4)),
        "breach": st.none() | st.dates(date(2025, 12, 1), date(2027, 1, 4)),
        "ended": st.none() | st.dates(date(2026, 1, 1), date(2027, 2, 1)),
    }
)


def expected(drawn: dict[str, Any], period: RoundPeriod) -> tuple[Any, ...] | None:
    """The row that the rules give; None if the dealer is not in the round."""
    came = sum((amount for month, amount in drawn["entries"] if month <= period.last_month), Decimal("0.00"))
    there = sum((amount for _, amount in drawn["entries"]), Decimal("0.00")) - drawn["taken"]
    basis = min(came, there)
    if drawn["rhythm"] != period.rhythm or basis <= 0:
        return None
    idle = pool.idle_months(period, active=drawn["active"], cooperation_start=drawn["start"])
    ratio = Decimal(1) if drawn["ratio"] is None else drawn["ratio"]
    factor = pool.factor(period.rhythm, idle)
    found = pool.payout(
        basis,
        factor=factor,
        ratio=ratio,
        suspended=drawn["breach"] is not None and period.first <= drawn["breach"] <= period.last,
        terminated=drawn["ended"] is not None and drawn["ended"] <= TODAY,
    )
    return (
        str(basis),
        idle,
        f"{factor.normalize():f}",
        f"{ratio.normalize():f}",
        str(found.payout),
        str(found.forfeit),
        found.reason,
    )


def make(world: Any, drawn: dict[str, Any], period: RoundPeriod) -> Dealer:
    dealer = f.make_dealer(world.county, payout_rhythm=drawn["rhythm"], cooperation_start=date(2025, 1, 1))
    Dealer.objects.filter(pk=dealer.pk).update(cooperation_start=drawn["start"])
    for month, amount in drawn["entries"]:
        put(dealer, str(month), str(amount))
    whole = sum((amount for _, amount in drawn["entries"]), Decimal("0.00"))
    drawn["taken"] = min(drawn["taken"], whole)
    if drawn["taken"]:
        put(dealer, "2027-02", str(-drawn["taken"]))
    for month in drawn["active"]:
        f.make_sale(dealer, month.last, f.make_product("P58"))
    if drawn["ratio"] is not None:
        ReturnRatio.objects.create(dealer=dealer, round=str(period), ratio=drawn["ratio"])
    if drawn["breach"]:
        violation(dealer, drawn["breach"].isoformat())
    if drawn["ended"]:
        DealerEnding.objects.create(dealer=dealer, ended_on=drawn["ended"], cause="closed")
    return dealer


class RoundsEqualRules(TestCase):
    @given(st.lists(draws, min_size=1, max_size=4), st.sampled_from(["2026H1", "2026H2", "2026"]))
    @settings(max_examples=times(25), deadline=None, suppress_health_check=list(HealthCheck))
    def test_every_row_is_what_the_rules_say(self, drawn: list[dict[str, Any]], text: str) -> None:
        world, period = make_pool_world(), RoundPeriod.parse(text)
        made = [make(world, one, period) for one in drawn]
        before = [balance(dealer) for dealer in made]
        round_ = calculate(world, text, today=TODAY)
        rows = [expected(one, period) for one in drawn]
        found = {row.dealer_id: figures(round_, row.dealer) for row in round_.rows.select_related("dealer")}
        assert [found.get(dealer.pk) for dealer in made] == rows
        approve(world, round_, today=TODAY)
        for dealer, row, start in zip(made, rows, before, strict=True):
            taken = Decimal(row[4]) + Decimal(row[5]) if row else Decimal(0)
            assert balance(dealer) == (start if start == "none" else str(Decimal(start) - taken))
        assert ledgers.verify()["broken"] == []


pytestmark = pytest.mark.django_db
