"""The drafted week and the coverage board: docs/visits.md, "The week" and "Coverage"."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.roles import Role
from audits.models import PlannedVisit, Visit
from audits.queries import due, weeks
from audits.services import week
from core.errors import Forbidden, Refused
from core.periods import Week
from dealers.models import Dealer
from dealers.services import manager as managers
from tests import factories as make
from tests.depth import times

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 9)
TUESDAY, AT = MONDAY + timedelta(days=1), make.moment("2026-11-10")


class County:
    """A channel manager with stores of every kind, his supervisor and a colleague."""

    def __init__(self) -> None:
        self.city, self.unit, self.far = make.make_city(2)
        self.supervisor = make.make_user("sup", Role.COUNTY_SUPERVISOR, self.unit)
        self.manager = make.make_user("mgr", Role.CHANNEL_MANAGER, self.unit, name="李娜")
        self.other = make.make_user("other", Role.CHANNEL_MANAGER, self.unit)

    def store(self, code: str, **fields: Any) -> Dealer:
        place = {"latitude": 23.37, "longitude": 104.24}
        return make.make_dealer(self.unit, code, manager=self.manager, **{**place, **fields})

    def visit(self, dealer: Dealer, day: date, kind: str = "routine", **fields: Any) -> Visit:
        at = make.moment(day.isoformat())
        return Visit.objects.create(
            dealer=dealer, manager=self.manager, regime="authorised", checklist={}, kind=kind, checked_in_at=at,
            checked_out_at=at + timedelta(hours=1), client_id=uuid4(), state="done", **fields,
        )  # fmt: skip

    def draft(self, day: date = MONDAY, **changes: Any) -> dict[date, list[str]]:
        week.draft(**{"manager": self.manager, "week": Week.of(MONDAY), "by": self.manager, "day": day, **changes})
        return self.planned()

    def planned(self) -> dict[date, list[str]]:
        found: dict[date, list[str]] = {}
        for row in PlannedVisit.objects.filter(manager=self.manager).select_related("dealer"):
            found.setdefault(row.day, []).append(row.dealer.code)
        return found


@pytest.fixture
def county() -> County:
    return County()


def test_a_week_is_drafted(county: County) -> None:
    county.store("LEAD", stage="lead_in")
    county.store("MALL", tier="mall", visit_regime="direct")
    county.store("DONE", visit_regime="air_recharge")
    county.store("ENDED", stage="terminated")
    make.make_dealer(county.unit, "HIS", manager=county.other)
    for number in range(3):
        county.store(f"S{number}")
    found = county.draft()
    assert all("LEAD" in part for part in found.values()) and len(found) == 5
    once = [code for part in found.values() for code in part if code != "LEAD"]
    assert sorted(once) == ["MALL", "S0", "S1", "S2"]
    kinds = dict(PlannedVisit.objects.values_list("dealer__code", "kind"))
    assert (kinds["LEAD"], kinds["MALL"], kinds["S0"]) == ("lead_in", "patrol", "routine")


def test_the_rest_of_the_week_is_drafted_anew(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, lost = county.store("SEEN"), county.store("LOST")
    county.draft()
    PlannedVisit.objects.all().delete()
    for dealer in (seen, lost):
        PlannedVisit.objects.create(manager=county.manager, dealer=dealer, day=MONDAY, place=1)
    county.visit(seen, MONDAY)
    found = county.draft(day=TUESDAY)
    assert found[MONDAY] == ["SEEN", "LOST"]
    assert [code for day, part in found.items() if day > MONDAY for code in part] == ["LOST"]
    plan = weeks.plan(county.manager, manager=county.manager, week=Week.of(MONDAY), day=TUESDAY)
    assert (plan.planned, plan.done, plan.missed) == (3, 1, [])
    for monday in (MONDAY - timedelta(days=7), MONDAY + timedelta(weeks=9), date(9999, 12, 27)):
        with pytest.raises(Refused):
            county.draft(week=Week.of(monday))


def test_a_week_belongs_to_the_month_of_its_thursday(county: County) -> None:
    dealer = county.store("S0", visit_regime="direct")
    for day in (2, 3):
        county.visit(dealer, date(2026, 11, day))
    last, first = date(2026, 11, 23), date(2026, 11, 30)
    assert (county.draft(day=last, week=Week.of(last)), len(county.draft(day=first, week=Week.of(first)))) == ({}, 1)


def test_who_will_be_missed(county: County) -> None:
    from constance import config

    config.VISITS_PER_DAY = 1
    dealers = [county.store(f"S{number}") for number in range(7)]
    county.visit(dealers[0], MONDAY - timedelta(days=3))
    county.draft()
    plan = weeks.plan(county.manager, manager=county.manager, week=Week.of(MONDAY), day=MONDAY)
    assert (plan.planned, len(plan.missed)) == (5, 2)
    assert dealers[0] in plan.missed  # visited a few days ago, the others never
    config.VISITS_PER_DAY = 8


def test_changed_by_hand(county: County) -> None:
    dealer = county.store("S0")
    county.draft()
    friday = MONDAY + timedelta(days=4)
    given = {"manager": county.manager, "dealer": dealer, "by": county.manager, "day": TUESDAY}
    week.put(**given, on=friday)
    assert [day for day, part in county.planned().items() if "S0" in part and day >= TUESDAY] == [friday]
    with pytest.raises(Refused):
        week.put(**given, on=MONDAY)
    with pytest.raises(Refused):
        week.put(**{**given, "dealer": make.make_dealer(county.unit)}, on=friday)
    row = PlannedVisit.objects.get(day=friday)
    with pytest.raises(Forbidden):
        week.remove(planned=row, by=county.other, day=TUESDAY)
    with pytest.raises(Refused):
        week.remove(planned=row, by=county.manager, day=friday + timedelta(days=1))
    week.remove(planned=row, by=county.supervisor, day=TUESDAY)
    assert not PlannedVisit.objects.filter(day=friday).exists()


def test_a_store_in_lead_in_keeps_its_other_days(county: County) -> None:
    dealer = county.store("LEAD", stage="lead_in")
    county.draft()
    thursday = MONDAY + timedelta(days=3)
    week.put(manager=county.manager, dealer=dealer, on=thursday, by=county.manager, day=MONDAY)
    assert sorted(county.planned()) == [MONDAY + timedelta(days=number) for number in range(5)]
    assert PlannedVisit.objects.get(day=thursday).kind == "lead_in"


def test_who_may_plan_for_whom(county: County) -> None:
    county.store("S0")
    assert county.draft(by=county.supervisor)
    far = make.make_user("far", Role.COUNTY_SUPERVISOR, county.far)
    for by in (county.other, far):
        with pytest.raises(Forbidden):
            county.draft(by=by)


def test_a_new_manager_takes_over_what_is_planned(county: County) -> None:
    first, second = county.store("S0"), county.store("S1")
    county.draft()
    PlannedVisit.objects.create(
        manager=county.other, dealer=first, day=PlannedVisit.objects.get(dealer=first).day, place=9
    )
    managers.assign(dealers=[first, second], manager=county.other, by=county.supervisor, at=make.moment("2026-11-09"))
    assert PlannedVisit.objects.filter(manager=county.other).count() == 2
    assert not PlannedVisit.objects.filter(manager=county.manager).exists()


def test_every_week_is_drafted_by_night_once(county: County) -> None:
    county.store("S0")
    assert (week.draft_all(day=MONDAY), week.draft_all(day=TUESDAY)) == (1, 0)


def test_the_board(county: County) -> None:
    full, behind = county.store("S0", visit_regime="direct"), county.store("S1", tier="mall")
    make.make_dealer(county.far, "F0", tier="exclusive")
    for day in (3, 5, 6):
        county.visit(full, date(2026, 11, day))
    county.visit(behind, TUESDAY, kind="patrol")
    rows = due.board(user=county.supervisor, unit=None, day=TUESDAY)
    assert [(row.manager, row.due, row.done, row.missed) for row in rows] == [("李娜", 6, 3, 3)]
    assert (rows[0].patrols_due, rows[0].patrols_done, rows[0].share) == (1, 1, 0.5)
    city = make.make_user("city", Role.CITY_MANAGER, county.city)
    assert [row.county for row in due.board(user=city, unit=None, day=TUESDAY)] == ["文山市", "砚山县"]


VISITED = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 45), st.sampled_from(["routine", "patrol", "lead_in", "mystery"])),
    max_size=25,
)


@settings(deadline=None, max_examples=times(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(visited=VISITED, ahead=st.integers(0, 20))
def test_the_board_counts_as_said(county: County, visited: list[tuple[int, int, str]], ahead: int) -> None:
    """Due by regime, done up to what was due to each, patrols of the week; inspections count for nobody."""
    with transaction.atomic():
        regimes, tiers = (
            ("authorised", "direct", "air_recharge", "authorised"),
            ("partner", "mall", "exclusive", "mall"),
        )
        shops = [
            county.store(f"R{number}", visit_regime=regime, tier=tier)
            for number, (regime, tier) in enumerate(zip(regimes, tiers, strict=True))
        ]
        for shop, days, kind in visited:
            county.visit(shops[shop], date(2026, 10, 10) + timedelta(days=days), kind=kind)
        day = date(2026, 11, 1) + timedelta(days=ahead)
        monday = Week.of(day).first
        counted = [(shop, date(2026, 10, 10) + timedelta(days=days), kind) for shop, days, kind in visited]
        counted = [one for one in counted if one[2] != "mystery"]
        done = [sum(one[0] == shop and one[1].month == 11 for one in counted) for shop in range(4)]
        patrolled = {
            shop for shop, when, kind in counted if kind == "patrol" and monday <= when <= monday + timedelta(days=6)
        }
        row = due.board(user=county.supervisor, unit=None, day=day)[0]
        assert (row.due, row.done) == (10, sum(map(min, done, (4, 2, 0, 4))))
        assert (row.patrols_due, row.patrols_done) == (3, len(patrolled & {1, 2, 3}))
        assert sum(one.done for one in due.spots(user=county.supervisor, unit=None, day=day)) == row.done
        transaction.set_rollback(True)


def test_spots_of_the_map(county: County) -> None:
    for number in range(30):
        dealer = county.store(f"S{number}", latitude=23 + number / 100, visit_regime="direct")
        county.visit(dealer, MONDAY)
    county.store("LOST", latitude=None, longitude=None)
    given = {"user": county.supervisor, "unit": None, "day": TUESDAY}
    one_by_one, grouped = due.spots(**given), due.spots(**given, most=9)
    assert (len(one_by_one), {one.stores for one in one_by_one}) == (30, {1})
    assert len(grouped) < 15
    for found in (one_by_one, grouped):
        assert (sum(one.stores for one in found), sum(one.due for one in found), sum(one.done for one in found)) == (
            30,
            60,
            30,
        )


def test_the_pages(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TODAY", "2026-11-10")
    dealer = county.store("S0")
    manager, supervisor = Client(), Client()
    manager.force_login(county.manager)
    supervisor.force_login(county.supervisor)
    page = reverse("audits:week")
    assert "排定本周" in manager.get(page).content.decode()
    assert manager.post(reverse("audits:week-draft"), {}).status_code == 302
    assert dealer.name in manager.get(page).content.decode()
    plan = f"{reverse('audits:week-plan', args=[dealer.pk])}?week=2026-11-09"
    assert "2026-11-13" in manager.get(plan).content.decode()
    assert manager.post(plan, {"day": "2026-11-13"}).status_code == 302
    assert manager.post(plan, {"day": "2026-11-09"}).status_code == 422
    theirs = f"{page}?week=2026-11-12&manager={county.manager.pk}"
    assert dealer.name in supervisor.get(theirs).content.decode()
    assert manager.get(f"{page}?manager={county.other.pk}").status_code == 404
    assert manager.get(f"{page}?manager=x&week=nonsense").status_code == 404
    row = PlannedVisit.objects.get(day="2026-11-13")
    remove = f"{reverse('audits:week-remove', args=[row.pk])}?manager={county.manager.pk}&week=2026-11-09"
    assert supervisor.post(remove).status_code == 302
    assert "李娜" in supervisor.get(reverse("audits:board")).content.decode()
    assert supervisor.get(reverse("audits:board") + "?month=2026-10").status_code == 200


def test_as_many_queries_for_a_long_week(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TODAY", "2026-11-09")
    client = Client()
    client.force_login(county.manager)
    counts = []
    for number in range(30):
        county.store(f"S{number}")
        if number in (0, 29):
            county.draft()
            with CaptureQueriesContext(connection) as queries:
                client.get(reverse("audits:week"))
            counts.append(len(queries))
    assert counts[0] == counts[1]
