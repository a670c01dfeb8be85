"""Inspections: docs/visits.md, "Inspections" and "Spot checks"."""

from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import Error, IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.roles import Role
from audits.models import Finding, Inspection, InspectionRound, Violation, ViolationType, Visit
from audits.queries import due, inspections, notices, visits
from audits.rules import draw
from audits.services import inspection as service
from audits.services import visit as visiting
from core.errors import Forbidden, Refused
from core.models import Notice
from dealers.models import Dealer
from dealers.rules.rating import RatingPeriod
from tests import factories as make
from tests.commissions.services.test_pool_concurrency import at_once

DAY, AT = date(2026, 11, 10), make.moment("2026-11-10")
Q4 = RatingPeriod(2026, 4)
POOL = st.dictionaries(st.text("0123456789", min_size=1, max_size=4), st.integers(1, 20), min_size=1, max_size=40)


class City:
    """Two counties with stores of every tier, who orders inspections and who carries them out."""

    def __init__(self) -> None:
        self.unit, self.county, self.far = make.make_city(2)
        self.manager = make.make_user("city", Role.CITY_MANAGER, self.unit)
        self.supervisor = make.make_user("sup", Role.COUNTY_SUPERVISOR, self.county)
        self.visitor = make.make_user("mgr", Role.CHANNEL_MANAGER, self.county)
        self.first, self.second = (make.make_user(f"spy{n}", Role.INSPECTOR, self.unit) for n in (1, 2))
        self.stores = [
            make.make_dealer(self.county, f"S{n}", tier=tier, manager=self.visitor)
            for n, tier in enumerate(("mall", "exclusive", "exclusive", "partner"))
        ]
        self.away = make.make_dealer(self.far, "F0", tier="mall")

    def mystery(self, **changes: Any) -> InspectionRound:
        given_ = {
            "unit": self.unit, "period": Q4, "inspectors": [self.first, self.second], "due_on": date(2026, 12, 31),
            "by": self.manager, "at": AT, **changes,
        }  # fmt: skip
        return service.order_mystery(**given_)

    def spot(self, **changes: Any) -> InspectionRound:
        given_ = {
            "unit": self.county, "size": 2, "inspectors": [self.first], "due_on": DAY + timedelta(days=7),
            "by": self.manager, "at": AT, **changes,
        }  # fmt: skip
        return service.order_spot_checks(**given_)

    def visit(self, dealer: Dealer, score: int = 90) -> Visit:
        at = AT - timedelta(days=5)
        return Visit.objects.create(
            dealer=dealer, manager=self.visitor, regime="authorised", checklist={}, checked_in_at=at, score=score,
            checked_out_at=at + timedelta(hours=1), client_id=uuid4(), state="done",
        )  # fmt: skip

    def inspect(self, inspection: Inspection, *, ended: bool = True) -> Visit:
        visit = visiting.start(dealer=inspection.dealer, manager=inspection.inspector, kind=inspection.kind, at=AT)
        if ended:
            Visit.objects.filter(pk=visit.pk).update(checklist={})
            visiting.check_out(visit=visit, by=inspection.inspector, at=AT + timedelta(minutes=20))
        return Visit.objects.get(pk=visit.pk)


@pytest.fixture
def city(db: None) -> City:
    return City()


# The draw


@given(pool=POOL, size=st.integers(1, 10), seed=st.text(min_size=1, max_size=8), order=st.randoms())
@settings(deadline=None)
def test_a_draw_is_repeatable_and_draws_nobody_twice(pool: dict[str, int], size: int, seed: str, order: Any) -> None:
    rows = list(pool.items())
    drawn = draw.draw(rows, size=size, seed=seed)
    order.shuffle(rows)
    assert draw.draw(rows, size=size, seed=seed) == drawn
    assert len(drawn) == len(set(drawn)) == min(size, len(pool))
    # A larger draw goes on from the smaller one.
    assert draw.draw(rows, size=size + 1, seed=seed)[: len(drawn)] == drawn


def test_chances_are_in_proportion_to_the_weights() -> None:
    pool = [("heavy", 6), *((f"light{n}", 1) for n in range(4))]
    first = Counter(draw.draw(pool, size=1, seed=str(seed))[0] for seed in range(4_000))
    assert 0.57 < first["heavy"] / 4_000 < 0.63
    assert all(0.08 < first[f"light{n}"] / 4_000 < 0.12 for n in range(4))


