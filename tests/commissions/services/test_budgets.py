"""Budgets: what is committed and forecast, what is refused, and who may let a batch pass."""

import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import OrgUnit
from accounts.roles import Role
from commissions.models import BatchKind, Budget, OverBudgetApproval, SettlementBatch
from commissions.queries import budgets
from commissions.rules import budgets as rules
from commissions.services import batch as batches
from commissions.services import budget as service
from commissions.services import ledgers
from core.errors import Forbidden
from core.periods import Month
from tests import factories as f
from tests.commissions.portal_world import Portal
from tests.commissions.scene import Scene, make_batch, make_scene
from tests.examples.commissions.cases import load

D = Decimal
AT = f.moment("2026-10-08")
TODAY = date(2026, 10, 8)
COMMITTED = D("148.80")  # of a batch of the scene: 48.80 gross and 100.00 subsidy


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


def budget_of(unit: OrgUnit, period: str, amount: str, kind: str = "") -> Budget:
    return Budget.objects.create(org_unit=unit, period=period, kind=kind, amount=D(amount))


def submit(scene: Scene, batch: SettlementBatch) -> SettlementBatch:
    return batches.submit(batch=batch, by=scene.supervisor, at=AT)


def grant(scene: Scene, batch: SettlementBatch, by: Any = None, reason: str = "年末促销") -> list[OverBudgetApproval]:
    return service.grant(batch=batch, by=by or scene.approver, at=AT, reason=reason)


@pytest.mark.parametrize(("level", "period"), [("county", "2026-09"), ("city", "2026"), ("province", "2026-09")])
def test_submitting_is_refused_above_any_budget(scene: Scene, level: str, period: str) -> None:
    unit = OrgUnit.objects.get(level=level)
    budget_of(unit, period, "100")
    batch = make_batch(scene)
    with pytest.raises(service.BudgetRefused) as refusal:
        submit(scene, batch)
    for words in (unit.name, period, "100.00", "148.80", "48.80"):
        assert words in str(refusal.value)
    assert refusal.value.code == "over_budget"
    assert refusal.value.params["budgets"] == [
        {"org_unit": unit.code, "period": period, "kind": "", "amount": "100.00", "committed": "148.80",
         "excess": "48.80"}
    ]  # fmt: skip
    assert SettlementBatch.objects.get().state == "calculated"


@pytest.mark.parametrize(
    ("period", "kind", "amount"),
    [("2026-09", "", "148.80"), ("2026-08", "", "1"), ("2025", "", "1"), ("2026", "subsidy", "100")],
)
def test_what_is_within_or_of_another_period_passes(scene: Scene, period: str, kind: str, amount: str) -> None:
    budget_of(scene.county, period, amount, kind)
    budget_of(f.make_city(2)[2], "2026-09", "0")  # another county's
    assert submit(scene, make_batch(scene)).state == "submitted"


def test_a_budget_of_one_kind_counts_that_kind_alone(scene: Scene) -> None:
    batch = make_batch(scene)
    BatchKind.objects.create(batch=batch, kind="incentive", gross=D("34.80"))
    budget_of(scene.county, "2026-09", "34.80", "incentive")
    over = budget_of(scene.city, "2026", "34.79", "incentive")
    budget_of(scene.city, "2026", "0", "service")
    found = {one.budget.pk: one for one in budgets.of_batch(batch, TODAY)}
    assert [pk for pk, one in found.items() if one.refused] == [over.pk]
    assert found[over.pk].use.paid is None


def test_batches_of_all_counties_count_from_calculated_on(scene: Scene) -> None:
    county_b = f.make_city(2)[2]
    dealer = f.make_dealer(county_b)
    year = budget_of(scene.city, "2026", "1000")
    make_batch(scene, "2026-08", state="approved")
    make_batch(scene)
    make_batch(scene, county=county_b, dealers=[dealer])
    SettlementBatch.objects.filter(county=county_b).update(state="calculating")
    assert budgets.use([year], TODAY)[year.pk].committed == 2 * COMMITTED
    SettlementBatch.objects.filter(county=county_b).update(state="calculated")
    assert budgets.use([year], TODAY)[year.pk].committed == 3 * COMMITTED
    SettlementBatch.objects.filter(county=county_b).update(state="void")
    assert budgets.use([year], TODAY)[year.pk].committed == 2 * COMMITTED


