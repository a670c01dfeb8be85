"""Rating rounds from the facts to the new tier: docs/dealers.md, "Rating"."""

import csv
import io
import itertools
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.roles import Role
from audits.models import Violation, ViolationType
from core import sql
from core.errors import Forbidden, Refused
from core.models import Job, Notice
from core.periods import InvalidPeriod
from dealers import tasks
from dealers.models import Agreement, Dealer, DealerEnding, DealerTier, RatingProposal, RatingRound, TierCriterion
from dealers.queries import history, ratings
from dealers.rules.rating import RatingPeriod
from dealers.services import rating, rating_decision
from tests import factories as make
from tests.commissions.services.test_pool_concurrency import at_once
from tests.dealers.queries.test_tiers import FIT
from tests.depth import times

pytestmark = pytest.mark.django_db
Q3, YEAR = RatingPeriod(2026, 3), RatingPeriod(2026)
TODAY, AT = date(2026, 10, 3), make.moment("2026-10-03")
LATER = date(2027, 1, 3)


class City:
    """Dealers of every kind in one county, and who decides about them."""

    def __init__(self) -> None:
        self.unit, self.county, far = make.make_city(2)
        self.manager = make.make_user("city", Role.CITY_MANAGER, self.unit)
        self.supervisor = make.make_user("sup", Role.COUNTY_SUPERVISOR, self.county)
        self.stranger = make.make_user("far", Role.COUNTY_SUPERVISOR, far)
        self.breach = ViolationType.objects.get(code="exclusivity")

    def dealer(self, code: str, *, committed: int | None = None, **fields: Any) -> Dealer:
        dealer = make.make_dealer(self.county, code, **fields)
        Agreement.objects.create(
            number=f"A-{code}", dealer=dealer, starts_on="2026-01-01", ends_on="2027-06-30",
            committed_sales_per_quarter=committed,
        )  # fmt: skip
        return dealer

    def breaks(self, dealer: Dealer, *days: str, confirmed: str = "2026-09-30") -> None:
        for day in days:
            Violation.objects.create(
                reference=f"V{make.number()}", dealer=dealer, type=self.breach, occurred_on=day, confirmed_on=confirmed
            )

    def sells(self, dealer: Dealer, day: str, count: int, *, active: bool = True) -> None:
        """Activations whose subscribers are there, and perhaps active, at the end of the quarter."""
        product, end = make.make_product("P58"), RatingPeriod.parse(f"{day[:4]}Q{(int(day[5:7]) + 2) // 3}").last_month
        sql.execute("SELECT inventory_ensure_month(%s)", [end.first])
        for _ in range(count):
            sale = make.make_sale(dealer, day, product)
            sql.execute(
                "INSERT INTO inventory_subscribermonth (month, subscriber_no, county_id, in_network, data_mb)"
                " VALUES (%s, %s, %s, true, %s)",
                [end.first, sale.subscriber_no, self.county.pk, 30 if active else 29],
            )

    def rate(self, period: RatingPeriod = Q3, *, today: date = TODAY) -> dict[str, tuple[str, str, str]]:
        outcome = rating.rate_period(period=period, cities=[self.unit], by=self.manager, at=AT, today=today)
        assert not outcome.refused
        return {code: rest for code, *rest in map(tuple, ratings.changes(None, period=str(period)))}  # type: ignore[misc]

    def approve(self, **given_: Any) -> rating_decision.Decided:
        rows = RatingProposal.objects.filter(state="proposed")
        return rating_decision.approve(**{"proposals": rows, "by": self.manager, "at": AT, "today": TODAY, **given_})


@pytest.fixture
def city() -> City:
    return City()


def told(user: Any) -> list[str]:
    return [str(one.text) % one.params for one in Notice.objects.filter(user=user).order_by("pk")]


