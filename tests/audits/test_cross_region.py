"""Cross-region flags, the cases that they open and what becomes of them: docs/inventory.md."""

import csv
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from audits.models import CaseRecord, CrossRegionCase, Violation
from audits.services import cross_region as service
from core.errors import Forbidden
from core.models import Notice
from core.periods import Month
from dealers.models import DealerUnit
from inventory.models import Cell, FalseSale, SalesFlag, SalesRecord
from tests import factories as make

pytestmark = pytest.mark.django_db
SEPTEMBER = Month(2026, 9)
AT = make.moment("2026-10-02")
LATER = make.moment("2026-10-08")


@dataclass
class Place:
    """Two counties with a cell each, one dealer and the people around him."""

    city: Any
    a: Any
    b: Any
    dealer: Any
    supervisor: Any
    manager: Any
    owner: Any
    product: Any

    def sell(self, count: int, cell: str, day: str = "2026-09-10", dealer: Any = None, **fields: Any) -> list[Any]:
        seller = self.dealer if dealer is None else dealer
        return [make.make_sale(seller, day, self.product, cell_id=cell, **fields) for _ in range(count)]


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("PORTAL_TODAY", "2026-10-02")
    city, a, b = make.make_city(2)
    Cell.objects.create(cell_id="A-1", county=a, latitude="23.4", longitude="104.2")
    Cell.objects.create(cell_id="B-1", county=b, name="江那基站", latitude="23.6", longitude="104.3")
    dealer = make.make_dealer(make.make_grid(a), "DA1", latitude="23.4", longitude="104.2")
    return Place(
        city,
        a,
        b,
        dealer,
        make.make_user("sup", Role.COUNTY_SUPERVISOR, a),
        make.make_user("city", Role.CITY_MANAGER, city),
        make.make_dealer_user(dealer, "owner"),
        make.make_product(),
    )


def flags() -> set[tuple[str, str]]:
    return set(SalesFlag.objects.values_list("record__event_no", "flag"))


def opened(place: Place) -> CrossRegionCase:
    place.sell(5, "B-1")
    place.sell(20, "A-1")
    service.detect(month=SEPTEMBER, by=None, at=AT)
    return CrossRegionCase.objects.get()


def test_flags_follow_cell_and_county_of_the_day(place: Place, tmp_path: Any) -> None:
    moved = make.make_dealer(place.b, "DB1")
    DealerUnit.objects.create(dealer=moved, valid_from="2026-09-15", org_unit=place.a)
    place.sell(1, "A-1", event_no="HOME")
    place.sell(1, "", event_no="NO-CELL")
    place.sell(1, "B-1", event_no="AWAY")
    place.sell(1, "X-9", event_no="UNKNOWN")
    place.sell(1, "B-1", event_no="PORT", business_type="port_in")
    place.sell(1, "B-1", "2026-08-31", event_no="AUGUST")
    place.sell(1, "B-1", "2026-09-14", moved, event_no="BEFORE")
    place.sell(1, "B-1", "2026-09-15", moved, event_no="AFTER")
    make.make_sale(None, "2026-09-10", place.product, cell_id="B-1", event_no="NOBODY")
    wanted = {("AWAY", "cross_region"), ("UNKNOWN", "unknown_cell"), ("AFTER", "cross_region")}
    out = tmp_path / "flags.csv"
    call_command("detect_cross_region", "2026-09", out=out)
    assert flags() == wanted
    assert list(csv.reader(out.open())) == [
        ["dealer_code", "event_no", "flag"],
        ["DA1", "AWAY", "cross_region"],
        ["DA1", "UNKNOWN", "unknown_cell"],
        ["DB1", "AFTER", "cross_region"],
    ]
    again = service.detect(month=SEPTEMBER, by=None, at=AT)
    assert (flags(), again["added"], again["removed"]) == (wanted, 0, 0)
    # The cell becomes known, and another was in the wrong county.
    Cell.objects.create(cell_id="X-9", county=place.b)
    Cell.objects.filter(cell_id="B-1").update(county=place.a)
    service.detect(month=SEPTEMBER, by=None, at=AT)
    assert flags() == {("UNKNOWN", "cross_region"), ("BEFORE", "cross_region")}


def test_a_user_flags_within_his_unit_and_a_keeper_nothing(place: Place, capsys: Any) -> None:
    place.sell(1, "B-1", event_no="AWAY")
    place.sell(1, "A-1", dealer=make.make_dealer(place.b), event_no="OTHER")
    call_command("detect_cross_region", "2026-09", username="sup")
    assert json.loads(capsys.readouterr().out)["cross_region"] == 1
    assert flags() == {("AWAY", "cross_region")}
    make.make_user("keeper", Role.KEEPER, place.a)
    with pytest.raises(SystemExit):
        call_command("detect_cross_region", "2026-09", username="keeper")


@pytest.mark.parametrize(("away", "home", "opens"), [(5, 45, True), (5, 46, False), (4, 0, False), (6, 0, True)])
def test_a_case_opens_from_share_and_number(place: Place, away: int, home: int, opens: bool) -> None:
    place.sell(away, "B-1")
    place.sell(home, "A-1")
    service.detect(month=SEPTEMBER, by=None, at=AT)
    assert CrossRegionCase.objects.exists() is opens


