"""Tables of rating rounds and proposals."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.tables import Column, Table
from dealers import states
from dealers.queries import ratings


def proposal_url(row: Any) -> str:
    return reverse("dealers:proposal", args=[row.pk])


def proposed(row: Any) -> Any:
    """The proposed tier in words."""
    return row.get_proposed_display() if row.proposed else pgettext_lazy("rating", "End of the cooperation")


ROUNDS = Table(
    Column("number", _("Round"), sort=True, card="title", link=lambda row: ratings.address(row.period)),
    Column("city.name", _("City"), sort="city__path", card="fact"),
    Column("state", _("State"), kind="badge", states=states.RATING, sort=True, card="state"),
    Column("proposals_count", _("Proposals"), kind="number", sort=True, card="fact"),
    Column("waiting", _("Waiting"), kind="number", sort=True, card="fact"),
    Column("dealers", _("Dealers judged"), kind="number", sort=True),
    Column("unknown", _("Sales not known"), kind="number", sort=True),
    Column("effective_on", _("Effective from"), kind="date", sort=True),
    Column("rated_at", _("Rated at"), kind="datetime", sort=True),
    sort="-effective_on",
)

PROPOSALS = Table(
    Column("dealer.name", _("Dealer"), sort="dealer__pinyin", card="title", link=proposal_url),
    Column("round.period", pgettext_lazy("rating", "Period"), sort="round__last_day"),
    Column("current", _("Present tier"), value=lambda row: row.get_current_display(), sort=True, card="fact"),
    Column("proposed", _("Proposed tier"), value=proposed, sort=True, card="fact"),
    Column("reason", _("Reason"), value=lambda row: row.get_reason_display(), sort=True, card="fact", wrap=True),
    Column("state", _("State"), kind="badge", states=states.PROPOSAL, sort=True, card="state"),
    Column("dealer.org_unit.name", _("Org unit"), sort="dealer__org_unit__path"),
    Column("round.effective_on", _("Effective from"), kind="date", sort="round__effective_on"),
    Column("decided_by.name", _("Decided by"), sort="decided_by__name", hidden=True),
    Column("remark", _("Remark"), hidden=True, wrap=True),
    Column("dealer.code", _("Dealer code"), sort="dealer__code", hidden=True),
    sort="dealer.code",
)
