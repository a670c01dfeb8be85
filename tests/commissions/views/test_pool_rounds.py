"""Payout rounds and change requests in the browser, from the calculation to the payment file."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from commissions.models import CountyAssessmentEvent, PoolChange, PoolRound
from commissions.queries import pool_rounds
from dealers.models import DealerEnding
from tests import factories as f
from tests.commissions.pool_world import (
    D,
    PoolWorld,
    approve,
    balance,
    calculate,
    change,
    dealer_with,
    make_pool_world,
    put,
    row,
    violation,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> PoolWorld:
    monkeypatch.setenv("PORTAL_TODAY", "2026-07-05")
    return make_pool_world()


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def at(name: str, *args: Any) -> str:
    return reverse(f"commissions:{name}", args=args)


def test_a_round_goes_its_way(world: PoolWorld) -> None:
    dealer = dealer_with(world.county, code="D1", sells="1234")
    f.make_account(dealer, entered_by=world.supervisor, verified_by=world.manager)
    county, finance, clerk = as_(world.supervisor), as_(world.approver), as_(world.clerk)
    number = f"2026H1-{world.county.code}"
    assert "2026H1" in county.get(at("pool_round_new")).content.decode()
    assert county.post(at("pool_round_new"), {"period": "2026H1"}).url == at("pool_round", number)
    page = county.get(at("pool_round", number)).content.decode()
    assert at("pool_ratios", number) in page
    assert at("pool_round_approve", number) not in page
    assert 'name="ratio-D1" value="1"' in county.get(at("pool_ratios", number)).content.decode()
    wrong = county.post(at("pool_ratios", number), {"ratio-D1": "1.5"})
    assert wrong.status_code == 422
    assert 'value="1.5"' in wrong.content.decode()
    county.post(at("pool_ratios", number), {"ratio-D1": "0.8"})
    county.post(at("pool_round_submit", number))
    assert "40.00" in finance.get(at("pool_round_approve", number)).content.decode()
    finance.post(at("pool_round_approve", number))
    assert balance(dealer) == "10.00"
    assert clerk.get(at("pool_round_payments", number)).status_code == 404
    clerk.post(at("pool_round_pay", number))
    file = clerk.get(at("pool_round_payments", number))
    assert file["Content-Type"].startswith("application/vnd.openxmlformats")
    results = SimpleUploadedFile("r.csv", f"statement,result,reason\n{number}-D1,ok,\n".encode())
    checked = clerk.post(at("payment_results"), {"file": results}).context["checked"]
    assert clerk.post(at("payment_results"), {"checked": checked}).url == at("pool_round", number)
    assert PoolRound.objects.get().state == "paid"


def test_a_round_comes_back_with_a_reason(world: PoolWorld) -> None:
    round_ = calculate(world)
    as_(world.supervisor).post(at("pool_round_submit", round_.number))
    assert as_(world.manager).post(at("pool_round_return", round_.number), {"reason": ""}).status_code == 422
    as_(world.manager).post(at("pool_round_return", round_.number), {"reason": "系数未附依据"})
    page = as_(world.supervisor).get(at("pool_round", round_.number)).content.decode()
    assert "系数未附依据" in page
    assert at("pool_round_submit", round_.number) in page


def test_the_city_overrides_from_the_row(world: PoolWorld) -> None:
    dealer = dealer_with(world.county)
    breach = violation(dealer, "2026-02-01")
    round_ = calculate(world)
    page = as_(world.manager).get(at("pool_round", round_.number)).content.decode()
    link = at("pool_override", row(round_, dealer).number)
    assert breach.reference in page
    assert link in page
    assert as_(world.supervisor).get(link).status_code == 403
    assert as_(world.manager).post(link, {"reason": ""}).status_code == 422
    as_(world.manager).post(link, {"reason": "市公司会议纪要"})
    assert str(row(round_, dealer).payout) == "100.00"
    assert CountyAssessmentEvent.objects.get().reason == "市公司会议纪要"


def test_a_request_is_filed_and_decided(world: PoolWorld) -> None:
    dealer = dealer_with(world.county, code="D1")
    county, city = as_(world.supervisor), as_(world.manager)
    paper = SimpleUploadedFile("申请表.pdf", b"%PDF-1.4 %%EOF")
    said = {"dealer": "D1", "amount": "-30", "reason": "处罚", "papers": paper}
    url = county.post(at("pool_change_new"), said).url
    request = PoolChange.objects.get()
    assert url == at("pool_change", request.reference)
    assert at("pool_change_approve", request.reference) not in county.get(url).content.decode()
    page = city.get(url).content.decode()
    assert "70.00" in page
    stored = request.papers.get()
    assert b"".join(city.get(at("pool_change_paper", request.reference, stored.pk)).streaming_content).startswith(
        b"%PDF"
    )
    city.post(at("pool_change_approve", request.reference), {"counts": "on"})
    assert balance(dealer) == "70.00"
    assert CountyAssessmentEvent.objects.get().kind == "wrong_entry"
    other = change(world, dealer, "-999")
    refused = city.post(at("pool_change_approve", other.reference), {})
    assert refused.status_code == 422
    assert "70.00" in refused.content.decode()
    city.post(at("pool_change_reject", other.reference), {"reason": "余额不足"})
    other.refresh_from_db()
    assert other.state == "rejected"


def test_a_dealer_sees_when_its_pool_is_due(world: PoolWorld) -> None:
    dealer = dealer_with(world.county, "40.00", sells="12345")
    put(dealer, "2026-07", "5.00")
    found = pool_rounds.calendar(dealer, date(2026, 7, 5))
    assert [(str(one.period), str(one.amount), one.idle, one.until_half) for one in found] == [
        ("2026H1", "40.00", 1, 1),
        ("2026H2", "5.00", 0, 2),
    ]
    page = as_(f.make_dealer_user(dealer)).get(at("dealer_pool", dealer.code)).content.decode()
    assert "2026H1" in page
    assert "40.00" in page
    DealerEnding.objects.create(dealer=dealer, ended_on=date(2026, 7, 1), cause="closed")
    assert "2026-10-01" in as_(world.supervisor).get(at("dealer_pool", dealer.code)).content.decode()


def test_the_liability_is_what_the_calendars_say(world: PoolWorld) -> None:
    half, year, left = (
        dealer_with(world.county, "40.00"),
        dealer_with(world.county, "60.00", payout_rhythm="year"),
        dealer_with(world.county, "10.00", cooperation_start=date(2026, 1, 1)),
    )
    put(half, "2026-02", "-15.00")
    put(half, "2026-08", "7.00")
    violation(left, "2026-03-01")
    approve(world, calculate(world, today=date(2026, 7, 5)))
    found = {str(one["due"]): str(one["amount"]) for one in pool_rounds.liability(world.supervisor)}
    expected: dict[str, Any] = {}
    for dealer in (half, year, left):
        for one in pool_rounds.calendar(dealer, date(2026, 7, 5)):
            expected[str(one.period.last)] = expected.get(str(one.period.last), D(0)) + one.amount
    assert found == {day: str(amount) for day, amount in expected.items()} == {"2026-12-31": "77.00"}
    assert "77.00" in as_(world.supervisor).get(at("pool_liability")).content.decode()


def test_pages_do_not_ask_more_for_more_rows(world: PoolWorld, django_assert_max_num_queries: Any) -> None:
    for _ in range(5):
        dealer_with(world.county)
    round_ = calculate(world)
    client = as_(world.supervisor)
    for url in (at("pool_rounds"), at("pool_round", round_.number), at("pool_ratios", round_.number)):
        with django_assert_max_num_queries(20):
            assert client.get(url).status_code == 200
