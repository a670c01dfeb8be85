"""What the lists of budgets show. Money is yuan; `use` is put on the rows by the view."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import words
from commissions.models import Budget
from commissions.queries.budgets import STATES
from commissions.tables import YUAN
from core.formats import Bar
from core.tables import Column, Table


def _use(name: str) -> Any:
    return lambda budget: getattr(budget.use, name) if budget.use else None


def bar(use: Any) -> Bar | None:
    """A budget's use against the time that has elapsed."""
    if use is None:
        return None
    colour = use.state.colour
    return Bar(use.share, use.elapsed, "blue" if colour == "green" else colour)


def budget_url(budget: Budget) -> str:
    return reverse("commissions:budget", args=[budget.pk])


BUDGETS = Table(
    Column("org_unit.name", _("Org unit"), sort="org_unit__path", card="title", link=budget_url),
    Column("period", _("Period"), sort=True, card="fact"),
    Column("kind", _("Commission kind"), value=lambda one: one.kind_label, sort=True),
    Column("amount", _("Budget"), kind="money", unit=YUAN, sort=True, card="fact"),
    Column("committed", _("Committed"), kind="money", unit=YUAN, value=_use("committed"), card="fact"),
    Column("bar", _("Used, against time"), kind="bar", value=lambda one: bar(one.use)),
    Column("left", _("Left"), kind="money", unit=YUAN, value=_use("left")),
    Column("elapsed", _("Time elapsed"), kind="percent", value=_use("elapsed"), hidden=True),
    Column("forecast", _("Forecast"), kind="money", unit=YUAN, value=_use("forecast")),
    Column("paid", _("Paid out"), kind="money", unit=YUAN, value=_use("paid"), hidden=True),
    Column(
        "state",
        _("State"),
        kind="badge",
        value=lambda one: one.use.state if one.use else STATES["unknown"],
        card="state",
    ),
    sort="-period",
)

COMPETITOR_LEVELS = Table(
    Column("month", _("Month"), kind="month", sort=True, card="fact"),
    Column("org_unit.name", _("Org unit"), sort="org_unit__path", card="fact"),
    Column("competitor", _("Competitor"), sort=True, card="title"),
    Column("business_type", _("Business"), value=lambda one: one.get_business_type_display(), sort=True, card="fact"),
    Column("product_family", _("Product family"), sort=True),
    Column("value", _("Pays"), value=lambda one: words.figure(one, one.value)),
    Column("source", _("Source"), wrap=True, hidden=True),
    Column("recorded_by.name", _("Recorded by")),
    Column("recorded_at", _("Recorded at"), kind="datetime", sort=True),
    Column(
        "remove",
        _("Correct"),
        value=lambda one: _("Take back"),
        link=lambda one: reverse("commissions:competitor_level_remove", args=[one.pk]),
        link_permission=Permission.EDIT_POLICIES,
        export=False,
    ),
    sort="-month",
)