def test_a_second_breach_makes_a_partner_from_the_first_day_of_the_next_quarter(city: City) -> None:
    twice = city.dealer("D1", tier="exclusive", **FIT)
    once = city.dealer("D2", tier="exclusive", **FIT)
    late = city.dealer("D3", tier="exclusive", **FIT)
    owner = make.make_dealer_user(twice)
    city.breaks(twice, "2026-02-01", "2026-08-15")
    city.breaks(once, "2026-02-01")
    city.breaks(late, "2026-02-01")
    city.breaks(late, "2026-09-29", confirmed="2026-10-01")
    assert city.rate() == {"D1": ["exclusive", "partner", "exclusivity"]}
    assert history.standing(dealer=twice, day=date(2026, 10, 1)).tier == "exclusive"
    decided = city.approve()
    assert [row.dealer.code for row in decided.approved] == ["D1"]
    tier_on = {
        day: history.standing(dealer=twice, day=date.fromisoformat(day)).tier for day in ("2026-09-30", "2026-10-01")
    }
    assert tier_on == {"2026-09-30": "exclusive", "2026-10-01": "partner"}
    twice.refresh_from_db()
    assert twice.tier == "partner"
    assert "2026-10-01" in told(owner)[0]
    assert RatingRound.objects.get().state == "closed"
    # it meets the criteria of a mall but for the rank, and of an exclusive store: no promotion within the agreement
    assert city.rate(RatingPeriod(2026, 4), today=LATER) == {"D3": ["exclusive", "partner", "exclusivity"]}


def test_a_mall_that_missed_what_it_committed_to_twice(city: City) -> None:
    for code, before, now in (("M1", 2, 2), ("M2", 3, 2), ("M3", 2, 3), ("M4", 0, 0)):
        mall = city.dealer(code, tier="mall", committed=3, **FIT)
        city.sells(mall, "2026-05-02", before)
        city.sells(mall, "2026-08-02", now)
    city.sells(Dealer.objects.get(code="M1"), "2026-08-03", 5, active=False)
    assert city.rate() == {
        "M1": ["mall", "exclusive", "sales_missed"],
        "M4": ["mall", "exclusive", "sales_missed"],
    }
    evidence = RatingProposal.objects.get(dealer__code="M1").evidence
    assert evidence["sales"] == [
        {"quarter": "2026Q3", "effective": 2, "committed": 3},
        {"quarter": "2026Q2", "effective": 2, "committed": 3},
    ]


def test_sales_that_are_not_known_are_not_missed(city: City) -> None:
    mall = city.dealer("M1", tier="mall", committed=3, **FIT)
    for day in ("2026-05-02", "2026-08-02"):
        make.make_sale(mall, day, make.make_product("P58"))
    assert city.rate() == {}
    assert RatingRound.objects.get().unknown == 1
    city.sells(mall, "2026-05-03", 1)
    city.sells(mall, "2026-08-03", 1)
    assert city.rate() == {"M1": ["mall", "exclusive", "sales_missed"]}
    assert RatingRound.objects.get().unknown == 0


def test_who_newly_meets_a_higher_tier(city: City) -> None:
    city.dealer("D1", tier="partner", **FIT)
    city.dealer("D2", tier="partner", **{**FIT, "boss_connected": False})
    city.dealer("D3", tier="partner", cooperation_start=date(2026, 7, 1), **FIT)
    city.dealer("D4", tier="partner", stage="prospect", **FIT)
    gone = city.dealer("D5", tier="partner", **FIT)
    DealerEnding.objects.create(dealer=gone, ended_on="2026-09-30", cause="closed")
    leaving = city.dealer("D6", tier="partner", **FIT)
    DealerEnding.objects.create(dealer=leaving, ended_on="2026-10-01", cause="closed")
    assert city.rate() == {
        "D1": ["partner", "exclusive", "criteria_met"],
        "D6": ["partner", "exclusive", "criteria_met"],
    }
    decided = city.approve()
    assert [row.dealer.code for row in decided.approved] == ["D1"]
    assert [(row.dealer.code, refusal.code) for row, refusal in decided.refused] == [("D6", "left")]
    assert RatingRound.objects.get().state == "open"
    assert RatingRound.objects.get().dealers == 4


