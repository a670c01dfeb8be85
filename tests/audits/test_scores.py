"""Assessment scores of a county's month: docs/visits.md, "Assessment scores" and "Managers' performance"."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from audits import tasks
from audits.models import ChecklistTemplate, DealerScore, ScoreRound, Visit
from audits.queries import scores as queries
from audits.queries.settings import score_least, score_weights
from audits.rules import score as rules
from audits.services import rectification, score
from core.errors import Forbidden, Refused
from core.models import Job
from core.periods import Month
from dealers.models import Agreement, AssessmentScore, DealerEnding
from inventory.bulk import dealer_months
from inventory.models import FalseSale, SalesFlag
from tests import factories as make
from tests.audits.test_notices import Shop, told

pytestmark = pytest.mark.django_db
SEPTEMBER, TODAY, AT = Month(2026, 9), date(2026, 10, 2), make.moment("2026-10-02")


class County(Shop):
    """A county with stores that were visited and sold."""

    def visit(self, dealer: Any, when: str, value: str, **fields: Any) -> Visit:
        at = make.moment(when)
        return Visit.objects.create(
            dealer=dealer, manager=self.manager, regime="authorised", template=ChecklistTemplate.objects.first(),
            checklist={}, checked_in_at=at, checked_out_at=at + timedelta(hours=1), client_id=uuid4(), state="done",
            score=Decimal(value), **fields,
        )  # fmt: skip

    def sell(self, dealer: Any, day: str, count: int, *, kind: str = "activation") -> list[Any]:
        product = make.make_product("P58")
        return [make.make_sale(dealer, day, product, business_type=kind) for _ in range(count)]

    def compute(self, **changes: Any) -> ScoreRound:
        given = {"county": self.dealer.org_unit, "month": SEPTEMBER, "by": None, "at": AT, "today": TODAY, **changes}
        return score.compute(**given)


@pytest.fixture
def county() -> County:
    return County()


def test_every_part_and_the_rules_agree(county: County) -> None:
    for day, value in (("2026-08-31", "10"), ("2026-09-01", "90"), ("2026-09-30", "85.5"), ("2026-10-01", "10")):
        county.visit(county.dealer, day, value)
    Agreement.objects.create(
        number="A1", dealer=county.dealer, starts_on="2026-01-01", ends_on="2026-12-31", committed_sales_per_quarter=36
    )
    sold = county.sell(county.dealer, "2026-09-05", 6)
    county.sell(county.dealer, "2026-09-06", 3, kind="terminal")
    county.sell(county.dealer, "2026-09-07", 4, kind="recharge")
    county.sell(county.dealer, "2026-10-01", 4)
    FalseSale.objects.create(record=sold[0], cause="re_entry", confirmed_on="2026-09-20")
    for record in sold[:2]:
        SalesFlag.objects.create(record=record, flag="cross_region")
    SalesFlag.objects.create(record=sold[2], flag="unknown_cell")
    row = DealerScore.objects.get(round=county.compute(), dealer=county.dealer)
    parts = {
        "checklist": Decimal("87.75"),
        "sales": rules.sales(9, 36),
        "training": None,
        "complaints": None,
        "quality": rules.quality(6, 2),
    }
    assert {name: getattr(row, name) for name in rules.PARTS} == parts
    assert row.score == rules.total(parts, score_weights(), least=score_least())


def test_who_is_scored(county: County) -> None:
    gone = make.make_dealer(county.dealer.org_unit)
    DealerEnding.objects.create(dealer=gone, ended_on="2026-09-15", cause="closed")
    make.make_dealer(county.dealer.org_unit, cooperation_start=date(2026, 10, 1))
    make.make_dealer(county.stranger.org_unit)
    later = make.make_dealer(county.dealer.org_unit)
    DealerEnding.objects.create(dealer=later, ended_on="2026-10-01", cause="closed")
    found = county.compute()
    assert set(found.rows.values_list("dealer", flat=True)) == {county.dealer.pk, later.pk}
    assert set(found.rows.values_list("score", flat=True)) == {None}
    DealerEnding.objects.filter(dealer=later).update(ended_on="2026-09-30")
    assert county.compute().rows.count() == 1


def test_published_they_count_and_an_imported_one_wins(county: County) -> None:
    other, unknown = (make.make_dealer(county.dealer.org_unit) for _ in range(2))
    for dealer in (county.dealer, other):
        county.visit(dealer, "2026-09-10", "80")
        county.sell(dealer, "2026-09-11", 1)
    county.sell(unknown, "2026-09-11", 1)
    AssessmentScore.objects.create(dealer=other, month=SEPTEMBER.first, score=95)
    found = county.compute()
    assert "2026-09" in told(county.supervisor)[-1]
    assert AssessmentScore.objects.count() == 1
    for wrong in (county.manager, county.stranger, county.city, None):
        with pytest.raises(Forbidden):
            score.publish(scores_of=found, by=wrong, at=AT)
    score.publish(scores_of=found, by=county.supervisor, at=AT)
    counted = dict(AssessmentScore.objects.values_list("dealer", "score"))
    assert counted == {county.dealer.pk: Decimal("84.00"), other.pk: Decimal("95.00")}
    assert unknown.pk not in counted
    for refused in (lambda: county.compute(), lambda: score.publish(scores_of=found, by=county.supervisor, at=AT)):
        with pytest.raises(Refused):
            refused()


def test_what_cannot_be_computed_or_published(county: County) -> None:
    with pytest.raises(Refused):
        county.compute(today=date(2026, 9, 30))
    for wrong in (county.manager, county.stranger):
        with pytest.raises(Forbidden):
            county.compute(by=wrong)
    with pytest.raises(Refused):
        score.publish(scores_of=county.compute(by=county.supervisor), by=county.supervisor, at=AT)


def test_what_managers_achieved(county: County) -> None:
    idle = make.make_user("idle", Role.CHANNEL_MANAGER, county.dealer.org_unit)
    type(county.dealer).objects.filter(pk=county.dealer.pk).update(manager=county.manager)
    make.make_dealer(county.dealer.org_unit, manager=idle)
    for day, fields in (("2026-09-02", {}), ("2026-09-09", {"too_short": True, "length_reason": "店主外出"})):
        county.visit(county.dealer, day, "90", **fields)
    county.sell(county.dealer, "2026-08-05", 4)
    county.sell(county.dealer, "2026-09-05", 6)
    for month in (SEPTEMBER + -1, SEPTEMBER):
        dealer_months.post(month=month)
    rectification.order(
        finding=county.find(), demand="整改", due_on=date(2026, 9, 17), by=county.manager, at=make.moment("2026-09-10")
    )
    given = {"user": county.supervisor, "unit": None, "month": SEPTEMBER, "day": TODAY}
    found = {row.manager: row for row in queries.achieved(**given)}
    row = found[county.manager.name]
    # the visit that found something counts, too: three of four that were due
    assert (row.dealers, row.covered, row.visits, row.in_order) == (1, 0.75, 3, 2 / 3)
    assert (row.ordered, row.finished, row.late, row.days) == (1, 0, 1, None)
    assert (row.sales, row.growth) == (6, 0.5)
    other = found[idle.name]
    assert (other.visits, other.in_order, other.growth) == (0, None, None)
    assert queries.achieved(**{**given, "user": county.stranger}) == []


def test_pages_and_jobs(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TODAY", "2026-10-02")
    county.visit(county.dealer, "2026-09-10", "80")
    county.sell(county.dealer, "2026-09-11", 1)
    tasks.score_month()
    assert Job.objects.filter(kind="score_month").count() == 2
    for job in Job.objects.filter(kind="score_month"):
        tasks.run_score_month(job, lambda done, total, note="": None)
    Job.objects.all().delete()
    supervisor, manager = Client(), Client()
    supervisor.force_login(county.supervisor)
    manager.force_login(county.manager)
    found = ScoreRound.objects.get(county=county.dealer.org_unit)
    assert "2026-09" in supervisor.get(reverse("audits:score-rounds")).content.decode()
    place = reverse("audits:scores", args=[found.pk])
    assert "84.00" in manager.get(place).content.decode()
    assert f"{place}publish/" in supervisor.get(place).content.decode()
    assert "1 家" in supervisor.get(f"{place}publish/").content.decode()
    supervisor.post(reverse("audits:scores-new"), {"month": "2026-09"})
    assert Job.objects.filter(kind="score_month").count() == 1
    assert supervisor.post(f"{place}publish/").status_code == 302
    tasks.score_month()
    assert Job.objects.filter(kind="score_month").count() == 2
    page = supervisor.get(reverse("audits:managers") + "?month=2026-09").content.decode()
    assert "2026-08" in page
    type(county.dealer).objects.filter(pk=county.dealer.pk).update(manager=county.manager)
    file = supervisor.get(reverse("audits:managers") + "?month=2026-09&export=csv&sort=visits")
    assert county.manager.name in b"".join(file.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert supervisor.get(reverse("audits:managers") + "?month=nonsense").status_code == 200
    rows = supervisor.get(f"/api/v1/score-rounds/{found.pk}/rows/").json()
    assert [row["score"] for row in rows] == ["84.00"]
    assert supervisor.post(f"/api/v1/score-rounds/{found.pk}/publish/").status_code == 409