def test_an_approval_lets_the_batch_pass(scene: Scene) -> None:
    county = budget_of(scene.county, "2026-09", "100")
    city = budget_of(scene.city, "2026", "120")
    budget_of(scene.city, "2026-09", "200")
    batch = make_batch(scene)
    made = grant(scene, batch)
    assert {(one.budget_id, one.amount, one.covers) for one in made} == {
        (county.pk, D("100.00"), COMMITTED),
        (city.pk, D("120.00"), COMMITTED),
    }
    assert submit(scene, batch).state == "submitted"


def test_more_than_was_covered_needs_another_approval(scene: Scene) -> None:
    budget_of(scene.county, "2026-09", "100")
    batch = make_batch(scene)
    grant(scene, batch)
    SettlementBatch.objects.filter(pk=batch.pk).update(gross=D("48.81"))
    with pytest.raises(service.BudgetRefused, match=r"148\.81"):
        submit(scene, batch)
    assert [one.covers for one in grant(scene, batch)] == [D("148.81")]
    SettlementBatch.objects.filter(pk=batch.pk).update(gross=D("48.79"))
    assert submit(scene, batch).state == "submitted"


def test_what_another_county_commits_is_not_covered(scene: Scene) -> None:
    budget_of(scene.city, "2026-09", "100")
    batch = make_batch(scene)
    grant(scene, batch)
    county_b = f.make_city(2)[2]
    make_batch(scene, county=county_b, dealers=[f.make_dealer(county_b)])
    with pytest.raises(service.BudgetRefused, match=r"297\.60"):
        submit(scene, batch)


def test_who_may_grant_and_when(scene: Scene) -> None:
    budget_of(scene.county, "2026-09", "100")
    batch = make_batch(scene)
    for person in (scene.supervisor, scene.manager, scene.clerk, None):
        with pytest.raises(Forbidden):
            service.grant(batch=batch, by=person, at=AT, reason="x")
    stranger = f.make_user("stranger", Role.FINANCE_APPROVER, f.make_city(2)[2])
    with pytest.raises(Forbidden):
        grant(scene, batch, by=stranger)
    with pytest.raises(service.BudgetRefused) as refusal:
        grant(scene, batch, reason="  ")
    assert refusal.value.code == "reason"
    grant(scene, batch)
    with pytest.raises(service.BudgetRefused) as refusal:
        grant(scene, batch)
    assert refusal.value.code == "not_over"
    submit(scene, batch)
    with pytest.raises(service.BudgetRefused) as refusal:
        grant(scene, batch)
    assert refusal.value.code == "state"


