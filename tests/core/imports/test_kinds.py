"""Every kind: loaded, loaded again, contradicted or updated."""

import datetime as dt
from decimal import Decimal

import pytest

from accounts.models import User
from commissions.models import Adjustment
from dealers.models import Agreement, Dealer, DealerAccount, DealerTier, DealerUser
from inventory.models import Card, DealerReceipt, SalesFlag, SalesRecord, StockNode, SubscriberMonth

from .conftest import AT, UNITS, counts, problems

pytestmark = pytest.mark.django_db

# kind → (columns, rows, the same rows with one changed or contradicting)
AGAIN = {
    "org_units": ("code,name,level,parent_code", ["532623,西畴县,county,5326"], ["532623,西畴新县,county,5326"]),
    "users": ("username,name,role,org_unit_code,phone", ["m1,王芳,channel_manager,532601,13800000001"], ["m1,王方,渠道经理,532601,"]),
    "products": ("code,name,family,item_kind,monthly_fee", ["P9,新套餐,5G,plan,99"], ["P9,新套餐,5G,plan,98.5"]),
    "cells": ("cell_id,county_code,name", ["460-00-1,532601,城关一"], ["460-00-1,532622,城关一"]),
    "dealers": ("code,name,org_unit_code,tier,cooperation_start", ["D9,新店,53260101,mall,2026-01-01"], ["D9,新店二,53260101,mall,2026-01-01"]),
    "dealer_endings": ("dealer_code,ended_on,cause", ["D2,2026-09-01,closed"], ["D2,2026-09-01,banned"]),
    "dealer_suspensions": ("dealer_code,from_date,to_date,reason", ["D1,2026-09-01,2026-09-10,检查"], ["D1,2026-09-01,2026-09-12,检查"]),
    "agreements": ("number,dealer_code,starts_on,ends_on,deposit", ["A1,D1,2026-01-01,2026-12-31,5000"], ["A1,D1,2026-01-01,2027-12-31,5000"]),
    "site_plans": ("org_unit_code,tier,planned", ["53260101,partner,12", "532601,专卖店,3"], ["53260101,partner,12", "532601,专卖店,4"]),
    "accounts": ("dealer_code,number,bank,holder", ["D1,6222020200112233,工商银行,张三"], ["D1,6222020200112233,建设银行,张三"]),
    "stock_nodes": ("code,name,kind,org_unit_code,parent_code", ["W1,市仓,city,5326,", "W2,县仓,county,532601,W1"], ["W1,市仓,city,5326,", "W2,县仓二,county,532601,W1"]),
    "sales": ("event_no,business_type,occurred_at,product_code,dealer_code,amount", ["E1,activation,2026-09-01 10:00:00,P4G,D1,58"], ["E1,activation,2026-09-01 10:00:00,P4G,D1,59"]),
    "subscribers": ("subscriber_no,month,county_code,in_network,billed_amount", ["S1,2026-09,532601,1,58.00"], ["S1,2026-09,532601,0,58.00"]),
    "assessment_scores": ("dealer_code,month,score", ["D1,2026-09,88.5"], ["D1,2026-09,90"]),
    "subsidies": ("dealer_code,valid_from,monthly_amount", ["D1,2026-09-01,300"], ["D1,2026-09-01,400"]),
    "violations": ("reference,dealer_code,type,occurred_on,confirmed_on", ["V1,D1,service,2026-09-01,2026-09-05"], ["V1,D1,packaging,2026-09-01,2026-09-05"]),
    "adjustments": ("reference,dealer_code,month,amount,type,document_no,document_name,reason", ["T1,D1,2026-09,20.00,delayed,文酬〔2026〕9号,9月补发,漏发"], ["T1,D1,2026-09,20.00,delayed,文酬〔2026〕10号,9月补发,漏发"]),
    "budgets": ("org_unit_code,period,kind,amount", ["532601,2026-09,,100000", "532601,2026,base,5"], ["532601,2026-09,,100001", "532601,2026,base,5"]),
    "product_prices": ("product_code,tier,valid_from,price", ["P4G,,2026-09-01,12"], ["P4G,,2026-09-01,10"]),
    "credit_limits": ("dealer_code,credit_limit", ["D1,5000"], ["D1,6000"]),
    "receipts": ("bank_reference,dealer_code,amount,received_on,note", ["B2,D1,-20,2026-09-02,B1 多记"], ["B2,D1,-21,2026-09-02,B1 多记"]),
    "routes": ("movement_kind,origin_kind,destination_kind", ["transfer,流动站,hall", "借卡,hall,流动站"], []),
}  # fmt: skip
UPDATING = {"org_units", "users", "products", "cells", "dealers", "dealer_suspensions", "agreements", "site_plans", "stock_nodes",
            "subscribers", "assessment_scores", "subsidies", "budgets", "credit_limits"}  # fmt: skip


