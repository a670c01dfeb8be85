"""The life of a redemption, and the kinds of rules, entries and rewards. See docs/points.md."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.states import Machine, State

REDEMPTION = Machine(
    states=(
        State("requested", _("Waits for approval"), "amber"),
        State("approved", _("Approved, to be handed over"), "blue"),
        State("handed_over", _("Handed over"), "green"),
        State("rejected", _("Rejected"), "red"),
        State("cancelled", _("Cancelled"), "grey"),
    ),
    moves={
        ("requested", "approve"): "approved",
        ("requested", "reject"): "rejected",
        ("requested", "cancel"): "cancelled",
        ("approved", "hand_over"): "handed_over",
    },
    initial="requested",
    actions={
        "approve": _("approve"),
        "reject": _("reject"),
        "cancel": _("cancel"),
        "hand_over": _("hand over"),
    },
)
GIVEN_BACK = ("rejected", "cancelled")


class RuleKind(models.TextChoices):
    """What earns or costs points."""

    SALE = "sale", _("Sale")
    RETAINED_6 = "retained_6", _("Subscriber in network after 6 months")
    RETAINED_12 = "retained_12", _("Subscriber in network after 12 months")
    VIOLATION = "violation", _("Violation")


class EntryKind(models.TextChoices):
    SALE = "sale", _("Points for sales")
    RETAINED_6 = "retained_6", _("In network after 6 months")
    RETAINED_12 = "retained_12", _("In network after 12 months")
    VIOLATION = "violation", _("Violations")
    FALSE_SALE = "false_sale", _("Taken back for false sales")
    EXPIRY = "expiry", _("Expired")
    REDEMPTION = "redemption", _("Redeemed")
    RETURNED = "returned", _("Given back")


EARNED = ("sale", "retained_6", "retained_12")


class Category(models.TextChoices):
    CASH = "cash", _("Cash")
    NUMBER = "number", _("Number resources")
    GIFT = "gift", _("Gift")
    TRAINING = "training", _("Training")
    TRAVEL = "travel", _("Travel")
