"""Panels of the first page."""

from typing import Any

from accounts.roles import Permission
from commissions.queries import batches, dealer_month, statements
from commissions.views.common import AREA, period_of
from core import clock
from core.views import PortalPage


class CountiesPanel(PortalPage):
    """The counties' batches of the last month that is over."""

    permission = Permission.VIEW_BATCHES
    area = AREA
    template_name = "commissions/panel_counties.html"

    def get_context(self, **context: Any) -> dict[str, Any]:
        found = batches.overview(self.request.user, period_of(self.request), within=getattr(self.request, "unit", None))
        return super().get_context(found=found, period=found.period, **context)


def own_month(user: Any) -> dict[str, Any]:
    """What a dealer sees first: sales so far, the last statement, the pool."""
    dealer = dealer_month.own(user)
    if dealer is None:
        return {"dealer": None}
    last = statements.months_of_dealer(dealer.pk, user, most=6)
    return {
        "dealer": dealer,
        "so_far": dealer_month.so_far(dealer.pk, clock.today()),
        "last": last[0] if last else None,
        "statements": last,
        "waiting": [one for one in last if statements.confirmed(one) is None],
        "pool": dealer_month.pool_balance(dealer.pk),
    }


class OwnMonthPanel(PortalPage):
    """The dealer's month, as a part of the first page."""

    permission = Permission.VIEW_OWN_DEALER
    area = AREA
    template_name = "commissions/panel_own_month.html"

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(**own_month(self.request.user), **context)
