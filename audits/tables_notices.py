"""Tables of findings and notices of violation."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audits import states
from core.tables import Column, Table


def finding_url(finding: Any) -> str:
    return reverse("audits:finding", args=[finding.pk])


def notice_url(notice: Any) -> str:
    return reverse("audits:notice", args=[notice.number])


FINDINGS = Table(
    Column("dealer.name", _("Dealer"), sort="dealer__pinyin", card="title", link=finding_url),
    Column("category", _("Category"), value=lambda row: row.get_category_display(), sort=True, card="fact"),
    Column("text", pgettext_lazy("finding", "What was found"), wrap=True, card="fact"),
    Column("found_at", pgettext_lazy("finding", "Found"), kind="datetime", sort=True, card="fact"),
    Column("has_photo", _("Photo"), kind="bool"),
    Column("earlier", _("Earlier ones"), kind="number", sort=True),
    Column("state", _("State"), kind="badge", states=states.FINDING, sort=True, card="state"),
    Column("visit.manager.name", _("Channel manager"), sort="visit__manager__name"),
    Column("dealer.org_unit.name", _("Org unit"), sort="dealer__org_unit__path"),
    Column("dealer.code", _("Dealer code"), sort="dealer__code", hidden=True),
    sort="-found_at",
)

NOTICES = Table(
    Column("dealer.name", _("Dealer"), sort="dealer__pinyin", card="title", link=notice_url),
    Column("number", _("Notice number"), sort=True, card="fact"),
    Column("type", _("Type"), value=lambda row: str(row.type), sort="type_id", card="fact"),
    Column("occurred_on", _("Occurred on"), kind="date", sort=True, card="fact"),
    Column("state", _("State"), kind="badge", states=states.NOTICE, sort=True, card="state"),
    Column("appeal_until", _("Appeal until"), kind="date", sort=True),
    Column("issued_by.name", _("Issued by"), sort="issued_by__name"),
    Column("dealer.org_unit.name", _("Org unit"), sort="dealer__org_unit__path"),
    Column("dealer.code", _("Dealer code"), sort="dealer__code", hidden=True),
    sort="-number",
)
