"""What the lists of points show."""

from dataclasses import replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from audits.models import ViolationType
from commissions import states_points as states
from commissions.models import PointsRule, Redemption
from commissions.tables import YUAN
from core.tables import Column, Table
from dealers.models.tiers import BusinessType


def subject_label(rule: PointsRule) -> Any:
    """What the rule is about, in words."""
    names = ViolationType.Code.choices if rule.kind == "violation" else BusinessType.choices
    return dict(names).get(rule.subject, rule.subject) if rule.subject else _("all")


def redemption_url(one: Redemption) -> str:
    return reverse("commissions:redemption", args=[one.reference])


ACCOUNTS = Table(
    Column("dealer.code", _("Dealer code"), sort=True),
    Column(
        "dealer.name",
        _("Dealer name"),
        sort=True,
        card="title",
        link=lambda one: reverse("commissions:dealer_points", args=[one.dealer.code]),
    ),
    Column("dealer.org_unit.name", _("Org unit"), sort="dealer__org_unit__path", card="fact"),
    Column("balance", _("Points"), kind="number", sort=True, total=True, card="fact"),
    sort="-balance",
)

ENTRIES = Table(
    Column("posted_at", _("Posted at"), kind="datetime", sort=True, card="fact"),
    Column("month", _("Month"), kind="month", sort=True, card="fact"),
    Column("entry", _("Entry"), value=lambda one: one.get_entry_display(), sort=True, card="title"),
    Column("points", _("Points"), kind="number", card="state"),
    Column("balance", _("Balance"), kind="number", card="fact"),
    Column("source", _("Source document")),
    tie="-id",
    sort="-posted_at",
)

RULES = Table(
    Column("org_unit.name", _("Org unit"), sort="org_unit__path", card="fact"),
    Column("kind", _("For what"), value=lambda one: one.get_kind_display(), sort=True, card="title"),
    Column("subject", _("Business or violation"), value=subject_label, sort=True, card="fact"),
    Column(
        "points",
        _("Points"),
        kind="number",
        value=lambda one: -one.points if one.kind == "violation" else one.points,
        sort=True,
        card="state",
    ),
    Column("valid_from", _("Valid from"), kind="date", sort=True, card="fact"),
    Column("valid_to", _("Valid to"), kind="date", sort=True),
    Column(
        "end",
        _("Change"),
        value=lambda one: _("End"),
        link=lambda one: reverse("commissions:points_rule_end", args=[one.pk]),
        export=False,
    ),
    sort="-valid_from",
)

ITEMS = Table(
    Column("code", _("Code"), sort=True, card="fact"),
    Column(
        "name",
        _("Reward"),
        sort=True,
        card="title",
        link=lambda one: reverse("commissions:points_item_edit", args=[one.pk]),
    ),
    Column("org_unit.name", _("Org unit"), sort="org_unit__path"),
    Column("category", _("Category"), value=lambda one: one.get_category_display(), sort=True),
    Column("points", _("Points for one"), kind="number", sort=True, card="fact"),
    Column("stock", _("Stock"), kind="number", sort=True),
    Column("budget", _("Budget"), kind="money", unit=YUAN, sort=True),
    Column("taken", _("Taken"), kind="number", sort=True),
    Column("left", _("Left"), kind="number", card="fact"),
    Column("offered", _("Offered"), kind="bool", sort=True, card="state"),
    sort="code",
)

OFFERS = Table(
    Column(
        "name",
        _("Reward"),
        sort=True,
        card="title",
        link=lambda one: f"{reverse('commissions:redeem')}?item={one.pk}",
    ),
    Column("category", _("Category"), value=lambda one: one.get_category_display(), sort=True, card="fact"),
    Column("points", _("Points for one"), kind="number", sort=True, card="fact"),
    Column("left", _("Left"), kind="number", card="fact"),
    sort="points",
)

REDEMPTIONS = Table(
    Column("reference", _("Reference"), sort=True, link=redemption_url, card="fact"),
    Column("dealer.name", _("Dealer name"), sort=True, card="fact"),
    Column("item.name", _("Reward"), sort=True, link=redemption_url, card="title"),
    Column("quantity", _("Quantity"), kind="number", sort=True),
    Column("points", _("Points"), kind="number", sort=True, card="fact"),
    Column("state", _("State"), kind="badge", states=states.REDEMPTION, sort=True, card="state"),
    Column("requested_at", _("Requested at"), kind="datetime", sort=True),
    Column("decided_by.name", _("Decided by")),
    Column("handed_over_by.name", _("Handed over by")),
    sort="-requested_at",
)

ITEMS_TO_READ = Table(
    *(column if column.name != "name" else replace(column, link=None) for column in ITEMS.columns), sort="code"
)