def test_the_year_checks_everybody_and_may_end_the_cooperation(city: City) -> None:
    city.dealer("D1", tier="mall", **FIT)  # without a rank
    city.dealer("D2", tier="exclusive", **{**FIT, "floor_area": 12})
    none = city.dealer("D3", tier="partner", **{**FIT, "floor_area": 5})
    city.dealer("D4", tier="partner", **FIT)
    assert city.rate(YEAR, today=LATER) == {
        "D1": ["mall", "exclusive", "criteria_not_met"],
        "D2": ["exclusive", "partner", "criteria_not_met"],
        "D3": ["partner", "", "criteria_not_met"],
    }
    city.approve(today=LATER)
    assert DealerEnding.objects.get(dealer=none).ended_on == date(2027, 1, 1)
    none.refresh_from_db()
    assert none.stage == "terminated"
    criteria = RatingProposal.objects.get(dealer=none).evidence["criteria"]
    assert {"attribute": "floor_area", "found": "5.00", "met": False}.items() <= next(
        one for one in criteria if one["attribute"] == "floor_area"
    ).items()


def test_what_another_round_changed_is_judged_as_it_will_be(city: City) -> None:
    """The fourth quarter and the year take effect on the same day."""
    dealer = city.dealer("D1", tier="exclusive", **{**FIT, "boss_connected": False})
    city.breaks(dealer, "2026-02-01", "2026-08-15")
    fourth = RatingPeriod(2026, 4)
    assert city.rate(fourth, today=LATER) == {"D1": ["exclusive", "partner", "exclusivity"]}
    assert city.rate(YEAR, today=LATER) == {"D1": ["exclusive", "partner", "criteria_not_met"]}
    of_year = RatingProposal.objects.filter(round__period="2026")
    city.approve(proposals=RatingProposal.objects.filter(round__period=str(fourth)), today=LATER)
    decided = city.approve(proposals=of_year, today=LATER)
    assert [refusal.code for _row, refusal in decided.refused] == ["overtaken"]
    assert city.rate(YEAR, today=LATER) == {}
    assert DealerTier.objects.filter(dealer=dealer).count() == 2


def test_rated_again_the_same_stays_and_what_is_decided_stays(city: City) -> None:
    city.dealer("D1", tier="partner", **FIT)
    second = city.dealer("D2", tier="partner", **FIT)
    third = city.dealer("D3", tier="partner", **FIT)
    city.rate()
    before = dict(RatingProposal.objects.values_list("dealer__code", "pk"))
    city.rate()
    assert dict(RatingProposal.objects.values_list("dealer__code", "pk")) == before
    rating_decision.reject(
        proposals=RatingProposal.objects.filter(dealer=second), remark="实地复核不符", by=city.manager, at=AT
    )
    Dealer.objects.filter(pk__in=[second.pk, third.pk]).update(boss_connected=False)
    assert city.rate() == {"D1": ["partner", "exclusive", "criteria_met"]}
    states = dict(RatingProposal.objects.values_list("dealer__code", "state"))
    assert states == {"D1": "proposed", "D2": "rejected"}


def test_a_proposal_that_waits_follows_the_facts(city: City) -> None:
    dealer = city.dealer("D1", tier="exclusive")
    city.breaks(dealer, "2026-07-10", "2026-08-10")
    city.rate()
    row = RatingProposal.objects.get()
    city.breaks(dealer, "2026-09-10")
    assert list(city.rate()) == ["D1"]
    fresh = RatingProposal.objects.get(pk=row.pk)  # the same row, with one breach more
    assert (len(row.evidence["breaches"]), len(fresh.evidence["breaches"])) == (2, 3)


