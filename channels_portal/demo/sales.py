"""The sales records: how many each store makes in each month, of what, when and to whom.

Everything is drawn column by column; a month of a whole province is one set of arrays.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from channels_portal.demo import numbers, products
from channels_portal.demo.plan import Plan
from channels_portal.demo.stores import TIERS, Store
from channels_portal.demo.units import Unit
from core.periods import Month

TYPES = ("activation", "port_in", "broadband", "terminal", "plan_upgrade", "recharge", "service")
MIX = {
    "partner": (0.43, 0.04, 0.04, 0.004, 0.106, 0.28, 0.10),
    "exclusive": (0.34, 0.05, 0.09, 0.10, 0.14, 0.14, 0.14),
    "mall": (0.30, 0.06, 0.10, 0.20, 0.14, 0.08, 0.12),
}
# January to December: Spring Festival brings the migrants home, September the students.
SEASON = (1.12, 1.38, 0.92, 0.88, 0.98, 0.95, 1.04, 1.22, 1.34, 1.05, 0.93, 1.08)
CAMPUS_SEASON = {8: 6.0, 9: 9.0, 2: 1.5}
WEEKDAY = (0.9, 0.9, 0.92, 0.95, 1.05, 1.25, 1.2)
HOURS = np.array([0] * 8 + [2, 7, 11, 10, 6, 7, 10, 11, 11, 10, 9, 6, 2, 0, 0, 0], dtype=float)
TRACKED = (0, 1, 2, 4)  # types that bring a subscriber whose months follow
NO_SELLER, UNKNOWN_CELL, HOLDER_MISMATCH, REFUNDED, LATE, TWICE = 0.003, 0.003, 0.002, 0.006, 0.004, 0.0006


@dataclass
class Sales:
    """The records of one month, as arrays of equal length in the order of time.

    `store`, `grid`, `product` are places in the lists of the Book; `subscriber` is a running
    number (0: none); `serial` a number or 0; `named` whether BOSS names the dealer;
    `late` marks what is reported after its month was settled.
    """

    month: Month
    store: np.ndarray
    type: np.ndarray
    product: np.ndarray
    second: np.ndarray  # since the month's first midnight
    subscriber: np.ndarray
    serial: np.ndarray
    holder: np.ndarray
    amount: np.ndarray  # fen; NO_AMOUNT for none
    cell: np.ndarray  # place in the list of cells, -1 none, -2 unknown
    named: np.ndarray
    late: np.ndarray

    def __len__(self) -> int:
        return len(self.store)

    def of(self, chosen: np.ndarray) -> "Sales":
        """The records that `chosen` (mask or order) picks."""
        return Sales(self.month, *(getattr(self, name)[chosen] for name in _COLUMNS))


_COLUMNS = [name for name in Sales.__dataclass_fields__ if name != "month"]
NO_AMOUNT = np.iinfo(np.int64).min
CELLS_PER_GRID = 3


class Book:
    """The lists to which the arrays refer, and each store's pace."""

    def __init__(self, plan: Plan, units: list[Unit], stores: list[Store]) -> None:
        self.plan, self.stores = plan, stores
        self.grids = [unit for unit in units if unit.level == "grid"]
        self.grid_at = {grid.code: place for place, grid in enumerate(self.grids)}
        self.counties = [unit for unit in units if unit.level == "county"]
        county_at = {county.code: place for place, county in enumerate(self.counties)}
        self.county_of_grid = np.array([county_at[str(grid.parent)] for grid in self.grids])
        self.town = np.array([store.town for store in stores])
        self.months = [*plan.months, plan.current]

    @cached_property
    def grid(self) -> np.ndarray:
        """[month, store] → place of the grid in which the store is in that month."""
        found = np.empty((len(self.months), len(self.stores)), dtype=np.int64)
        for at, month in enumerate(self.months):
            for place, store in enumerate(self.stores):
                code = next((code for day, code in reversed(store.grids) if day <= month.last), store.grids[0][1])
                found[at, place] = self.grid_at[code]
        return found

    @cached_property
    def pace(self) -> np.ndarray:
        """[month, store] → expected records, scaled to the plan's number over the full months."""
        months = self.months
        weight = np.array([store.weight for store in self.stores])
        growth = np.array([store.growth for store in self.stores])
        pace = np.empty((len(months), len(self.stores)))
        for at, month in enumerate(months):
            days, open_days = month.days, np.array([_days_open(store, month) for store in self.stores])
            if month == self.plan.current:
                open_days = np.minimum(open_days, self.plan.days_of_current)
            pace[at] = weight * SEASON[month.month - 1] * (1 + growth) ** at * open_days / days
        for place, store in enumerate(self.stores):
            for at in store.surge:
                pace[at, place] *= 3.2
        full = pace[: len(self.plan.months)].sum()
        return pace * (self.plan.scale.sales / full)

    @cached_property
    def counts(self) -> np.ndarray:
        """[month, store, type] → number of records."""
        mix = np.array([[MIX[tier] for tier in TIERS]])[0]
        tiers = np.array([TIERS.index(store.tiers[0][1]) for store in self.stores])
        found = self.plan.chance("counts").poisson(self.pace[:, :, None] * mix[tiers][None, :, :])
        for place, store in enumerate(self.stores):
            for at in store.idle:
                found[at, place] = 0
        return found


