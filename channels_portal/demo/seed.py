"""Load the demo, step by step: users first, then everything drawn in one transaction, then the past.

Done again after a crash it goes on where it stopped: the data are there as a whole or
not at all, and each settled month is found settled.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit, User
from audits.services import cross_region as cases
from channels_portal.demo import (
    history,
    keeping,
    loading,
    loading_sales,
    moving,
    policy,
    sales,
    stores,
    stories,
    subscribers,
    units,
    users,
    visits,
)
from channels_portal.demo.loading import words_for
from channels_portal.demo.plan import Plan
from channels_portal.demo.products import PRODUCTS
from channels_portal.demo.units import Unit
from commissions.models import CommissionPolicy
from commissions.services import policy as policies
from core import sql
from core.errors import Refused
from core.followups import emit
from core.periods import Quarter
from dealers.models import Dealer, RatingRound
from dealers.rules.rating import RatingPeriod
from dealers.services import rating
from inventory.bulk import cross_region, dealer_months, levels
from inventory.models import Product, SalesRecord

Progress = Callable[[int, int, str], None]
STEPS = 100


class NotForProduction(Refused):
    """Invented data and known passwords have no place among real ones."""

    code = "production"


class NotEmpty(Refused):
    """There are data that are not the demo's."""

    code = "not_empty"


def demand_place(*, force: bool = False) -> None:
    """Raise NotForProduction where the demo may not be loaded."""
    if settings.PRODUCTION and not force:
        raise NotForProduction(_("This is a production system: the demo is not loaded here."))


def create_users(plan: Plan) -> dict[str, User]:
    """Org units and everybody who can sign in; quick, and safe to do again."""
    tree = units.tree(plan)
    loading.organisation(tree)
    return users.create(users.roster(plan, tree))


def run(plan: Plan, *, progress: Progress | None = None, settle: bool = True) -> dict[str, Any]:
    """Everything. Returns counts. Raises NotEmpty if other dealers or sales are there."""
    report = progress or (lambda done, total, note: None)
    tree = units.tree(plan)
    book = sales.Book(plan, tree, _drawn(plan, tree))
    report(1, STEPS, words_for("organisation"))
    with transaction.atomic():
        people = create_users(plan)
    loaded = CommissionPolicy.objects.filter(code=policy.code(users.CITY)).exists()
    if not loaded and (Dealer.objects.exists() or SalesRecord.objects.exists()):
        raise NotEmpty(_("There are dealers or sales already: the demo is only loaded into an empty portal."))
    if loaded:
        late = _late(book)
    else:
        with transaction.atomic():
            late = _load(plan, tree, book, people, report)
        _refresh_statistics()
    report(60, STEPS, words_for("visits"))
    visits.log(plan)
    keeping.set_prices(plan)
    moving.move(plan)
    keeping.keep(plan)
    _watch(plan)
    if settle:
        history.settle(
            plan,
            book,
            late,
            progress=lambda share, note: report(62 + round(share * 38), STEPS, f"{words_for('settlement')} {note}"),
        )
    report(STEPS, STEPS, "")
    return {
        "scale": plan.scale.name,
        "seed": plan.seed,
        "dealers": Dealer.objects.count(),
        "sales": SalesRecord.objects.count(),
        "subscriber_months": sql.fetch_value("SELECT count(*) FROM inventory_subscribermonth"),
        **history.facts(),
    }


def _drawn(plan: Plan, tree: list[Unit]) -> list[stores.Store]:
    found = stores.draw(plan, tree)
    stories.tell(plan, found, tree)
    return found


