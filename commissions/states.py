"""The lives of policies, batches and payments. See docs/commissions.md, "A batch"."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.states import Machine, State

POLICY = Machine(
    states=(
        State("draft", _("Draft"), "grey"),
        State("published", _("Published"), "green"),
        State("retired", _("Retired"), "grey"),
    ),
    moves={("draft", "publish"): "published", ("published", "retire"): "retired"},
    initial="draft",
    actions={"publish": _("publish"), "retire": _("retire")},
)

BATCH = Machine(
    states=(
        State("calculating", _("Calculating"), "blue"),
        State("calculated", _("Calculated"), "blue"),
        State("submitted", _("Submitted"), "amber"),
        State("reviewed", _("Reviewed"), "amber"),
        State("approved", _("Approved"), "amber"),
        State("paying", _("Paying"), "blue"),
        State("paid", _("Paid"), "green"),
        State("void", _("Void"), "grey"),
    ),
    moves={
        ("calculating", "calculate"): "calculated",
        ("calculated", "recalculate"): "calculated",
        ("calculated", "submit"): "submitted",
        ("submitted", "review"): "reviewed",
        ("submitted", "return"): "calculated",
        ("reviewed", "return"): "calculated",
        ("reviewed", "approve"): "approved",
        ("approved", "pay"): "paying",
        ("approved", "settle"): "paid",
        ("paying", "settle"): "paid",
        ("calculating", "void"): "void",
        ("calculated", "void"): "void",
        ("submitted", "void"): "void",
    },
    initial="calculating",
    actions={
        "calculate": _("calculate"),
        "recalculate": _("recalculate"),
        "submit": _("submit"),
        "review": _("review"),
        "return": _("return"),
        "approve": _("approve"),
        "pay": _("export payments"),
        "settle": _("record results"),
        "void": _("void"),
    },
)

FROZEN = ("approved", "paying", "paid")

PAYMENT = Machine(
    states=(
        State("issued", _("Issued"), "blue"),
        State("ok", _("Paid"), "green"),
        State("failed", _("Failed"), "red"),
    ),
    moves={("issued", "ok"): "ok", ("issued", "fail"): "failed"},
    initial="issued",
)


ADJUSTMENT = Machine(
    states=(
        State("entered", _("Waits for approval"), "amber"),
        State("approved", _("Approved"), "green"),
        State("rejected", _("Rejected"), "red"),
    ),
    moves={("entered", "approve"): "approved", ("entered", "reject"): "rejected"},
    initial="entered",
    actions={"enter": _("enter"), "approve": _("approve"), "reject": _("reject")},
)

ROUND = Machine(
    states=(
        State("calculated", _("Calculated"), "blue"),
        State("submitted", _("Submitted"), "amber"),
        State("approved", _("Approved"), "amber"),
        State("paid", _("Paid"), "green"),
    ),
    moves={
        ("calculated", "recalculate"): "calculated",
        ("calculated", "submit"): "submitted",
        ("submitted", "return"): "calculated",
        ("submitted", "approve"): "approved",
        ("approved", "settle"): "paid",
    },
    initial="calculated",
    actions={
        "calculate": _("calculate"),
        "recalculate": _("recalculate"),
        "ratios": _("decide ratios"),
        "override": _("override"),
        "submit": _("submit"),
        "return": _("return"),
        "approve": _("approve"),
        "pay": _("export payments"),
        "settle": _("record results"),
    },
)

ROUND_FROZEN = ("approved", "paid")

POOL_CHANGE = Machine(
    states=(
        State("filed", _("Waits for approval"), "amber"),
        State("approved", _("Approved"), "green"),
        State("rejected", _("Rejected"), "red"),
    ),
    moves={("filed", "approve"): "approved", ("filed", "reject"): "rejected"},
    initial="filed",
    actions={"file": _("file"), "approve": _("approve"), "reject": _("reject")},
)


class RoundReason(models.TextChoices):
    """Why a round pays a dealer nothing, whatever its months."""

    SUSPENDED = "suspended", _("Violation within the period")
    TERMINATED = "terminated", _("Cooperation has ended")


DISPUTE = Machine(
    states=(
        State("open", _("Waits for the county"), "amber"),
        State("answered", _("Answered, waits for the dealer"), "amber"),
        State("escalated", _("Waits for the city"), "amber"),
        State("accepted", _("Settled by the answer"), "green"),
        State("granted", _("Granted"), "green"),
        State("refused", _("Dispute refused"), "red"),
    ),
    moves={
        ("open", "answer"): "answered",
        ("open", "grant"): "granted",
        ("open", "escalate"): "escalated",
        ("answered", "accept"): "accepted",
        ("answered", "escalate"): "escalated",
        ("escalated", "grant"): "granted",
        ("escalated", "refuse"): "refused",
        ("granted", "reopen"): "escalated",
    },
    initial="open",
    actions={
        "open": _("dispute"),
        "answer": _("answer the dealer"),
        "accept": _("accept the answer"),
        "escalate": _("go on to the city"),
        "grant": _("grant"),
        "refuse": _("refuse"),
        "reopen": _("back to the city: the adjustment was rejected"),
    },
)


class Kind(models.TextChoices):
    BASE = "base", _("Base commission")
    INCENTIVE = "incentive", _("Incentive commission")
    SERVICE = "service", _("Service commission")


class BudgetKind(models.TextChoices):
    """What a budget can be for, if not for all."""

    BASE = "base", _("Base commission")
    INCENTIVE = "incentive", _("Incentive commission")
    SERVICE = "service", _("Service commission")
    SUBSIDY = "subsidy", _("Store subsidy")


class Basis(models.TextChoices):
    FIXED = "fixed", _("Fixed amount per record")
    PERCENT_OF_FEE = "percent_of_fee", _("Share of the monthly fee")
    PERCENT_OF_AMOUNT = "percent_of_amount", _("Share of the amount")


class BracketMode(models.TextChoices):
    WHOLE = "whole", _("The bracket reached prices every record")
    MARGINAL = "marginal", _("Each record is priced by its own bracket")


class LineType(models.TextChoices):
    RECORD = "record", _("Commission")
    SUBSIDY = "subsidy", _("Store subsidy")
    DEDUCTION = "deduction", _("Assessment deduction")
    PENALTY = "penalty", _("Penalty")
    CLAWBACK = "clawback", _("Clawback")
    ADJUSTMENT = "adjustment", _("Adjustment")


class Reason(models.TextChoices):
    """Why an instalment is withheld, in the order in which the conditions are looked at."""

    CLAWED_BACK = "clawed_back", _("The sale was confirmed false")
    DEALER_TERMINATED = "dealer_terminated", _("The cooperation had ended")
    IN_NETWORK = "in_network", _("Not in network at the end of the month")
    ACTIVE = "active", _("Not active in the month")
    ACTIVE_MONTHS = "active_months", _("Not active in each of the months")
    NO_ARREARS = "no_arrears", _("In arrears at the end of the month")
    MIN_BILLED = "min_billed", _("Billed less than the minimum")
    FEE_KEPT = "fee_kept", _("Billed less than the plan's monthly fee")
    EXCLUSIVE = "exclusive", _("The store was not exclusive")
    PURE_NEW = "pure_new", _("Suspected to be a returning subscriber")


class Unpriced(models.TextChoices):
    """Why nothing prices a record."""

    NO_RULE = "no_rule", _("No published rule fits")
    AFTER_ENDING = "after_ending", _("Sold after the cooperation had ended")
    NO_FEE = "no_fee", _("The product has no monthly fee")


class PoolEntryKind(models.TextChoices):
    ACCRUAL = "accrual", _("Accrual")
    PAYOUT = "payout", _("Payout")
    PENALTY = "penalty", _("Penalty")
    FORFEIT_INACTIVE = "forfeit_inactive", _("Forfeited for idle months")
    FORFEIT_TERMINATION = "forfeit_termination", _("Forfeited at termination")
    ADJUSTMENT = "adjustment", _("Adjustment")
    CLAWBACK = "clawback", _("Clawback")
