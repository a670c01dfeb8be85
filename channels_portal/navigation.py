"""The menu: areas and what is in them, shown to whoever holds one of the permissions."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core.views import may

PHONE_AREAS = 5


@dataclass(frozen=True)
class Item:
    """`group` is the caption above it and its neighbours of the same group, in a long area."""

    label: str | Promise
    url_name: str
    permissions: tuple[Permission, ...]
    group: str | Promise = ""


@dataclass(frozen=True)
class Area:
    """`name` is the first part of the addresses below it."""

    name: str
    label: str | Promise
    icon: str
    items: tuple[Item, ...]


AREAS = (
    Area(
        "dashboard", _("Dashboard"), "layout-dashboard", (Item(_("Dashboard"), "core:home", (Permission.USE_PORTAL,)),)
    ),
    Area(
        "dealers",
        _("Dealers"),
        "building-store",
        (
            Item(_("Dealers"), "dealers:list", (Permission.VIEW_DEALERS,)),
            Item(_("New stores"), "dealers:applications", (Permission.VIEW_DEALERS,)),
            Item(_("Plan of stores"), "dealers:site-plan", (Permission.VIEW_DEALERS,)),
            Item(_("Rating proposals"), "dealers:proposals", (Permission.VIEW_RATINGS,)),
            Item(_("Rating rounds"), "dealers:ratings", (Permission.APPROVE_RATINGS,)),
            Item(_("My shop"), "dealers:own", (Permission.VIEW_OWN_DEALER,)),
        ),
    ),
    Area(
        "stock",
        _("Stock"),
        "packages",
        (
            Item(_("Stock nodes"), "inventory:nodes", (Permission.VIEW_STOCK,)),
            Item(_("Network"), "inventory:network", (Permission.VIEW_STOCK,)),
            Item(_("Stock movements"), "inventory:movements", (Permission.VIEW_MOVEMENTS,)),
            Item(_("Stocktakes"), "inventory:stocktakes", (Permission.VIEW_STOCKTAKES,)),
            Item(_("Material plans"), "inventory:plans", (Permission.VIEW_MATERIALS,)),
            Item(_("Material accounts"), "inventory:material-accounts", (Permission.VIEW_MATERIALS,)),
            Item(_("Amounts due for cards"), "inventory:amounts", (Permission.VIEW_AMOUNTS,)),
            Item(_("Stock and turnover"), "inventory:levels", (Permission.VIEW_STOCK,)),
            Item(_("Balancing"), "inventory:balancing", (Permission.VIEW_STOCKTAKES,)),
            Item(_("Activation ranking"), "inventory:ranking", (Permission.VIEW_SALES,)),
            Item(_("Cards"), "inventory:cards", (Permission.VIEW_STOCK,)),
            Item(_("Sales records"), "inventory:sales", (Permission.VIEW_SALES,)),
        ),
    ),
    Area(
        "commissions",
        _("Commissions"),
        "coins",
        (
            Item(_("This month so far"), "commissions:own_month", (Permission.VIEW_OWN_DEALER,)),
            Item(_("Settlement batches"), "commissions:batches", (Permission.VIEW_BATCHES,)),
            Item(_("Statements"), "commissions:statements", (Permission.VIEW_STATEMENTS,)),
            Item(_("Files of a period"), "commissions:files", (Permission.VIEW_BATCHES,)),
            Item(_("Payment accounts"), "commissions:accounts", (Permission.VERIFY_ACCOUNTS,), _("Payment")),
            Item(_("Payment results"), "commissions:payment_results", (Permission.PAY_BATCHES,), _("Payment")),
            Item(_("Disputes"), "commissions:disputes", (Permission.VIEW_STATEMENTS,), _("Corrections")),
            Item(_("Adjustments"), "commissions:adjustments", (Permission.VIEW_STATEMENTS,), _("Corrections")),
            Item(_("False sales"), "commissions:false_sales", (Permission.VIEW_STATEMENTS,), _("Corrections")),
            Item(_("Pool"), "commissions:pool", (Permission.VIEW_POOL,), _("Pool")),
            Item(_("Payout rounds"), "commissions:pool_rounds", (Permission.VIEW_POOL_ROUNDS,), _("Pool")),
            Item(_("Pool changes"), "commissions:pool_changes", (Permission.VIEW_POOL_ROUNDS,), _("Pool")),
            Item(_("Pool liability"), "commissions:pool_liability", (Permission.VIEW_POOL_ROUNDS,), _("Pool")),
            Item(_("County assessment events"), "commissions:county_events", (Permission.VIEW_POOL_ROUNDS,), _("Pool")),
            Item(_("Policies"), "commissions:policies", (Permission.VIEW_POLICIES,), _("Policies and budgets")),
            Item(
                _("Competitor levels"),
                "commissions:competitor_levels",
                (Permission.VIEW_POLICIES,),
                _("Policies and budgets"),
            ),
            Item(_("Budgets"), "commissions:budgets", (Permission.VIEW_BUDGETS,), _("Policies and budgets")),
            Item(_("Points"), "commissions:points", (Permission.VIEW_POINTS,), _("Further")),
            Item(_("Ledger checks"), "commissions:ledger_checks", (Permission.VIEW_LEDGERS,), _("Further")),
        ),
    ),
    Area(
        "audits",
        _("Audits"),
        "clipboard-check",
        (
            Item(_("Visits today"), "audits:today", (Permission.LOG_VISITS,)),
            Item(_("Week of visits"), "audits:week", (Permission.LOG_VISITS, Permission.ASSIGN_MANAGERS)),
            Item(_("Visits without connection"), "audits:offline", (Permission.LOG_VISITS,)),
            Item(_("Coverage board"), "audits:board", (Permission.VIEW_VISITS, Permission.LOG_VISITS)),
            Item(_("Visits"), "audits:visits", (Permission.VIEW_VISITS, Permission.LOG_VISITS)),
            Item(_("Inspections"), "audits:inspections", (Permission.VIEW_INSPECTIONS, Permission.INSPECT)),
            Item(_("Rounds of inspections"), "audits:inspection-rounds", (Permission.VIEW_INSPECTIONS,)),
            Item(_("Findings"), "audits:findings", (Permission.VIEW_VISITS, Permission.LOG_VISITS)),
            Item(_("Rectifications"), "audits:rectifications", (Permission.VIEW_RECTIFICATIONS,)),
            Item(_("Violation notices"), "audits:notices", (Permission.VIEW_NOTICES,)),
            Item(_("Violations"), "audits:violations", (Permission.VIEW_VISITS,)),
            Item(_("Assessment scores"), "audits:score-rounds", (Permission.VIEW_SCORES,)),
            Item(_("Managers' performance"), "audits:managers", (Permission.VIEW_SCORES,)),
            Item(_("Cross-region cases"), "audits:cases", (Permission.VIEW_CASES,)),
        ),
    ),
    Area(
        "reports",
        _("Reports"),
        "chart-bar",
        (Item(_("Effectiveness"), "reports:effectiveness", (Permission.VIEW_REPORTS,)),),
    ),
    Area(
        "system",
        _("System"),
        "settings",
        (
            Item(_("Imports"), "imports:list", (Permission.VIEW_IMPORTS,)),
            Item(_("Users"), "accounts:users", (Permission.VIEW_USERS,)),
            Item(_("Org units"), "accounts:units", (Permission.VIEW_USERS,)),
            Item(_("My jobs"), "core:jobs", (Permission.USE_PORTAL,)),
            Item(_("Admin site"), "admin:index", (Permission.ADMIN_SITE,)),
        ),
    ),
)


@cache
def address(url_name: str) -> str:
    """The address of a page, '' where this installation has no such page."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def for_user(user: Any) -> list[dict[str, Any]]:
    """The areas that `user` may use, with their items; an area leads to its first item."""
    areas = []
    for area in AREAS:
        items = [
            {"label": item.label, "url": address(item.url_name), "group": item.group}
            for item in area.items
            if address(item.url_name) and may(user, item.permissions)
        ]
        if items:
            areas.append(
                {"name": area.name, "label": area.label, "icon": area.icon, "url": items[0]["url"], "menu": items}
            )
    return areas


def nearest(path: str, urls: list[str]) -> str:
    """The item under which a page stands: the longest address with which its own begins."""
    return max((url for url in urls if path == url or (url != "/" and path.startswith(url))), key=len, default="")


def menu(request: HttpRequest) -> dict[str, Any]:
    """Context for the frame: all areas at the left, on a phone at most five at the bottom."""

    def build() -> dict[str, Any]:
        areas = for_user(request.user) if request.user.is_authenticated else []
        split = len(areas) if len(areas) <= PHONE_AREAS else PHONE_AREAS - 1
        return {
            "areas": areas,
            "phone": areas[:split],
            "more": areas[split:],
            "current": nearest(request.path, [item["url"] for area in areas for item in area["menu"]]),
        }

    return {"menu": SimpleLazyObject(build)}
