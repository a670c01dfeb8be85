"""Tables of inspections."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audits import states
from core.tables import Column, Table


def inspection_url(row: Any) -> str:
    return reverse("audits:inspection", args=[row.pk])


def round_url(row: Any) -> str:
    return reverse("audits:inspection-round", args=[row.number])


INSPECTIONS = Table(
    Column("dealer.name", _("Dealer"), sort="dealer__pinyin", card="title", link=inspection_url),
    Column("dealer.address", _("Address"), wrap=True, card="fact"),
    Column("due_on", pgettext_lazy("inspection", "Due on"), kind="date", sort=True, card="fact"),
    Column("kind", _("Kind"), value=lambda row: row.get_kind_display(), sort=True, card="fact"),
    Column("state", _("State"), kind="badge", states=states.INSPECTION, sort=True, card="state"),
    Column("inspector.name", _("Inspector"), sort="inspector__name"),
    Column("visit.checked_in_at", _("Inspected at"), kind="datetime", sort="visit__checked_in_at"),
    Column("visit.score", _("Score"), kind="number", sort="visit__score"),
    Column("dealer.org_unit.name", _("Org unit"), sort="dealer__org_unit__path"),
    Column("dealer.code", _("Dealer code"), sort="dealer__code", hidden=True),
    Column("round.number", pgettext_lazy("inspections", "Round"), sort="round__number", hidden=True),
    sort="due_on",
)

ROUNDS = Table(
    Column("number", _("Number"), sort=True, card="title", link=round_url),
    Column("kind", _("Kind"), value=lambda row: row.get_kind_display(), sort=True, card="fact"),
    Column("org_unit.name", _("Org unit"), sort="org_unit__path", card="fact"),
    Column("period", _("Quarter"), sort=True),
    Column("size", _("Stores"), kind="number", sort=True, card="fact"),
    Column("done", pgettext_lazy("inspections", "Done"), kind="number", sort=True),
    Column("assigned", pgettext_lazy("inspections", "To be done"), kind="number", sort=True),
    Column("cancelled", pgettext_lazy("inspections", "Cancelled"), kind="number", sort=True, hidden=True),
    Column("due_on", pgettext_lazy("inspection", "Due on"), kind="date", sort=True),
    Column("ordered_by.name", _("Ordered by"), sort="ordered_by__name"),
    Column("ordered_at", _("Ordered at"), kind="datetime", sort=True),
    sort="-ordered_at",
)

COVERED = Table(
    Column("county", _("County"), card="title"),
    Column("stores", _("Exclusive stores and malls"), kind="number", total=True),
    Column("done", pgettext_lazy("inspections", "Done"), kind="number", total=True, card="fact"),
    Column("assigned", pgettext_lazy("inspections", "To be done"), kind="number", total=True, card="fact"),
    Column("left", _("Not given to anybody"), kind="number", total=True, card="fact"),
    Column("share", _("Coverage"), kind="percent"),
    key="county",
)
