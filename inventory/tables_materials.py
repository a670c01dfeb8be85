"""The lists of plans for materials, their items, and the monthly accounts."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core.tables import Column, Table
from inventory import states


def plan_url(plan: Any) -> str:
    return reverse("inventory:plan", args=[plan.number])


def _account_url(account: Any) -> str | None:
    return None if account.reconciled_at else reverse("inventory:material-reconcile", args=[account.pk])


PLANS = Table(
    Column("number", _("Plan number"), sort="pk", card="fact", link=plan_url),
    Column("activity", _("Activity"), sort=True, card="title", wrap=True),
    Column("org_unit.name", _("Unit"), sort="org_unit__name", card="fact"),
    Column("starts_on", _("Starts on"), kind="date", sort=True, card="fact"),
    Column("ends_on", _("Ends on"), kind="date", sort=True, card="fact"),
    Column("state", _("State"), kind="badge", states=states.MATERIAL_PLAN, sort="state", card="state"),
    Column("made_by.name", _("Made by"), hidden=True),
    Column("approved_by.name", _("Approved by"), hidden=True),
    sort="-number",
)

ITEMS = Table(
    Column("dealer.code", _("Dealer code"), sort="dealer__code", card="fact"),
    Column("dealer.name", _("Dealer"), sort="dealer__name", card="title"),
    Column("product.name", _("Material"), sort="product__code", card="fact"),
    Column("quantity", _("Planned"), kind="number", sort=True, total=True, card="fact"),
    Column("used", _("Used"), kind="number", sort=True, total=True, card="fact"),
    sort="dealer.code",
)

ACCOUNTS = Table(
    Column("month", _("Month"), kind="month", sort=True, card="fact"),
    Column("node.name", _("Stock node"), sort="node__name", card="title"),
    Column("node.dealer.name", _("Dealer"), hidden=True),
    Column("product.name", _("Material"), sort="product__code", card="fact"),
    Column("opening", _("Opening"), kind="number", card="fact"),
    Column("received", _("Received"), kind="number", total=True),
    Column("sent", _("Sent"), kind="number", total=True),
    Column("used", _("Used"), kind="number", total=True, card="fact"),
    Column("adjusted", _("Adjusted"), kind="number", total=True),
    Column(
        "closing",
        _("Closing"),
        kind="number",
        card="fact",
        link=_account_url,
        link_permission=Permission.RECONCILE_MATERIALS,
    ),
    Column("counted", _("Counted"), kind="number"),
    Column("reconciled_by.name", _("Reconciled by")),
    Column("reconciled_at", _("Reconciled at"), kind="datetime", hidden=True),
    Column("note", _("Note"), hidden=True, wrap=True),
    sort="-month",
)