@pytest.mark.parametrize("kind", AGAIN)
def test_loaded_again_and_changed(world, kind):
    header, rows, changed = AGAIN[kind]
    n = len(rows)
    assert counts(world(kind, "\n".join([header, *rows]))) == (n, n, 0, 0)
    assert counts(world(kind, "\n".join([header, *rows]))) == (n, 0, n, 0)
    if not changed:  # the key is all there is
        return
    outcome = world(kind, "\n".join([header, *changed]))
    if kind in UPDATING:
        assert counts(outcome) == (n, 1, n - 1, 0)
        assert counts(world(kind, "\n".join([header, *changed]))) == (n, 0, n, 0)
    else:
        assert counts(outcome) == (n, 0, 0, 1)
        assert problems(outcome)[0][2] == "conflict"
        assert counts(world(kind, "\n".join([header, *rows]))) == (n, 0, n, 0)


def test_node_keepers_are_keepers(world):
    world("users", "username,name,role,org_unit_code\nk1,张三,keeper,532601\nm1,李四,channel_manager,532601\n")
    world("stock_nodes", "code,name,kind,org_unit_code\nW2,县仓,county,532601\n")
    assert counts(world("node_keepers", "node_code,username\nW2,k1\n")) == (1, 1, 0, 0)
    assert problems(world("node_keepers", "node_code,username\nW2,m1\n")) == [(2, "username", "unknown")]
    assert StockNode.objects.get(code="W2").keepers.get().user.username == "k1"


def test_receipts_are_entered_by_whoever_loads_them(world):
    clerk = User.objects.create_user("clerk", role="finance_clerk", org_unit=Dealer.objects.get(code="D1").org_unit)
    head = "bank_reference,dealer_code,amount,received_on\n"
    assert counts(world("receipts", head + "B1,D1,5,2026-09-01\n", user=clerk)) == (1, 1, 0, 0)
    assert DealerReceipt.objects.get().entered_by == clerk
    assert problems(world("receipts", head + "B2,D2,5,2026-09-01\n", user=clerk)) == [(2, "dealer_code", "unknown")]


def test_units_stand_in_any_order_and_never_move(world):
    text = "code,name,level,parent_code\n53262201,江那镇,grid,532629\n532629,新县,county,5326\n"
    assert world("org_units", text).accepted == 2
    moved = world("org_units", "code,name,level,parent_code\n53262201,江那镇,grid,532601\n")
    assert problems(moved) == [(2, "parent_code", "moved")]
    odd = world("org_units", "code,name,level,parent_code\n9,怪,grid,5326\n8,孤,county,77\n")
    assert problems(odd) == [(2, "parent_code", "parent"), (3, "parent_code", "unknown")]


def test_the_first_administrator_founds_the_tree(db, load):
    root = User.objects.create_user("root", role="administrator", name="root")
    assert counts(load("org_units", UNITS, user=root)) == (5, 5, 0, 0)
    root.refresh_from_db()
    assert root.org_unit.code == "53"
    assert counts(load("org_units", UNITS, user=User.objects.get(pk=root.pk))) == (5, 0, 5, 0)
    second = "code,name,level,parent_code\n54,西藏,province,\n"
    assert problems(load("org_units", second, user=root)) == [(2, "parent_code", "parent")]


def test_dealer_gets_first_tier_and_unit(world):
    dealer = Dealer.objects.get(code="D1")
    assert [(row.valid_from, row.tier) for row in dealer.tiers.all()] == [(dt.date(2024, 1, 1), "partner")]
    assert [row.org_unit.code for row in dealer.units.all()] == ["532601"]
    assert dealer.pinyin.startswith("chengguan") and dealer.stage == "mature"


