"""The dealer's own first page of commissions."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions.views.common import AREA
from commissions.views.panels import own_month
from core.views import PortalPage


class OwnMonth(PortalPage):
    """This month so far, the last statement, the pool, what waits."""

    permission = Permission.VIEW_OWN_DEALER
    area = AREA
    title = _("This month so far")
    template_name = "commissions/own_month.html"

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(**own_month(self.request.user), **context)