def _load(plan: Plan, tree: list[Unit], book: sales.Book, people: dict[str, User], report: Progress) -> pl.DataFrame:
    """Everything but the settlements; the sales that are reported late are left for later."""
    report(3, STEPS, words_for("dealers"))
    loading.catalogue(tree)
    dealers = loading.dealers(plan, book.stores, tree)
    loading.paperwork(plan, book.stores, tree, dealers)
    loading.backdate_scores()
    users.link_dealers(users.roster(plan, tree), people)
    report(8, STEPS, words_for("policy"))
    _publish(plan, tree, people)
    writer = loading_sales.Writer(book)
    nodes = loading_sales.nodes(book)
    late: list[pl.DataFrame] = []
    cohorts: list[subscribers.Cohort] = []
    serial = 1
    for place, month in enumerate(sales.months(book)):
        report(10 + place * 25 // len(book.months), STEPS, f"{words_for('sales')} {month.month}")
        cohorts.append(subscribers.cohort(book, month))
        if len(book.months) - place <= plan.scale.card_months:
            writer.write_cards(month, nodes, _sims())
        rows = writer.sales(month)
        writer.write_sales(rows.filter(~month.late))
        late.append(rows.filter(month.late))
        serial += len(month)
    report(35, STEPS, words_for("stock"))
    loading_sales.stock(book, nodes, serial)
    sql.execute(loading_sales.FLAGS)
    for figures in subscribers.months(book, cohorts):
        report(
            40 + plan.months.index(figures.month) * 20 // len(plan.months),
            STEPS,
            f"{words_for('subscribers')} {figures.month}",
        )
        writer.write_figures(figures)
    emit("dealers_changed", ids=list(dealers.values()))
    return pl.concat(late)


def _watch(plan: Plan) -> None:
    """What the calendar has found until today: flags, cases of the last month, stock levels, dealers' months."""
    at = loading.evening(plan.current.first + timedelta(days=1))
    with transaction.atomic():
        for month in plan.months[:-1]:
            cross_region.flag(month=month)
        cases.detect(month=plan.last, by=None, at=at)
        dealer_months.nightly(today=plan.today)
        _rate(plan)
        levels.post(day=plan.today)


def _rate(plan: Plan) -> None:
    """The rating of the last full quarter, once."""
    over = Quarter.of(plan.today) + -1
    period, cities = RatingPeriod(over.year, over.quarter), OrgUnit.objects.filter(level="city")
    if not RatingRound.objects.exists():
        at = loading.evening(over.last + timedelta(days=3))
        rating.rate_period(period=period, cities=cities, by=None, at=at, today=plan.today)


def _late(book: sales.Book) -> pl.DataFrame:
    """The late sales once more, after a crash."""
    writer = loading_sales.Writer(book)
    return pl.concat([writer.sales(month).filter(month.late) for month in sales.months(book)])


def _sims() -> np.ndarray:
    """For each product of the list the card that it is sold with."""
    known = loading.ids(Product)
    return np.array([known["SIM-5G" if item.family == "5G" else "SIM-4G"] for item in PRODUCTS])


def _publish(plan: Plan, tree: list[Unit], people: dict[str, User]) -> None:
    """Each city's policy: one city manager proposes it, another publishes it."""
    at = loading.evening(plan.first.first - timedelta(days=20))
    for city in [unit for unit in tree if unit.level == "city"]:
        author, approver = _managers(city, people)
        data = json.loads(json.dumps(policy.file_of(plan, city, approver=approver.name)))
        draft, _state = policies.import_draft(data=data, by=author)
        policies.propose(policy=draft, by=author, at=at)
        policies.publish(policy=draft, by=approver, at=at + timedelta(hours=16))


def _managers(city: Unit, people: dict[str, User]) -> tuple[User, User]:
    """The two city managers: author and approver."""
    first, second = users.city_managers(city.code)
    return people[first], people[second]


def _refresh_statistics() -> None:
    """The planner needs to know what has just been loaded."""
    for table in ("inventory_salesrecord", "inventory_subscribermonth", "dealers_dealer", "dealers_dealertier",
                  "dealers_dealerunit", "inventory_card", "accounts_orgunit"):  # fmt: skip
        sql.execute(f"ANALYZE {table}")