def test_known_dealer_keeps_tier_unit_and_stage(world):
    text = "code,name,org_unit_code,tier,cooperation_start,stage\nD1,改名店,532622,mall,2023-12-01,lead_in\n"
    assert counts(world("dealers", text)) == (1, 1, 0, 0)
    dealer = Dealer.objects.get(code="D1")
    assert (dealer.name, dealer.tier, dealer.org_unit.code, dealer.stage) == ("改名店", "partner", "532601", "mature")
    assert dealer.tiers.get().valid_from == dt.date(2023, 12, 1)


def test_blank_keeps_and_dash_clears(world):
    head = "code,name,org_unit_code,tier,cooperation_start,contact_name,floor_area,boss_connected\n"
    row = "D1,城关合作店,532601,partner,2024-01-01,"
    world("dealers", head + row + "李四,35.5,是\n")
    assert counts(world("dealers", head + row + ",,\n")) == (1, 0, 1, 0)
    dealer = Dealer.objects.get(code="D1")
    assert (dealer.contact_name, dealer.floor_area, dealer.boss_connected) == ("李四", Decimal("35.50"), True)
    assert counts(world("dealers", head + row + "-,-,-\n")) == (1, 1, 0, 0)
    dealer.refresh_from_db()
    assert (dealer.contact_name, dealer.floor_area, dealer.boss_connected) == ("", None, False)
    refused = world("dealers", "code,name,org_unit_code,tier,cooperation_start\nD1,-,532601,partner,2024-01-01\n")
    assert problems(refused) == [(2, "name", "clear")]


def test_dealer_parents_in_the_same_file(world):
    head = "code,name,org_unit_code,tier,cooperation_start,agent_level,parent_code\n"
    text = head + "L2,二级,532601,partner,2026-01-01,2,L1\nL1,一级,532601,partner,2026-01-01,1,\n"
    assert counts(world("dealers", text)) == (2, 2, 0, 0)
    assert Dealer.objects.get(code="L2").parent.code == "L1"
    assert counts(world("dealers", text)) == (2, 0, 2, 0)
    bad = (
        head
        + "L3,三级,532601,partner,2026-01-01,2,L2\nL4,四级,532601,partner,2026-01-01,1,L1\nL5,五级,532601,partner,2026-01-01,2,X\n"
    )
    assert problems(world("dealers", bad)) == [
        (2, "parent_code", "parent_level"),
        (3, "parent_code", "parent_level"),
        (4, "parent_code", "unknown"),
    ]


def test_dealer_positions_are_converted(world):
    head = "code,name,org_unit_code,tier,cooperation_start,latitude,longitude,datum\n"
    assert world("dealers", head + "D1,城关合作店,532601,partner,2024-01-01,23.369216,104.244277,gcj02\n").accepted == 1
    dealer = Dealer.objects.get(code="D1")
    assert Decimal("23.36") < dealer.latitude < Decimal("23.375")
    assert dealer.latitude != Decimal("23.369216")
    swapped = world("dealers", head + "D1,城关合作店,532601,partner,2024-01-01,85.369216,104.244277,wgs84\n")
    assert problems(swapped) == [(2, "latitude", "out_of_china")]


def test_credit_code_is_checked(world):
    head = "code,name,org_unit_code,tier,cooperation_start,credit_code\n"
    bad = world("dealers", head + "D1,城关合作店,532601,partner,2024-01-01,91350100M000100Y44\n")
    assert problems(bad) == [(2, "credit_code", "credit_code")]
    assert world("dealers", head + "D1,城关合作店,532601,partner,2024-01-01,91350100M000100Y43\n").accepted == 1


def test_whole_tier_history_replaces_the_assumed_one(world):
    text = "dealer_code,valid_from,tier\nD1,2023-12-01,partner\nD1,2026-09-01,专卖店\n"
    assert counts(world("dealer_tiers", text)) == (2, 2, 0, 0)
    assert list(DealerTier.objects.filter(dealer__code="D1").values_list("tier", flat=True)) == ["partner", "exclusive"]
    assert Dealer.objects.get(code="D1").tier == "exclusive"
    assert counts(world("dealer_tiers", text)) == (2, 0, 2, 0)
    assert world("dealer_tiers", "dealer_code,valid_from,tier\nD1,2026-12-01,mall\n").accepted == 1
    assert Dealer.objects.get(code="D1").tier == "exclusive"
    clash = world("dealer_tiers", "dealer_code,valid_from,tier\nD1,2026-09-01,mall\n")
    assert problems(clash) == [(2, "tier", "conflict")]
    late = world("dealer_tiers", "dealer_code,valid_from,tier\nD2,2025-01-01,partner\n")
    assert problems(late) == [(2, "valid_from", "history_start")]