def test_a_dealer_without_a_history_keeps_what_held_before(city: City) -> None:
    dealer = city.dealer("D1", tier="partner", **FIT)
    DealerTier.objects.filter(dealer=dealer).delete()
    city.rate()
    city.approve()
    tier_on = [history.standing(dealer=dealer, day=date(2026, *day)).tier for day in ((9, 30), (10, 1))]
    assert tier_on == ["partner", "exclusive"]


def test_as_many_queries_for_one_as_for_many(city: City, django_assert_max_num_queries: Any) -> None:
    dealers = [city.dealer(f"D{number}", tier="partner", manager=city.supervisor, **FIT) for number in range(6)]
    for dealer in dealers:
        make.make_dealer_user(dealer)
    city.rate()
    rows = list(RatingProposal.objects.order_by("pk"))
    with CaptureQueriesContext(connection) as one:
        city.approve(proposals=rows[:1])
    with django_assert_max_num_queries(len(one)):
        city.approve(proposals=rows[1:5])
    city.approve(proposals=rows[5:])
    assert {row.state for row in RatingProposal.objects.all()} == {"approved"}
    assert [len(told(user)) for user in (city.supervisor, dealers[0].users.get().user)] == [6, 1]


def test_two_proposals_of_one_dealer_approved_together_change_it_once(city: City) -> None:
    dealer = city.dealer("D1", tier="exclusive")
    city.breaks(dealer, "2026-10-10", "2026-11-10", confirmed="2026-12-01")
    city.rate(RatingPeriod(2026, 4), today=LATER)
    city.rate(YEAR, today=LATER)
    decided = city.approve(today=LATER)
    assert [(row.proposed, refusal.code) for row, refusal in decided.refused] == [("", "overtaken")]
    assert [row.proposed for row in decided.approved] == ["partner"]


@pytest.mark.django_db(transaction=True)
def test_two_rounds_approved_at_once_change_a_tier_once() -> None:
    """The fourth quarter and its year take effect on one day: who comes second sees what the first one did."""
    city = City()
    dealer = city.dealer("D1", tier="exclusive")
    city.breaks(dealer, "2026-10-10", "2026-11-10", confirmed="2026-12-01")
    city.rate(RatingPeriod(2026, 4), today=LATER)
    city.rate(YEAR, today=LATER)
    first, second = RatingProposal.objects.order_by("round__period")
    assert {first.proposed, second.proposed} == {"", "partner"}
    decided = at_once(
        lambda: city.approve(proposals=[first], today=LATER), lambda: city.approve(proposals=[second], today=LATER)
    )
    assert sorted(len(one.approved) for one in decided) == [0, 1]
    assert RatingProposal.objects.filter(state="approved").count() == 1


def test_who_may(city: City) -> None:
    city.dealer("D1", tier="partner", **FIT)
    with pytest.raises(Forbidden):
        rating.rate_period(period=Q3, cities=[city.unit], by=city.supervisor, at=AT, today=TODAY)
    with pytest.raises(Refused):
        city.rate(today=date(2026, 9, 30))
    city.rate()
    for wrong in (city.supervisor, city.stranger, None):
        with pytest.raises(Forbidden):
            city.approve(by=wrong)
    other = make.make_user("other", Role.CITY_MANAGER, make.make_unit("6666", "另一市", "city", city.unit.parent))
    with pytest.raises(Forbidden):
        city.approve(by=other)
    with pytest.raises(Refused):
        rating_decision.reject(proposals=RatingProposal.objects.all(), remark=" ", by=city.manager, at=AT)
    rows = list(RatingProposal.objects.all())
    city.approve(proposals=rows)
    with pytest.raises(Refused):
        city.approve(proposals=rows)


def test_a_criterion_written_wrongly_refuses_the_round(city: City) -> None:
    city.dealer("D1", tier="partner", **FIT)
    TierCriterion.objects.filter(tier="mall", attribute="floor_area").update(value="large")
    outcome = rating.rate_period(period=Q3, cities=[city.unit], by=None, at=AT, today=TODAY)
    assert [(unit.code, refusal.code) for unit, refusal in outcome.refused] == [(city.unit.code, "criterion")]
    assert not RatingRound.objects.exists()


