from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core.clock import today
from core.views import BulkAction, PortalListView
from core.views.lists import Chip
from dealers import tables
from dealers.filters import DealerFilter
from dealers.queries import archive, attention


class Dealers(PortalListView):
    """Dealers with what needs attention; a channel manager starts with his own."""

    permission = Permission.VIEW_DEALERS
    title = _("Dealers")
    template_name = "dealers/list.html"
    table = tables.DEALERS
    filterset_class = DealerFilter
    empty_text = _("No dealers here yet. Your supervisor assigns them, or an import brings them in.")

    def get_rows(self, user: Any) -> Any:
        return archive.dealers(user=user)

    def get_bulk_actions(self) -> Sequence[BulkAction]:
        return (
            BulkAction(
                _("Change the channel manager"),
                reverse("dealers:assign"),
                Permission.ASSIGN_MANAGERS,
                icon="users",
            ),
        )

    def chips(self) -> list[Chip]:
        """All active filters but whose dealers: that choice always stands in the bar."""
        label = str(self.filterset.filters["whose"].label)
        return [chip for chip in super().chips() if chip.label != label]

    def complete(self, rows: list[Any]) -> list[Any]:
        """The dealers with their points of attention as `marks`."""
        found = attention.marks(rows, day=today())
        for dealer in rows:
            dealer.marks = found.get(dealer.pk, [])
        return rows
