"""The network of stock nodes as a picture."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core.views import Crumb, PortalPage
from inventory.queries import network


class Network(PortalPage):
    """From the warehouse at which the user's unit begins, or from `?node=`, down two levels."""

    permission = Permission.VIEW_STOCK
    area = "stock"
    title = _("Network")
    template_name = "inventory/network.html"

    @property
    def top(self) -> str:
        return self.request.GET.get("node", "").replace("\x00", "")

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (Crumb(_("Network"), reverse("inventory:network")),) if self.top else ()

    def get_context(self, **context: Any) -> dict[str, Any]:
        found = network.branches(self.request.user, top=self.top, unit=self.request.unit)
        if self.top and not found:
            raise Http404
        above = found[0].node.parent if self.top else None
        return super().get_context(branches=found, above=above, **context)
