"""Points as pages and services read them."""

from typing import Any

from django.db.models import QuerySet

from commissions.models import PointsAccount, PointsEntry, PointsItem, PointsRule, Redemption
from commissions.queries import dealer_month
from dealers.models import Dealer


def own_dealer(user: Any) -> Dealer | None:
    """The dealer of a dealer's user."""
    return dealer_month.own(user) if getattr(user, "is_dealer", False) else None


def balance(dealer_id: int) -> int:
    """The dealer's points; 0 before anything was earned."""
    return PointsAccount.objects.filter(dealer_id=dealer_id).values_list("balance", flat=True).first() or 0


def accounts(user: Any) -> QuerySet[PointsAccount]:
    return PointsAccount.objects.visible_to(user).select_related("dealer", "dealer__org_unit")


def dealers(user: Any) -> QuerySet[Dealer]:
    return Dealer.objects.visible_to(user).select_related("org_unit")


def entries(user: Any) -> QuerySet[PointsEntry]:
    return PointsEntry.objects.visible_to(user).select_related("dealer", "posted_by")


def rules(user: Any) -> QuerySet[PointsRule]:
    return PointsRule.objects.visible_to(user).select_related("org_unit")


def items(user: Any) -> QuerySet[PointsItem]:
    """The rewards within the scope of staff; to a dealer those that are offered to it."""
    dealer = own_dealer(user)
    if dealer is not None:
        return offers(dealer)
    return PointsItem.objects.visible_to(user).select_related("org_unit")


def offers(dealer: Dealer) -> QuerySet[PointsItem]:
    """The rewards that the dealer's unit and those above it offer."""
    path = dealer.org_unit.path
    parts = path.strip("/").split("/")
    above = ["/" + "/".join(parts[:depth]) + "/" for depth in range(1, len(parts) + 1)]
    return PointsItem.objects.filter(offered=True, org_unit__path__in=above).select_related("org_unit")


def redemptions(user: Any) -> QuerySet[Redemption]:
    return Redemption.objects.visible_to(user).select_related(
        "dealer", "dealer__org_unit", "item", "requested_by", "decided_by", "handed_over_by"
    )
