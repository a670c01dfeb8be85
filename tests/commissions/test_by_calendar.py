"""What the calendar begins by itself: batches as their data come in, payout rounds as drafts."""

from datetime import date

import pytest

from accounts.models import OrgUnit
from accounts.roles import Role
from commissions import tasks
from commissions.models import PoolRound, SettlementBatch
from commissions.rules.pool import RoundPeriod
from commissions.services import by_calendar
from core import jobs
from core.models import Job, Notice
from core.periods import Month
from core.views.shell import in_words
from tests import factories as f
from tests.commissions.books import WORLD, A, B
from tests.commissions.pool_world import AT, TODAY, dealer_with, make_pool_world
from tests.commissions.portal_world import Portal

pytestmark = pytest.mark.django_db(transaction=True)  # the jobs' own connections see what is there


def told() -> list[tuple[str, str]]:
    """(user name, words) of every notice so far."""
    return sorted((one.user.username, in_words(one)) for one in Notice.objects.select_related("user"))


def work() -> None:
    """Do what waits, as a worker does; a refusal is the job's outcome."""
    for job in Job.objects.filter(state="queued").order_by("pk"):
        jobs.run(job.pk)


def on(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    monkeypatch.setenv("PORTAL_TODAY", day)


@pytest.fixture
def portal() -> Portal:
    made = Portal(WORLD)
    for code in (A, B):
        f.make_user(f"sup-{code}", Role.COUNTY_SUPERVISOR, OrgUnit.objects.get(code=code))
    return made


def test_a_month_is_settled_county_by_county_as_its_data_come_in(
    portal: Portal, nobody_works: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, "2026-10-02")
    tasks.settle_month()
    work()
    assert set(SettlementBatch.objects.values_list("number", "state")) == {(f"2026-09-{A}", "calculated")}
    words = told()
    assert [who for who, _ in words] == [f"sup-{A}", f"sup-{B}"]
    assert "核对" in words[0][1]
    assert "2026-09" in words[1][1]
    # The next night nothing is done twice and nobody is told twice; then the other county's sales come in.
    on(monkeypatch, "2026-10-03")
    tasks.settle_month()
    work()
    assert (SettlementBatch.objects.count(), told()) == (1, words)
    f.make_sale(f.Dealer.objects.get(code="D3"), date(2026, 9, 9), f.make_product("P58"))
    tasks.settle_month()
    work()
    assert SettlementBatch.objects.filter(county__code=B).count() == 1
    assert [who for who, _ in told()] == [f"sup-{A}", f"sup-{B}", f"sup-{B}"]


def test_what_is_missing_is_named_to_the_county(
    portal: Portal, nobody_works: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, "2026-12-02")
    for day in (date(2026, 10, 3), date(2026, 11, 3)):  # the first asks for November's subscribers
        f.make_sale(f.Dealer.objects.get(code="D1"), day, f.make_product("P58"))
    for _ in range(2):  # two nights
        tasks.settle_month()
        work()
    assert not SettlementBatch.objects.exists()
    ((_, words),) = [one for one in told() if one[0] == f"sup-{A}"]
    assert "2026-11" in words


def test_weeks_are_settled_only_where_something_is_paid_by_week(
    portal: Portal, nobody_works: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, "2026-09-14")
    tasks.settle_week()
    work()
    (batch,) = SettlementBatch.objects.all()
    assert (batch.number, batch.kind) == (f"2026-W37-{A}", "weekly")
    # No rule in force then pays by week, though there are sales.
    Job.objects.all().delete()
    f.make_sale(f.Dealer.objects.get(code="D3"), date(2025, 12, 3), f.make_product("P58"))
    on(monkeypatch, "2025-12-08")
    tasks.settle_week()
    assert not Job.objects.exists()


def test_rounds_are_drafted_in_january_and_july(nobody_works: None, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_pool_world()
    dealer_with(world.county)
    dealer_with(world.other, year=2027)  # nothing of 2026
    on(monkeypatch, "2026-06-30")
    tasks.draft_rounds()
    assert not Job.objects.exists()
    on(monkeypatch, "2026-07-05")
    for _ in range(2):
        tasks.draft_rounds()
        work()
    assert list(PoolRound.objects.values_list("number", "state")) == [
        (f"2026H1-{world.county.code}", "calculated"),
        (f"2026H1-{world.other.code}", "calculated"),
    ]
    assert {who for who, _ in told()} == {"supervisor"}
    (job,) = Job.objects.order_by("-pk")[:1]
    assert job.result == {"drafted": [], "waiting": []}


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2026, 6, 30), []),
        (date(2026, 7, 1), ["2026H1"]),
        (date(2026, 8, 1), []),
        (date(2026, 12, 31), []),
        (date(2027, 1, 31), ["2026H2", "2026"]),
    ],
)
def test_the_rounds_that_a_day_asks_for(day: date, due: list[str]) -> None:
    assert [str(period) for period in by_calendar.rounds_due(day)] == due


def test_a_county_whose_batch_is_open_waits_for_its_round_and_the_others_do_not() -> None:
    world = make_pool_world()
    for unit in (world.county, world.other):
        dealer_with(unit)
    month = Month(2026, 6)
    SettlementBatch.objects.create(
        number=f"{month}-{world.county.code}",
        county=world.county,
        kind="monthly",
        period=str(month),
        first_day=month.first,
        last_day=month.last,
        month=month.first,
    )
    done = by_calendar.draft_rounds(period=RoundPeriod(2026, 1), at=AT, today=TODAY)
    assert done["drafted"] == [f"2026H1-{world.other.code}"]
    assert [one["county"] for one in done["waiting"]] == [world.county.code]
    assert "2026-06" in done["waiting"][0]["reason"]