@pytest.mark.parametrize(
    "damage",
    [{"proposed": "partner"}, {"proposed": ""}, {"state": "approved"}, {"state": "rejected", "remark": "x"}],
)
def test_the_database_refuses(city: City, damage: dict[str, str]) -> None:
    city.dealer("D1", tier="partner", **FIT)
    city.rate()
    with pytest.raises(IntegrityError), transaction.atomic():
        RatingProposal.objects.update(**damage)


CHANGE = st.tuples(st.sampled_from(["boss", "area", "breach"]), st.sampled_from([1, 2, 3, 4]), st.booleans())


@settings(max_examples=times(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(CHANGE, max_size=5))
def test_tiers_have_no_gap_and_never_two_at_once(city: City, changes: list[tuple[str, int, bool]]) -> None:
    with transaction.atomic():
        dealer = city.dealer(f"H{make.number()}", tier="exclusive", **FIT)
        for what, quarter, approves in changes:
            match what:
                case "boss":
                    Dealer.objects.filter(pk=dealer.pk).update(boss_connected=not dealer.boss_connected)
                case "area":
                    Dealer.objects.filter(pk=dealer.pk).update(floor_area=12)
                case "breach":
                    city.breaks(dealer, "2026-03-01", confirmed="2026-03-02")
            dealer.refresh_from_db()
            for period in (RatingPeriod(2026, quarter), *([YEAR] if quarter == 4 else [])):
                city.rate(period, today=LATER)
                if approves:
                    city.approve(today=LATER)
        spans = sorted(history.tier_spans(dealer=dealer), key=lambda span: span.first)
        assert spans[0].first == dealer.cooperation_start
        assert spans[-1].last is None
        for one, following in itertools.pairwise(spans):
            assert one.last is not None
            assert (following.first - one.last).days == 1
        transaction.set_rollback(True)


def command(*arguments: str) -> tuple[int, dict[str, Any]]:
    out, code = io.StringIO(), 0
    try:
        call_command(*arguments, stdout=out, stderr=io.StringIO())
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    return code, json.loads(out.getvalue())


def test_the_commands(city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TODAY", "2026-10-03")
    city.dealer("D2", tier="partner", **FIT)
    city.dealer("D1", tier="partner", **FIT)
    assert command("rate", "approve", "2026Q3", "--as", "city")[1]["code"] == "not_rated"
    code, said = command("rate", "2026Q3")
    assert (code, said["rounds"][0]["proposals"]) == (0, {"criteria_met": 2})
    assert command("rate", "2026Q4")[1]["code"] == "not_over"
    out = tmp_path / "rating.csv"
    assert command("export_rating", "2026Q3", "--out", str(out))[1]["rows"] == 2
    assert list(csv.reader(out.read_text().splitlines())) == [
        ["dealer_code", "current", "proposed", "reason"],
        ["D1", "partner", "exclusive", "criteria_met"],
        ["D2", "partner", "exclusive", "criteria_met"],
    ]
    assert command("rate", "approve", "2026Q3")[0] == 1  # the system may not
    code, said = command("rate", "approve", "2026Q3", "--as", "city")
    assert (code, said["approved"], said["effective_from"]) == (0, 2, "2026-10-01")
    assert command("export_rating", "2026Q3", "--out", str(out), "--as", "far")[1]["rows"] == 0
    with pytest.raises(InvalidPeriod):
        RatingPeriod.parse("2026Q9")


def queued() -> list[str]:
    """What the calendar asks for, done at once; the keys of the jobs."""
    tasks.rate_by_calendar()
    jobs = list(Job.objects.filter(kind="rate", state="queued").order_by("key"))
    for job in jobs:
        tasks.rate(job, lambda done, total, note="": None)
    Job.objects.all().update(state="done")
    return [job.key for job in jobs]


def test_the_calendar_rates_once(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TODAY", "2027-01-03")
    city.dealer("D1", tier="partner", **FIT)
    assert queued() == ["2026:", "2026Q4:"]
    assert queued() == []


def test_the_calendar_rates_the_cities_that_are_left(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TODAY", "2026-10-03")
    other = make.make_unit("5301", "昆明分公司", "city", city.unit.parent)
    city.dealer("D1", tier="partner", **FIT)
    city.rate()
    before = RatingRound.objects.get(city=city.unit).rated_at
    assert queued() == ["2026Q3:"]
    assert RatingRound.objects.get(city=other).period == "2026Q3"
    assert RatingRound.objects.get(city=city.unit).rated_at == before
    assert queued() == []


def test_the_calendar_rates_again_until_sales_are_known_and_tells_only_news(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_TODAY", "2026-10-03")
    dealer = city.dealer("M1", tier="mall", committed=100)
    make.make_sale(dealer, "2026-05-05", make.make_product("P58"))
    city.dealer("D1", tier="partner", **FIT)
    assert (queued(), queued()) == (["2026Q3:"], ["2026Q3:"])
    assert RatingRound.objects.get().unknown == 1
    assert len(told(city.manager)) == 1
    city.sells(dealer, "2026-05-05", 1)
    assert (queued(), queued()) == (["2026Q3:"], [])
    assert RatingProposal.objects.get(dealer=dealer).reason == "sales_missed"
    assert len(told(city.manager)) == 2


def test_the_pages(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TODAY", "2026-10-03")
    city.dealer("D1", tier="partner", **FIT)
    city.dealer("D2", tier="partner", **FIT)
    manager, supervisor = Client(), Client()
    manager.force_login(city.manager)
    supervisor.force_login(city.supervisor)
    form = manager.get(reverse("dealers:rate")).content.decode()
    assert "2026Q3" in form
    assert "2026Q4" not in form
    city.rate()
    first, second = RatingProposal.objects.order_by("dealer__code")
    assert "D1 号店" in supervisor.get(reverse("dealers:proposals")).content.decode()
    page = reverse("dealers:proposal", args=[first.pk])
    approve, reject = reverse("dealers:proposals-approve"), reverse("dealers:proposals-reject")
    assert approve in manager.get(page).content.decode()
    assert approve not in supervisor.get(page).content.decode()
    assert supervisor.post(approve, {"pk": first.pk, "confirmed": 1}).status_code == 403
    assert "专卖店" in manager.post(approve, {"pk": first.pk}).content.decode()
    manager.post(approve, {"pk": first.pk, "confirmed": 1})
    assert manager.post(reject, {"pk": second.pk, "confirmed": 1, "reason": ""}).status_code == 422
    manager.post(reject, {"pk": second.pk, "confirmed": 1, "reason": "实地复核不符"})
    assert sorted(RatingProposal.objects.values_list("state", flat=True)) == ["approved", "rejected"]
    assert "已审批" in manager.get(reverse("dealers:ratings")).content.decode()
    assert "实地复核不符" in manager.get(reverse("dealers:proposal", args=[second.pk])).content.decode()


def test_the_api(city: City) -> None:
    city.dealer("D1", tier="partner", **FIT)
    city.dealer("D2", tier="partner", **FIT)
    city.rate()
    client = Client()
    client.force_login(city.manager)
    first, second = client.get("/api/v1/rating-proposals/?ordering=dealer__code").json()["results"]
    assert (first["dealer"], first["proposed"]) == ("D1", "exclusive")
    answer = client.post(
        f"/api/v1/rating-proposals/{second['id']}/reject/", {"remark": "不符"}, content_type="application/json"
    )
    assert answer.json()["state"] == "rejected"
    number = client.get("/api/v1/rating-rounds/").json()["results"][0]["number"]
    assert client.post(f"/api/v1/rating-rounds/{number}/approve/").json()["waiting"] == 0
    again = client.post(f"/api/v1/rating-proposals/{first['id']}/approve/")
    assert (again.status_code, again.json()["code"]) == (409, "move_refused")
