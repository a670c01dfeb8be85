"""The papers of the dealers: agreements, accounts, scores, subsidies, violations, budgets. Plain rows."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from channels_portal.demo import words
from channels_portal.demo.numbers import with_luhn
from channels_portal.demo.plan import Plan
from channels_portal.demo.stores import Store
from channels_portal.demo.units import Unit

Rows = list[tuple[Any, ...]]

SUBSIDY_SHARE = {"partner": 0.1, "exclusive": 0.45, "mall": 1.0}
SUBSIDY = {"partner": (100, 250), "exclusive": (200, 500), "mall": (600, 1500)}
BREACHES = ("cross_region", "false_business", "packaging", "misuse", "real_name", "service")


def agreements(plan: Plan, stores: list[Store]) -> Rows:
    """(number, dealer, starts, ends, exclusive, committed sales, deposit): one or two terms of one or two years."""
    chance = plan.chance("agreements")
    rows: Rows = []
    # Half of a store's records are activations and terminal sales, of which most stay.
    pace = 3 * plan.scale.sales / plan.scale.months * 0.5 / sum(store.weight for store in stores)
    for store in stores:
        years = int(chance.choice((1, 2), p=(0.7, 0.3)))
        end = _end_of_term(plan, chance, store, years)
        exclusive, committed, deposit = (
            store.tier != "partner",
            None,
            {"partner": 1000, "exclusive": 5000, "mall": 20000},
        )
        if store.tier == "mall":
            committed = max(5, round(pace * store.weight * float(chance.uniform(0.3, 0.9))))
        for term in (1, 0):
            ends = _years_before(end, term * years)
            starts = max(_years_before(ends, years) + timedelta(days=1), store.cooperation_start)
            if starts < ends:
                number = f"XY{starts.year}-{store.code[2:]}-{2 - term}"
                rows.append((number, store.code, starts, ends, exclusive, committed, deposit[store.tier]))
    return rows


def _end_of_term(plan: Plan, chance: np.random.Generator, store: Store, years: int) -> date:
    """When the present agreement ends: after today, for one in twelve within sixty days; a lapsed one before."""
    if store.lapsed_on:
        return store.lapsed_on
    if store.ended_on:
        return store.ended_on + timedelta(days=int(chance.integers(20, 300)))
    soon = chance.random() < 0.08
    return plan.today + timedelta(days=int(chance.integers(3, 60) if soon else chance.integers(61, years * 360)))


def _years_before(day: date, years: int) -> date:
    return (
        day.replace(year=day.year - years, day=28)
        if (day.month, day.day) == (2, 29)
        else day.replace(year=day.year - years)
    )


def accounts(plan: Plan, stores: list[Store], units: list[Unit]) -> Rows:
    """(dealer, bank, number, holder, verified): none for those whose story is that it is missing."""
    chance = plan.chance("accounts")
    county = {unit.code: words.short(unit.name) for unit in units if unit.level == "county"}
    rows: Rows = []
    for place, store in enumerate(stores):
        bank, prefix = words.BANKS[int(chance.integers(len(words.BANKS)))]
        if store.account == "no_account":
            continue
        stem = int(prefix) * 10**12 + int(chance.integers(10**7)) * 10**5 + place % 10**5
        number = str(with_luhn(np.array([stem]))[0])
        holder = store.legal_name if store.legal_name.endswith("公司") else store.contact_name
        rows.append((store.code, bank.format(county=county[store.county]), number, holder, store.account == "verified"))
    return rows


def scores(plan: Plan, stores: list[Store]) -> Rows:
    """(dealer, month, score) for those who accept assessment, now and then one is missing."""
    chance = plan.chance("scores")
    rows: Rows = []
    for store in stores:
        if not store.accepts_assessment:
            continue
        for month in plan.months:
            drawn, missing = chance.normal(84 + 14 * (store.quality - 0.7), 7), chance.random() < 0.04
            if store.cooperation_start <= month.last and not missing:
                rows.append((store.code, month.first, Decimal(str(round(min(max(float(drawn), 41.0), 100.0), 1)))))
    return rows


def subsidies(plan: Plan, stores: list[Store]) -> Rows:
    """(dealer, from, to, monthly amount, minimum score)."""
    chance = plan.chance("subsidies")
    rows: Rows = []
    for store in stores:
        low, high = SUBSIDY[store.tier]
        amount, wanted = int(chance.integers(low // 50, high // 50)) * 50, chance.random() < SUBSIDY_SHARE[store.tier]
        begin, ends, floor = int(chance.integers(0, 90)), chance.random() < 0.2, chance.random() < 0.6
        if wanted:
            start = max(store.cooperation_start, plan.first.first - timedelta(days=begin))
            end = (plan.last + 2).last if ends else None
            rows.append((store.code, start, end, amount, 80 if floor else None))
    return rows


def violations(plan: Plan, stores: list[Store]) -> Rows:
    """(reference, dealer, type, occurred, confirmed): exclusivity ones late enough to meet an open batch too."""
    chance = plan.chance("violations")
    rows: Rows = []
    for store in stores:
        if store.story not in ("exclusivity", "other_breach", "cross"):
            continue
        kind = {"exclusivity": "exclusivity", "cross": "cross_region"}.get(store.story) or str(chance.choice(BREACHES))
        month = plan.months[-1 - int(chance.integers(0, min(3, len(plan.months))))]
        occurred = month.first + timedelta(days=int(chance.integers(2, 24)))
        confirmed = min(occurred + timedelta(days=int(chance.integers(3, 15))), month.last)
        rows.append((f"WG{month}-{store.code[2:]}", store.code, kind, occurred, confirmed))
    return rows


def budgets(plan: Plan, units: list[Unit]) -> Rows:
    """(unit, period, kind, yuan): each month for counties, the year for cities."""
    rows: Rows = []
    each = plan.scale.sales / plan.scale.months * 13  # about what a record costs, with its store's subsidy
    counties = [unit for unit in units if unit.level == "county"]
    total = sum(unit.share for unit in counties)
    for unit in counties:
        for month in [*plan.months, plan.current]:
            rows.append((unit.code, str(month), "", round(each * unit.share / total * 1.9, -3) + 20_000))
    for unit in units:
        if unit.level == "city":
            share = sum(county.share for county in counties if county.parent == unit.code) / total
            rows += [(unit.code, str(year), "", round(each * share * 24, -4) + 2_000_000) for year in _years(plan)]
    return rows


def _years(plan: Plan) -> list[int]:
    return sorted({plan.first.year, plan.current.year})