def test_the_risk_of_a_store(city: City) -> None:
    calm, risky, ended = city.stores[0], city.stores[1], make.make_dealer(city.county, "END", stage="terminated")
    for dealer, score in ((calm, 90), (risky, 70)):
        city.visit(dealer, score)
    Finding.objects.create(
        visit=Visit.objects.get(dealer=risky), dealer=risky, category="display", text="x", found_at=AT
    )
    Violation.objects.create(
        reference="V1", dealer=risky, type=ViolationType.objects.get(code="service"), occurred_on="2026-03-01",
        confirmed_on="2026-03-02",
    )  # fmt: skip
    Violation.objects.create(
        reference="V2", dealer=risky, type=ViolationType.objects.get(code="service"), occurred_on="2025-03-01",
        confirmed_on="2025-03-02",
    )  # fmt: skip
    weights = dict(inspections.risk(city.unit, day=DAY))
    # 1, a violation of the last year 3, an open finding 1, a low score (or none) 2
    assert (weights["S0"], weights["S1"], weights["S2"]) == (1, 7, 3)
    assert ended.code not in weights
    assert set(dict(inspections.risk(city.far, day=DAY))) == {"F0"}


def test_a_spot_check_is_drawn_given_and_can_be_drawn_again(city: City) -> None:
    found = city.spot()
    held = set(found.inspections.values_list("dealer__code", flat=True))
    again = inspections.drawn(found)
    assert (again.same, again.pool, {code for code, _weight in again.stores}) == (True, 4, held)
    assert Notice.objects.filter(user=city.first).count() == 1
    with pytest.raises(Refused, match="2"):
        city.spot(size=3)  # two are waiting already
    assert city.spot(size=2).inspections.count() == 2
    Inspection.objects.filter(round=found).delete()
    assert not inspections.drawn(found).same
    with pytest.raises(Error), transaction.atomic():
        InspectionRound.objects.filter(pk=found.pk).update(seed="another")


def test_mystery_inspections_cover_a_quarter_once(city: City) -> None:
    found = city.mystery()
    assert set(found.inspections.values_list("dealer__code", flat=True)) == {"S0", "S1", "S2", "F0"}
    assert Counter(found.inspections.values_list("inspector__username", flat=True)) == {"spy1": 2, "spy2": 2}
    with pytest.raises(Refused) as refused:
        city.mystery()
    assert refused.value.code == "covered"
    one = found.inspections.get(dealer__code="S1")
    service.cancel(inspection=one, text="装修停业", by=city.manager, at=AT)
    assert list(city.mystery().inspections.values_list("dealer__code", flat=True)) == ["S1"]
    rows = inspections.covered(city.manager, None, Q4)
    assert [(row.county, row.stores, row.assigned, row.left) for row in rows] == [
        ("文山市", 3, 3, 0),
        ("砚山县", 1, 1, 0),
    ]
    assert inspections.covered(city.supervisor, None, Q4)[0].county == "文山市"


