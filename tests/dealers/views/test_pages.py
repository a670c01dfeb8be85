"""The pages of dealers: who sees what, and what they do."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.roles import Role
from core import search
from core.views import may
from dealers.models import Agreement, Dealer, DealerAccount, TierWaiver
from tests.factories import (
    make_account,
    make_city,
    make_dealer,
    make_dealer_user,
    make_product,
    make_sale,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fixed_day(monkeypatch):
    monkeypatch.setenv("PORTAL_TODAY", "2026-09-15")


@pytest.fixture
def units():
    return make_city(2)


@pytest.fixture
def manager(units, client):
    user = make_user("manager", Role.CHANNEL_MANAGER, units[1])
    client.force_login(user)
    return user


@pytest.fixture
def supervisor(units):
    return make_user("supervisor", Role.COUNTY_SUPERVISOR, units[1])


@pytest.fixture
def dealer(units, manager):
    return make_dealer(
        units[1],
        "WS0001",
        name="开化通信店",
        manager=manager,
        contact_phone="13987654321",
        pinyin="kaihuatongxindian khtxd",
    )


def page(client, name, *args, query="", **kwargs):
    return client.get(reverse(f"dealers:{name}", args=args) + query, **kwargs)


PAGES = ("detail", "edit", "tiers", "history", "account")
SUPERVISORS = ("manager", "suspend", "resume")


def test_every_page_opens(client, dealer, supervisor):
    for name in PAGES:
        assert page(client, name, dealer.pk).status_code == 200, name
    client.force_login(supervisor)
    for name in SUPERVISORS:
        assert page(client, name, dealer.pk).status_code == 200, name


def test_strangers_find_nothing(client, dealer, units):
    for role in (Role.CHANNEL_MANAGER, Role.COUNTY_SUPERVISOR):
        client.force_login(make_user(f"stranger-{role}", role, units[2]))
        for name in (*PAGES, *(SUPERVISORS if role == Role.COUNTY_SUPERVISOR else ())):
            assert page(client, name, dealer.pk).status_code == 404, name
            if name not in ("detail", "tiers", "history"):
                assert client.post(reverse(f"dealers:{name}", args=[dealer.pk]), {"reason": "x"}).status_code in (
                    404,
                    422,
                )
        assert dealer.name not in page(client, "list", query="?whose=all").content.decode()
    assert Dealer.objects.get(pk=dealer.pk).name == dealer.name


def test_wrong_roles_are_turned_away(client, dealer, units):
    client.force_login(make_user("clerk", Role.FINANCE_CLERK, units[0]))
    for name in ("edit", "account", *SUPERVISORS):
        assert page(client, name, dealer.pk).status_code == 403, name
    client.force_login(make_dealer_user(dealer))
    for name in ("detail", *PAGES):
        assert page(client, name, dealer.pk).status_code == 403, name
    client.logout()
    assert page(client, "detail", dealer.pk).status_code == 302


def test_a_manager_starts_with_his_own_dealers(client, dealer, units):
    make_dealer(units[1], name="同事的店")
    assert "同事的店" not in page(client, "list").content.decode()
    assert "同事的店" in page(client, "list", query="?whose=all").content.decode()


def test_the_list_asks_the_same_number_of_queries_for_one_and_for_many(
    client, dealer, units, manager, django_assert_max_num_queries
):
    counts = []
    for size in (0, 20):
        for _ in range(size):
            make_dealer(units[1], manager=manager)
        with django_assert_max_num_queries(20) as context:
            assert page(client, "list").status_code == 200
        counts.append(len(context.captured_queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["detail", "history", "tiers"])
def test_the_parts_of_a_dealers_page_ask_few_queries(client, dealer, supervisor, name, django_assert_max_num_queries):
    client.force_login(supervisor)
    for number in range(5):
        Agreement.objects.create(
            dealer=dealer, number=f"A{number}", starts_on=date(2020 + number, 1, 1), ends_on=date(2020 + number, 12, 31)
        )
        make_account(dealer, entered_by=supervisor)
    with django_assert_max_num_queries(20):
        assert page(client, name, dealer.pk).status_code == 200


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("text=WS0001", True),
        ("text=ws00", True),
        ("text=通信", True),
        ("text=kaihua", True),
        ("text=khtx", True),
        ("text=zzz", False),
        ("tier=partner", True),
        ("tier=mall", False),
        ("stage=mature", True),
        ("stage=terminated", False),
        ("attention=any", True),
        ("attention=account_missing", True),
        ("attention=visits_due", True),
        ("attention=violation", False),
        ("attention=nonsense", True),  # an unknown choice filters nothing
        ("visit_regime=direct", False),
        ("unassigned=true", False),
        ("branch=532601", True),
        ("branch=532602", True),  # another county cannot be chosen
    ],
)
def test_filters(client, dealer, query, shown):
    response = page(client, "list", query=f"?{query}")
    assert (reverse("dealers:detail", args=[dealer.pk]) in response.content.decode()) is shown


def test_the_export_gives_the_same_rows_with_their_points(client, dealer):
    response = page(client, "list", query="?export=csv&cols=code&cols=name&cols=marks")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[1].startswith("开化通信店,WS0001,")
    assert text.splitlines()[1].count("、") >= 1


def test_contacts_are_shown_to_those_who_call_and_masked_for_others(client, dealer, units):
    assert "13987654321" in page(client, "detail", dealer.pk).content.decode()
    client.force_login(make_user("clerk", Role.FINANCE_CLERK, units[0]))
    text = page(client, "detail", dealer.pk).content.decode()
    assert "13987654321" not in text
    assert "139****4321" in text


def form(dealer, **changes):
    data = {
        "name": dealer.name,
        "visit_regime": "authorised",
        "chain_type": "independent",
        "contact_phone": dealer.contact_phone,
        "datum": "wgs84",
    }
    return data | changes


def test_editing_the_archive(client, dealer):
    url = reverse("dealers:edit", args=[dealer.pk])
    good = form(dealer, name="新名称", credit_code=" 91350100m000100y43", floor_area="35.5", boss_connected="on")
    assert client.post(url, good).status_code == 302
    dealer.refresh_from_db()
    assert (dealer.name, dealer.credit_code, str(dealer.floor_area), dealer.boss_connected) == (
        "新名称",
        "91350100M000100Y43",
        "35.50",
        True,
    )
    assert dealer.pinyin == "xinmingcheng xmc"


@pytest.mark.parametrize(
    "changes",
    [
        {"credit_code": "91350100M000100Y44"},
        {"name": ""},
        {"latitude": "23.6"},
        {"latitude": "99", "longitude": "104"},
        {"floor_area": "-5"},
        {"visit_regime": "nonsense"},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_lost(client, dealer, changes):
    response = client.post(reverse("dealers:edit", args=[dealer.pk]), form(dealer, address="新华路 8 号", **changes))
    assert response.status_code == 422
    assert "新华路 8 号" in response.content.decode()
    assert Dealer.objects.get(pk=dealer.pk).address == ""


def test_positions_of_chinese_maps_are_converted(client, dealer):
    data = form(dealer, latitude="31.175304", longitude="121.531542", datum="gcj02")
    assert client.post(reverse("dealers:edit", args=[dealer.pk]), data).status_code == 302
    dealer.refresh_from_db()
    assert float(dealer.latitude) == pytest.approx(31.177428, abs=2e-6)
    assert float(dealer.longitude) == pytest.approx(121.527211, abs=2e-6)


def test_a_stored_position_is_not_converted_again(client, dealer):
    Dealer.objects.filter(pk=dealer.pk).update(latitude="23.600000", longitude="104.300000")
    data = form(dealer, latitude="23.600000", longitude="104.300000", datum="gcj02")
    client.post(reverse("dealers:edit", args=[dealer.pk]), data)
    dealer.refresh_from_db()
    assert (str(dealer.latitude), str(dealer.longitude)) == ("23.600000", "104.300000")


def test_only_supervisors_record_the_special_evaluation(client, dealer, supervisor):
    url = reverse("dealers:edit", args=[dealer.pk])
    client.post(url, form(dealer, special_evaluation="on"))
    assert not Dealer.objects.get(pk=dealer.pk).special_evaluation
    client.force_login(supervisor)
    client.post(url, form(dealer, special_evaluation="on"))
    assert Dealer.objects.get(pk=dealer.pk).special_evaluation


def test_entering_an_account(client, dealer):
    url = reverse("dealers:account", args=[dealer.pk])
    good = {"bank": "中国银行", "number": "6222 0210 0100 0001", "again": "6222021001000001", "holder": "张三"}
    assert client.post(url, good | {"again": "6222"}).status_code == 422
    assert client.post(url, good | {"number": "abc", "again": "abc"}).status_code == 422
    assert client.post(url, good).status_code == 302
    assert DealerAccount.objects.get().state == "entered"
    assert client.post(url, good).status_code == 422  # known already
    text = page(client, "detail", dealer.pk).content.decode()
    assert "6222021001000001" not in text
    assert "•••• 0001" in text


def test_assigning_one_and_many(client, dealer, units, supervisor):
    client.force_login(supervisor)
    new = make_user("new", Role.CHANNEL_MANAGER, units[1], name="新经理")
    assert client.post(reverse("dealers:manager", args=[dealer.pk]), {"manager": new.pk}).status_code == 302
    assert Dealer.objects.get(pk=dealer.pk).manager == new
    others = [make_dealer(units[1]) for _ in range(3)]
    url = reverse("dealers:assign")
    asked = client.post(url, {"pk": [one.pk for one in others]})
    assert asked.status_code == 200
    assert "新经理" in asked.content.decode()
    sent = client.post(url, {"pk": [one.pk for one in others], "confirmed": "1", "manager": new.pk})
    assert sent.status_code == 302
    assert Dealer.objects.filter(manager=new).count() == 4


def test_many_passes_over_what_is_not_in_the_unit(client, units, supervisor):
    outside = make_dealer(units[2])
    client.force_login(supervisor)
    new = make_user("new", Role.CHANNEL_MANAGER, units[1])
    url = reverse("dealers:assign")
    for keys in ([outside.pk], ["x", "-1", "9" * 30], []):
        assert client.post(url, {"pk": keys, "confirmed": "1", "manager": new.pk}).status_code == 302
    assert Dealer.objects.get(pk=outside.pk).manager is None
    assert client.get(url).status_code == 302


def test_suspending_and_resuming(client, dealer, supervisor):
    client.force_login(supervisor)
    url = reverse("dealers:suspend", args=[dealer.pk])
    assert client.post(url, {"from_date": "2026-09-10", "to_date": "2026-09-01", "reason": "x"}).status_code == 422
    assert client.post(url, {"from_date": "2026-09-10", "reason": "证照过期"}).status_code == 302
    assert Dealer.objects.get(pk=dealer.pk).stage == "suspended"
    assert "证照过期" in page(client, "detail", dealer.pk).content.decode()
    assert client.post(reverse("dealers:resume", args=[dealer.pk]), {"reason": "已补齐"}).status_code == 302
    assert Dealer.objects.get(pk=dealer.pk).stage == "mature"
    assert str(dealer.suspensions.get().to_date) == "2026-09-14"


def test_the_tier_check_shows_every_criterion_with_the_value_found(client, dealer, supervisor):
    Dealer.objects.filter(pk=dealer.pk).update(floor_area=25, location_kind="town_street")
    TierWaiver.objects.create(
        dealer=dealer, attribute="floor_area", approver=supervisor, reason="原则上不小于", valid_from="2026-01-01"
    )
    text = page(client, "tiers", dealer.pk, headers={"HX-Request": "true"}).content.decode()
    assert "25" in text
    assert "原则上不小于" in text
    assert text.count("<li class=") == 2 + 7


def test_history_tells_who_changed_what(client, dealer):
    client.post(reverse("dealers:edit", args=[dealer.pk]), form(dealer, contact_phone="13911112222"))
    text = page(client, "history", dealer.pk, headers={"HX-Request": "true"}).content.decode()
    assert "manager" in text
    assert "139****4321" in text
    assert "139****2222" in text
    assert "13911112222" not in text


def test_a_dealers_user_sees_his_own_shop_only(client, dealer, units):
    other = make_dealer(units[1], name="别家店")
    make_account(other)
    make_account(dealer)
    client.force_login(make_dealer_user(dealer))
    text = page(client, "own").content.decode()
    assert dealer.name in text
    assert "别家店" not in text
    assert "••••" in text
    client.force_login(make_user("manager2", Role.CHANNEL_MANAGER, units[1]))
    assert page(client, "own").status_code == 403


def test_search_finds_dealers_within_the_scope(dealer, units, manager):
    stranger = make_user("stranger", Role.CHANNEL_MANAGER, units[2])
    for text in ("WS0001", "通信", "khtx", "kaihua"):
        hits = dict(search.find(manager, text, may))
        assert any(dealer.name == hit.title for group in hits.values() for hit in group), text
        assert not any(dealer.name == hit.title for _, group in search.find(stranger, text, may) for hit in group)


def test_the_dashboard_counts_what_needs_attention(client, dealer):
    text = client.get("/").content.decode()
    assert "attention=account_missing" in text


def test_the_sales_part_adds_up_months(client, dealer):
    product = make_product()
    for day in ("2026-08-03", "2026-08-04", "2026-09-01", "2024-01-01"):
        make_sale(dealer, day, product)
    url = reverse("audits:dealer-sales", args=[dealer.pk])
    response = client.get(url, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert '"values": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1]' in response.content.decode()
    assert client.get(url).status_code == 200
    assert client.get(reverse("audits:dealer-visits", args=[dealer.pk])).status_code == 200


def test_the_dashboard_of_a_supervisor(client, dealer, units, supervisor):
    make_dealer(units[1], name="无人管的店")
    Agreement.objects.create(dealer=dealer, number="A1", starts_on=date(2026, 1, 1), ends_on=date(2026, 10, 1))
    client.force_login(supervisor)
    text = client.get("/").content.decode()
    assert "unassigned=true" in text
    assert "attention=agreement_ending" in text
    assert "无人管的店" in page(client, "list", query="?unassigned=true").content.decode()
    assert dealer.name not in page(client, "list", query="?unassigned=true").content.decode()


def test_assigning_many_to_somebody_who_cannot_is_refused(client, dealer, units, supervisor):
    client.force_login(supervisor)
    away = make_user("away", Role.CHANNEL_MANAGER, units[2])
    url = reverse("dealers:assign")
    assert client.post(url, {"pk": [dealer.pk], "confirmed": "1", "manager": away.pk}).status_code == 422


def test_a_dealer_whose_agreement_is_over(client, dealer):
    Agreement.objects.create(dealer=dealer, number="A1", starts_on=date(2025, 1, 1), ends_on=date(2026, 9, 1))
    text = page(client, "detail", dealer.pk).content.decode()
    assert "已到期" in text
    assert "到期不续签" in page(client, "history", dealer.pk).content.decode()


def test_a_dealers_user_without_a_dealer_finds_nothing(client):
    client.force_login(make_user("lost", Role.DEALER))
    assert page(client, "own").status_code == 404
