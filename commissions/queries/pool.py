"""Pools: balances of dealers and the ledger of one."""

from typing import Any

from django.db.models import QuerySet

from commissions.models import PoolAccount, PoolEntry
from dealers.models import Dealer


def balances(user: Any) -> QuerySet[PoolAccount]:
    """The pools of the dealers within the user's scope."""
    return PoolAccount.objects.visible_to(user).select_related("dealer", "dealer__org_unit")


def dealers(user: Any) -> QuerySet[Dealer]:
    """The dealers whose pool the user may see."""
    return Dealer.objects.visible_to(user)


def ledger(dealer: Dealer, user: Any) -> QuerySet[PoolEntry]:
    """The dealer's entries as posted, with who posted them."""
    return PoolEntry.objects.visible_to(user).filter(dealer=dealer).select_related("posted_by", "batch")
