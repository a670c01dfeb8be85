"""The table of the coverage board."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.roles import Permission
from core.tables import Column, Table


def week_url(row: Any) -> str | None:
    return f"{reverse('audits:week')}?manager={row.manager_id}" if row.manager_id else None


BOARD = Table(
    Column("county", _("County"), card="fact"),
    Column(
        "manager",
        _("Channel manager"),
        value=lambda row: row.manager or pgettext_lazy("manager", "nobody"),
        sort="manager",
        card="title",
        link=week_url,
        link_permission=Permission.ASSIGN_MANAGERS,
    ),
    Column("dealers", _("Dealers"), kind="number", sort=True, total=True),
    Column("due", pgettext_lazy("visits", "Due"), kind="number", sort=True, total=True),
    Column("done", pgettext_lazy("visits", "Done"), kind="number", sort=True, total=True, card="fact"),
    Column("missed", pgettext_lazy("visits", "Missing"), kind="number", sort=True, total=True, card="fact"),
    Column("share", _("Coverage"), kind="percent", sort=True, card="fact"),
    Column("patrols_due", _("Patrols due this week"), kind="number", sort=True, total=True),
    Column("patrols_done", _("Patrols done"), kind="number", sort=True, total=True),
    key="manager_id",
)