def _days_open(store: Store, month: Month) -> int:
    """Days of the month on which the store sells."""
    begin, end = _open_between(store, month)
    return max(0, (end - begin).days + 1)


def _open_between(store: Store, month: Month) -> tuple[date, date]:
    end = store.sells_until or month.last
    return max(store.cooperation_start, month.first), min(end, month.last)


def months(book: Book) -> Iterator[Sales]:
    """The sales of each month, the current one last; subscribers and serials are numbered through."""
    subscribers = serials = 0
    for at in range(len(book.months)):
        sales = _month(book, at, subscribers + 1, serials + 1)
        subscribers = max(subscribers, int(sales.subscriber.max(initial=0)))
        serials += len(sales)
        yield sales


def _month(book: Book, at: int, first_subscriber: int, first_serial: int) -> Sales:
    month, counts = book.months[at], book.counts[at]
    chance = book.plan.chance("sales", month)
    store = np.repeat(np.arange(len(book.stores)), counts.sum(axis=1))
    kind = np.repeat(np.tile(np.arange(len(TYPES)), len(book.stores)), counts.reshape(-1))
    size = len(store)
    sales = Sales(
        month=month,
        store=store,
        type=kind,
        product=_products(book, chance, month, store, kind),
        second=_moments(book, chance, month, store),
        subscriber=np.zeros(size, dtype=np.int64),
        serial=np.zeros(size, dtype=np.int64),
        holder=store.copy(),
        amount=np.full(size, NO_AMOUNT),
        cell=np.full(size, -1),
        named=chance.random(size) >= NO_SELLER,
        late=(chance.random(size) < LATE) & (at < len(book.plan.months) - 1),
    )
    _amounts(chance, sales)
    _subscribers(book, chance, sales, at, first_subscriber)
    _serials(book, chance, sales, first_serial)
    _cells(book, chance, sales, at)
    twice = np.flatnonzero((chance.random(size) < TWICE) & (kind == 0))
    order = np.concatenate([np.arange(size), twice])
    sales = sales.of(order)
    sales.second[size:] += 600  # the same number and business again, ten minutes later
    sales.serial[size:] = 0
    return sales.of(np.argsort(sales.second, kind="stable"))


def _products(book: Book, chance: np.random.Generator, month: Month, store: np.ndarray, kind: np.ndarray) -> np.ndarray:
    found = np.empty(len(store), dtype=np.int64)
    for at, name in enumerate(TYPES):
        items = products.sold_by(name)
        places = np.array([products.PRODUCTS.index(item) for item in items])
        for town in (False, True):
            here = np.flatnonzero((kind == at) & (book.town[store] == town))
            weights = np.array([item.town if town else item.village for item in items])
            weights = weights * [
                CAMPUS_SEASON.get(month.month, 1.0) if item.family == "CAMPUS" else 1.0 for item in items
            ]
            found[here] = chance.choice(places, size=len(here), p=weights / weights.sum())
    return found


