"""The dealers: who they are, where, how big and how good. What happens to them is in `stories`."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from channels_portal.demo import words
from channels_portal.demo.numbers import credit_code
from channels_portal.demo.plan import Plan
from channels_portal.demo.units import Unit

TIERS = ("partner", "exclusive", "mall")
CHAINS = ("national", "provincial", "small", "independent")
CHAIN_MIX = {
    "partner": (0.02, 0.04, 0.16, 0.78),
    "exclusive": (0.08, 0.17, 0.30, 0.45),
    "mall": (0.25, 0.35, 0.25, 0.15),
}
# What an independent store makes of its customers is the measure; the large chains sell fast and keep few.
CHAIN_QUALITY = {"national": -0.10, "provincial": 0.06, "small": 0.02, "independent": 0.0}
VISIT_REGIMES = ("authorised", "direct", "air_recharge")
FLOOR_AREA = {"partner": (9, 38), "exclusive": (29, 85), "mall": (55, 260)}
TIER_WEIGHT = {"partner": 1.0, "exclusive": 2.3, "mall": 5.0}


@dataclass
class Store:
    """A dealer. `weight` is its share of trade, `quality` (0 to 1) how well its customers stay.

    `tiers` and `grids` are its history as (first day, value); the rest of the second half
    is what `stories` gives it.
    """

    code: str
    sequence: int
    name: str
    legal_name: str
    credit_code: str
    county: str
    tier: str
    cooperation_start: date
    contact_name: str
    contact_phone: str
    chain_type: str
    location_kind: str
    address: str
    floor_area: float
    latitude: float
    longitude: float
    town: bool
    weight: float
    quality: float
    boss_connected: bool
    accepts_assessment: bool
    tiers: list[tuple[date, str]]
    grids: list[tuple[date, str]]
    agent_level: int = 1
    parent_code: str = ""
    visit_regime: str = "authorised"
    growth: float = 0.0
    story: str = ""
    idle: set[int] = field(default_factory=set)
    surge: set[int] = field(default_factory=set)
    cross_region: float = 0.01
    dead_share: float = 0.03
    ended_on: date | None = None
    ending_cause: str = ""
    sells_until: date | None = None
    lapsed_on: date | None = None
    suspended: tuple[date, date | None, str] | None = None
    account: str = "verified"

    @property
    def grid(self) -> str:
        """The code of the grid in which it is today."""
        return self.grids[-1][1]


def draw(plan: Plan, units: list[Unit]) -> list[Store]:
    """All stores, by county and sequence; the first of each county is an exclusive store in its seat."""
    counties = [unit for unit in units if unit.level == "county"]
    shares = np.array([county.share for county in counties])
    wanted = _apportion(plan.scale.dealers, shares)
    grids: dict[str, list[Unit]] = {county.code: [] for county in counties}
    for unit in units:
        if unit.level == "grid" and unit.parent:
            grids[unit.parent].append(unit)
    return [
        store
        for county, count in zip(counties, wanted, strict=True)
        for store in _of_county(plan, county, grids[county.code], count)
    ]


def _apportion(total: int, shares: np.ndarray) -> list[int]:
    """Whole numbers in proportion to `shares` that sum to `total`, none below 4."""
    exact = shares / shares.sum() * total
    found = np.maximum(np.floor(exact), 4).astype(int)
    for place in np.argsort(found - exact)[: max(0, total - int(found.sum()))]:
        found[place] += 1
    return [int(one) for one in found]


def _of_county(plan: Plan, county: Unit, grids: list[Unit], count: int) -> list[Store]:
    chance = plan.chance("stores", county.code)
    weights = np.array([grid.share for grid in grids])
    places = chance.choice(len(grids), size=count, p=weights / weights.sum())
    tiers = chance.choice(3, size=count, p=(0.71, 0.23, 0.06))
    places[0], tiers[0] = 0, 1
    tiers[1 % count] = 2 if count > 8 else tiers[1 % count]
    stores: list[Store] = []
    for number in range(count):
        stores.append(_store(plan, chance, county, grids[places[number]], number + 1, TIERS[tiers[number]]))
    _make_level_2(chance, stores)
    return stores


def _store(plan: Plan, chance: np.random.Generator, county: Unit, grid: Unit, number: int, tier: str) -> Store:
    town = grid.share >= 4 or (tier != "partner" and grid.share >= 2)
    chain = "independent" if number == 1 else str(chance.choice(CHAINS, p=CHAIN_MIX[tier]))
    start = _start(plan, chance, number)
    owner = str(chance.choice(words.SURNAMES)) + str(chance.choice(words.GIVEN_NAMES))
    name = _name(chance, grid, tier, chain, town)
    company = chain in ("national", "provincial") or tier == "mall"
    running = int(county.code[-4:]) * 10_000 + number
    quality = float(
        np.clip(chance.beta(6, 2) + CHAIN_QUALITY[chain] + (0.05 if tier == "exclusive" else 0), 0.15, 0.97)
    )
    area = chance.uniform(*FLOOR_AREA[tier])
    return Store(
        code=f"QD{county.code}{number:04d}",
        sequence=number,
        name=name,
        legal_name=f"{county.name}{name.removesuffix('店')}{'有限公司' if company else '经营部'}",
        credit_code=credit_code(region=county.code, serial=running % (10**6 if company else 10**7), company=company),
        county=county.code,
        tier=tier,
        cooperation_start=start,
        contact_name=owner,
        contact_phone=f"188{int(county.code[-4:]) % 1000:03d}{number % 100_000:05d}",
        chain_type=chain,
        location_kind=_location(chance, grid, tier, town),
        address=f"{county.name}{grid.name}{_street(chance, town)}{int(chance.integers(1, 290))}号",
        floor_area=round(float(area), 1),
        latitude=round(grid.latitude + float(chance.normal(0, 0.008)), 6),
        longitude=round(grid.longitude + float(chance.normal(0, 0.008)), 6),
        town=town,
        weight=TIER_WEIGHT[tier] * float(chance.lognormal(0, 0.42)) * (1.0 if town else 0.6),
        quality=quality if number > 1 else 0.88,
        boss_connected=tier != "partner" or bool(chance.random() < 0.5),
        accepts_assessment=tier != "partner" or bool(chance.random() < 0.7),
        tiers=[(start, tier)],
        grids=[(start, grid.code)],
        visit_regime="authorised" if town or tier != "partner" else str(chance.choice(VISIT_REGIMES)),
        growth=float(chance.normal(0.005, 0.02)),
        dead_share=float(np.clip(0.10 * (1 - quality), 0.01, 0.1)),
    )


def _street(chance: np.random.Generator, town: bool) -> str:
    return str(chance.choice(words.ROADS)) if town else "集镇"


def _start(plan: Plan, chance: np.random.Generator, number: int) -> date:
    """Cooperation begins some years ago; one store in sixteen is new in the months shown, a few are in lead-in."""
    kind = chance.random()
    if number <= 4 or kind < 0.92:
        return plan.first.first - timedelta(days=int(chance.integers(100, 3000)))
    if kind < 0.985:
        return plan.first.first + timedelta(days=int(chance.integers(0, (plan.last.first - plan.first.first).days)))
    return plan.today - timedelta(days=int(chance.integers(2, 7)))


def _name(chance: np.random.Generator, grid: Unit, tier: str, chain: str, town: bool) -> str:
    place = words.short(grid.name)
    if chain != "independent":
        brands = {"national": words.NATIONAL_CHAINS, "provincial": words.PROVINCIAL_CHAINS, "small": words.SMALL_CHAINS}
        ending = f"{place}{words.MALL_SUFFIX if tier == 'mall' else '店'}"
        return f"{chance.choice(brands[chain])}{ending}"
    word = str(chance.choice(words.TRADE_NAMES))
    if tier == "exclusive":
        return f"{place}{word}{words.EXCLUSIVE_SUFFIX}"
    if tier == "mall":
        return f"{place}{word}{words.MALL_SUFFIX}"
    return f"{place}{word}{chance.choice(words.TOWN_SUFFIXES if town else words.VILLAGE_SUFFIXES)}"


def _location(chance: np.random.Generator, grid: Unit, tier: str, town: bool) -> str:
    if tier == "mall":
        return str(chance.choice(("telecom_district", "core_retail_district")))
    if not town:
        return "large_village" if grid.share < 2 else "town_street"
    return str(chance.choice(("city_street", "town_street", "telecom_district"), p=(0.6, 0.25, 0.15)))


def _make_level_2(chance: np.random.Generator, stores: list[Store]) -> None:
    """One partner store in five gets its cards from a larger store of the county."""
    parents = [store for store in stores if store.tier != "partner"]
    for store in stores[3:]:
        if store.tier == "partner" and chance.random() < 0.2:
            store.agent_level = 2
            store.parent_code = parents[int(chance.integers(len(parents)))].code
            store.weight *= 0.55
