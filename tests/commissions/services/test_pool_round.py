"""A round: who is in it, what it gives, how it moves, what it posts, and what is refused."""

from datetime import date

import pytest
from constance.test import override_config
from django.db import IntegrityError, connection, transaction

from accounts.models import OrgUnit
from commissions.models import PoolEntry, PoolRound, PoolRoundRow, ReturnRatio
from commissions.rules.pool import RoundPeriod
from commissions.services import ledgers, pool_change, pool_decision, pool_round
from commissions.services.pool_round import RoundRefused
from core.errors import Forbidden
from core.models import Transition
from core.transitions import MoveRefused
from dealers.models import DealerEnding, DealerSuspension, DealerUnit
from tests import factories as f
from tests.commissions import scene as scenes
from tests.commissions.pool_world import (
    AT,
    TODAY,
    D,
    PoolWorld,
    approve,
    balance,
    calculate,
    change,
    dealer_with,
    entries,
    figures,
    make_pool_world,
    put,
    row,
    violation,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> PoolWorld:
    return make_pool_world()


def test_the_idle_months_decide_what_is_left(world: PoolWorld) -> None:
    whole = dealer_with(world.county, sells="12345")
    half = dealer_with(world.county, "100.01", sells="1234")
    none = dealer_with(world.county, sells="123")
    new = dealer_with(world.county, sells="6", cooperation_start=date(2026, 5, 20))
    round_ = calculate(world)
    assert figures(round_, whole) == ("100.00", 1, "1", "1", "100.00", "0.00", "")
    assert figures(round_, half) == ("100.01", 2, "0.5", "1", "50.01", "50.00", "")
    assert figures(round_, none) == ("100.00", 3, "0", "1", "0.00", "100.00", "")
    assert figures(round_, new) == ("100.00", 1, "1", "1", "100.00", "0.00", "")
    assert row(round_, new).months == [["2026-05", 0], ["2026-06", 1]]
    assert (round_.number, round_.dealers, str(round_.payout), str(round_.forfeit)) == (
        f"2026H1-{world.county.code}",
        4,
        "250.01",
        "150.00",
    )


def test_only_activations_count(world: PoolWorld) -> None:
    dealer = dealer_with(world.county, sells="123")
    for month in (4, 5, 6):
        f.make_sale(dealer, date(2026, month, 3), f.make_product("P58"), business_type="recharge")
    assert row(calculate(world), dealer).idle_months == 3


def test_the_basis_is_the_smaller_of_what_came_in_and_what_is_there(world: PoolWorld) -> None:
    later = dealer_with(world.county, "60.00")
    put(later, "2026-07", "40.00")
    taken = dealer_with(world.county, "60.00")
    put(taken, "2026-07", "-25.00")
    put(dealer_with(world.county, "60.00", code="EMPTY"), "2026-03", "-60.00")
    round_ = calculate(world)
    assert figures(round_, later)[0] == "60.00"
    assert figures(round_, taken)[0] == "35.00"
    assert not PoolRoundRow.objects.filter(dealer__code="EMPTY").exists()


def test_each_rhythm_has_its_own_round(world: PoolWorld) -> None:
    half = dealer_with(world.county)
    year = dealer_with(world.county, sells="123456789", payout_rhythm="year")
    assert [one.dealer for one in calculate(world).rows.all()] == [half]
    round_ = calculate(world, "2026", today=date(2027, 1, 5))
    assert [one.dealer for one in round_.rows.all()] == [year]
    assert figures(round_, year) == ("100.00", 3, "0.5", "1", "50.00", "50.00", "")


def test_a_dealer_belongs_to_the_county_of_the_last_day(world: PoolWorld) -> None:
    dealer = dealer_with(world.county)
    DealerUnit.objects.create(dealer=dealer, valid_from=date(2026, 6, 30), org_unit=world.other)
    assert calculate(world).dealers == 0
    assert calculate(world, county=world.other).dealers == 1


def test_a_violation_confirmed_within_the_period_suspends(world: PoolWorld) -> None:
    suspended, free, earlier = (dealer_with(world.county) for _ in range(3))
    breach = violation(suspended, "2026-06-30")
    violation(free, "2026-03-01", type_="packaging", suspends=False)
    violation(earlier, "2025-12-31")
    round_ = calculate(world)
    assert figures(round_, suspended) == ("100.00", 0, "1", "1", "0.00", "0.00", "suspended")
    assert row(round_, suspended).ground == breach.reference
    assert figures(round_, free)[-1] == figures(round_, earlier)[-1] == ""
    approve(world, round_)
    assert balance(suspended) == "100.00"
    assert entries(suspended)[1:] == []
    # The next half-year without violation pays what stayed.
    for month in range(7, 13):
        f.make_sale(suspended, date(2026, month, 10), f.make_product("P58"))
    later = calculate(world, "2026H2", today=date(2027, 1, 5))
    assert figures(later, suspended)[4] == "100.00"


def test_terminated_comes_before_suspended(world: PoolWorld) -> None:
    dealer = dealer_with(world.county, sells="1234")
    violation(dealer, "2026-06-30")
    ending = DealerEnding.objects.create(dealer=dealer, ended_on=date(2026, 7, 5), cause="closed")
    assert figures(calculate(world), dealer) == ("100.00", 2, "0.5", "1", "0.00", "0.00", "terminated")
    ending.ended_on = date(2026, 7, 6)
    ending.save()
    assert figures(calculate(world), dealer)[-1] == "suspended"


def test_an_archive_suspension_holds_payments_only(world: PoolWorld) -> None:
    dealer = dealer_with(world.county)
    DealerSuspension.objects.create(dealer=dealer, from_date=date(2026, 1, 1), reason="整改")
    assert figures(calculate(world), dealer)[4:] == ("100.00", "0.00", "")


def test_idle_months_may_lose_nothing_by_a_setting(world: PoolWorld) -> None:
    dealer = dealer_with(world.county, sells="1234")
    with override_config(POOL_FORFEIT_IDLE=False):
        round_ = calculate(world)
    approve(world, round_)
    assert figures(round_, dealer)[4:6] == ("50.00", "0.00")
    assert balance(dealer) == "50.00"
    assert ledgers.verify()["broken"] == []


def test_approval_posts_the_payout_and_then_the_forfeit(world: PoolWorld) -> None:
    dealer = dealer_with(world.county, sells="1234")
    ReturnRatio.objects.create(dealer=dealer, round="2026H1", ratio=D("0.8"))
    round_ = approve(world, calculate(world))
    assert entries(dealer)[1:] == [
        ("2026-06", "payout", "-40.00", round_.number),
        ("2026-06", "forfeit_inactive", "-50.00", round_.number),
    ]
    assert balance(dealer) == "10.00"
    assert ledgers.verify()["broken"] == []


def test_a_calculation_again_gives_the_same(world: PoolWorld) -> None:
    for sells in ("123456", "1234", ""):
        dealer_with(world.county, sells=sells)
    before = list(
        calculate(world).rows.order_by("number").values_list("number", "basis", "payout", "forfeit", "months")
    )
    again = calculate(world)
    assert before == list(again.rows.order_by("number").values_list("number", "basis", "payout", "forfeit", "months"))
    assert again.state == "calculated"
    assert PoolRound.objects.count() == 1


def test_refused_before_the_period_is_over(world: PoolWorld) -> None:
    with pytest.raises(RoundRefused) as refusal:
        calculate(world, today=date(2026, 6, 30))
    assert refusal.value.code == "not_over"
    assert calculate(world, today=date(2026, 7, 1)).dealers == 0


@pytest.mark.parametrize(
    ("state", "open_"), [("calculated", True), ("reviewed", True), ("approved", False), ("paid", False)]
)
def test_refused_while_a_batch_of_the_period_is_open(state: str, open_: bool) -> None:
    scene = scenes.make_scene()
    scenes.make_batch(scene, "2026-07", state="calculated")
    scenes.make_batch(scene, "2026-06", state=state)
    outcome = pool_round.calculate_period(
        period=RoundPeriod(2026, 1), counties=[scene.county], by=None, at=AT, today=TODAY
    )
    assert [refusal.params["periods"] for _county, refusal in outcome.refused] == ([["2026-06"]] if open_ else [])
    assert len(outcome.rounds) == (not open_)


def test_a_submitted_round_is_not_calculated_again(world: PoolWorld) -> None:
    round_ = calculate(world)
    pool_round.submit(round_=round_, by=world.supervisor, at=AT, today=TODAY)
    with pytest.raises(RoundRefused, match=round_.number):
        calculate(world)
    with pytest.raises(RoundRefused) as refusal:
        pool_round.return_to_county(round_=round_, by=world.manager, at=AT, reason=" ")
    assert refusal.value.code == "reason"
    pool_round.return_to_county(round_=round_, by=world.manager, at=AT, reason="返还系数有误")
    assert calculate(world).submitted_by is None


def test_submitting_is_refused_after_something_new(world: PoolWorld) -> None:
    dealer = dealer_with(world.county, sells="1234")
    round_ = calculate(world)
    f.make_sale(dealer, date(2026, 5, 10), f.make_product("P58"))
    with pytest.raises(RoundRefused) as refusal:
        pool_round.submit(round_=round_, by=world.supervisor, at=AT, today=TODAY)
    assert refusal.value.params["dealers"] == [dealer.code]
    round_ = calculate(world)
    violation(dealer, "2026-05-01")
    with pytest.raises(RoundRefused):
        pool_round.submit(round_=round_, by=world.supervisor, at=AT, today=TODAY)
    round_ = calculate(world)
    DealerEnding.objects.create(dealer=dealer, ended_on=date(2026, 7, 1), cause="closed")
    assert pool_round.submit(round_=round_, by=world.supervisor, at=AT, today=TODAY).state == "submitted"


def test_approving_is_refused_when_a_pool_has_shrunk(world: PoolWorld) -> None:
    dealer, other = dealer_with(world.county), dealer_with(world.county)
    round_ = pool_round.submit(round_=calculate(world), by=world.supervisor, at=AT, today=TODAY)
    pool_change.approve(change=change(world, dealer, "-0.01"), by=world.manager, at=AT)
    violation(other, "2026-06-01")
    with pytest.raises(RoundRefused) as refusal:
        pool_round.approve(round_=round_, by=world.approver, at=AT, today=TODAY)
    assert refusal.value.params["dealers"] == sorted([dealer.code, other.code])
    assert not PoolEntry.objects.filter(source=round_.number).exists()


def test_who_submits_does_not_approve(world: PoolWorld) -> None:
    dealer_with(world.county)
    round_ = calculate(world)
    with pytest.raises(MoveRefused):
        pool_round.approve(round_=round_, by=world.approver, at=AT, today=TODAY)
    for person in (world.clerk, world.approver, world.manager, None):
        with pytest.raises(Forbidden):
            pool_round.submit(round_=round_, by=person, at=AT, today=TODAY)
    round_ = pool_round.submit(round_=round_, by=world.supervisor, at=AT, today=TODAY)
    for person in (world.supervisor, world.clerk, None):
        with pytest.raises(Forbidden):
            pool_round.approve(round_=round_, by=person, at=AT, today=TODAY)
    world.supervisor.role, world.supervisor.org_unit = "city_manager", world.city
    world.supervisor.save()
    with pytest.raises(Forbidden) as refusal:
        pool_round.approve(round_=round_, by=world.supervisor, at=AT, today=TODAY)
    assert refusal.value.code == "separation_of_duties"
    assert pool_round.approve(round_=round_, by=world.manager, at=AT, today=TODAY).state == "approved"


def test_people_of_another_unit_find_no_round(world: PoolWorld) -> None:
    round_ = calculate(world)
    stranger = f.make_user("stranger", "county_supervisor", world.other)
    with pytest.raises(Forbidden):
        pool_round.submit(round_=round_, by=stranger, at=AT, today=TODAY)


def test_the_city_overrides_and_the_county_answers_for_it(world: PoolWorld) -> None:
    suspended, ended, idle, plain = (dealer_with(world.county, sells=s) for s in ("123456", "1234", "", "123456"))
    violation(suspended, "2026-02-01")
    DealerEnding.objects.create(dealer=ended, ended_on=date(2026, 7, 1), cause="closed")
    round_ = calculate(world)
    with pytest.raises(Forbidden):
        pool_decision.override(row=row(round_, idle), by=world.supervisor, at=AT, reason="大客户")
    with pytest.raises(RoundRefused) as refusal:
        pool_decision.override(row=row(round_, plain), by=world.manager, at=AT, reason="大客户")
    assert refusal.value.code == "nothing_held_back"
    kinds = [
        pool_decision.override(row=row(round_, one), by=world.manager, at=AT, reason="大客户").kind
        for one in (suspended, ended, idle)
    ]
    assert kinds == ["paid_suspended", "paid_terminated", "against_rules"]
    round_ = calculate(world)  # an override outlives a calculation
    assert figures(round_, suspended)[4:] == ("100.00", "0.00", "suspended")
    assert figures(round_, ended)[4:] == ("50.00", "50.00", "terminated")
    assert figures(round_, idle)[4:] == ("100.00", "0.00", "")
    round_ = pool_round.submit(round_=round_, by=world.supervisor, at=AT, today=TODAY)
    with pytest.raises(Forbidden) as forbidden:
        pool_round.approve(round_=round_, by=world.manager, at=AT, today=TODAY)
    assert forbidden.value.code == "separation_of_duties"
    round_ = pool_round.approve(round_=round_, by=world.approver, at=AT, today=TODAY)
    assert str(round_.payout) == "350.00"
    assert ledgers.verify()["broken"] == []
    with pytest.raises(RoundRefused):
        pool_decision.override(row=row(round_, plain), by=world.second_manager, at=AT, reason="大客户")


def test_the_county_decides_ratios_until_it_submits(world: PoolWorld) -> None:
    one, other = dealer_with(world.county), dealer_with(world.county)
    round_ = calculate(world)

    def decide(**ratios: str) -> int:
        values = {{"one": one.code, "other": other.code}.get(k, k): D(v) for k, v in ratios.items()}
        return pool_decision.set_ratios(round_=round_, ratios=values, by=world.supervisor, at=AT)

    assert decide(one="0.8", other="1") == 1
    assert decide(one="0.75") == 1
    assert figures(round_, one)[3:5] == ("0.75", "75.00")
    for wrong in ({"one": "1.01"}, {"one": "-0.1"}, {"one": "0.33333"}, {"D-NOBODY": "1"}):
        with pytest.raises(RoundRefused):
            decide(**wrong)
    assert figures(calculate(world), one)[3:5] == ("0.75", "75.00")
    with pytest.raises(Forbidden):
        pool_decision.set_ratios(round_=round_, ratios={}, by=world.manager, at=AT)
    approve(world, round_)
    with pytest.raises(RoundRefused):
        decide(one="1")
    assert str(PoolRound.objects.get().payout) == "175.00"


FROZEN = [
    "UPDATE commissions_poolround SET payout = payout + 1",
    "UPDATE commissions_poolround SET state = 'submitted'",
    "DELETE FROM commissions_poolround",
    "UPDATE commissions_poolroundrow SET payout = 1",
    "DELETE FROM commissions_poolroundrow",
    "UPDATE commissions_returnratio SET ratio = 0",
    "DELETE FROM commissions_returnratio",
    """INSERT INTO commissions_poolentry (dealer_id, month, entry, amount, balance, source, posted_at)
       SELECT dealer_id, month, entry, amount, 0, source, now() FROM commissions_poolentry WHERE entry = 'payout'""",
    """INSERT INTO commissions_poolentry (dealer_id, month, entry, amount, balance, source, posted_at)
       SELECT dealer_id, '2026-06-01', 'forfeit_inactive', -1, 0, source, now()
         FROM commissions_poolentry WHERE entry = 'payout'""",
    "UPDATE commissions_poolround SET paying_by_id = submitted_by_id",
]


@pytest.mark.parametrize("statement", FROZEN)
def test_the_database_keeps_an_approved_round(world: PoolWorld, statement: str) -> None:
    dealer = dealer_with(world.county)
    put(dealer, "2026-07", "5.00")
    ReturnRatio.objects.create(dealer=dealer, round="2026H1", ratio=D("1"))
    approve(world, calculate(world))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_county_without_pools_gets_an_empty_round(world: PoolWorld) -> None:
    empty: OrgUnit = world.other
    round_ = calculate(world, county=empty)
    assert (round_.dealers, str(round_.payout)) == (0, "0.00")


def test_what_came_in_after_the_period_is_not_in_it(world: PoolWorld) -> None:
    put(dealer_with(world.county, "0"), "2026-07", "5.00")
    assert calculate(world).dealers == 0


def test_an_override_says_why_and_is_made_once(world: PoolWorld) -> None:
    idle = dealer_with(world.county, sells="")
    round_ = calculate(world)
    with pytest.raises(RoundRefused) as refusal:
        pool_decision.override(row=row(round_, idle), by=world.manager, at=AT, reason=" ")
    assert (refusal.value.code, row(round_, idle).overridden) == ("reason", False)
    pool_decision.override(row=row(round_, idle), by=world.manager, at=AT, reason="大客户")
    with pytest.raises(RoundRefused) as refusal:
        pool_decision.override(row=row(round_, idle), by=world.second_manager, at=AT, reason="大客户")
    assert refusal.value.code == "done"


def test_whoever_submitted_does_not_override_in_another_role(world: PoolWorld) -> None:
    idle = dealer_with(world.county, sells="")
    round_ = pool_round.submit(round_=calculate(world), by=world.supervisor, at=AT, today=TODAY)
    world.supervisor.role, world.supervisor.org_unit = "city_manager", world.city
    world.supervisor.save()
    with pytest.raises(Forbidden) as forbidden:
        pool_decision.override(row=row(round_, idle), by=world.supervisor, at=AT, reason="大客户")
    assert (forbidden.value.code, row(round_, idle).overridden) == ("separation_of_duties", False)


def test_a_ratio_as_it_was_leaves_no_trace(world: PoolWorld) -> None:
    dealer = dealer_with(world.county)
    round_ = calculate(world)

    def decide(ratio: str) -> tuple[int, int]:
        changed = pool_decision.set_ratios(round_=round_, ratios={dealer.code: D(ratio)}, by=world.supervisor, at=AT)
        return changed, Transition.objects.filter(action="ratios").count()

    assert [decide(ratio) for ratio in ("1", "0.9", "0.90", "1")] == [(0, 0), (1, 1), (0, 1), (1, 2)]