def test_the_database_holds_one_inspection_a_quarter(city: City) -> None:
    one = city.mystery().inspections.all()[0]
    copy = {"dealer": one.dealer, "kind": "mystery", "period": "2026Q4", "inspector": city.first, "due_on": DAY}
    other = InspectionRound.objects.create(
        number="MI-X", kind="mystery", org_unit=city.unit, period="2026Q4", size=1, due_on=DAY,
        ordered_by=city.manager, ordered_at=AT,
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        Inspection.objects.create(round=other, **copy)
    with pytest.raises(IntegrityError), transaction.atomic():
        Inspection.objects.filter(pk=one.pk).update(state="done")


def test_an_inspector_sees_his_own_alone(city: City) -> None:
    found = city.mystery(inspectors=[city.first])
    visit = city.inspect(found.inspections.get(dealer__code="S0"))
    other = city.visit(city.stores[1])
    assert list(Visit.objects.visible_to(city.first)) == [visit]
    assert not Inspection.objects.visible_to(city.second).exists()
    assert not Dealer.objects.visible_to(city.first).exists()
    assert other in Visit.objects.visible_to(city.manager)
    with pytest.raises(Forbidden):
        visiting.start(dealer=city.stores[1], manager=city.first, kind="routine", at=AT)
    with pytest.raises(Forbidden):
        visiting.start(dealer=city.stores[1], manager=city.second, kind="mystery", at=AT)
    with pytest.raises(Forbidden):
        visiting.start(dealer=city.stores[3], manager=city.visitor, kind="spot_check", at=AT)


def test_nobody_is_warned_of_a_mystery_inspection(city: City) -> None:
    one = city.mystery().inspections.get(dealer__code="S0")
    visit = city.inspect(one, ended=False)
    visiting.add_finding(visit=visit, category="service", text="态度差", by=one.inspector, at=AT)
    for user in (city.supervisor, city.visitor, city.manager):
        assert not visits.visits(user=user).exists()
        assert not visits.findings(user=user).exists()
        assert not notices.findings(user).exists()
    assert due.progress(dealer=one.dealer, day=DAY).last is None
    assert [row.last_visit for row in due.to_visit(manager=city.visitor, day=DAY) if row.pk == one.dealer_id] == [None]
    assert visits.visits(user=one.inspector).count() == 1
    Visit.objects.filter(pk=visit.pk).update(checklist={})
    visiting.check_out(visit=visit, by=one.inspector, at=AT + timedelta(minutes=9))
    one.refresh_from_db()
    assert (one.state, one.visit) == ("done", visit)
    assert visits.visits(user=city.supervisor).count() == 1
    assert notices.to_decide(city.supervisor).count() == 1


def test_inspections_are_nobodys_own_visits(city: City) -> None:
    one = city.mystery().inspections.get(dealer__code="S0")
    visit = city.inspect(one, ended=False)
    assert visiting.hand_over(dealer_ids=[one.dealer_id], manager=city.visitor, by=city.supervisor, at=AT) == 0
    assert Visit.objects.get(pk=visit.pk).manager == one.inspector
    assert due.progress(dealer=one.dealer, day=DAY).done == 0


def test_given_to_somebody_else_until_begun(city: City) -> None:
    one = city.spot(size=1).inspections.get()
    with pytest.raises(Forbidden):
        service.assign(inspection=one, inspector=city.second, by=city.supervisor, at=AT)
    with pytest.raises(Refused):
        service.assign(inspection=one, inspector=city.visitor, by=city.manager, at=AT)
    with pytest.raises(Refused):
        service.assign(inspection=one, inspector=city.second, due_on=DAY - timedelta(days=1), by=city.manager, at=AT)
    service.assign(inspection=one, inspector=city.second, due_on=DAY, by=city.manager, at=AT)
    one.refresh_from_db()
    assert (one.inspector, one.due_on) == (city.second, DAY)
    assert Notice.objects.filter(user=city.first).count() == 2
    service.assign(inspection=one, inspector=city.second, by=city.manager, at=AT)
    assert Notice.objects.filter(user=city.second).count() == 2  # given again, taken from nobody
    elsewhere = make.make_unit("5325", "红河州分公司", "city", city.unit.parent)
    with pytest.raises(Forbidden):
        service.cancel(inspection=one, text="x", by=make.make_user("far", Role.CITY_MANAGER, elsewhere), at=AT)
    city.inspect(one, ended=False)
    with pytest.raises(Refused) as refused:
        service.cancel(inspection=one, text="x", by=city.manager, at=AT)
    assert refused.value.code == "begun"


@pytest.mark.parametrize(
    "changes",
    [
        {"due_on": DAY - timedelta(days=1)},
        {"due_on": date(2027, 1, 1)},
        {"period": RatingPeriod(2026)},
        {"period": RatingPeriod(2026, 3)},
        {"inspectors": []},
    ],
)
def test_orders_that_cannot_be(city: City, changes: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        city.mystery(**changes)
    assert not InspectionRound.objects.exists()


def test_who_may_order(city: City) -> None:
    for by in (None, city.supervisor, city.first):
        with pytest.raises(Forbidden):
            city.spot(by=by)
    elsewhere = make.make_unit("5325", "红河州分公司", "city", city.unit.parent)
    with pytest.raises(Forbidden):
        city.spot(unit=elsewhere)
    with pytest.raises(Refused):
        city.spot(inspectors=[make.make_user("spy3", Role.INSPECTOR, elsewhere)])
    with pytest.raises(Refused):
        city.spot(size=0)


def test_the_pages(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TODAY", "2026-11-10")
    manager, inspector = Client(), Client()
    manager.force_login(city.manager)
    inspector.force_login(city.first)
    order = {"unit": city.county.pk, "inspectors": [city.first.pk], "due_on": "2026-11-20"}
    drawn = manager.post(reverse("audits:inspection-draw"), {**order, "size": 1}, follow=True).content.decode()
    assert "再抽一次" in drawn
    assert manager.post(reverse("audits:inspection-draw"), {**order, "size": 9}).status_code == 422
    assert manager.post(reverse("audits:inspection-mystery"), {**order, "period": "2026Q4"}).status_code == 302
    assert "文山市" in manager.get(reverse("audits:inspection-coverage")).content.decode()
    assert manager.get(reverse("audits:inspection-rounds")).status_code == 200
    one = Inspection.objects.get(kind="spot_check")
    page = reverse("audits:inspection", args=[one.pk])
    assert one.dealer.name in inspector.get(page).content.decode()
    start = reverse("audits:inspection-start", args=[one.pk])
    assert "抽查" in inspector.get(start).content.decode()
    sent = {"kind": one.kind, "client_id": "5d8a3c5e-8f5c-4c5e-9c5e-5d8a3c5e8f5c"}
    there = inspector.post(start, sent)
    assert there.status_code == 302, there.content.decode()
    assert inspector.get(there["Location"], follow=True).status_code == 200
    assert inspector.post(start, sent)["Location"] == there["Location"]  # pressed twice, or sent again
    other = {**sent, "client_id": "6d8a3c5e-8f5c-4c5e-9c5e-5d8a3c5e8f5c"}
    assert inspector.post(start, other)["Location"] == there["Location"]
    assert manager.get(reverse("audits:inspection-cancel", args=[one.pk])).status_code == 200
    assert inspector.get(reverse("audits:visits")).status_code == 403
    assert inspector.get("/dealers/").status_code == 403
    other = Inspection.objects.filter(kind="mystery").first()
    assert manager.post(reverse("audits:inspection-cancel", args=[other.pk]), {"reason": "停业"}).status_code == 302


def test_the_api(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TODAY", "2026-11-10")
    manager, inspector = Client(), Client()
    manager.force_login(city.manager)
    inspector.force_login(city.first)
    body = {"org_unit": city.county.code, "inspectors": ["spy1"], "due_on": "2026-11-20"}
    json = {"content_type": "application/json"}
    made = manager.post("/api/v1/inspection-rounds/draw/", {**body, "size": 1}, **json)  # type: ignore[arg-type]
    assert made.status_code == 201, made.content
    place = f"/api/v1/inspection-rounds/{made.json()['number']}/"
    assert manager.get(f"{place}drawn/").json()["same"]
    nobody = manager.post("/api/v1/inspection-rounds/draw/", {**body, "inspectors": ["x"], "size": 1}, **json)  # type: ignore[arg-type]
    assert nobody.status_code == 400
    quarter = manager.post("/api/v1/inspection-rounds/mystery/", {**body, "period": "2026"}, **json)  # type: ignore[arg-type]
    assert quarter.status_code == 409
    mine = inspector.get("/api/v1/inspections/").json()["results"]
    assert [row["inspector"] for row in mine] == ["spy1"]
    begun = inspector.post(f"/api/v1/inspections/{mine[0]['id']}/start/", {}, **json)  # type: ignore[arg-type]
    assert begun.status_code == 201, begun.content
    visit = begun.json()["id"]
    assert inspector.get(f"/api/v1/visits/{visit}/").status_code == 200
    assert inspector.get("/api/v1/inspection-rounds/").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_taken_away_and_begun_at_once() -> None:
    """Either the inspector is in the store, or the inspection is another's or nobody's: never both, never an error."""
    city = City()
    for act in ("assign", "cancel"):
        one = city.spot(size=1).inspections.get()
        changes = {"inspector": city.second} if act == "assign" else {"text": "停业"}
        begun, taken = at_once(
            lambda one=one: city.inspect(one, ended=False),
            lambda one=one, act=act, changes=changes: getattr(service, act)(
                inspection=one, by=city.manager, at=AT, **changes
            ),
        )
        one.refresh_from_db()
        assert isinstance(begun, Visit) != isinstance(taken, Inspection)
        assert (one.visit is not None) == isinstance(begun, Visit)
        assert one.inspector == (city.second if act == "assign" and one.visit is None else city.first)
