"""Writes what was drawn: organisation, catalogue, archives and papers. Sales are in `loading_sales`."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pgtrigger
from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import OrgUnit, User
from accounts.services import org_unit
from audits.models import Violation, ViolationType
from channels_portal.demo import papers
from channels_portal.demo.plan import Plan
from channels_portal.demo.products import PRODUCTS
from channels_portal.demo.sales import CELLS_PER_GRID
from channels_portal.demo.stores import Store
from channels_portal.demo.stories import stage
from channels_portal.demo.units import Unit
from channels_portal.demo.users import managers_of, place
from commissions.models import Budget, Subsidy
from core import sql
from core.pinyin import pinyin_key
from dealers.models import (
    Agreement,
    AssessmentScore,
    Dealer,
    DealerAccount,
    DealerEnding,
    DealerSuspension,
    DealerTier,
    DealerUnit,
    TierBusiness,
)
from inventory.models import Cell, Product

TIER_BUSINESSES = {
    "partner": ("activation", "port_in", "broadband", "plan_upgrade", "recharge", "service"),
    "exclusive": ("activation", "port_in", "broadband", "terminal", "plan_upgrade", "recharge", "service"),
    "mall": ("activation", "port_in", "broadband", "terminal", "plan_upgrade", "recharge", "service"),
}
PENALTIES = {"exclusivity": 2}


def copy(model: Any, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY plain rows into the model's table; unlike NULL (None), an empty text stays one."""
    text = "".join(",".join(map(_field, row)) + "\n" for row in rows)
    return sql.copy_in(model._meta.db_table, columns, io.StringIO(text))