def test_the_search_keeps_an_open_case_up_to_date_and_a_reported_one_as_it_is(place: Place) -> None:
    case = opened(place)
    assert (case.number, case.flagged, case.activations) == ("CR-202609-DA1", 5, 25)
    assert sorted(Notice.objects.values_list("user__username", flat=True)) == ["owner", "sup"]
    place.sell(1, "B-1")
    assert service.detect(month=SEPTEMBER, by=None, at=AT)["cases"] == []
    case.refresh_from_db()
    assert (case.flagged, case.activations, case.records.count()) == (6, 26, 6)
    Cell.objects.filter(cell_id="B-1").update(county=place.a)
    service.detect(month=SEPTEMBER, by=None, at=AT)
    case.refresh_from_db()
    assert (case.flagged, case.records.count()) == (0, 0)
    Cell.objects.filter(cell_id="B-1").update(county=place.b)
    service.detect(month=SEPTEMBER, by=None, at=AT)
    service.report(case=case, text="外县放号", by=place.supervisor, at=AT)
    place.sell(1, "B-1")
    service.detect(month=SEPTEMBER, by=None, at=AT)
    case.refresh_from_db()
    assert (case.flagged, case.records.count(), Notice.objects.filter(user=place.owner).count()) == (6, 6, 1)


def test_another_person_confirms_after_the_answer_or_its_days(place: Place) -> None:
    case = opened(place)
    with pytest.raises(Forbidden):
        service.confirm(case=case, text="", claw_back=True, by=place.supervisor, at=LATER)
    service.report(case=case, text="外县放号", by=place.supervisor, at=AT)
    with pytest.raises(service.CaseRefused, match="2026-10-07"):
        service.confirm(case=case, text="", claw_back=True, by=place.manager, at=make.moment("2026-10-07"))
    with pytest.raises(Forbidden):
        service.dismiss(case=case, text="没有", by=place.supervisor, at=AT)
    with pytest.raises(Forbidden):
        service.answer(case=case, text="我没有", by=place.manager, at=AT)
    violation = service.confirm(case=case, text="", claw_back=True, by=place.manager, at=LATER)
    assert (violation.reference, violation.type_id) == (case.number, "cross_region")
    assert (violation.occurred_on, violation.confirmed_on) == (date(2026, 9, 10), date(2026, 10, 8))
    sold = SalesRecord.objects.filter(cell_id="B-1")
    assert set(FalseSale.objects.values_list("record", "cause")) == {(one.pk, "cross_region") for one in sold}
    with pytest.raises(service.CaseRefused):
        service.answer(case=case, text="太晚了", by=place.owner, at=LATER)


def test_whoever_opened_or_reported_it_cannot_confirm_it(place: Place) -> None:
    place.sell(5, "B-1")
    service.detect(month=SEPTEMBER, by=place.manager, at=AT)
    case = CrossRegionCase.objects.get()
    service.report(case=case, text="外县放号", by=place.supervisor, at=AT)
    with pytest.raises(Forbidden):
        service.confirm(case=case, text="", claw_back=False, by=place.manager, at=LATER)
    kind = Violation.objects.create(
        reference="V1", dealer=place.dealer, type_id="cross_region", occurred_on="2026-09-10", confirmed_on="2026-10-08"
    )
    for decider in (place.manager, place.supervisor):
        with pytest.raises(IntegrityError, match="case_two_people"), transaction.atomic():
            CrossRegionCase.objects.update(state="confirmed", decided_by=decider, violation=kind)


def test_the_pages_from_the_dealers_answer_to_the_violation(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    case = opened(place)

    def page(user: Any, name: str = "case", **data: Any) -> Any:
        client = Client()
        client.force_login(user)
        url = reverse(f"audits:{name}", args=[case.number])
        return client.post(url, data) if data else client.get(url)

    html = page(place.owner).content.decode()
    assert "江那基站" in html
    assert "B-1" in html
    assert reverse("audits:case-answer", args=[case.number]) in html
    assert page(place.owner, "case-answer", text="客户在外地务工").status_code == 302
    assert reverse("audits:case-answer", args=[case.number]) not in page(place.owner).content.decode()
    assert page(place.supervisor, "case-report", text="  ").status_code == 422
    assert page(place.supervisor, "case-report", text="核查属实").status_code == 302
    assert "客户在外地务工" in page(place.manager, "case-confirm").content.decode()
    assert page(place.manager, "case-confirm", text="属实").status_code == 302
    case.refresh_from_db()
    assert (case.state, case.decision) == ("confirmed", "属实")
    assert not FalseSale.objects.exists()  # the box was not ticked
    assert CaseRecord.objects.count() == 5
    assert "核查属实" in page(place.owner).content.decode()


def test_the_county_dismisses_with_a_reason(place: Place) -> None:
    case = opened(place)
    with pytest.raises(service.CaseRefused):
        service.dismiss(case=case, text=" ", by=place.supervisor, at=AT)
    service.dismiss(case=case, text="县界基站", by=place.supervisor, at=AT)
    case.refresh_from_db()
    assert (case.state, case.decided_by) == ("dismissed", place.supervisor)
    assert not Violation.objects.exists()
