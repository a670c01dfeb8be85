"""What is drawn, without a database: check digits, uniqueness, sizes, the policy's rules."""

import json
from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from channels_portal.demo import numbers, policy, sales, stores, stories, subscribers, units
from channels_portal.demo.plan import SCALES, Plan
from commissions.rules.policy import validate_policy
from core.periods import Month
from dealers.rules import credit_code

TODAY = date(2026, 11, 22)


def plan(scale="small", number=1, today=TODAY):
    return Plan(SCALES[scale], number, today)


def book_of(one):
    tree = units.tree(one)
    found = stores.draw(one, tree)
    stories.tell(one, found, tree)
    return sales.Book(one, tree, found)


@pytest.fixture(scope="module")
def book():
    return book_of(plan())


def luhn_holds(number):
    digits = [int(digit) for digit in str(number)][::-1]
    return sum(sum(divmod(2 * digit, 10)) if place % 2 else digit for place, digit in enumerate(digits)) % 10 == 0


def test_numbers_have_their_check_digits_and_are_all_different():
    running = np.arange(1, 20_001)
    for make, length in ((numbers.imei, 15), (numbers.iccid, 19), (numbers.msisdn, 11)):
        made = make(running)
        assert len(set(made.tolist())) == len(running)
        assert {len(str(one)) for one in made} == {length}
    assert all(luhn_holds(one) for make in (numbers.imei, numbers.iccid) for one in make(running[:500]))


def test_a_known_imei():
    assert numbers.with_luhn(np.array([49_015_420_323_751]))[0] == 490_154_203_237_518


def test_credit_codes_are_valid(book):
    codes = [store.credit_code for store in book.stores]
    assert all(credit_code.is_valid(code) for code in codes)
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("scale", ["small", "city", "province"])
def test_every_city_has_a_valid_policy(scale):
    tree = units.tree(plan(scale))
    cities = [unit for unit in tree if unit.level == "city"]
    assert len(cities) == SCALES[scale].cities
    for city in cities:
        data = policy.file_of(plan(scale), city, approver="李文华")
        assert validate_policy(json.loads(json.dumps(data))) == []


@pytest.mark.parametrize(("scale", "dealers"), [("small", 120), ("city", 3_000), ("province", 20_000)])
def test_sizes(scale, dealers):
    one = plan(scale)
    tree = units.tree(one)
    found = stores.draw(one, tree)
    assert len(found) == dealers
    assert len({store.code for store in found}) == dealers
    assert {store.parent_code for store in found if store.parent_code} <= {s.code for s in found if s.agent_level == 1}


def test_full_months_end_before_today():
    assert [str(month) for month in plan().months] == ["2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10"]
    assert plan(today=date(2027, 1, 1)).last == Month(2026, 12)
    assert plan(today=date(2027, 1, 1)).days_of_current == 0


def test_on_the_first_of_a_month_the_current_one_is_empty():
    *full, current = sales.months(book_of(plan(today=date(2026, 11, 1))))
    assert len(current) == 0
    assert all(len(month) for month in full)


def test_sales_lie_within_the_days_on_which_their_store_sells(book):
    for month in sales.months(book):
        days = month.second // 86_400
        assert days.min() >= 0
        assert days.max() < month.month.days
        assert (np.diff(month.second) >= 0).all()
        for place, store in enumerate(book.stores):
            mine = days[month.store == place]
            if len(mine):
                assert (store.cooperation_start - month.month.first).days <= mine.min()
                assert store.sells_until is None or mine.max() <= (store.sells_until - month.month.first).days


def test_a_store_that_keeps_its_customers_keeps_more_of_them(book):
    cohorts = [subscribers.cohort(book, month) for month in sales.months(book)]
    first = cohorts[0]
    assert len(set(np.concatenate([one.number for one in cohorts]).tolist())) == sum(len(one.number) for one in cohorts)
    quality = np.array([store.quality for store in book.stores])
    assert quality.min() < 0.3 < 0.8 < quality.max()
    stays = [(figures.month, figures.in_network.mean()) for figures in subscribers.months(book, [first])]
    assert [month for month, _ in stays] == book.plan.months
    assert all(earlier >= later for (_, earlier), (_, later) in pairwise(stays))
    assert 0.7 < stays[-1][1] < 0.95