def _field(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return str(value)


def ids(model: Any, key: str = "code") -> dict[str, int]:
    """Each row's id by its natural key."""
    return dict(model.objects.values_list(key, "pk"))


def evening(day: Any) -> datetime:
    """When the day's paper work was entered."""
    return datetime.combine(day, time(17, 30), ZoneInfo(settings.TIME_ZONE))


def organisation(units: list[Unit]) -> dict[str, OrgUnit]:
    """The tree, as far as it is missing; all by code."""
    known = {unit.code: unit for unit in OrgUnit.objects.all()}
    for unit in units:
        if unit.code not in known:
            parent = known[unit.parent] if unit.parent else None
            fresh = OrgUnit(code=unit.code, name=unit.name, level=unit.level, parent=parent)
            known[unit.code] = org_unit.save(fresh)
    return known


def catalogue(units: list[Unit]) -> None:
    """Products, cells, what tiers may sell and what breaches cost."""
    TierBusiness.objects.bulk_create(
        [TierBusiness(tier=tier, business_type=kind) for tier, kinds in TIER_BUSINESSES.items() for kind in kinds],
        ignore_conflicts=True,
    )
    ViolationType.objects.bulk_create(
        [ViolationType(code=code, multiplier=PENALTIES.get(code, 0)) for code in ViolationType.Code.values],
        ignore_conflicts=True,
    )
    copy(
        Product,
        ("code", "name", "family", "item_kind", "monthly_fee", "face_value"),
        [
            (one.code, one.name, one.family, one.item_kind, one.fee, one.price if one.item_kind == "recharge" else None)
            for one in PRODUCTS
        ],
    )
    unit_ids = ids(OrgUnit)
    copy(
        Cell,
        ("cell_id", "name", "county_id"),
        [
            (cell_id(grid, sector), f"{grid.name}{sector + 1}扇区", unit_ids[str(grid.parent)])
            for grid in units
            if grid.level == "grid"
            for sector in range(CELLS_PER_GRID)
        ],
    )


def cell_id(grid: Unit, sector: int) -> str:
    """A cell identity as networks write it: country, network, base station and sector."""
    return f"460-00-{int(grid.code) % 10**7:07d}-{sector + 1}"


def dealers(plan: Plan, stores: list[Store], units: list[Unit]) -> dict[str, int]:
    """The archive and its histories; the ids of the dealers by code."""
    unit_ids, managers = ids(OrgUnit), _managers(plan, stores, units)
    level_1_first = sorted(stores, key=lambda store: store.agent_level)
    for level in (1, 2):
        known = ids(Dealer)
        copy(
            Dealer,
            _DEALER_COLUMNS,
            [
                _dealer_row(store, plan, unit_ids, managers, known)
                for store in level_1_first
                if store.agent_level == level
            ],
        )
    known = ids(Dealer)
    tiers = [(known[one.code], day, tier) for one in stores for day, tier in one.tiers]
    copy(DealerTier, ("dealer_id", "valid_from", "tier"), tiers)
    grids = [(known[one.code], day, unit_ids[grid]) for one in stores for day, grid in one.grids]
    copy(DealerUnit, ("dealer_id", "valid_from", "org_unit_id"), grids)
    endings = [(known[one.code], one.ended_on, one.ending_cause) for one in stores if one.ended_on]
    copy(DealerEnding, ("dealer_id", "ended_on", "cause"), endings)
    holds = [(known[one.code], *one.suspended) for one in stores if one.suspended]
    copy(DealerSuspension, ("dealer_id", "from_date", "to_date", "reason"), holds)
    return known


_DEALER_COLUMNS = [
    "code",
    "name",
    "legal_name",
    "credit_code",
    "org_unit_id",
    "tier",
    "stage",
    "cooperation_start",
    "agent_level",
    "parent_id",
    "visit_regime",
    "chain_type",
    "payout_rhythm",
    "location_kind",
    "address",
    "floor_area",
    "main_business",
    "boss_connected",
    "accepts_assessment",
    "exclusive_agreement",
    "special_evaluation",
    "latitude",
    "longitude",
    "contact_name",
    "contact_phone",
    "manager_id",
    "pinyin",
]


def _dealer_row(
    store: Store, plan: Plan, units: dict[str, int], managers: dict[str, int], dealers: dict[str, int]
) -> tuple[Any, ...]:
    larger = store.tier != "partner"
    return (
        store.code,
        store.name,
        store.legal_name,
        store.credit_code,
        units[store.grid],
        store.tier,
        stage(store, plan.today),
        store.cooperation_start,
        store.agent_level,
        dealers[store.parent_code] if store.parent_code else None,
        store.visit_regime,
        store.chain_type,
        "year" if store.tier == "mall" else "half_year",
        store.location_kind,
        store.address,
        store.floor_area,
        "mobile_business" if larger else "other" if store.visit_regime != "authorised" else "mobile_business",
        store.boss_connected,
        store.accepts_assessment,
        larger,
        store.tier == "mall",
        store.latitude,
        store.longitude,
        store.contact_name,
        store.contact_phone,
        managers.get(store.code),
        pinyin_key(store.name),
    )


def _managers(plan: Plan, stores: list[Store], units: list[Unit]) -> dict[str, int]:
    """Which user looks after which store: those of a town together; a few stores have nobody."""
    users = ids(User, "username")
    counties = {unit.code: unit for unit in units if unit.level == "county"}
    parents = {unit.code: str(unit.parent) for unit in units if unit.level == "grid"}
    count = managers_of(plan, len(counties))
    chance = plan.chance("managers")
    found = {}
    for store in stores:
        county, forgotten = counties[parents[store.grid]], chance.random() < 0.015
        if not forgotten or store.sequence <= 3:
            found[store.code] = users[f"mgr.{place(county)}{int(store.grid[-3:]) % count + 1}"]
    return found


def paperwork(plan: Plan, stores: list[Store], units: list[Unit], dealers: dict[str, int]) -> None:
    """Agreements, accounts, scores, subsidies, violations and budgets."""

    def by_dealer(rows: papers.Rows, place: int = 0) -> list[tuple[Any, ...]]:
        return [(*row[:place], dealers[row[place]], *row[place + 1 :]) for row in rows]

    columns: tuple[str, ...] = ("number", "dealer_id", "starts_on", "ends_on", "exclusive")
    columns += ("committed_sales_per_quarter", "deposit")
    copy(Agreement, columns, by_dealer(papers.agreements(plan, stores), 1))
    copy(AssessmentScore, ("dealer_id", "month", "score"), by_dealer(papers.scores(plan, stores)))
    columns = ("dealer_id", "valid_from", "valid_to", "monthly_amount", "min_score")
    copy(Subsidy, columns, by_dealer(papers.subsidies(plan, stores)))
    columns = ("reference", "dealer_id", "type_id", "occurred_on", "confirmed_on")
    breaches = [(*row, evening(row[-1])) for row in by_dealer(papers.violations(plan, stores), 1)]
    copy(Violation, (*columns, "entered_at"), breaches)
    unit_ids = ids(OrgUnit)
    sums = [(unit_ids[row[0]], *row[1:]) for row in papers.budgets(plan, units)]
    copy(Budget, ("org_unit_id", "period", "kind", "amount"), sums)
    _accounts(plan, papers.accounts(plan, stores, units), dealers)


def backdate_scores() -> None:
    """Let the history say that the scores came on the first evening after their month.

    The settlements of the past, which are dated then too, would otherwise count them as news.
    """
    with pgtrigger.ignore():
        sql.execute(
            """UPDATE dealers_assessmentscoreevent
                  SET pgh_created_at = (month + interval '1 month 18 hours') AT TIME ZONE 'Asia/Shanghai'"""
        )


def _accounts(plan: Plan, rows: papers.Rows, dealers: dict[str, int]) -> None:
    """Entered by the county's supervisor and verified by the city's clerk, before the months shown."""
    clerks = {user.org_unit.code: user.pk for user in _staff("finance_clerk")}
    supervisors = {user.org_unit.code: user.pk for user in _staff("county_supervisor")}
    before = evening(plan.first.first - timedelta(days=40))
    recent = evening(plan.today - timedelta(days=2))
    columns = ("dealer_id", "bank", "number", "holder", "entered_by_id", "state", "entered_at", "verified_by_id")
    found: papers.Rows = []
    for code, bank, number, holder, verified in rows:
        entered = (dealers[code], bank, number, holder, supervisors[code[2:8]])
        if verified:
            found.append((*entered, "verified", before, clerks[code[2:6]], before))
        else:
            found.append((*entered, "entered", recent, None, None))
    copy(DealerAccount, (*columns, "verified_at"), found)


def _staff(role: str) -> Any:
    return User.objects.filter(role=role).select_related("org_unit").order_by("-username")


def words_for(step: str) -> str:
    """What the progress bar says while `step` is done."""
    return {
        "organisation": _("Org units and users"),
        "dealers": _("Dealers and their papers"),
        "stock": _("Stock"),
        "policy": _("Commission policy"),
        "sales": _("Sales records"),
        "subscribers": _("Subscriber months"),
        "visits": _("Visits"),
        "settlement": _("Settlement of the past months"),
    }[step]
