"""Tables of cross-region cases and their sales."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from audits import states
from core.tables import Column, Table


def case_url(case: Any) -> str:
    return reverse("audits:case", args=[case.number])


def share(case: Any) -> float:
    """The flagged share of all activations, a fraction."""
    return float(case.flagged / case.activations) if case.activations else 0.0


CASES = Table(
    Column("dealer.name", _("Dealer"), sort="dealer__pinyin", card="title", link=case_url),
    Column("month", _("Month"), kind="month", sort=True, card="fact"),
    Column("flagged", _("In other counties"), kind="number", sort=True, card="fact"),
    Column("activations", _("Activations"), kind="number", sort=True),
    Column("share", _("Share"), kind="percent", value=share, card="fact"),
    Column("state", _("State"), kind="badge", states=states.CASE, sort=True, card="state"),
    Column("answered", _("Answered"), kind="bool", value=lambda case: bool(case.answer)),
    Column("answer_due_on", _("Answer due on"), kind="date", sort=True),
    Column("dealer.org_unit.name", _("Org unit"), sort="dealer__org_unit__path"),
    Column("number", _("Case number"), sort=True, hidden=True),
    Column("dealer.code", _("Dealer code"), sort="dealer__code", hidden=True),
    sort="-month",
)

RECORDS = Table(
    Column("record.event_no", _("Event number"), sort="record__event_no", card="title"),
    Column("record.occurred_at", _("Time"), kind="datetime", sort="record__occurred_at", card="fact"),
    Column("record.product.name", _("Product"), sort="record__product__code"),
    Column("record.serial", _("Serial"), sort="record__serial"),
    Column("record.msisdn", _("Phone number"), kind="masked"),
    Column("record.cell_id", _("Cell"), sort="record__cell_id", card="fact"),
    Column("county.name", _("County of the cell"), sort="county__path", card="fact"),
    sort="record.occurred_at",
)
