"""The table of dealers by what they sold."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core.periods import Month
from core.tables import Column, Table


def sales_url(row: Any) -> str:
    """The records behind the figure."""
    month = Month.of(row.month)
    return f"{reverse('inventory:sales')}?dealer={row.dealer.code}&since={month.first}&until={month.last}"


RANKING = Table(
    Column(
        "dealer.name",
        _("Dealer"),
        sort="dealer__pinyin",
        card="title",
        link=lambda row: reverse("dealers:detail", args=[row.dealer_id]),
        link_permission=Permission.VIEW_DEALERS,
    ),
    Column("activations", _("Activations"), kind="number", sort=True, total=True, card="fact"),
    Column("change", _("Against the month before"), kind="number", sort=True, total=True, card="fact"),
    Column("stock", _("In stock"), kind="number", sort=True, total=True, card="fact"),
    Column("terminals", _("Terminals"), kind="number", sort=True, total=True),
    Column("sales", _("All sales records"), kind="number", sort=True, total=True, link=sales_url),
    Column("cross_region", _("In other counties"), kind="number", sort=True, total=True),
    Column("dealer.org_unit.name", _("Org unit"), sort="dealer__org_unit__path"),
    Column("month", _("Month"), kind="month", hidden=True),
    Column("dealer.code", _("Dealer code"), sort="dealer__code", hidden=True),
    sort="-activations",
)
