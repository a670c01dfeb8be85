"""The table of rectifications."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audits import states
from core.tables import Column, Table


def rectification_url(row: Any) -> str:
    return reverse("audits:rectification", args=[row.number])


RECTIFICATIONS = Table(
    Column("dealer.name", _("Dealer"), sort="dealer__pinyin", card="title", link=rectification_url),
    Column("number", _("Number"), sort=True),
    Column("demand", _("What has to be done"), wrap=True, card="fact"),
    Column("due_on", pgettext_lazy("rectification", "Due on"), kind="date", sort=True, card="fact"),
    Column("state", _("State"), kind="badge", states=states.RECTIFICATION, sort=True, card="state"),
    Column("dealer.manager.name", _("Channel manager"), sort="dealer__manager__name", card="fact"),
    Column("done_at", _("Done at"), kind="datetime", sort=True),
    Column("done_by.name", _("Done by"), sort="done_by__name", hidden=True),
    Column("verified_at", pgettext_lazy("rectification", "Verified at"), kind="datetime", sort=True, hidden=True),
    Column("verified_by.name", pgettext_lazy("rectification", "Verified by"), sort="verified_by__name", hidden=True),
    Column("escalated_at", _("Escalated at"), kind="datetime", sort=True, hidden=True),
    Column("dealer.org_unit.name", _("Org unit"), sort="dealer__org_unit__path"),
    Column("dealer.code", _("Dealer code"), sort="dealer__code", hidden=True),
    sort="due_on",
)
