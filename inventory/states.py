"""The states of a card and the life of a stock movement. See docs/inventory.md, "Movements"."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.states import Machine, State


class MovementKind(models.TextChoices):
    INBOUND = "inbound", _("Inbound")
    TRANSFER = "transfer", pgettext_lazy("stock", "Transfer")
    ISSUE = "issue", pgettext_lazy("stock", "Issue")
    RETURN = "return", pgettext_lazy("stock", "Return")
    LOAN = "loan", _("Loan")
    LOAN_RETURN = "loan_return", _("Loan return")
    WRITE_OFF = "write_off", _("Write-off")
    ADJUSTMENT = "adjustment", pgettext_lazy("stock", "Adjustment")
    USE = "use", pgettext_lazy("stock", "Use")


class Payment(models.TextChoices):
    FREE = "free", _("Free")
    PREPAID = "prepaid", _("Paid in advance")
    CREDIT = "credit", _("On credit")


# A verified stocktake makes the one, a plan's page the other.
BY_STOCKTAKE, BY_PLAN = MovementKind.ADJUSTMENT, MovementKind.USE
BY_HAND = [(kind.value, kind.label) for kind in MovementKind if kind not in (BY_STOCKTAKE, BY_PLAN)]


MOVEMENT = Machine(
    states=(
        State("draft", pgettext_lazy("movement", "Draft"), "grey"),
        State("submitted", pgettext_lazy("movement", "Waits for approval"), "amber"),
        State("approved", pgettext_lazy("movement", "Approved, reserved"), "blue"),
        State("shipped", pgettext_lazy("movement", "In transit"), "amber"),
        State("received", pgettext_lazy("movement", "Received with discrepancies"), "red"),
        State("closed", pgettext_lazy("movement", "Closed"), "green"),
        State("cancelled", pgettext_lazy("movement", "Cancelled"), "grey"),
        State("rejected", pgettext_lazy("movement", "Rejected"), "red"),
    ),
    moves={
        ("draft", "submit"): "submitted",
        ("submitted", "approve"): "approved",
        ("submitted", "reject"): "rejected",
        ("approved", "ship"): "shipped",
        ("approved", "carry_out"): "closed",
        ("shipped", "receive"): "received",
        ("received", "close"): "closed",
        ("draft", "cancel"): "cancelled",
        ("submitted", "cancel"): "cancelled",
        ("approved", "cancel"): "cancelled",
    },
    initial="draft",
    actions={
        "make": pgettext_lazy("movement", "made"),
        "submit": pgettext_lazy("movement", "submitted"),
        "approve": pgettext_lazy("movement", "approved"),
        "reject": pgettext_lazy("movement", "rejected"),
        "ship": pgettext_lazy("movement", "shipped"),
        "carry_out": pgettext_lazy("movement", "carried out"),
        "receive": pgettext_lazy("movement", "received"),
        "resolve": pgettext_lazy("movement", "discrepancy resolved"),
        "close": pgettext_lazy("movement", "closed"),
        "cancel": pgettext_lazy("movement", "cancelled"),
    },
)

STOCKTAKE = Machine(
    states=(
        State("planned", pgettext_lazy("stocktake", "Planned"), "grey"),
        State("counting", pgettext_lazy("stocktake", "Being counted"), "blue"),
        State("recounting", pgettext_lazy("stocktake", "Second count"), "amber"),
        State("counted", pgettext_lazy("stocktake", "Waits for verification"), "amber"),
        State("verified", pgettext_lazy("stocktake", "Adjustments wait for approval"), "amber"),
        State("closed", pgettext_lazy("stocktake", "Closed"), "green"),
        State("cancelled", pgettext_lazy("stocktake", "Cancelled"), "grey"),
    ),
    moves={
        ("planned", "start"): "counting",
        ("counting", "finish"): "counted",
        ("counting", "differ"): "recounting",
        ("recounting", "finish"): "counted",
        ("counted", "recount"): "recounting",
        ("counted", "verify"): "verified",
        ("verified", "close"): "closed",
        ("planned", "cancel"): "cancelled",
        ("counting", "cancel"): "cancelled",
        ("recounting", "cancel"): "cancelled",
    },
    initial="planned",
    actions={
        "plan": pgettext_lazy("stocktake", "planned"),
        "start": pgettext_lazy("stocktake", "count begun"),
        "finish": pgettext_lazy("stocktake", "count finished"),
        "differ": pgettext_lazy("stocktake", "count finished with differences"),
        "recount": pgettext_lazy("stocktake", "sent back for another count"),
        "verify": pgettext_lazy("stocktake", "verified"),
        "close": pgettext_lazy("stocktake", "closed"),
        "cancel": pgettext_lazy("stocktake", "cancelled"),
    },
)

MATERIAL_PLAN = Machine(
    states=(
        State("draft", pgettext_lazy("plan", "Draft"), "grey"),
        State("submitted", pgettext_lazy("plan", "Waits for approval"), "amber"),
        State("approved", pgettext_lazy("plan", "Approved"), "green"),
        State("rejected", pgettext_lazy("plan", "Rejected"), "red"),
        State("closed", pgettext_lazy("plan", "Closed"), "grey"),
    ),
    moves={
        ("draft", "submit"): "submitted",
        ("submitted", "approve"): "approved",
        ("submitted", "reject"): "rejected",
        ("rejected", "reopen"): "draft",
        ("approved", "close"): "closed",
    },
    initial="draft",
    actions={
        "make": pgettext_lazy("plan", "made"),
        "submit": pgettext_lazy("plan", "submitted"),
        "approve": pgettext_lazy("plan", "approved"),
        "reject": pgettext_lazy("plan", "rejected"),
        "reopen": pgettext_lazy("plan", "taken up again"),
        "close": pgettext_lazy("plan", "closed"),
    },
)

CARD = (
    State("in_stock", _("In stock"), "blue"),
    State("in_transit", _("In transit"), "amber"),
    State("activated", _("Activated"), "green"),
    State("sold", _("Sold"), "green"),
    State("scrapped", _("Scrapped"), "grey"),
    State("lost", _("Lost"), "red"),
)
CARD_BY_NAME = {state.name: state for state in CARD}
