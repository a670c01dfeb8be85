"""The table of new stores."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.tables import Column, Table
from dealers import states

APPLICATIONS = Table(
    Column("name", _("Dealer"), sort="pinyin", card="title", link=lambda row: reverse("dealers:detail", args=[row.pk])),
    Column("code", _("Code"), sort=True),
    Column("stage", _("Stage"), kind="badge", states=states.LIFE_CYCLE, sort=True, card="state"),
    Column("tier", _("Planned tier"), value=lambda row: row.get_tier_display(), sort=True, card="fact"),
    Column("org_unit.name", _("Org unit"), sort="org_unit__path", card="fact"),
    Column("documents_ok", states.CheckPart.DOCUMENTS.label, kind="bool"),
    Column("on_site_ok", states.CheckPart.ON_SITE.label, kind="bool"),
    Column("application.proposed_by.name", _("Proposed by"), sort="application__proposed_by__name"),
    Column("application.proposed_at", _("Proposed at"), kind="datetime", sort="application__proposed_at", card="fact"),
    sort="-application.proposed_at",
)

PLAN = Table(
    Column("name", _("Org unit"), sort="path", card="title"),
    Column("tier", _("Tier"), value=lambda row: states.Tier(row.tier).label, sort="tier", card="fact"),
    Column("planned", _("Planned stores"), kind="number", sort=True, total=True, card="fact"),
    Column("existing", _("There"), kind="number", sort=True, total=True, card="fact"),
    Column("coming", _("On their way"), kind="number", sort=True, total=True),
    Column("gap", _("Gap"), kind="number", sort=True, total=True, card="fact"),
    sort="name",
    key="id",
)
