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
        State("confirmed", pgettext_lazy("finding", "Violation"), "red"),
        State("dismissed", pgettext_lazy("finding", "Dismissed"), "grey"),
    ),
    moves={
        ("open", "withdraw"): "withdrawn",
        ("open", "confirm"): "confirmed",
        ("open", "dismiss"): "dismissed",
    },
    initial="open",
    actions={
        "open": _("found"),
        "withdraw": _("withdrawn"),
        "confirm": pgettext_lazy("finding", "confirmed as a violation"),
        "dismiss": pgettext_lazy("finding", "dismissed"),
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
