"""Columns of the reports."""

from django.utils.translation import gettext_lazy as _

from core.tables import Column, Table

EFFECTIVENESS = Table(
    Column("rank", _("Rank"), kind="number", sort=True, card="state"),
    Column("label", _("Group"), sort=True, card="title", link=lambda row: row.url),
    Column("score", _("Score"), kind="number", sort=True, card="fact"),
    Column("revenue_per_100", _("Revenue per 100 yuan"), kind="money", unit=_("yuan"), sort=True, card="fact"),
    Column("developed", _("Users developed"), kind="number", sort=True, card="fact"),
    Column("churn_rate", _("Churn rate"), kind="percent", sort=True),
    Column("active_rate", _("Active rate"), kind="percent", sort=True),
    Column("arpu", _("ARPU"), kind="money", unit=_("yuan"), sort=True),
    Column("arrears_share", _("Arrears share of revenue"), kind="percent", sort=True),
    Column("commission_per_user", _("Commission per user"), kind="money", unit=_("yuan"), sort=True),
    Column(
        "cooperation_months",
        _("Months of cooperation"),
        kind="number",
        sort=True,
        value=lambda row: round(row.cooperation_months, 1),
    ),
    Column("revenue", _("Revenue"), kind="money", sort=True, hidden=True),
    Column("commission", _("Commission"), kind="money", sort=True, hidden=True),
    Column("from_revenue_per_100", _("Points from revenue"), kind="number", sort=True, hidden=True),
    Column("from_developed", _("Points from users developed"), kind="number", sort=True, hidden=True),
    Column("from_churn_rate", _("Points from retention"), kind="number", sort=True, hidden=True),
    Column("from_active_rate", _("Points from activity"), kind="number", sort=True, hidden=True),
    Column("from_arpu", _("Points from ARPU"), kind="number", sort=True, hidden=True),
    sort="rank",
    key="group",
    tie="",
)
