"""The demo keeps the portal's rules, is the same twice, and is never loaded where it must not be."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import User
from accounts.roles import Role
from channels_portal.demo import history, loading_sales, sales, seed, stores, stories, units, users
from channels_portal.demo.plan import Plan
from commissions.models import PoolEntry, SettlementBatch, Statement
from commissions.services import ledgers
from core import sql
from core.periods import Month
from dealers.models import Dealer, DealerAccount, DealerMonth
from inventory.models import MaterialMonth, SalesFlag, SalesRecord, StockLevel, StockMovement, Stocktake
from tests.factories import make_city, make_dealer
from tests.support.demo import TINY, TODAY, loaded

# What there is, without ids: two loads with the same seed and day must agree in it.
DIGESTS = {
    "dealers": """SELECT md5(string_agg(concat_ws('|', code, name, tier, stage, cooperation_start, credit_code, floor_area,
        latitude, contact_phone, chain_type), E'\n' ORDER BY code)) FROM dealers_dealer""",
    "sales": """SELECT md5(string_agg(concat_ws('|', event_no, business_type, occurred_at, product.code, dealer.code,
        subscriber_no, msisdn, serial, amount, cell_id, segment), E'\n' ORDER BY event_no))
        FROM inventory_salesrecord sale JOIN inventory_product product ON product.id = sale.product_id
        LEFT JOIN dealers_dealer dealer ON dealer.id = sale.seller_id""",
    "months": """SELECT md5(string_agg(concat_ws('|', month, subscriber_no, in_network, call_minutes, billed_amount, arrears),
        E'\n' ORDER BY month, subscriber_no)) FROM inventory_subscribermonth""",
    "statements": """SELECT md5(string_agg(concat_ws('|', number, gross, withheld, pool, net, paid), E'\n' ORDER BY number))
        FROM commissions_statement""",
}


@pytest.mark.parametrize(
    ("today", "when"),
    [
        ("2026-12-01", "2026-12-01 00:00"),  # the desk would begin tomorrow
        ("2026-12-02", "2026-12-02 00:00"),  # perhaps it is not yet three o'clock
        ("2026-12-03", "2026-12-02 03:00"),
        ("2027-02-01", "2026-12-02 03:00"),
    ],
)
def test_nobody_has_done_anything_tomorrow(today, when):
    found = history.moment(Month(2026, 11), 2, 3, today=date.fromisoformat(today))
    assert f"{found:%Y-%m-%d %H:%M %z}" == f"{when} +0800"


def digests():
    return {name: sql.fetch_value(query) for name, query in DIGESTS.items()}


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    with loaded(django_db_blocker) as facts:
        yield facts


def test_it_is_about_as_large_as_it_should_be(demo):
    assert demo["dealers"] == TINY.dealers == Dealer.objects.count()
    full_months = SalesRecord.objects.filter(event_date__lt=TODAY.replace(day=1)).count()
    assert full_months == pytest.approx(TINY.sales, rel=0.1)
    assert SalesRecord.objects.filter(event_date__gte=TODAY.replace(day=1)).count() > 0
    assert not SalesRecord.objects.filter(event_date__gte=TODAY).exists()


def test_the_ledgers_hold(demo):
    assert ledgers.verify()["broken"] == []


def test_the_past_is_approved_and_the_last_month_waits(demo):
    states = dict(SettlementBatch.objects.values_list("number", "state"))
    last = {state for number, state in states.items() if number.startswith("2026-10")}
    assert last == {"calculated", "submitted", "reviewed"}
    assert {state for number, state in states.items() if number < "2026-10"} <= {"approved", "paying", "paid"}
    assert PoolEntry.objects.exists()
    assert Statement.objects.filter(withheld__gt=0).exists()


def test_there_is_something_of_everything(demo):
    assert set(Dealer.objects.values_list("stage", flat=True)) >= {"mature", "terminated"}
    assert set(Dealer.objects.values_list("tier", flat=True)) == {"partner", "exclusive", "mall"}
    assert set(DealerAccount.objects.values_list("state", flat=True)) == {"verified", "entered"}
    assert Dealer.objects.filter(accounts=None).exists()
    assert set(SalesFlag.objects.values_list("flag", flat=True)) >= {"cross_region"}
    assert StockLevel.objects.exists()
    assert set(StockMovement.objects.values_list("state", flat=True)) == {"closed", "shipped", "submitted", "received"}
    assert DealerMonth.objects.exists()
    assert set(Stocktake.objects.values_list("state", flat=True)) == {"counted", "closed"}
    assert set(StockMovement.objects.filter(kind="use").values_list("state", flat=True)) == {"closed", "submitted"}
    assert MaterialMonth.objects.filter(used__gt=0).exists()
    assert StockMovement.objects.filter(amount_due__gt=0).exists()
    assert SalesRecord.objects.filter(seller=None).exists()
    assert SalesRecord.objects.filter(amount__lt=0).exists()
    assert {user.role for user in User.objects.all()} == set(Role.values)
    statement = "SELECT count(*) FROM dealers_dealerunit GROUP BY dealer_id HAVING count(*) > 1 LIMIT 1"
    assert sql.fetch_value(statement) == 2


def test_late_records_are_settled_in_the_last_month(demo):
    late = sql.fetch_value(
        """SELECT count(*) FROM commissions_entitlement known JOIN commissions_settlementbatch batch ON batch.id = known.batch_id
            WHERE batch.period = '2026-10' AND known.event_month < '2026-10-01'"""
    )
    assert late > 0


def test_done_again_it_changes_nothing(demo):
    before = digests()
    seed.run(Plan(TINY, 1, TODAY))
    assert digests() == before


def test_dealers_see_their_dealer(demo):
    user = User.objects.get(username="dealer.wenshan1")
    assert user.dealer_id
    assert Statement.objects.visible_to(user).exists()


def drawn(number):
    """Everything about dealers and sales that chance decides."""
    plan = Plan(TINY, number, TODAY)
    tree = units.tree(plan)
    found = stores.draw(plan, tree)
    stories.tell(plan, found, tree)
    book = sales.Book(plan, tree, found)
    return found, [loading_sales.Writer(book).sales(month).write_csv() for month in sales.months(book)]


def test_the_same_seed_gives_the_same_and_another_does_not(demo):
    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_demo_users_are_shown_with_a_password_that_works(demo, client):
    answer = StringIO()
    call_command("demo_users", stdout=answer)
    people = json.loads(answer.getvalue())
    assert {one["role"] for one in people} == set(Role.values)
    assert all(set(one) == {"username", "name", "role", "unit", "password"} for one in people)
    assert User.objects.get(username=people[0]["username"]).check_password(people[0]["password"])


def test_in_production_nothing_is_loaded_nor_shown(demo, settings):
    settings.PRODUCTION = True
    with pytest.raises(seed.NotForProduction):
        seed.demand_place()
    answer = StringIO()
    with pytest.raises(SystemExit) as exit_:
        call_command("seed_demo", stdout=answer)
    assert exit_.value.code == 1
    assert json.loads(answer.getvalue())["code"] == "production"
    shown = StringIO()
    call_command("demo_users", stdout=shown, stderr=StringIO())
    assert shown.getvalue().strip() == "[]"


@pytest.mark.django_db
def test_other_peoples_data_are_left_alone():
    _, county = make_city()
    make_dealer(county)
    with pytest.raises(seed.NotEmpty):
        seed.run(Plan(TINY, 1, TODAY))


@pytest.mark.django_db
def test_users_first():
    people = seed.create_users(Plan(TINY, 1, TODAY))
    assert len(seed.create_users(Plan(TINY, 1, TODAY))) == len(people) == User.objects.count()
    assert users.password()