def test_unit_history(world):
    text = "dealer_code,valid_from,org_unit_code\nD1,2024-01-01,532622\nD1,2026-08-01,53260101\n"
    assert counts(world("dealer_units", text)) == (2, 2, 0, 0)
    assert Dealer.objects.get(code="D1").org_unit.code == "53260101"


def test_endings_suspensions_and_agreements_set_the_stage(world):
    stage = lambda code: Dealer.objects.get(code=code).stage  # noqa: E731
    world("dealer_endings", "dealer_code,ended_on,cause\nD1,2026-09-01,closed\nD2,2026-12-01,banned\n")
    assert (stage("D1"), stage("D2")) == ("terminated", "mature")
    world("agreements", "number,dealer_code,starts_on,ends_on\nA9,D1,2026-09-20,2027-09-19\n")
    assert stage("D1") == "contracted"
    world("dealer_suspensions", "dealer_code,from_date,to_date,reason\nD2,2026-09-01,,查处\n")
    assert stage("D2") == "suspended"
    world("dealer_suspensions", "dealer_code,from_date,to_date,reason\nD2,2026-09-01,2026-09-15,查处\n")
    assert stage("D2") == "mature"


def test_users_and_their_dealer(world):
    head = "username,name,role,org_unit_code,dealer_code\n"
    assert problems(world("users", head + "u1,店主,dealer,532601,\nu2,经理,channel_manager,532601,D1\n")) == [
        (2, "dealer_code", "dealer_needed"),
        (3, "role", "dealer_unwanted"),
    ]
    assert world("users", head + "u1,店主,dealer,532601,D1\n").accepted == 1
    link = DealerUser.objects.get(user__username="u1")
    assert link.dealer.code == "D1" and not link.user.check_password("!imported")
    link.user.set_password("geheim-123")
    link.user.save()
    assert counts(world("users", head + "u1,店主,dealer,532601,\n")) == (1, 0, 1, 0)
    link.user.refresh_from_db()
    assert link.user.check_password("geheim-123")


def test_accounts_enter_unverified(world, user_of):
    user = user_of("county_supervisor", "532601")
    text = "dealer_code,number,bank,holder\nD1,0622202020011223344,工商银行,张三\n"
    assert world("accounts", text, user=user).accepted == 1
    account = DealerAccount.objects.get()
    assert (account.state, account.entered_by, account.number) == ("entered", user, "0622202020011223344")
    assert counts(world("accounts", text)) == (1, 0, 1, 0)


def cards(world):
    world("stock_nodes", "code,name,kind,org_unit_code\nW1,县仓,county,532601\n")
    text = "serial,product_code,node_code\n89860012345678901234,P4G,D1\n89860012345678901235,P4G,W1\nC0001,C100,D1\n"
    assert world("cards", text).accepted == 3
    return text


def test_cards_once_and_imei(world):
    text = cards(world)
    assert counts(world("cards", text)) == (3, 0, 3, 0)
    twice = world("cards", "serial,product_code,node_code\nX1,P4G,W1\nX1,P4G,W1\n")
    assert problems(twice) == [(3, "serial", "duplicate")]
    imei = world("cards", "serial,product_code,node_code\n490154203237518,T1,W1\n490154203237519,T1,W1\nABC,T1,W1\n")
    assert problems(imei) == [(3, "serial", "imei"), (4, "serial", "imei")]
    moved = world("cards", "serial,product_code,node_code\n89860012345678901234,P4G,W1\n")
    assert problems(moved) == [(2, "node_code", "conflict")]


