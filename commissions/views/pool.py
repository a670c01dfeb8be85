"""Pools: balances for staff, the ledger of one dealer for him and for staff."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import filters, tables
from commissions.queries import dealer_month, pool, pool_rounds
from commissions.views.common import AREA
from core import clock
from core.views import Crumb, PortalListView, one_or_404


class Ledger(PortalListView):
    """The entries of one dealer's pool, newest first, with the balance after each."""

    permission = Permission.VIEW_POOL
    area = AREA
    table = tables.POOL_ENTRIES
    template_name = "commissions/pool_ledger.html"
    name = "ledger"
    follows_unit = False
    empty_text = _(
        "Nothing has been put into this pool yet. Incentive commission with a pool part fills it at approval."
    )

    @cached_property
    def dealer(self) -> Any:
        return one_or_404(pool.dealers(self.request.user), code=self.kwargs["code"])

    def get_title(self) -> str:
        return gettext("Pool ledger of %(dealer)s") % {"dealer": self.dealer.name}

    def get_breadcrumbs(self) -> list[Crumb]:
        if self.request.user.is_dealer:
            return []
        return [Crumb(_("Pool"), reverse("commissions:pool"))]

    def get_rows(self, user: Any) -> Any:
        return pool.ledger(self.dealer, user)

    def get_context(self, **context: Any) -> dict[str, Any]:
        today = clock.today()
        return super().get_context(
            dealer=self.dealer,
            balance=dealer_month.pool_balance(self.dealer.pk),
            calendar=pool_rounds.calendar(self.dealer, today),
            forfeits_on=pool_rounds.forfeited_on(self.dealer, today),
            **context,
        )


class Pools(PortalListView):
    """Staff see the pools of their dealers; a dealer is taken to his own."""

    permission = Permission.VIEW_POOL
    area = AREA
    title = _("Pool")
    table = tables.POOLS
    filterset_class = filters.PoolFilter
    empty_text = _("No dealer of this unit has a pool yet.")

    def get_rows(self, user: Any) -> Any:
        return pool.balances(user)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_dealer:
            dealer = dealer_month.own(request.user)
            if dealer:
                return self.go(reverse("commissions:dealer_pool", args=[dealer.code]))
        return super().get(request, *args, **kwargs)
