"""Tables of assessment scores."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audits import states
from core.tables import Column, Table

ROUNDS = Table(
    Column("county.name", _("County"), sort="county__path", card="title", link=lambda row: round_url(row)),
    Column("month", _("Month"), kind="month", sort=True, card="fact"),
    Column("state", _("State"), kind="badge", states=states.SCORES, sort=True, card="state"),
    Column("dealers", _("Dealers"), kind="number", sort=True, card="fact"),
    Column("known", pgettext_lazy("scores", "With a score"), kind="number", sort=True),
    Column("mean", pgettext_lazy("scores", "Mean score"), kind="money", sort=True, card="fact"),
    Column("computed_at", pgettext_lazy("scores", "Computed at"), kind="datetime", sort=True),
    sort="-month",
)

ROWS = Table(
    Column("dealer.name", _("Dealer"), sort="dealer__pinyin", card="title", link=lambda row: dealer_url(row)),
    Column("score", _("Score"), kind="money", sort=True, card="fact"),
    Column("checklist", pgettext_lazy("scores", "Checklists"), kind="money", sort=True, card="fact"),
    Column("sales", pgettext_lazy("scores", "Sales against target"), kind="money", sort=True, card="fact"),
    Column("training", pgettext_lazy("scores", "Training"), kind="money", sort=True),
    Column("complaints", pgettext_lazy("scores", "Complaints"), kind="money", sort=True),
    Column("quality", pgettext_lazy("scores", "Data quality"), kind="money", sort=True),
    Column("dealer.manager.name", _("Channel manager"), sort="dealer__manager__name"),
    Column("dealer.org_unit.name", _("Org unit"), sort="dealer__org_unit__path"),
    Column("dealer.code", _("Dealer code"), sort="dealer__code", hidden=True),
    sort="score",
)


MANAGERS = Table(
    Column("manager", _("Channel manager"), sort=True, card="title"),
    Column("dealers", _("Dealers"), kind="number", sort=True, total=True),
    Column("covered", _("Coverage"), kind="percent", sort=True, card="fact"),
    Column("visits", _("Visits"), kind="number", sort=True, total=True, card="fact"),
    Column("in_order", _("Visits in order"), kind="percent", sort=True),
    Column("ordered", pgettext_lazy("managers", "Rectifications ordered"), kind="number", sort=True, total=True),
    Column("finished", pgettext_lazy("managers", "Rectified"), kind="number", sort=True, total=True),
    Column("days", _("Days to rectify"), kind="number", sort=True),
    Column("late", _("Overdue"), kind="number", sort=True, total=True),
    Column("sales", _("Sales records"), kind="number", sort=True, total=True, card="fact"),
    Column("growth", pgettext_lazy("managers", "Growth"), kind="percent", sort=True),
    sort="-covered",
    key="manager",
)


def round_url(row: Any) -> str:
    return reverse("audits:scores", args=[row.pk])


def dealer_url(row: Any) -> str:
    return reverse("dealers:detail", args=[row.dealer_id])