def test_cards_that_come_after_their_sales_name_the_seller_and_are_out(world):
    head = "event_no,business_type,occurred_at,product_code,dealer_code,serial\n"
    text = (
        head
        + "E1,activation,2026-09-01 10:00:00,P4G,,89860012345678901234\n"
        + "E2,activation,2026-09-02 10:00:00,P4G,D2,89860012345678901234\n"
    )
    assert counts(world("sales", text)) == (2, 2, 0, 0)
    assert dict(SalesRecord.objects.values_list("event_no", "seller__code")) == {"E1": None, "E2": "D2"}
    world("cards", "serial,product_code,node_code\n89860012345678901234,P4G,D1\n89860012345678901235,P4G,D1\n")
    assert dict(SalesRecord.objects.values_list("event_no", "seller__code")) == {"E1": "D1", "E2": "D2"}
    assert SalesFlag.objects.get(flag="holder_mismatch").record.event_no == "E2"
    assert dict(Card.objects.values_list("serial", "state")) == {
        "89860012345678901234": "activated", "89860012345678901235": "in_stock",
    }  # fmt: skip


def test_sales_find_their_seller_and_take_cards_out(world):
    cards(world)
    head = "event_no,business_type,occurred_at,product_code,dealer_code,serial\n"
    text = (
        head
        + "E1,放号,2026-09-01 10:00:00,P4G,,89860012345678901234\n"
        + "E2,activation,2026/9/2 8:05,P4G,D2,89860012345678901234\n"
        + "E3,recharge,2026-09-03T23:30:00Z,C100,D1,C0001\n"
        + "E4,activation,2026-09-03 10:00:00,P4G,,89860012345678901235\n"
    )
    assert counts(world("sales", text)) == (4, 4, 0, 0)
    sellers = dict(SalesRecord.objects.values_list("event_no", "seller__code"))
    assert sellers == {"E1": "D1", "E2": "D2", "E3": "D1", "E4": None}
    assert SalesRecord.objects.get(event_no="E3").event_date == dt.date(2026, 9, 4)
    assert SalesFlag.objects.get(flag="holder_mismatch").record.event_no == "E2"
    assert dict(Card.objects.values_list("serial", "state")) == {
        "89860012345678901234": "activated", "89860012345678901235": "activated", "C0001": "sold",
    }  # fmt: skip
    assert counts(world("sales", text)) == (4, 0, 4, 0)


def test_subscribers_update_and_keep_history(world):
    head = "subscriber_no,month,county_code,in_network,call_minutes,arrears\n"
    world("subscribers", head + "S1,2026-09,532601,1,10.5,0\nS1,2026-08,532601,是,3,\n")
    assert counts(world("subscribers", head + "S1,2026-09,532601,0,,5\nS1,2026-08,532601,1,3,\n")) == (2, 1, 1, 0)
    row = SubscriberMonth.objects.get(month="2026-09-01", subscriber_no="S1")
    assert (row.in_network, row.call_minutes, row.arrears) == (False, Decimal("10.50"), Decimal("5.00"))


def test_later_rows_of_a_file_update_earlier_ones(world):
    head = "dealer_code,month,score\n"
    assert counts(world("assessment_scores", head + "D1,2026-09,80\nD1,2026-09,85\nD1,2026-09,85\n")) == (3, 2, 1, 0)
    assert Dealer.objects.get(code="D1").scores.get().score == Decimal("85.00")


def test_false_sales(world):
    world(
        "sales", "event_no,business_type,occurred_at,product_code,dealer_code\nE1,service,2026-09-01 10:00:00,P4G,D1\n"
    )
    text = "event_no,cause,confirmed_on\nE1,cancelled,2026-09-05\n"
    assert counts(world("false_sales", text)) == (1, 1, 0, 0)
    assert counts(world("false_sales", text)) == (1, 0, 1, 0)
    assert problems(world("false_sales", "event_no,cause,confirmed_on\nE9,cancelled,2026-09-05\n")) == [
        (2, "event_no", "unknown")
    ]


def test_a_sale_is_not_found_false_before_it_took_place(world):
    head = "event_no,business_type,occurred_at,product_code,dealer_code\n"
    world("sales", head + "E1,service,2026-09-05 10:00:00,P4G,D1\nE2,service,2026-09-05 10:00:00,P4G,D1\n")
    text = "业务流水号,原因,确认日期\nE1,退订,2026-09-04\nE2,老用户重入网,2026-09-05\n"
    outcome = world("false_sales", text, partial=True)
    assert (problems(outcome), outcome.accepted) == ([(2, "confirmed_on", "confirmed_before_sale")], 1)
    contradiction = world("false_sales", text.replace("老用户重入网", "cross_region"), partial=True)
    assert (3, "cause", "conflict") in problems(contradiction)