def _moments(book: Book, chance: np.random.Generator, month: Month, store: np.ndarray) -> np.ndarray:
    """Seconds since the month began, on days on which the store sells, more at the weekend."""
    last = month.days if month != book.plan.current else book.plan.days_of_current
    weights = np.array([WEEKDAY[(month.first + timedelta(days=day)).weekday()] for day in range(last)])
    days = (
        chance.choice(last, size=len(store), p=weights / weights.sum())
        if last
        else np.zeros(len(store), dtype=np.int64)
    )
    spans = [_open_between(one, month) for one in book.stores]
    low = np.array([(begin - month.first).days for begin, _ in spans])[store]
    high = np.minimum(np.array([(end - month.first).days for _, end in spans])[store], last - 1)
    outside = (days < low) | (days > high)
    anew = low + np.floor(chance.random(len(store)) * np.maximum(high - low + 1, 1)).astype(np.int64)
    days = np.where(outside, anew, days)
    hour = chance.choice(24, size=len(store), p=HOURS / HOURS.sum())
    return days * 86_400 + hour * 3_600 + chance.integers(0, 3_600, size=len(store))


def _amounts(chance: np.random.Generator, sales: Sales) -> None:
    price = np.array([int(item.price * 100) if item.price else NO_AMOUNT for item in products.PRODUCTS])
    sales.amount = price[sales.product]
    terminal = sales.type == TYPES.index("terminal")
    off = chance.integers(0, 6, size=len(sales)) * 2_000
    sales.amount = np.where(terminal, np.maximum(sales.amount - off, 19_900), sales.amount)
    refund = terminal & (chance.random(len(sales)) < REFUNDED)
    sales.amount = np.where(refund, -sales.amount, sales.amount)


def _subscribers(book: Book, chance: np.random.Generator, sales: Sales, at: int, first: int) -> None:
    """New ones for what brings subscribers; the others serve one of the same county, or one from before."""
    tracked = np.isin(sales.type, TRACKED)
    count = int(tracked.sum())
    sales.subscriber[tracked] = first + np.arange(count)
    if not count:
        return
    county = book.county_of_grid[book.grid[at, sales.store]]
    owners = sales.subscriber[tracked]
    by_county = np.argsort(county[tracked], kind="stable")
    starts = np.searchsorted(county[tracked][by_county], np.arange(len(book.counties) + 1))
    width = np.diff(starts)[county]
    pick = starts[county] + np.floor(chance.random(len(sales)) * width).astype(np.int64)
    served = ~tracked & (sales.type != TYPES.index("terminal")) & (width > 0)
    sales.subscriber[served] = owners[by_county][np.minimum(pick, count - 1)][served]


def _serials(book: Book, chance: np.random.Generator, sales: Sales, first: int) -> None:
    running = first + np.arange(len(sales))
    card = np.isin(sales.type, (0, 1))
    terminal = sales.type == TYPES.index("terminal")
    sales.serial[card] = numbers.iccid(running[card])
    sales.serial[terminal] = numbers.imei(running[terminal])
    sales.serial[~sales.named & (chance.random(len(sales)) < 0.5)] = 0
    other = card & (chance.random(len(sales)) < HOLDER_MISMATCH)
    sales.holder[other] = (sales.store[other] + 1) % len(book.stores)


def _cells(book: Book, chance: np.random.Generator, sales: Sales, at: int) -> None:
    """Where the card was first used: near the store, or, for a few, in another county."""
    grid = book.grid[at, sales.store]
    share = np.array([store.cross_region for store in book.stores])[sales.store]
    away = chance.random(len(sales)) < share
    grid = np.where(away, chance.integers(0, len(book.grids), size=len(sales)), grid)
    card = np.isin(sales.type, (0, 1))
    cell = grid * CELLS_PER_GRID + chance.integers(0, CELLS_PER_GRID, size=len(sales))
    cell = np.where(chance.random(len(sales)) < UNKNOWN_CELL, -2, cell)
    sales.cell = np.where(card, cell, -1)


def facts(book: Book) -> dict[str, Any]:
    """How many records there are, for the progress bar and the result."""
    return {"records": int(book.counts.sum())}
