"""Thresholds that an administrator may change on the settings page: (default, help, type)."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

CONSTANCE: dict[str, tuple[object, ...]] = {
    "INITIAL_PAYMENT_CAP": (
        Decimal("0.70"),
        _("Largest share of the first instalment without a waiver."),
        "rate",
    ),
    "DEDUCTION_BANDS": (
        "90:1.00 80:0.95 60:0.80 0:0.50",
        _("Assessment score and the share of the commission that is paid from it on, highest first."),
        "bands",
    ),
    "GROWTH_WARNING": (
        Decimal("1.50"),
        _("A dealer whose amount is above this multiple of the mean of its last three months is shown before review."),
        Decimal,
    ),
    "POOL_FORFEIT_IDLE": (
        True,
        _("What idle months withhold of a pool in a payout round is lost; otherwise it stays in the pool."),
        bool,
    ),
    "STATEMENT_CONFIRM_DAYS": (5, _("Days in which a dealer confirms a statement or disputes a line of it."), int),
    "DISPUTE_ANSWER_DAYS": (5, _("Days in which the county answers a dispute; after that it goes to the city."), int),
    "DISPUTE_ESCALATE_DAYS": (
        5,
        _("Days in which a dealer goes on to the city; after that the answer counts as accepted."),
        int,
    ),
    "DISPUTE_DECIDE_DAYS": (10, _("Days in which the city decides a dispute."), int),
    "POINTS_KEPT_QUARTERS": (
        4,
        _("Points expire at the end of the quarter that is so many quarters after the one of their month; 0: never."),
        int,
    ),
}
