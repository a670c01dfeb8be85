"""What a batch notices about itself before review: codes with their words. Shown, never hidden."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Check:
    """A kind of finding: how it is called, what to do about it, how serious it is."""

    label: str | Promise
    help: str | Promise
    severity: str


CHECKS: dict[str, Check] = {
    "nothing_no_sales": Check(
        _("Nothing to settle: no sales of the period"),
        _("Import the sales of the period if there were any, then calculate again."),
        "warning",
    ),
    "nothing_no_rule": Check(
        _("Nothing to settle: no published rule fits the sales"),
        _("Publish a policy whose dates and scope cover the period, then calculate again."),
        "error",
    ),
    "nothing_due": Check(
        _("Nothing to settle: nothing of the priced sales is due"),
        _("All that is due is settled already in another batch."),
        "info",
    ),
    "unpriced_no_rule": Check(
        _("Sales without a rule"),
        _("No published rule of any kind fits them; they earn nothing until one does."),
        "warning",
    ),
    "unpriced_no_fee": Check(
        _("Sales of products without a monthly fee"),
        _("The rule takes a share of the fee; enter the product's fee and calculate again."),
        "warning",
    ),
    "unpriced_after_ending": Check(
        _("Sales after the cooperation had ended"),
        _("They are not paid. Check how the store could still sell."),
        "warning",
    ),
    "before_start": Check(
        _("Sales before the cooperation began"),
        _("They belong to no county yet. Correct the dealer's history of units and tiers."),
        "warning",
    ),
    "outside_scope": Check(
        _("Sales outside what the store's tier may sell"),
        _("They are paid all the same; talk to the store or change the tier's businesses."),
        "warning",
    ),
    "growth": Check(
        _("Far more than the mean of the last three months"),
        _("Look for unusual sales before you pass the batch on."),
        "warning",
    ),
    "agreement_expired": Check(
        _("Agreement expired"),
        _("Renew the agreement or end the cooperation."),
        "warning",
    ),
    "account_missing": Check(
        _("No verified payment account"),
        _("The payment will be on hold until an account is entered and verified."),
        "warning",
    ),
    "brackets_odd": Check(
        _("Odd bracket table"),
        _("It has a gap or an overlap, or one more sale earns less at one of its steps."),
        "info",
    ),
    "same_twice": Check(
        _("The same number and business twice in the month"),
        _("It may have been reported twice under two event numbers."),
        "warning",
    ),
}