def test_imported_adjustments_count_as_approved(world, user_of):
    head = "reference,dealer_code,month,amount,type,document_no,document_name,reason\n"
    clerk = user_of("finance_clerk", "5326")
    assert world("adjustments", head + "T1,D1,2026-09,-20.00,养卡扣罚,WS9,9月通报,养卡\n", user=clerk).accepted == 1
    row = Adjustment.objects.get()
    assert (row.state, row.approved_by, row.approved_at, row.entered_by) == ("approved", clerk, AT, None)
    assert (row.month, row.amount, row.type) == (dt.date(2026, 9, 1), Decimal("-20.00"), "farming")
    assert counts(world("adjustments", head + "T1,D1,2026-09,-20.00,farming,WS9,9月通报,养卡\n")) == (1, 0, 1, 0)
    signs = "".join(
        f"S{n},D1,2026-09,{amount},{type_},WS9,9月通报,养卡\n"
        for n, (amount, type_) in enumerate(
            [("20", "farming"), ("-20", "delayed"), ("0", "real_name"), ("0.01", "delayed")]
        )
    )
    outcome = world("adjustments", head + signs, partial=True)
    assert problems(outcome) == [(2, "amount", "sign"), (3, "amount", "sign"), (4, "amount", "sign")]
    assert outcome.accepted == 1


def test_a_file_does_not_decide_what_waits_in_the_portal(world, user_of):
    Adjustment.objects.create(
        reference="ADJ-1", dealer=Dealer.objects.get(code="D1"), month="2026-09-01", amount=20, type="delayed",
        document_no="WS9", document_name="通报", reason="漏发", entered_by=user_of("county_supervisor", "532601"), entered_at=AT,
    )  # fmt: skip
    head = "reference,dealer_code,month,amount,type,document_no,document_name,reason\n"
    outcome = world("adjustments", head + "ADJ-1,D1,2026-09,20.00,delayed,WS9,通报,漏发\n")
    assert [error["code"] for error in outcome.errors] == ["conflict"]
    assert Adjustment.objects.get().state == "entered"


def test_agreement_dates(world):
    bad = world("agreements", "number,dealer_code,starts_on,ends_on\nA1,D1,2026-02-01,2026-01-01\n")
    assert problems(bad) == [(2, "ends_on", "before_start")]
    assert not Agreement.objects.exists()


def test_a_contracted_dealer_has_a_node_that_follows_it(world):
    head = "code,name,org_unit_code,tier,cooperation_start,stage,agent_level,parent_code\n"
    text = head + "N1,意向店,532601,partner,2026-01-01,prospect,,\nN2,二级店,532601,partner,2026-01-01,,2,D1\n"
    assert world("dealers", text).accepted == 2
    node = StockNode.objects.get(code="D1")
    assert (node.name, node.kind, node.org_unit.code, node.dealer.code) == ("城关合作店", "agent1", "532601", "D1")
    assert not StockNode.objects.filter(code="N1").exists()
    second = StockNode.objects.get(code="N2")
    assert (second.kind, second.parent) == ("agent2", node)
    world("dealer_units", "dealer_code,valid_from,org_unit_code\nD1,2024-01-01,532601\nD1,2026-08-01,53260101\n")
    node.refresh_from_db()
    assert node.org_unit.code == "53260101"
    world("stock_nodes", "code,name,kind,org_unit_code\nN1,自建库,agent1,532601\n")
    world("dealers", head.replace("stage,", "") + "N1,意向店,532601,partner,2026-01-01,,\n")
    assert StockNode.objects.get(code="N1").dealer is None


@pytest.mark.parametrize(("unit", "allowed"), [("5326", True), ("532601", False)])
def test_what_holds_for_everybody_comes_from_a_city_or_province(world, user_of, unit, allowed):
    administrator = user_of("administrator", unit)
    for kind in ("products", "product_prices", "routes"):
        header, rows, _changed = AGAIN[kind]
        answer = world(kind, "\n".join([header, *rows]), user=administrator, expect_refusal=not allowed)
        assert getattr(answer, "code", "") == ("" if allowed else "permission"), kind
