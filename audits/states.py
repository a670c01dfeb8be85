"""The life of a visit and of a finding. See docs/visits.md."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.states import Machine, State

VISIT = Machine(
    states=(
        State("open", _("In the store"), "blue"),
        State("done", _("Checked out"), "green"),
    ),
    moves={("open", "check_out"): "done"},
    initial="open",
    actions={
        "check_in": _("checked in"),
        "check_out": _("checked out"),
        "edit": _("edited after check-out"),
        "note": _("added a note"),
        "hand_over": _("handed over"),
    },
)

FINDING = Machine(
    states=(
        State("open", pgettext_lazy("finding", "Open"), "amber"),
        State("withdrawn", _("Withdrawn"), "grey"),
        State("rectifying", pgettext_lazy("finding", "Being put right"), "blue"),
        State("rectified", pgettext_lazy("finding", "Put right"), "green"),
        State("confirmed", pgettext_lazy("finding", "Violation"), "red"),
        State("dismissed", pgettext_lazy("finding", "Dismissed"), "grey"),
    ),
    moves={
        ("open", "withdraw"): "withdrawn",
        ("open", "confirm"): "confirmed",
        ("open", "dismiss"): "dismissed",
        ("open", "rectify"): "rectifying",
        ("rectifying", "confirm"): "confirmed",
        ("rectifying", "put_right"): "rectified",
        ("rectifying", "give_up"): "open",
    },
    initial="open",
    actions={
        "open": _("found"),
        "rectify": pgettext_lazy("finding", "rectification ordered"),
        "put_right": pgettext_lazy("finding", "put right"),
        "give_up": pgettext_lazy("finding", "rectification cancelled"),
        "withdraw": _("withdrawn"),
        "confirm": pgettext_lazy("finding", "confirmed as a violation"),
        "dismiss": pgettext_lazy("finding", "dismissed"),
    },
)

RECTIFICATION = Machine(
    states=(
        State("open", pgettext_lazy("rectification", "To be put right"), "amber"),
        State("done", pgettext_lazy("rectification", "To be verified"), "blue"),
        State("verified", pgettext_lazy("rectification", "Verified"), "green"),
        State("cancelled", pgettext_lazy("rectification", "Cancelled"), "grey"),
    ),
    moves={
        ("open", "report"): "done",
        ("done", "send_back"): "open",
        ("done", "verify"): "verified",
        ("open", "cancel"): "cancelled",
        ("done", "cancel"): "cancelled",
    },
    initial="open",
    actions={
        "order": pgettext_lazy("rectification", "ordered"),
        "report": pgettext_lazy("rectification", "reported as done"),
        "send_back": pgettext_lazy("rectification", "sent back"),
        "verify": pgettext_lazy("rectification", "verified"),
        "cancel": pgettext_lazy("rectification", "cancelled"),
        "escalate": pgettext_lazy("rectification", "overdue, escalated"),
    },
)

INSPECTION = Machine(
    states=(
        State("assigned", pgettext_lazy("inspection", "To be done"), "amber"),
        State("done", pgettext_lazy("inspection", "Done"), "green"),
        State("cancelled", pgettext_lazy("inspection", "Cancelled"), "grey"),
    ),
    moves={("assigned", "finish"): "done", ("assigned", "cancel"): "cancelled"},
    initial="assigned",
    actions={
        "assign": pgettext_lazy("inspection", "given to an inspector"),
        "finish": pgettext_lazy("inspection", "done"),
        "cancel": pgettext_lazy("inspection", "cancelled"),
    },
)

SCORES = Machine(
    states=(
        State("draft", pgettext_lazy("scores", "To be published"), "amber"),
        State("published", pgettext_lazy("scores", "Published"), "green"),
    ),
    moves={("draft", "publish"): "published"},
    initial="draft",
    actions={
        "compute": pgettext_lazy("scores", "computed"),
        "publish": pgettext_lazy("scores", "published"),
    },
)

NOTICE = Machine(
    states=(
        State("issued", pgettext_lazy("notice", "Can be appealed"), "amber"),
        State("appealed", pgettext_lazy("notice", "Appealed"), "blue"),
        State("standing", pgettext_lazy("notice", "Stands"), "red"),
        State("annulled", pgettext_lazy("notice", "Annulled"), "grey"),
    ),
    moves={
        ("issued", "appeal"): "appealed",
        ("issued", "lapse"): "standing",
        ("appealed", "uphold"): "standing",
        ("appealed", "annul"): "annulled",
    },
    initial="issued",
    actions={
        "issue": pgettext_lazy("notice", "issued"),
        "appeal": pgettext_lazy("notice", "appealed"),
        "lapse": pgettext_lazy("notice", "time for an appeal is over"),
        "uphold": pgettext_lazy("notice", "appeal rejected"),
        "annul": pgettext_lazy("notice", "appeal granted"),
    },
)


CASE = Machine(
    states=(
        State("open", pgettext_lazy("case", "With the county"), "amber"),
        State("reported", pgettext_lazy("case", "With the city"), "amber"),
        State("confirmed", pgettext_lazy("case", "Violation confirmed"), "red"),
        State("dismissed", pgettext_lazy("case", "Dismissed"), "grey"),
    ),
    moves={
        ("open", "report"): "reported",
        ("open", "dismiss"): "dismissed",
        ("reported", "confirm"): "confirmed",
        ("reported", "dismiss"): "dismissed",
    },
    initial="open",
    actions={
        "open": pgettext_lazy("case", "opened"),
        "answer": pgettext_lazy("case", "answered by the dealer"),
        "report": pgettext_lazy("case", "reported to the city"),
        "confirm": pgettext_lazy("case", "violation confirmed"),
        "dismiss": pgettext_lazy("case", "dismissed"),
    },
)


class VisitKind(models.TextChoices):
    ROUTINE = "routine", _("Routine visit")
    LEAD_IN = "lead_in", _("Lead-in support")
    PATROL = "patrol", _("Exclusivity patrol")
    SPOT_CHECK = "spot_check", _("Spot check")
    MYSTERY = "mystery", _("Mystery inspection")


class InspectionKind(models.TextChoices):
    """The kinds of visit that are ordered and given to an inspector."""

    SPOT_CHECK = VisitKind.SPOT_CHECK.value, VisitKind.SPOT_CHECK.label
    MYSTERY = VisitKind.MYSTERY.value, VisitKind.MYSTERY.label


# The visits of the people who look after a dealer.
OWN_KINDS = [(kind.value, kind.label) for kind in VisitKind if kind.value not in InspectionKind.values]


class QuestionKind(models.TextChoices):
    YES_NO = "yes_no", _("Yes or no")
    SCORE = "score", _("Score")
    CHOICE = "choice", _("Choice")
    NUMBER = "number", _("Number")
    TEXT = "text", _("Text")
    PHOTO = "photo", _("Photo")


class FindingCategory(models.TextChoices):
    EXCLUSIVITY = "exclusivity", _("Exclusivity")
    DISPLAY = "display", _("Publicity and display")
    SERVICE = "service", _("Service")
    BUSINESS_RULES = "business_rules", _("Business rules")
    STOCK = "stock", _("Stock")
    REAL_NAME = "real_name", _("Real-name registration")
    OTHER = "other", _("Other")


class Evidence(models.TextChoices):
    """How sure it is that a visit took place at the store, from the surest on."""

    THERE = "there", pgettext_lazy("evidence", "At the store")
    LIKELY = "likely", pgettext_lazy("evidence", "Probably at the store")
    UNLIKELY = "unlikely", pgettext_lazy("evidence", "Probably elsewhere")
    AWAY = "away", pgettext_lazy("evidence", "Elsewhere")
    NONE = "none", pgettext_lazy("evidence", "Not known")
