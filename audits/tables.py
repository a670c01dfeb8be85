from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audits import states
from core.states import State
from core.tables import Column, Table


def dealer_url(row: Any) -> str:
    return reverse("dealers:detail", args=[row.dealer_id])


def visit_url(row: Any) -> str:
    return reverse("audits:visit", args=[row.pk])


def remarks(visit: Any) -> str:
    """What was unusual about a visit, in words."""
    found = []
    if visit.latitude is None:
        found.append(_("no position"))
    if visit.too_far:
        found.append(_("too far"))
    if visit.too_short:
        found.append(_("too short"))
    if visit.too_long:
        found.append(_("too long"))
    return "、".join(str(one) for one in found)


def minutes(visit: Any) -> int | None:
    """Whole minutes in the store."""
    return None if visit.lasted is None else int(visit.lasted.total_seconds() // 60)


def state(visit: Any) -> State:
    """An unusual visit stands out."""
    found = states.VISIT.state(visit.state)
    return State(found.name, found.label, "amber") if remarks(visit) and visit.state == "done" else found


VISITS = Table(
    Column("dealer.name", _("Dealer"), sort="dealer__pinyin", card="title", link=visit_url),
    Column("checked_in_at", _("Checked in"), kind="datetime", sort=True, card="fact"),
    Column("kind", _("Kind of visit"), value=lambda visit: visit.get_kind_display(), sort="kind", card="fact"),
    Column("manager.name", _("Channel manager"), sort="manager__name", card="fact"),
    Column("minutes", pgettext_lazy("length of a visit", "Minutes"), kind="number", value=minutes),
    Column("score", _("Score"), kind="number", sort=True),
    Column("finding_count", _("Findings"), kind="number", sort=True),
    Column("remarks", _("Remarks"), value=remarks),
    Column("state", _("State"), kind="badge", value=state, sort="state", card="state"),
    Column("dealer.code", _("Dealer code"), sort="dealer__code", hidden=True),
    Column("dealer.org_unit.name", _("Org unit"), sort="dealer__org_unit__path", hidden=True),
    Column("regime", _("Visit regime"), value=lambda visit: visit.get_regime_display(), sort="regime", hidden=True),
    Column("distance_m", _("Distance"), kind="number", unit="m", sort=True, hidden=True),
    Column(
        "evidence", _("Evidence of place"), value=lambda visit: visit.get_evidence_display(), sort=True, hidden=True
    ),
    Column("distance_reason", _("Reason for the distance"), hidden=True, wrap=True),
    Column("length_reason", _("Reason for the length"), hidden=True, wrap=True),
    Column("checked_out_at", _("Checked out"), kind="datetime", sort=True, hidden=True),
    sort="-checked_in_at",
)

VIOLATIONS = Table(
    Column("dealer.name", _("Dealer"), sort="dealer__pinyin", card="title", link=dealer_url),
    Column("reference", _("Reference"), sort=True, card="fact"),
    Column("type", _("Type"), value=lambda row: str(row.type), sort="type_id", card="fact"),
    Column("occurred_on", _("Occurred on"), kind="date", sort=True, card="fact"),
    Column("confirmed_on", _("Confirmed on"), kind="date", sort=True),
    Column("type.multiplier", _("Penalty multiplier"), kind="number", sort="type__multiplier"),
    Column("dealer.org_unit.name", _("Org unit"), sort="dealer__org_unit__path"),
    Column("dealer.code", _("Dealer code"), sort="dealer__code", hidden=True),
    sort="-confirmed_on",
)
