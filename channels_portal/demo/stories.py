"""What happens to some of the dealers, so that every list, check and warning has something to show."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from channels_portal.demo import words
from channels_portal.demo.plan import Plan
from channels_portal.demo.stores import Store
from channels_portal.demo.units import Unit

# (story, share of the dealers, at least)
STORIES = (
    ("ended", 0.03, 3),
    ("lapsed", 0.015, 2),
    ("suspended", 0.02, 3),
    ("moved", 0.02, 2),
    ("promoted", 0.04, 3),
    ("demoted", 0.01, 1),
    ("idle", 0.05, 5),
    ("surge", 0.025, 3),
    ("cross", 0.02, 2),
    ("farming", 0.02, 2),
    ("exclusivity", 0.025, 3),
    ("other_breach", 0.03, 3),
    ("no_account", 0.03, 3),
    ("unverified", 0.04, 4),
)


def tell(plan: Plan, stores: list[Store], units: list[Unit]) -> None:
    """Give each story to its share of the stores; never to the first of a county, nor two to one."""
    chance = plan.chance("stories")
    settled = plan.first.first - timedelta(days=60)
    free = [store for store in stores if store.sequence > 1 and store.cooperation_start < settled]
    order = iter([free[place] for place in chance.permutation(len(free))])
    grids = [unit for unit in units if unit.level == "grid"]
    for story, share, least in STORIES:
        for store in _take(order, max(least, round(share * len(stores)))):
            store.story = story
            _begin(plan, chance, store, grids)


def _take(order: Iterator[Store], count: int) -> list[Store]:
    return [store for _, store in zip(range(count), order, strict=False)]


def _begin(plan: Plan, chance: np.random.Generator, store: Store, grids: list[Unit]) -> None:
    months = len(plan.months)
    match store.story:
        case "ended":
            month = plan.months[int(chance.integers(months // 2, months))]
            store.ended_on = month.first + timedelta(days=int(chance.integers(4, 25)))
            store.ending_cause = str(chance.choice(("closed", "own_wish", "banned")))
            store.sells_until = store.ended_on + timedelta(days=int(chance.choice((-1, 9))))
        case "lapsed":
            store.lapsed_on = plan.months[-2].first + timedelta(days=int(chance.integers(8, 40)))
            store.sells_until = store.lapsed_on + timedelta(days=20)
        case "suspended":
            month = plan.months[int(chance.integers(max(0, months - 3), months))]
            begin = month.first + timedelta(days=int(chance.integers(0, 20)))
            end = None if chance.random() < 0.5 else begin + timedelta(days=int(chance.integers(10, 45)))
            store.suspended = (begin, end, str(chance.choice(words.SUSPENSION_REASONS)))
        case "moved":
            elsewhere = [grid for grid in grids if grid.parent != store.county and grid.code[:4] == store.county[:4]]
            target = elsewhere[int(chance.integers(len(elsewhere)))]
            month = plan.months[int(chance.integers(1, months - 1))]
            store.grids.append((month.first, target.code))
        case "promoted":
            up = {"partner": "exclusive", "exclusive": "mall", "mall": "mall"}[store.tier]
            _change_tier(plan, store, up)
        case "demoted":
            _change_tier(plan, store, "exclusive" if store.tier == "mall" else "partner")
        case "idle":
            first = int(chance.integers(0, months - 1))
            store.idle = set(range(first, min(months, first + int(chance.integers(1, 4)))))
        case "surge":
            store.surge = {months - 1}
        case "cross":
            store.cross_region = 0.22
        case "farming":
            store.quality, store.dead_share = 0.2, 0.45
        case "no_account" | "unverified":
            store.account = store.story  # new stores, so that the payments of longer ago are not held up
            start = plan.months[-2].first + timedelta(days=int(chance.integers(0, 40)))
            store.cooperation_start, store.idle, store.surge = start, set(), set()
            store.tiers, store.grids = [(start, store.tier)], [(start, store.grid)]


def _change_tier(plan: Plan, store: Store, tier: str) -> None:
    """From the last quarter's first day that lies among the months shown."""
    quarters = [month for month in plan.months[1:] if month.month in (1, 4, 7, 10)]
    day = quarters[-1].first if quarters else plan.last.first
    if tier != store.tier:
        store.tiers.append((day, tier))
        store.tier = tier


def stage(store: Store, today: date) -> str:
    """Where the store stands in its life cycle on `today`."""
    if (store.ended_on and store.ended_on <= today) or (store.lapsed_on and store.lapsed_on < today):
        return "terminated"
    if store.suspended and store.suspended[0] <= today and (store.suspended[1] or today) >= today:
        return "suspended"
    return "lead_in" if (today - store.cooperation_start).days < 7 else "mature"