def broken(work: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        work()


def test_the_database_keeps_the_two_people_apart(scene: Scene) -> None:
    budget = budget_of(scene.county, "2026-09", "100")
    batch = make_batch(scene)
    (one,) = grant(scene, batch)
    rows = SettlementBatch.objects.filter(pk=batch.pk)
    broken(lambda: rows.update(state="submitted", submitted_by=scene.approver))
    broken(lambda: OverBudgetApproval.objects.filter(pk=one.pk).update(covers=D("999")))
    broken(lambda: OverBudgetApproval.objects.filter(pk=one.pk).delete())
    same = {"batch": batch, "budget": budget, "amount": 100, "reason": "x", "granted_at": AT}
    broken(lambda: OverBudgetApproval.objects.create(**same, covers=COMMITTED, granted_by=scene.clerk))
    broken(lambda: OverBudgetApproval.objects.create(**same, covers=D("99"), granted_by=scene.clerk))
    submit(scene, batch)
    broken(lambda: OverBudgetApproval.objects.create(**same, covers=D("999"), granted_by=scene.clerk))


def test_a_frozen_batch_keeps_its_sums_by_kind(scene: Scene) -> None:
    batch = make_batch(scene)
    BatchKind.objects.create(batch=batch, kind="base", gross=D("14.00"))
    batch = make_batch(scene, "2026-10", state="approved")
    broken(lambda: BatchKind.objects.create(batch=batch, kind="base", gross=D("14.00")))


@pytest.mark.parametrize("seed", range(4))
def test_the_forecast_is_that_of_the_rules(scene: Scene, seed: int) -> None:
    random = Random(seed)
    counties = f.make_city(3)[1:]
    months = [Month(2026, 1) + place for place in range(14)]
    figures: dict[tuple[int, str], list[tuple[D, bool]]] = {}
    for county in counties:
        for month in months:
            for kind in ("monthly", "weekly"):
                if random.random() < 0.5:
                    continue
                amount = D(random.randint(-500, 9000)) / 100
                SettlementBatch.objects.create(
                    number=f"{county.code}-{month}-{kind}", county=county, kind=kind, state="calculated",
                    period=str(month) if kind == "monthly" else f"W{month}", first_day=month.first,
                    last_day=month.last, month=month.first, gross=amount, subsidy=D("1.00"),
                )  # fmt: skip
                figures.setdefault((county.pk, str(month)), []).append((amount + 1, kind == "monthly"))

    def known(county: OrgUnit, month: Month) -> rules.CountyMonth:
        later = [
            m for m in months if m >= month and any(is_month for _, is_month in figures.get((county.pk, str(m)), []))
        ]
        return rules.CountyMonth(
            sum((one for one, _ in figures.get((county.pk, str(month)), [])), D("0.00")), bool(later)
        )

    for period in ("2026", "2027", "2026-05", "2027-02", "2028"):
        budget = budget_of(scene.city, period, "5000")
        expected = []
        for county in counties:
            own = [m for m in months if any(is_month for _, is_month in figures.get((county.pk, str(m)), []))]
            usual = rules.usual([known(county, month).committed for month in own])
            first, last = rules.span(period)
            expected += [(known(county, month), usual) for month in Month.of(first).until(Month.of(last))]
        found = budgets.use([budget], TODAY)[budget.pk]
        assert found.forecast == rules.forecast(expected)
        assert found.committed == sum(month.committed for month, _ in expected)
        assert found.open_months == sum(not month.settled for month, _ in expected)
        assert sum(one.forecast for one in budgets.by_month(budget)) == found.forecast


def test_settling_writes_the_sums_by_kind(db: None) -> None:
    step = max((case.steps[0] for case in load()), key=lambda step: len(step.lines or []))
    portal = Portal(step.world)
    batch = portal.settle(county=step.counties[0], period=step.period, today=step.today)
    written = dict(BatchKind.objects.filter(batch=batch).values_list("kind", "gross"))
    lines = [line for line in step.lines or [] if line.line_type == "record"]
    assert written == {kind: sum(line.amount for line in lines if line.kind == kind) for kind in written}
    assert sum(written.values()) == batch.gross
    assert ledgers.verify()["broken"] == []
    again = portal.settle(county=step.counties[0], period=step.period, today=step.today)
    assert dict(BatchKind.objects.filter(batch=again).values_list("kind", "gross")) == written
    BatchKind.objects.filter(batch=batch, kind=next(iter(written))).update(gross=D("0.01"))
    assert {one["check"] for one in ledgers.verify()["broken"]} == {"kinds_sum_up"}


def test_setting_a_budget(scene: Scene) -> None:
    for person, amount in ((scene.manager, "100"), (scene.clerk, "120.50")):
        saved = service.save(org_unit=scene.county, period="2026-09", kind="", amount=D(amount), by=person)
    assert Budget.objects.get() == saved
    assert [(one.before, one.after) for one in budgets.history(saved)] == [
        (D("100.00"), D("120.50")),
        (None, D("100.00")),
    ]
    new = {"period": "2026-09", "kind": "", "amount": D(1)}
    with pytest.raises(Forbidden):
        service.save(org_unit=scene.county, by=scene.supervisor, **new)
    with pytest.raises(Forbidden):
        service.save(org_unit=scene.city.parent, by=scene.manager, **new)
    with pytest.raises(service.BudgetRefused):
        service.save(org_unit=f.make_grid(scene.county), by=scene.manager, **new)
    with pytest.raises(service.BudgetRefused):
        service.save(org_unit=scene.county, by=scene.manager, **{**new, "period": "2026-W36"})


@pytest.mark.django_db(transaction=True)
def test_two_approvers_at_once_grant_one_approval() -> None:
    scene = make_scene()
    budget_of(scene.county, "2026-09", "100")
    batch = make_batch(scene)
    second = f.make_user("approver2", Role.FINANCE_APPROVER, scene.city)
    ready, outcomes = threading.Barrier(2), []

    def press(person: Any) -> None:
        ready.wait()
        try:
            outcomes.append(len(grant(scene, batch, by=person)))
        except service.BudgetRefused as refusal:
            outcomes.append(refusal.code)
        connection.close()

    threads = [threading.Thread(target=press, args=[person]) for person in (scene.approver, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str) == [1, "not_over"]
    assert OverBudgetApproval.objects.count() == 1
