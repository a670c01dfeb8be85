from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from django.core.paginator import Page
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core.clock import today
from core.views import BulkAction, PortalListView
from core.views.lists import Chip
from dealers import tables
from dealers.filters import DealerFilter
from dealers.queries import archive, attention

EXPORT_CHUNK = 1_000


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

    @cached_property
    def page(self) -> Page:
        page: Page = super().page
        page.object_list = _marked(list(page.object_list))
        return page

    def _export_rows(self, columns: list[Any]) -> Iterator[list[Any]]:
        chunk: list[Any] = []
        for dealer in self.rows.iterator(chunk_size=EXPORT_CHUNK):
            chunk.append(dealer)
            if len(chunk) == EXPORT_CHUNK:
                yield from _plain(chunk, columns)
                chunk = []
        yield from _plain(chunk, columns)


def _marked(dealers: list[Any]) -> list[Any]:
    """The dealers with their points of attention as `marks`."""
    found = attention.marks(dealers, day=today())
    for dealer in dealers:
        dealer.marks = found.get(dealer.pk, [])
    return dealers


def _plain(dealers: list[Any], columns: list[Any]) -> Iterator[list[Any]]:
    for dealer in _marked(dealers):
        yield [column.plain(dealer) for column in columns]
