"""The kinds of page that the portal is made of. How to use them: docs/screens.md."""

from core.views.base import (
    ANYONE_SIGNED_IN,
    Action,
    Crumb,
    PortalMixin,
    PortalPage,
    is_htmx,
    may,
    one_or_404,
    with_query,
)
from core.views.details import Figure, PortalDetailView, Section, Step, timeline
from core.views.forms import PortalActionView, PortalFormView, ReasonForm
from core.views.lists import BulkAction, PortalListView

__all__ = [
    "ANYONE_SIGNED_IN",
    "Action",
    "BulkAction",
    "Crumb",
    "Figure",
    "PortalActionView",
    "PortalDetailView",
    "PortalFormView",
    "PortalListView",
    "PortalMixin",
    "PortalPage",
    "ReasonForm",
    "Section",
    "Step",
    "is_htmx",
    "may",
    "one_or_404",
    "timeline",
    "with_query",
]
