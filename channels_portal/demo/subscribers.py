"""What the subscribers do month by month: stay or leave, call, surf, pay or owe."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from channels_portal.demo import numbers, products
from channels_portal.demo.sales import TRACKED, Book, Sales
from core.periods import Month

FOLLOWED_MONTHS = 7  # the event's month and six more
FORGETS_TO_PAY = 0.02
FEES = np.array([int((item.fee or 0) * 100) for item in products.PRODUCTS])


@dataclass
class Cohort:
    """The subscribers that came in one month: `life` is how many months each stays in network."""

    month: Month
    number: np.ndarray
    county: np.ndarray
    fee: np.ndarray
    life: np.ndarray
    dead: np.ndarray  # never used: sold only for the commission
    began: np.ndarray  # day of the month, from 0


@dataclass
class Figures:
    """The rows of one month; amounts in fen, minutes and MB in hundredths."""

    month: Month
    number: np.ndarray
    county: np.ndarray
    in_network: np.ndarray
    minutes: np.ndarray
    data: np.ndarray
    billed: np.ndarray
    arrears: np.ndarray
    imei: np.ndarray


def cohort(book: Book, sales: Sales) -> Cohort:
    """The new subscribers among the month's sales."""
    chance = book.plan.chance("cohort", sales.month)
    tracked = np.isin(sales.type, TRACKED)
    number, first = np.unique(sales.subscriber[tracked], return_index=True)
    store = sales.store[tracked][first]
    quality = np.array([one.quality for one in book.stores])[store]
    dead_share = np.array([one.dead_share for one in book.stores])[store]
    leaves = 0.012 + 0.11 * (1 - quality)
    dead = chance.random(len(number)) < dead_share
    life = np.where(
        dead, chance.integers(0, 4, size=len(number)), chance.geometric(leaves) - (chance.random(len(number)) < 0.008)
    )
    at = book.months.index(sales.month)
    return Cohort(
        month=sales.month,
        number=number,
        county=book.county_of_grid[book.grid[at, store]],
        fee=FEES[sales.product[tracked][first]],
        life=life,
        dead=dead,
        began=sales.second[tracked][first] // 86_400,
    )


def months(book: Book, cohorts: list[Cohort]) -> Iterator[Figures]:
    """The rows of each full month, cohort by cohort, oldest month first."""
    for month in book.plan.months:
        for one in cohorts:
            if 0 <= month - one.month < FOLLOWED_MONTHS:
                yield _figures(book, one, month)


def _figures(book: Book, one: Cohort, month: Month) -> Figures:
    chance = book.plan.chance("figures", one.month, month)
    age, size = month - one.month, len(one.number)
    here = one.life > age
    share = 1 - one.began / month.days if age == 0 else np.ones(size)
    quiet = one.dead | (chance.random(size) < 0.03)
    minutes = np.where(quiet, chance.integers(0, 600, size), chance.lognormal(5.0, 0.9, size) * 100 * share)
    data = np.where(quiet, chance.integers(0, 2_000, size), chance.lognormal(9.0, 0.9, size) * 100 * share)
    extra = np.where(quiet, 0.0, np.round(chance.exponential(600, size)))
    downgraded = chance.random(size) < 0.015 * age
    fee = np.where(downgraded, one.fee * 0.5, one.fee)
    billed = np.where(one.dead & (age > 0), np.minimum(fee, 800), fee) * share + extra
    leaving = one.life == age + 1
    owes = (chance.random(size) < FORGETS_TO_PAY) | (leaving & (chance.random(size) < 0.45))
    arrears = np.where(owes, billed * chance.uniform(0.3, 1.6, size), 0)
    return Figures(
        month=month,
        number=one.number,
        county=one.county,
        in_network=here,
        minutes=_whole(minutes, here),
        data=_whole(data, here),
        billed=_whole(billed, here),
        arrears=_whole(arrears, here | (one.life == age)),
        imei=numbers.imei(one.number + 1),
    )


def _whole(values: np.ndarray, there: np.ndarray) -> np.ndarray:
    return np.where(there, np.round(values), 0).astype(np.int64)
