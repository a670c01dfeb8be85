"""The points that the archive itself knows of. Registered by the app's `ready()`."""

from datetime import date, timedelta
from typing import Any

from constance.utils import get_values_for_keys
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from dealers.models import Agreement, DealerAccount
from dealers.queries import attention
from dealers.queries.attention import Point

POINTS = (
    Point("account_missing", _("No payment account"), "red", _("Enter one: without it nothing can be paid.")),
    Point("agreement_ending", _("Agreement ends soon"), "amber", _("Renew it, or the cooperation ends with it.")),
    Point(
        "account_unverified",
        _("Account not verified"),
        "amber",
        _("Finance has to verify it before it takes effect."),
    ),
    Point("position_missing", _("No position"), "blue", _("Edit the archive in the store to set it.")),
)


def conditions(day: date) -> dict[str, Any]:
    """Each point as a condition over dealers on `day`."""
    days = get_values_for_keys(["ATTENTION_AGREEMENT_DAYS"])["ATTENTION_AGREEMENT_DAYS"]
    accounts = DealerAccount.objects.filter(dealer=OuterRef("pk"))
    return {
        "account_missing": ~Q(Exists(accounts.filter(state__in=("verified", "entered")))),
        "agreement_ending": agreement_ending(day, days),
        "account_unverified": Q(Exists(accounts.filter(state="entered"))),
        "position_missing": Q(latitude=None),
    }


def agreement_ending(day: date, days: int) -> Q:
    """The agreement in force ends within `days`, and none follows it."""
    until = day + timedelta(days=days)
    own = Agreement.objects.filter(dealer=OuterRef("pk"))
    ending = Exists(own.filter(starts_on__lte=day, ends_on__gte=day, ends_on__lte=until))
    return Q(ending) & ~Q(Exists(own.filter(ends_on__gt=until)))


def register_points() -> None:
    attention.register("dealers", POINTS, conditions)
