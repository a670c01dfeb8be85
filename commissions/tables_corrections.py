"""What the lists of adjustments, false sales and disputes show. Money is yuan."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from commissions import states
from commissions.models import Adjustment, Dispute
from core.tables import Column, Table

YUAN = _("yuan")


def adjustment_url(row: Adjustment) -> str:
    return reverse("commissions:adjustment", args=[row.reference])


def _place_url(row: Any) -> str | None:
    return reverse("commissions:statement", args=[row.place.statement]) if row.place and row.place.statement else None


ADJUSTMENTS = Table(
    Column("reference", _("Adjustment number"), sort=True, link=adjustment_url, card="title"),
    Column("dealer.code", _("Dealer code"), sort=True, hidden=True),
    Column("dealer.name", _("Dealer name"), sort=True, card="fact"),
    Column("dealer.org_unit.name", _("Org unit"), sort="dealer__org_unit__path", hidden=True),
    Column("month", _("Month"), kind="month", sort=True),
    Column("type", _("Type"), value=lambda row: row.get_type_display(), sort=True, card="fact"),
    Column("amount", _("Amount"), kind="money", unit=YUAN, sort=True, total=True, card="fact"),
    Column("document_no", _("Document number"), sort=True, hidden=True),
    Column("document_name", _("Document"), sort=True, wrap=True),
    Column("reason", _("Reason"), wrap=True, hidden=True),
    Column("state", _("State"), kind="badge", states=states.ADJUSTMENT, sort=True, card="state"),
    Column("place", _("Batch"), value=lambda row: str(row.place) if row.place else None, link=_place_url),
    Column("entered_by.name", _("Entered by")),
    Column("entered_at", _("Entered at"), kind="datetime", sort=True),
    Column("approved_by.name", _("Approved by")),
    Column("approved_at", _("Approved at"), kind="datetime", sort=True, hidden=True),
    sort="-entered_at",
)
OWN_ADJUSTMENTS = Table(
    Column("document_name", _("Document"), sort=True, link=adjustment_url, card="title"),
    Column("month", _("Month"), kind="month", sort=True, card="fact"),
    Column("type", _("Type"), value=lambda row: row.get_type_display(), sort=True, card="fact"),
    Column("amount", _("Amount"), kind="money", unit=YUAN, sort=True, card="fact"),
    Column("reason", _("Reason"), wrap=True),
    Column("place", _("Statement"), value=lambda row: str(row.place), link=_place_url, card="state"),
    Column("approved_at", _("Approved at"), kind="datetime", sort=True),
    sort="-approved_at",
)


def dispute_url(row: Dispute) -> str:
    return reverse("commissions:dispute", args=[row.number])


def _statement_url(row: Dispute) -> str:
    return reverse("commissions:statement", args=[row.statement.number])


_DISPUTED = (
    Column("number", _("Dispute number"), sort=True, link=dispute_url, card="title"),
    Column("statement.batch.month", _("Statement"), kind="month", sort=True, link=_statement_url, card="fact"),
)
_ABOUT = (
    Column("text", _("What is wrong"), wrap=True, card="fact"),
    Column("state", _("State"), kind="badge", states=states.DISPUTE, sort=True, card="state"),
    Column("due_on", _("Due on"), kind="date", sort=True, card="fact"),
    Column("opened_at", _("Disputed at"), kind="datetime", sort=True),
)
DISPUTES = Table(
    *_DISPUTED,
    Column("dealer.code", _("Dealer code"), sort=True, hidden=True),
    Column("dealer.name", _("Dealer name"), sort=True),
    Column("statement.batch.county.name", _("County"), sort="statement__batch__county__path", hidden=True),
    *_ABOUT,
    Column("answer", _("Answer"), wrap=True, hidden=True),
    Column("decision", _("Decision"), wrap=True, hidden=True),
    Column("closed_at", _("Closed at"), kind="datetime", sort=True, hidden=True),
    sort="due_on",
)
OWN_DISPUTES = Table(*_DISPUTED, *_ABOUT, sort="-opened_at")


def false_sale_url(row: Any) -> str:
    return reverse("commissions:false_sale", args=[row.pk])


FALSE_SALES = Table(
    Column("record.event_no", _("Event number"), sort=True, link=false_sale_url, card="title"),
    Column("record.event_date", _("Date"), kind="date", sort=True),
    Column("record.seller.code", _("Dealer code"), sort=True, hidden=True),
    Column("record.seller.name", _("Dealer name"), sort=True, card="fact"),
    Column("record.product.name", _("Product"), hidden=True),
    Column("cause", _("Reason"), value=lambda row: row.get_cause_display(), sort=True, card="state"),
    Column("confirmed_on", _("Confirmed on"), kind="date", sort=True),
    Column("settled", _("Settled for it"), kind="money", unit=YUAN, value=lambda row: row.fate.settled, card="fact"),
    Column("back", _("Taken back"), kind="money", unit=YUAN, value=lambda row: row.fate.back, card="fact"),
    Column("withheld", _("Withheld since"), kind="money", unit=YUAN, value=lambda row: row.fate.withheld),
    Column("fate", _("Where"), value=lambda row: row.fate.words, wrap=True),
    sort="-confirmed_on",
)
