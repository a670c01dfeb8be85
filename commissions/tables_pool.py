"""What the lists of payout rounds and change requests show. Money is yuan."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import states
from commissions.models import PoolChange, PoolRound, PoolRoundRow
from core.tables import Column, Table

YUAN = _("yuan")


def round_url(round_: PoolRound, page: str = "pool_round") -> str:
    return reverse(f"commissions:{page}", args=[round_.number])


def change_url(change: PoolChange) -> str:
    return reverse("commissions:pool_change", args=[change.reference])


def why(row: PoolRoundRow) -> str:
    """In words, what the row's payout follows from."""
    if row.reason and not row.overridden:
        return f"{row.get_reason_display()}: {row.ground}"
    if row.overridden:
        return gettext("Paid by the city's decision") + (f" ({row.get_reason_display()})" if row.reason else "")
    if row.factor < 1:
        return gettext("%(idle)s months without activation") % {"idle": row.idle_months}
    return ""


def months(row: PoolRoundRow) -> str:
    """Activations month by month."""
    return ", ".join(f"{int(month[5:])}: {sold}" for month, sold in row.months)


def _plain(name: str) -> Any:
    return lambda row: f"{getattr(row, name).normalize():f}"


ROUNDS = Table(
    Column("number", _("Round number"), sort=True, link=round_url, card="title"),
    Column("county.name", _("County"), sort="county__path", card="fact"),
    Column("period", _("Period"), sort="last_day", card="fact"),
    Column("dealers", _("Dealers"), kind="number", sort=True, total=True),
    Column("basis", _("Payout basis"), kind="money", unit=YUAN, sort=True, total=True),
    Column("payout", _("Payout"), kind="money", unit=YUAN, sort=True, total=True, card="fact"),
    Column("forfeit", _("Forfeited"), kind="money", unit=YUAN, sort=True, total=True),
    Column("state", _("State"), kind="badge", states=states.ROUND, sort=True, card="state"),
    Column("submitted_by.name", _("Submitted by")),
    Column("approved_by.name", _("Approved by")),
    sort="-period",
)
ROWS = Table(
    Column("dealer.code", _("Dealer code"), sort=True),
    Column("dealer.name", _("Dealer name"), sort=True, card="title",
           link=lambda row: reverse("commissions:dealer_pool", args=[row.dealer.code])),
    Column("basis", _("Payout basis"), kind="money", unit=YUAN, sort=True, total=True),
    Column("months", _("Activations by month"), value=months, wrap=True),
    Column("idle_months", _("Idle months"), kind="number", sort=True),
    Column("factor", _("Factor"), value=_plain("factor"), sort=True),
    Column("ratio", _("Return ratio"), value=_plain("ratio"), sort=True, card="fact"),
    Column("payout", _("Payout"), kind="money", unit=YUAN, sort=True, total=True, card="fact"),
    Column("forfeit", _("Forfeited"), kind="money", unit=YUAN, sort=True, total=True, card="fact"),
    Column("reason", _("Why"), value=why, sort=True, wrap=True, card="state",
           link_permission=Permission.OVERRIDE_POOL,
           link=lambda row: reverse("commissions:pool_override", args=[row.number])
           if (row.reason or row.factor < 1) and not row.overridden and not row.round.frozen else None),
    sort="dealer.code",
)  # fmt: skip
CHANGES = Table(
    Column("reference", _("Reference"), sort=True, link=change_url, card="title"),
    Column("dealer.code", _("Dealer code"), sort=True, hidden=True),
    Column("dealer.name", _("Dealer name"), sort=True, card="fact"),
    Column("amount", _("Amount"), kind="money", unit=YUAN, sort=True, total=True, card="fact"),
    Column("reason", _("Reason"), wrap=True, card="fact"),
    Column("state", _("State"), kind="badge", states=states.POOL_CHANGE, sort=True, card="state"),
    Column("filed_by.name", _("Filed by")),
    Column("filed_at", _("Filed at"), kind="datetime", sort=True),
    Column("decided_by.name", _("Decided by")),
    Column("decided_at", _("Decided at"), kind="datetime", sort=True),
    sort="-filed_at",
)
COUNTY_EVENTS = Table(
    Column("at", _("Time"), kind="datetime", sort=True, card="fact"),
    Column("county.name", _("County"), sort="county__path", card="fact"),
    Column("kind", _("Kind"), value=lambda event: event.get_kind_display(), sort=True, card="title"),
    Column("dealer.code", _("Dealer code"), sort=True, hidden=True),
    Column("dealer.name", _("Dealer name"), sort=True, card="fact"),
    Column("source", _("Source"), value=lambda event: event.round.number if event.round else event.change.reference,
           link=lambda event: round_url(event.round) if event.round else change_url(event.change)),
    Column("reason", _("Reason"), wrap=True),
    Column("by.name", _("Decided by")),
    sort="-at",
)  # fmt: skip
LIABILITY = Table(
    Column("due", _("Period ends on"), kind="date", card="title"),
    Column("amount", _("In the pools"), kind="money", unit=YUAN, card="fact"),
    Column("dealers", _("Dealers"), kind="number", card="fact"),
    Column("ended", _("Of ended cooperations"), kind="money", unit=YUAN, card="fact"),
    key="due",
)
